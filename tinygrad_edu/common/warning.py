"""Warnings that point at the user's own line, however deep in the package something was noticed."""

import os
import sys
import warnings

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def warn(message: str) -> None:
    """Warn the user, at the first line up the calls that is not in this package.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     warn("The rate is large.")
        >>> str(caught[0].message), "doctest" in caught[0].filename
        ('The rate is large.', True)
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
