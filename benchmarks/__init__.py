"""Figures beside those of comparable frameworks, all from one run: `python -m benchmarks --help`."""
