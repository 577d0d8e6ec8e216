"""The texts that a training and a summary print, in the language that is chosen."""

from pathlib import Path

from ..common.language import Texts

say = Texts(Path(__file__).parent)
_metrics = Texts(Path(__file__).parent / "metrics")


def metric_name(name: str) -> str:
    """A figure of a training as people read it, in the language that is chosen; the keys of a History stay Keras's.

    Example:
        >>> before = tg.language()
        >>> tg.language("es"), metric_name("val_loss"), metric_name("my_own")
        ('es', 'pérdida de validación', 'my_own')
        >>> tg.language(before) == before
        True
    """
    plain = name.removeprefix("val_")
    return _metrics(name) if plain == name else say("val_{name}", name=_metrics(plain))
