"""Params of pyspark.ml from the arguments of a constructor: a declaration there is all that an argument needs.

The annotation is what a value is checked by, the line in the docstring its documentation, the default its default.
Where pyspark is not installed, empty classes stand for those of Spark, so that the module can be imported and read.
"""

import re

from ..common.arguments import declaration

try:
    import pyarrow  # noqa: F401 what the partitions compute with
    from pyspark.ml import Estimator, Model
    from pyspark.ml.param import Param, Params
    from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReadable, MLReader, MLWritable, MLWriter
    from pyspark.sql.functions import arrow_udf  # noqa: F401 the youngest of what is needed

    MISSING = False
except ImportError:
    MISSING = True
    names = "Estimator", "Model", "Params", "MLReadable", "MLReader", "MLWritable", "MLWriter"
    Estimator, Model, Params, MLReadable, MLReader, MLWritable, MLWriter = (type(name, (), {}) for name in names)
    DefaultParamsReader = DefaultParamsWriter = Param = None


def require_spark(name):
    """Raise an ImportError, with the command that helps, where pyspark or pyarrow is missing or too old."""
    if MISSING:
        raise ImportError(
            f"{name} needs pyspark (from 4.1) and pyarrow, and they are not installed. One command gets them: "
            'pip install "tinygrad-edu[spark]". Spark itself needs a Java runtime, version 17 or newer.'
        )


class Declared(Params):
    """Base of the classes whose Params are the arguments of their constructors, but for those in `attributes`."""

    attributes: tuple[str, ...] = ()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if MISSING or "__init__" not in vars(cls):
            return
        declared, documentation = declaration(cls.__init__), _arguments_in(cls.__doc__)
        parent = Params()
        parent.uid = "undefined"  # as pyspark marks a Param of a class, which each object copies
        for name in declared.names[1:]:
            if name not in cls.attributes:
                setattr(cls, name, Param(parent, name, documentation[name], _converter(cls, declared, name)))
                _add_accessors(cls, name)

    def take_arguments(self, given):
        """Set the Params from the arguments that the constructor was given, a dict; None leaves one unset."""
        declared = declaration(type(self).__init__)
        defaults = {name: value for name, value in declared.defaults.items() if name in self.param_names()}
        self._setDefault(**{name: value for name, value in defaults.items() if value is not None})
        others = {name: given[name] for name in self.param_names() if given[name] is not defaults.get(name)}
        self._set(**{name: value for name, value in others.items() if value is not None})

    def take_metadata(self, metadata):
        """Become the object whose metadata was read from a file: the same name and the same Params."""
        self._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(self, metadata)

    def param_names(self):
        """The names of the Params, in the order of the arguments."""
        return [name for name in declaration(type(self).__init__).names[1:] if name not in self.attributes]

    def chosen(self, name):
        """The value of a Param; None where it is not set."""
        return self.getOrDefault(name) if self.isDefined(name) else None


def _converter(cls, declared, name):
    return lambda value: declared.read(cls.__name__, name, value)


def _add_accessors(cls, name):
    """The methods that pyspark's classes have for a Param, such as getEpochs and setEpochs."""
    ending = name[0].upper() + name[1:]

    def get(self):
        return self.chosen(name)

    def set(self, value):
        return self._set(**{name: value})

    get.__doc__, set.__doc__ = f"The value of {name}.", f"Set {name}, and give the object."
    setattr(cls, f"get{ending}", get)
    setattr(cls, f"set{ending}", set)


def _arguments_in(docstring):
    """The texts of a docstring on each argument, by name."""
    section = re.search(r"^    Args:\n(.*?)(?=^\s*$|\Z)", docstring or "", re.MULTILINE | re.DOTALL)
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", section[1] if section else "", re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}
