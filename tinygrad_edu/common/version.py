"""The version of the package, which its distribution and its files carry."""

__version__ = "0.1.0"
