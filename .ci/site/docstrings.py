"""How the documentation site reads docstrings: here a section is called «Example:», and holds doctests."""

import re

import griffe


class Examples(griffe.Extension):
    """Lets griffe see the examples as the section that it knows as «Examples:»."""

    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = re.sub(r"^( *)Example:$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE)
