"""The values that a traced step read from Python, and whether it would read the same now.

A program repeats what a step computed, with all numbers that Python had then. Whatever the step may have read is
walked over (see `reach`) and compared with what is there now: quickly, by `holds`, with what was the very same object,
and by value, by `difference`.
"""

import weakref
from operator import is_
from time import perf_counter

from .reach import Reach, roots

_AT_ONCE = 1 << 24  # bytes of large arrays that are compared wholly whenever a fit begins
_SHARE = 100  # else they are compared wholly once in so many times the time that it takes


class Fingerprint:
    """A snapshot of all that the steps of a model read from Python: settings, and what the user's code reaches.

    Numbers, texts and arrays count by value, Tensors and objects of other packages by identity.

    Args:
        model: the model.
        ignored: paths that are left out, with all that is reached through them alone.

    Attributes:
        values: by path, what is compared. A path reads as one would write it, and begins at the model.
        has_users_code: whether code of the user's runs in a step.
        late: whether a change was not noticed at the first look after it: of a few entries of a large array.
    """

    def __init__(self, model, ignored=frozenset()):
        reach = Reach(model, ignored)
        self.values, self.has_users_code = reach.values, reach.has_users_code
        self._model, self._roots = weakref.ref(model), roots(model)
        self._things, self._members = reach.things, reach.members
        self._tensors, self._variables = reach.tensors, reach.variables
        self._looks, self._slow, self._look_again = reach.looks, reach.slow, 0.0
        self.late = False

    def difference(self, other):
        """The paths that differ from those of another Fingerprint of the model, without what lies below one of them."""
        mine, theirs = self.values, other.values
        paths = [p for p in mine if p not in theirs or mine[p] != theirs[p]] + [p for p in theirs if p not in mine]
        found = []
        for path in sorted(dict.fromkeys(paths), key=len):
            if not any(path.startswith(above) and path[len(above)] in ".[(:" for above in found):
                found.append(path)
        return found

    def holds(self, model, thoroughly=False):
        """True if all is as it was, by a quick look at what is the very same object; if not, compare by value.

        Args:
            thoroughly: compare large arrays wholly, unless that takes long.
        """
        now, variables = roots(model), self._variables
        return (
            self._model() is model
            and len(now) == len(self._roots)
            and all(map(is_, now, self._roots))
            and self._things_hold()
            and all([len(live) == len(parts) and all(map(is_, live, parts)) for live, parts in self._members])
            and all([refer().requires_grad is wanted for refer, wanted in self._tensors])
            and all(
                [(v := r()).requires_grad is w and v.regularizer is p and v.constraint is c for r, w, p, c in variables]
            )
            and all([look() for look in self._looks])
            and self._slow_hold(thoroughly)
        )

    def _things_hold(self):
        """True if objects have the class and the attributes that they had."""
        for refer, cls, size, read, parts in self._things:
            thing = refer()
            if type(thing) is not cls or len(vars(thing)) != size:
                return False
            try:
                if not all(map(is_, read(vars(thing)), parts)):
                    return False
            except KeyError:  # one attribute went, another came
                return False
        return True

    def _slow_hold(self, thoroughly):
        """True if large arrays and the like are as they were, as far as there is time to look."""
        if not all([slow.sample_holds() for slow in self._slow]):
            return False
        start = perf_counter()
        at_once = thoroughly and sum([slow.size for slow in self._slow]) <= _AT_ONCE
        if not at_once and start < self._look_again:
            return True
        same = all([slow.holds() for slow in self._slow])
        self.late = not (same or at_once)
        now = perf_counter()
        self._look_again = now + _SHARE * (now - start)
        return same
