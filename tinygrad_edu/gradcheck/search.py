"""The search: which of the mistakes that people make gives a wrong gradient."""

from fractions import Fraction

import numpy as np

from .mistakes import Combined, Scaled, mistakes, same
from .parts import LARGE, Parts
from .slips import slips

# The nodes of all backward passes that are tried, in a small and in a large graph: what a diagnosis may cost.
MOST_STEPS = 40_000, 150_000
_EXACT = 1e-9  # how well a mistake must give the wrong entries of a gradient whose other entries are right


def explain(graph, given, wrong, settled=()):
    """The mistakes that explain wrong gradients: {position of the variable: Mistake}.

    Args:
        graph: the `Graph`.
        given: the gradients, one for each variable of the graph.
        wrong: the positions of those that are wrong.
        settled: the positions of those that are wrong for another reason, and do not matter here.

    One mistake that explains them all, and leaves right what is right, is believed before several. Where each entry
    of a gradient was written by itself, a mistake may explain those that are wrong, and spoil others.
    """
    best, tried, graph.steps = {}, 0, 0
    parts, sieve = Parts(graph), _Sieve(graph, given, wrong)
    found = [*mistakes(parts), *slips(parts)]
    by_entries = {i for i in wrong if _read_by_entries(graph, graph.variables[i])}
    for spoils, group in enumerate(_by_reach(graph, found, set(wrong), set(settled))):
        for mistake in group:
            tried += 1
            if graph.steps > MOST_STEPS[len(graph.order) > LARGE] * (spoils + 2) / 4:
                break
            made = sieve.lets_through(mistake) and _gradients(graph, mistake, given, wrong)
            if not made:
                continue
            gradients, mistake = made
            explained = [
                i
                for i in wrong
                if same(given[i], gradients[i], graph.right[i]) and not same(graph.right[i], gradients[i])
            ]
            if len(explained) == len(wrong) and spoils < 2:
                return dict.fromkeys(wrong, mistake)
            for i in explained:
                rank = (spoils == 2, -len(explained), tried)
                if i not in best or rank < best[i][0]:
                    best[i] = rank, mistake
            for i in set(wrong) & by_entries - set(explained):
                bad = _gives_wrong_entries(given[i], gradients[i], graph.right[i])
                rank = (3, 0, tried)
                if bad and (i not in best or rank < best[i][0]):
                    best[i] = rank, mistake._replace(fields=mistake.fields | {"only": bad})
        if len(best) == len(wrong) and all(rank[0] < 3 for rank, _ in best.values()):
            break
    return {i: mistake for i, (_, mistake) in best.items()}


def _read_by_entries(graph, variable):
    """True for a variable of which the function reads entries and slices only, so that each has its own formula."""
    return bool(graph.uses.get(variable)) and all(edge.op.name == "getitem" for edge in graph.uses[variable])


def _gives_wrong_entries(given, made, right):
    """How many entries are wrong, if a mistake gives just those, and the others are right; 0 otherwise."""
    if np.shape(given) != np.shape(made) or np.size(given) < 2:
        return 0
    bad = ~(np.abs(given - right) <= 1e-6 * np.maximum(np.abs(given), np.abs(right)) + 1e-9 * np.max(np.abs(right)))
    if bad.all() or not bad.any() or not np.all(np.isfinite(made[bad])):
        return 0
    if np.any(given[bad] == 0):  # which much would give
        return 0
    error = np.abs(given - made)[bad]
    return int(bad.sum()) if np.all(error <= _EXACT * np.maximum(np.abs(given), np.abs(made))[bad]) else 0


