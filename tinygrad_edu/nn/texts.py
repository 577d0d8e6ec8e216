"""The texts that a training and a summary print, in the language that is chosen."""

from pathlib import Path

from ..common.language import Texts

say = Texts(Path(__file__).parent)
