"""The sentences of the diagnosis, by key. Another language is another table with the same keys and fields.

A sentence begins with its {subject}, one of the two at the top, and may say how many entries were {measured}.
"""

TEXTS = {
    "of_argument": "The gradient of '{argument}'",
    "of_rule": "The gradient of '{argument}' by the rule of '{rule_of}'",
    "one_entry": "its one entry",
    "all_entries": "all {known} entries",
    "first": "first",
    "last": "last",
    "some_entries": "the {known} entries of {total} that were measured",
    "not_finite": (
        "{subject} is {value} in {bad} of {total} entries, first at {index}, where the value is {at:.6g} and the "
        "slope {slope:.6g}: does an exp overflow, or is there 0 × ∞, ∞ − ∞ or 0 / 0?"
    ),
    "no_slope": (
        "{subject} is {value} in {bad} of {total} entries, first at {index}, where the value is {at:.6g}, and the "
        "function has no finite slope there: is that the edge of where it is defined?"
    ),
    "kink": (
        "{subject} is right in {known} of {total} entries, and wrong only where the function has a kink, in {kinks}: "
        "there {given:.6g} does not lie between the slopes of the two sides, {left:.6g} and {right:.6g}."
    ),
    "jump": "{subject} cannot be checked at {index}: the function jumps there. Choose another point.",
    "zero": (
        "{subject} is 0 in {measured}, and the numeric one is up to {largest:.6g}: is the value detached from the "
        "graph, by .detach(), .numpy() or .data, rounded or made an integer?"
    ),
    "zero_rule": (
        "{subject} is 0 in {measured}, and the numeric one is up to {largest:.6g}: is the rule None, or does it "
        "multiply g by what is 0 or an integer?"
    ),
    "cut": (
        "{subject} lacks a part, though the rule of every op that it came through is right: is the graph cut by "
        ".detach(), .numpy(), .data or .item() on the way?"
    ),
    "cut_twice": (
        "{subject} is right, but its own gradient is not: does the rule leave the graph, by .numpy(), .data or .item()?"
    ),
    "not_summed": (
        "{subject} is right in {measured} once it is summed to the shape {shape}: is the sum over the axis forgotten "
        "along which '{argument}' was repeated?"
    ),
    "copy": (
        "{subject} is in {measured} that of the {which} of {length} copies along axis {axis}: is the sum over the "
        "axis forgotten along which '{argument}' was repeated?"
    ),
    "copy_inside": (
        "{subject} is in {measured} what comes from the {which} of {length} copies of '{value}' along axis {axis} in "
        "'{op}': is the sum over that axis forgotten?"
    ),
    "other_axis": (
        "{subject} is in {measured} the sum over axis {axis}: is another axis the one along which '{argument}' was "
        "repeated?"
    ),
    "other_axis_inside": (
        "{subject} is in {measured} what a sum over axis {axis} gives in '{op}': is another axis the one along which "
        "'{value}' was repeated?"
    ),
    "too_far": "{subject} is in {measured} the sum of all that comes in: is it summed over too many axes?",
    "too_far_inside": (
        "{subject} is in {measured} what a sum over all axes gives for '{value}' in '{op}': is it summed over too many?"
    ),
    "precision": (
        "{subject} is off by at most {error:.1e} of its largest entry in {measured}, as much as float32 rounds: "
        "compute it in float64, or compare with rtol=1e-4 and atol."
    ),
    "sign": "{subject} is −1.000 × the numeric one in {measured}: is a sign flipped?",
    "factor": "{subject} is {factor:.4g} × the numeric one in {measured}: is a factor {missing} missing?",
    "factor_or_use": (
        "{subject} is {factor:.4g} × the numeric one in {measured}: is a factor {missing} missing, or does one of the"
        " {uses} uses of '{value}' overwrite the others where they should add up?"
    ),
    "factor_sum": (
        "{subject} is {factor:.4g} × the numeric one in {measured}, and axis {axis} of '{value}' has length {length}:"
        " is it a sum where the function takes the mean?"
    ),
    "factor_sum_all": (
        "{subject} is {factor:.4g} × the numeric one in {measured}, and '{value}' has {length} values: is it a sum "
        "where the function takes the mean?"
    ),
    "factor_mean": (
        "{subject} is {factor:.4g} × the numeric one in {measured}, and axis {axis} of '{value}' has length {length}:"
        " is it a mean where the function sums, or is a factor {length} missing?"
    ),
    "factor_mean_all": (
        "{subject} is {factor:.4g} × the numeric one in {measured}, and '{value}' has {length} values: is it a mean "
        "where the function sums, or is a factor {length} missing?"
    ),
    "factor_unknown": ("{subject} is {factor:.6g} × the numeric one in {measured}: is a factor {missing:.6g} missing?"),
    "swapped": "{subject} is in {measured} that of '{other}': are the two swapped?",
    "transposed": (
        "{subject} has in {measured} the values of the numeric one with the axes in another order: is it transposed?"
    ),
    "transposed_inside": (
        "{subject} is in {measured} what a transposed matrix gives in '{op}': is a .T missing or too many?"
    ),
    "overwritten": (
        "{subject} is in {measured} what one of the {uses} uses of '{value}' brings, that in '{op}': is the rest "
        "overwritten, where all should add up?"
    ),
    "chain": (
        "{subject} is in {measured} what comes out without the derivative of {op} at '{value}': is that factor of the"
        " chain rule missing?"
    ),
    "chain_with_rule": (
        "{subject} is in {measured} what comes out without the derivative of {op} at '{value}' ({rule}): is that "
        "factor of the chain rule missing?"
    ),
    "chain_without_g": (
        "{subject} is in {measured} what comes out for an incoming gradient of 1: is the factor g forgotten?"
    ),
    "chain_out_for_g": (
        "{subject} is in {measured} what comes out with the result in place of the incoming gradient: is out written "
        "for g?"
    ),
    "chain_at_result": (
        "{subject} is in {measured} what comes out when the derivative of {op} is taken at its result: should it be "
        "taken at its input?"
    ),
    "chain_other": (
        "{subject} is in {measured} the incoming gradient times {factor}: is that the derivative of another function?"
    ),
    "factor_missing": (
        "{subject} is right in {measured} once it is multiplied by {factor}: is that factor of the chain rule missing?"
    ),
    "factor_too_many": "{subject} is in {measured} the numeric one times {factor}: is that factor too many?",
    "part_sign": (
        "{subject} is right in {measured} but for the sign of the part that comes through '{op}': is that sign flipped?"
    ),
    "part_factor": (
        "{subject} is right in {measured} but for the part that comes through '{op}', which is {number:.4g} × what it"
        " should be."
    ),
    "unknown": (
        "{subject} agrees with the numeric one in {agree} of {known} entries, and is between {low:.4g} × and "
        "{high:.4g} × it elsewhere. It looks like no known mistake."
    ),
    "unknown_ratio": (
        "{subject} agrees with the numeric one in {agree} of {known} entries, and is {low:.4g} × it elsewhere. It "
        "looks like no known mistake."
    ),
    "unknown_one": "{subject} is {low:.4g} × the numeric one, which looks like no known mistake.",
    "unknown_near_zero": (
        "{subject} agrees with the numeric one in {agree} of {known} entries. It looks like no known mistake."
    ),
}