class _Sieve:
    """A quick look at what a mistake at one place does to the wrong gradients, along a random direction of each.

    A change d of the gradient of x changes that of a variable along r by t · d, where x moves by t when the variable
    moves along r: two runs of the function replace a backward pass for every mistake.
    """

    def __init__(self, graph, given, wrong):
        self.graph, rng = graph, np.random.default_rng(5)
        self.looks = []
        for i in wrong:
            variable, off = graph.variables[i], np.asarray(given[i] - graph.right[i])
            bad = np.abs(off) > 1e-6 * np.maximum(np.abs(given[i]), np.abs(graph.right[i]))
            for where in [bad] if bad.all() else [bad, np.ones_like(bad)]:
                direction = rng.uniform(0.5, 1.5, np.shape(off)) * where
                self.looks.append((graph.tangents(variable, direction), float(np.sum(direction * off))))

    def lets_through(self, mistake):
        """False for a mistake that explains none of the wrong gradients; True where that is not seen at once."""
        changes = mistake.changes
        if isinstance(changes, (Scaled, Combined)) or len(changes) != 1:
            return True
        (node, changed), self.graph.steps = next(iter(changes.items())), self.graph.steps + 1
        if node not in self.graph.flow:
            return False
        try:
            made = [(x, np.asarray(change(self.graph.flow[node]))) for x, change in changed]
            return any(self._fits(made, *look) for look in self.looks)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, np.linalg.LinAlgError):
            return False  # this mistake cannot be made at this place

    def _fits(self, made, tangents, off):
        terms = [tangents[x] * change for x, change in made if x in tangents]
        size = sum(float(np.sum(np.abs(term))) for term in terms)
        found = sum(float(np.sum(term)) for term in terms)
        return not abs(found - off) > 1e-4 * max(size, abs(off))


def _by_reach(graph, found, wrong, settled=frozenset()):
    """The mistakes in three groups: they reach all wrong variables and no other, only some of them, or others too."""
    reach = {v: {i} for i, v in enumerate(graph.variables)}
    for node in graph.order:
        reach[node] = set().union(*(reach[edge.x] for edge in graph.below[node]))
    if len(graph.order) > LARGE:
        found.sort(key=lambda mistake: isinstance(mistake.changes, dict) and len(mistake.changes) < 2)
    groups = ([], [], [])
    for mistake in found:
        if isinstance(mistake.changes, Scaled):
            reached = {i for i, step in enumerate(mistake.changes.steps) if np.any(step)}
        elif isinstance(mistake.changes, Combined):
            reached = {i for steps in mistake.changes.steps for i, step in enumerate(steps) if np.any(step)}
        else:
            reached = set().union(*(reach[x] for changed in mistake.changes.values() for x, _ in changed))
        reached = reached - settled
        groups[0 if reached == wrong else 1 if reached < wrong else 2].append(mistake)
    return groups


def _gradients(graph, mistake, given, wrong):
    """The gradients that a mistake gives, with the mistake; None where it cannot be made here."""
    if isinstance(mistake.changes, Scaled):
        steps = mistake.changes.steps
        off = np.concatenate([np.ravel(given[i] - graph.right[i]) for i in wrong])
        step = np.concatenate([np.ravel(steps[i]) for i in wrong])
        if not np.all(np.isfinite(step)) or np.count_nonzero(step) < 3:  # one number could be fitted to anything
            return None
        number = mistake.changes.number(float(off @ step / (step @ step)))
        if number is None:
            return None
        rate, fields = number
        return [r + rate * s for r, s in zip(graph.right, steps)], mistake._replace(fields=mistake.fields | fields)
    if isinstance(mistake.changes, Combined):
        return _combined(graph, mistake, given, wrong)
    if not mistake.changes:
        return None
    try:
        return graph.with_changes(mistake.changes), mistake
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, np.linalg.LinAlgError):
        return None  # this mistake cannot be made at this place


def _combined(graph, mistake, given, wrong):
    """The gradients when each part has the factor that fits, where these are plain numbers and not all the same."""
    steps = np.array([np.concatenate([np.ravel(one[i]) for i in wrong]) for one in mistake.changes.steps])
    goal = np.concatenate([np.ravel(given[i] - graph.right[i]) for i in wrong])
    if not np.all(np.isfinite(steps)) or goal.size < len(steps) + 1 or np.linalg.matrix_rank(steps) < len(steps):
        return None
    fitted = np.linalg.lstsq(steps.T, goal, rcond=None)[0]
    plain = [Fraction(float(1 + c)).limit_denominator(6) for c in fitted]
    if np.max(np.abs(np.array(plain, dtype=float) - 1 - fitted)) > 1e-6 or max(map(abs, plain)) > 12:
        return None
    if len(set(plain)) < 2 or sum(c != 1 for c in plain) < 2:
        return None
    factors = np.array(plain, dtype=float) - 1
    gradients = [
        right + sum(c * one[i] for c, one in zip(factors, mistake.changes.steps)) for i, right in enumerate(graph.right)
    ]
    return gradients, mistake._replace(fields=mistake.fields | {"numbers": ", ".join(map(str, plain))})
