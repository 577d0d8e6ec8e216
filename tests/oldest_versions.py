#!/usr/bin/env python3
"""The oldest versions that pyproject.toml declares for the tests, as arguments for pip: numpy>=2.0 is numpy==2.0."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]


def declared(names):
    """The packages that these extras need; one may be made of others of this project."""
    for line in names:
        inner = re.fullmatch(r"tinygrad-edu\[(.*)\]", line)
        yield from (
            declared(sum((PROJECT["optional-dependencies"][e] for e in inner[1].split(",")), [])) if inner else [line]
        )


for line in declared([*PROJECT["dependencies"], "tinygrad-edu[test]"]):
    name, _, oldest = line.partition(">=")
    if oldest:
        print(f"{name}=={oldest.partition(',')[0]}")
