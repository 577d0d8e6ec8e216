"""The search: which of the mistakes that people make gives a wrong gradient."""

import numpy as np

from .mistakes import Scaled, mistakes, same
from .parts import LARGE

# The nodes of all backward passes that are tried, in a small and in a large graph: what a diagnosis may cost.
MOST_STEPS = 40_000, 150_000


def explain(graph, given, wrong, settled=()):
    """The mistakes that explain wrong gradients: {position of the variable: Mistake}.

    Args:
        graph: the `Graph`.
        given: the gradients, one for each variable of the graph.
        wrong: the positions of those that are wrong.
        settled: the positions of those that are wrong for another reason, and do not matter here.

    One mistake that explains them all, and leaves right what is right, is believed before several.
    """
    best, tried, graph.steps = {}, 0, 0
    for spoils, group in enumerate(_by_reach(graph, list(mistakes(graph)), set(wrong), set(settled))):
        for mistake in group:
            tried += 1
            if graph.steps > MOST_STEPS[len(graph.order) > LARGE] * (spoils + 2) / 4:
                break
            found = _gradients(graph, mistake, given, wrong)
            if found is None:
                continue
            gradients, mistake = found
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
        if len(best) == len(wrong):
            break
    return {i: mistake for i, (_, mistake) in best.items()}


def _by_reach(graph, found, wrong, settled=frozenset()):
    """The mistakes in three groups: they reach all wrong variables and no other, only some of them, or others too."""
    reach = {v: {i} for i, v in enumerate(graph.variables)}
    for node in graph.order:
        reach[node] = set().union(*(reach[edge.x] for edge in graph.below[node]))
    if len(graph.order) > LARGE:
        found.sort(key=lambda mistake: not isinstance(mistake.changes, Scaled) and len(mistake.changes) < 2)
    groups = ([], [], [])
    for mistake in found:
        if isinstance(mistake.changes, Scaled):
            reached = {i for i, step in enumerate(mistake.changes.steps) if np.any(step)}
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
        if not np.any(step) or np.count_nonzero(step) < 3:  # one number could be fitted to anything
            return None
        rate = float(off @ step / (step @ step))
        if not 1e-6 < rate < 1e3:
            return None
        return [r + rate * s for r, s in zip(graph.right, steps)], mistake._replace(
            fields=mistake.fields | {"rate": rate}
        )
    if not mistake.changes:
        return None
    try:
        return graph.with_changes(mistake.changes), mistake
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, np.linalg.LinAlgError):
        return None  # this mistake cannot be made at this place
