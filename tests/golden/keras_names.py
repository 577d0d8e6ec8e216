"""The public names of Keras 3, module by module: what docs/keras.md lists as here or not here.

    KERAS_BACKEND=jax python tests/golden/keras_names.py      (keras 3.15.1)

writes keras_names.json.
"""

import json
import sys
import types
from pathlib import Path


def names_of(module, path="", found=None):
    """{module: names} of a module and of the public modules in it."""
    found = {} if found is None else found
    public = {name: getattr(module, name) for name in sorted(dir(module)) if name[0] != "_" and name != "src"}
    inner = {name: part for name, part in public.items() if isinstance(part, types.ModuleType)}
    found[path] = [name for name in public if name not in inner]
    for name, part in inner.items():
        if part.__name__.startswith("keras."):
            names_of(part, f"{path}.{name}".removeprefix("."), found)
    return found


if __name__ == "__main__":
    import keras

    names = names_of(keras)
    text = json.dumps({"keras": keras.__version__, "names": names}, separators=(",", ":")).replace('],"', '],\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, sum(map(len, names.values())), file=sys.stderr)
