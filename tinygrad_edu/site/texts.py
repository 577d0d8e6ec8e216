"""The words of the classroom's page: English where they stand, Spanish in `es.json`."""

from pathlib import Path

from ..common.language import Texts

say = Texts(Path(__file__).parent)
