"""The words of the pictures and pages, in the language that is chosen."""

import re
from pathlib import Path

from ..common.language import Texts

say = Texts(Path(__file__).parent)


def translated(template):
    """A text in which what stands between « and » is said in the language that is chosen.

    Example:
        >>> translated("<button>«Play»</button>")
        '<button>Play</button>'
    """
    return re.sub("«([^»]+)»", lambda found: say(found[1]), template)
