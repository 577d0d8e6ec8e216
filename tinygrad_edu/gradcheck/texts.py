"""The sentences of the diagnosis, by key; `es.json` has the Spanish of these and of the report.

A sentence begins with its {subject}, one of the two at the top, and may say how many entries were {measured}.
"""

from pathlib import Path

from ..common.language import Texts

say = Texts(Path(__file__).parent)


def sentences(language):
    """The sentences by key, in a language."""
    table = say.table(language)
    return {key: table.get(text, text) for key, text in TEXTS.items()}


TEXTS = {
    "of_argument": "The gradient of '{argument}'",
    "of_rule": "The gradient of '{argument}' by the rule of '{rule_of}'",
    "one_entry": "its one entry",
    "all_entries": "all {known} entries",
    "wrong_entry": "the one entry of {total} that is wrong",
    "wrong_entries": "the {only} entries of {total} that are wrong",
    "first": "first",
    "last": "last",
    "the_mean": "the mean",
    "first_step": "the first step",
    "last_step": "the last step",
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
    "copy_of_result": (
        "{subject} is in {measured} that of {which} of the values of the result that are made of each entry: is the "
        "sum over all of them forgotten?"
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
    "too_far_along": (
        "{subject} has in {measured} the sum over axis {axis} in the place of each entry: does each entry count for "
        "itself?"
    ),
    "itself": "{subject} is in {measured} '{argument}' itself: does its value stand where its gradient should?",
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
    "everywhere": "The same is so in {places} places.",
    "shape": (
        "{subject} has the right values in the shape {shape}: it must have the shape of '{argument}', as by "
        ".reshape({argument}.shape)."
    ),
    "turned_around": (
        "{subject} is in {measured} what comes out with '{value}' turned around, its last entry first: is it "
        "flipped where it should not be, or not where it should?"
    ),
    "order": "{subject} is in {measured} what a product in another order gives in '{op}': which factor stands first?",
    "factor_number": (
        "{subject} is {factor:.4g} × the numeric one in {measured}, and {number:.4g} stands in the gradient "
        "function: does it belong to the step, as the learning rate, and not to the gradient?"
    ),
    "factor_everywhere": (
        "{subject} is {factor:.6g} × the numeric one in {measured}, as are all the others: is it multiplied by "
        "the learning rate, or is a factor {missing:.6g} missing?"
    ),
    "path": (
        "{subject} is in {measured} what comes out without the part that flows back to '{value}' through '{op}': "
        "is it forgotten, or overwritten?"
    ),
    "constant": (
        "{subject} is in {measured} what comes out when {value} is taken for a constant: is the path through it "
        "forgotten?"
    ),
    "through_time": (
        "{subject} is in {measured} what comes out when nothing flows back to the step before, through '{op}': is "
        "the gradient of the next step added at every step of time?"
    ),
    "truncated": (
        "{subject} is in {measured} what comes out when the gradient flows back over {steps} of the steps of time "
        "only, through '{op}': is what comes from the next step passed on at every step?"
    ),
    "overlap": (
        "{subject} is in {measured} what comes out when the parts of '{value}' that overlap are assigned, so that "
        "one is overwritten by the next: is = written for +=?"
    ),
    "repeated": (
        "{subject} is in {measured} what comes out when an entry of '{value}' that is read several times keeps "
        "only the last part: is it overwritten, where np.add.at would add?"
    ),
    "repeated_mean": (
        "{subject} is in {measured} what comes out when an entry of '{value}' that is read several times takes "
        "the mean of its parts, and not their sum."
    ),
    "softmax_diagonal": (
        "{subject} is in {measured} what the diagonal of the Jacobian of {op} gives, out · (1 − out): do the "
        "other outputs of the row count, out · (g − Σ g · out)?"
    ),
    "diagonal": (
        "{subject} is in {measured} what the diagonal of the Jacobian gives: does each value of the result depend "
        "on one entry only?"
    ),
    "softmax_no_sum": (
        "{subject} is in {measured} g · out for {op}: is the sum over the row left out, as if its denominator "
        "were a constant? It is out · (g − Σ g · out)."
    ),
    "softmax_only_sum": (
        "{subject} is in {measured} what comes out when only the sum in {op} is differentiated: is the part of "
        "the entry itself left out, the −1 at the true class?"
    ),
    "softmax_all": (
        "{subject} is in {measured} what comes out when {op} sums over all rows of the batch: should it sum over "
        "each row?"
    ),
    "softmax_axis": (
        "{subject} is in {measured} what comes out when {op} sums over another axis: is it the axis of the classes?"
    ),
    "softmax_unweighted": "{subject} is in {measured} what comes out when the sum in {op} is of g, and not of g · out.",
    "softmax_plus": (
        "{subject} is in {measured} what comes out when the sum in {op} is added, and not subtracted: is its sign "
        "flipped?"
    ),
    "softmax_unsummed": (
        "{subject} is in {measured} what comes out when each g counts for itself in {op}: is the sum over the row "
        "left out?"
    ),
    "chain_twice": (
        "{subject} is in {measured} what comes out with the derivative of {op} at '{value}' twice: is it a factor "
        "once too often? With a crossentropy, its derivative has it already."
    ),
    "chain_twice_with_rule": (
        "{subject} is in {measured} what comes out with the derivative of {op} at '{value}' ({rule}) twice: is it "
        "a factor once too often? With a crossentropy, its derivative has it already."
    ),
    "chain_divided": (
        "{subject} is in {measured} what comes out when the derivative of {op} at '{value}' divides where it "
        "should multiply."
    ),
    "chain_divided_with_rule": (
        "{subject} is in {measured} what comes out when the derivative of {op} at '{value}' ({rule}) divides "
        "where it should multiply."
    ),
    "chain_inverse": (
        "{subject} is in {measured} what comes out with 1 / the derivative of {op}: does it divide where it "
        "should multiply?"
    ),
    "chain_inverse_with_rule": (
        "{subject} is in {measured} what comes out with 1 / the derivative of {op} ({rule}): does it divide where "
        "it should multiply?"
    ),
    "chain_replaced": (
        "{subject} is in {measured} what comes out with {factor} in place of the derivative of {op}, where a is "
        "its input and out its result."
    ),
    "chain_replaced_with_rule": (
        "{subject} is in {measured} what comes out with {factor} in place of the derivative of {op}, which is "
        "{rule}, where a is its input and out its result."
    ),
    "chain_at_value": (
        "{subject} is in {measured} what comes out when the derivative of {op} is taken at {other}: should it be "
        "taken at '{value}'?"
    ),
    "chain_other_factor": (
        "{subject} is in {measured} what comes out when {other}, which multiplies '{value}' in '{op}', is taken for 1: "
        "is that factor forgotten?"
    ),
    "added_early": (
        "{subject} is in {measured} what comes out when what reaches {value} on other ways is added before the "
        "derivative of {what}, and not after it."
    ),
    "exchanged": (
        "{subject} is in {measured} what comes out when the factors of '{value}' in two of its uses, in '{op}', stand "
        "in each other's place: are the two swapped?"
    ),
    "norm_axes": (
        "{subject} is in {measured} what comes out when the means in the normalisation of {value} are taken over axis "
        "{other}: it normalises over axis {axis}."
    ),
    "norm_not_centred": (
        "{subject} is in {measured} what comes out with {value} in place of {value} minus its mean, in the part of the "
        "variance of the normalisation over axis {axis}."
    ),
    "not_centred": (
        "{subject} is in {measured} what comes out with {value} in place of {value} minus its mean, in the derivative "
        "of '{op}'."
    ),
    "norm_sums": (
        "{subject} is in {measured} what comes out with sums in place of the means in the normalisation of {value} over"
        " axis {axis}."
    ),
    "norm_count": (
        "{subject} is in {measured} what comes out when the incoming gradient lacks the factor {length} beside the "
        "sums in the normalisation of {value} over axis {axis}: is it {length} · g − Σ g − …?"
    ),
    "norm_gain": (
        "{subject} is in {measured} what comes out without the scale by which the normalised {value} is multiplied: is "
        "that factor missing?"
    ),
    "chain_of_g": (
        "{subject} is in {measured} {op}′(g), the derivative at the incoming gradient: should it be taken at the "
        "input, and multiplied by g?"
    ),
    "without_g": (
        "{subject} is in {measured} what comes out for an incoming gradient of 1 in '{op}': is the factor g forgotten?"
    ),
    "out_for_g": (
        "{subject} is in {measured} what comes out with the result of '{op}' in place of its incoming gradient: "
        "is out written for g?"
    ),
    "updated": (
        "{subject} is in {measured} what comes out with '{value}' after its update, '{value}' − {rate:.4g} × its "
        "gradient: is it updated before its old value carried the gradient back?"
    ),
    "gradient_for_value": (
        "{subject} is in {measured} what comes out with the gradient of '{value}' in place of '{value}'."
    ),
    "other_value": "{subject} is in {measured} what comes out with {other} in place of {value} in the rule of '{op}'.",
    "other_gradient": (
        "{subject} is in {measured} what comes out with {other} in place of the gradient of {value} in the rule "
        "of '{op}'."
    ),
    "shifted_after": (
        "{subject} is in {measured} what comes out when every step takes the value of the step after in '{op}', "
        "h[t] for h[t−1]: is an index off by one?"
    ),
    "shifted_before": (
        "{subject} is in {measured} what comes out when every step takes the value of the step before in '{op}', "
        "h[t−1] for h[t]: is an index off by one?"
    ),
    "stride": (
        "{subject} is in {measured} what comes out when the windows of '{value}' stand side by side: is the "
        "stride left out?"
    ),
    "somewhere": "{subject} is right but in {bad} of {total} entries, {where}: there it is {how}.",
    "where_last": "the last one",
    "where_first": "the first one",
    "where_row": "those of row {index}",
    "where_column": "those of column {index}",
    "where_slice": "those at {index} of axis {axis}",
    "where_diagonal": "the diagonal",
    "where_off": "all off the diagonal",
    "where_upper": "those above the diagonal",
    "where_lower": "those below the diagonal",
    "where_negative": "where {argument} < 0",
    "where_positive": "where {argument} > 0",
    "where_outside": "where |{argument}| > 1",
    "where_inside": "where |{argument}| < 1",
    "where_value": "where '{value}' is {number:g}",
    "where_value_negative": "where '{value}' < 0",
    "where_value_positive": "where '{value}' > 0",
    "how_zero": "0",
    "how_sign": "of the other sign",
    "how_factor": "{factor:.4g} × what it should be",
    "how_other": "another number",
    "why_writes": (
        "The function could not be followed, since it writes into arrays or turns Tensors into them; only what "
        "can be seen from outside was tried."
    ),
    "why_float": (
        "The function could not be followed, since it makes numbers of Tensors, as math.exp and float do; only "
        "what can be seen from outside was tried."
    ),
    "why_large": "The function takes too many steps to be followed; only what can be seen from outside was tried.",
    "why_other": (
        "The function does not run on Tensors, so it could not be followed; only what can be seen from outside "
        "was tried."
    ),
    "other_rule": (
        "{subject} is in {measured} what comes out with the rule of the other argument of '{op}': are the two swapped?"
    ),
    "op_of_g": (
        "{subject} is in {measured} what comes out when '{op}' itself is applied to the incoming gradient: should "
        "it go the other way?"
    ),
    "kink_together": (
        "{subject} lies between the slopes of the two sides in every entry, but not all together: when all "
        "entries move at once the slope is {slope:.6g}, and the gradient gives {given:.6g}."
    ),
    "rolled": (
        "{subject} has in {measured} the values of the numeric one one place further along axis {axis}: is an "
        "index off by one?"
    ),
    "result_for_slope": (
        "{subject} is in {measured} what comes out with the result of '{op}' in place of its derivative."
    ),
    "softmax_input": (
        "{subject} is in {measured} what comes out when the derivative of {op} is made of its input, '{value}', where "
        "its output belongs: it is out · (g − Σ g · out)."
    ),
    "use_twice": (
        "{subject} is in {measured} what comes out when '{value}' has the part through '{other}' twice, and that "
        "through '{op}' not at all: are both uses of '{value}' counted, each by its own rule?"
    ),
    "one_for_all": (
        "{subject} is in {measured} what comes out in '{op}' with {which} of {value} along axis {axis} in place "
        "of every one: does an index, or a sum, stand outside the loop?"
    ),
    "skipped": (
        "{subject} is in {measured} what comes out when {value} is written without its '{op}', or with another, where "
        "the rules read it again: is that value the one of the function?"
    ),
    "part_summed": (
        "{subject} is in {measured} what comes out when the part of '{value}' through '{op}' is summed over its "
        "entries: does each entry count for itself?"
    ),
    "part_averaged": (
        "{subject} is in {measured} what comes out when the part of '{value}' through '{op}' is the mean over its "
        "entries: does each entry count for itself?"
    ),
    "multiplied": (
        "{subject} is in {measured} what comes out when the part through '{op}' is multiplied by {other} once more: "
        "does a bracket stand in another place?"
    ),
    "divided": (
        "{subject} is in {measured} what comes out when the part through '{op}' is divided by {other}: is that factor "
        "missing?"
    ),
    "passed_on_early": (
        "{subject} is in {measured} what comes out when the gradient goes on from '{value}' to what is computed before "
        "it without the derivative of {op}, which the weights there do have: is it passed back before that factor?"
    ),
    "passed_on_early_with_rule": (
        "{subject} is in {measured} what comes out when the gradient goes on from '{value}' to what is computed before "
        "it without the derivative of {op} ({rule}), which the weights there do have: is it passed back before that "
        "factor?"
    ),
    "reduction_confused": (
        "{subject} is in {measured} what comes out with the derivative of '{other}' in place of that of '{op}' by "
        "'{value}'."
    ),
    "step_for_all": (
        "{subject} is in {measured} what comes out when every step takes the value of {which} in '{op}': does an "
        "index stay where it is?"
    ),
    "chain_stops": (
        "{subject} is in {measured} the gradient of {value}: is the chain broken off there, without the derivative of "
        "{value} by '{argument}'?"
    ),
    "bypassed": (
        "{subject} is in {measured} what comes out when the part through '{other}' is not multiplied by the derivative "
        "of {op} at '{value}': is it added after that factor, and not before it?"
    ),
    "bypassed_with_rule": (
        "{subject} is in {measured} what comes out when the part through '{other}' is not multiplied by the derivative "
        "of {op} at '{value}' ({rule}): is it added after that factor, and not before it?"
    ),
    "several_parts": (
        "{subject} is in {measured} what comes out when the parts of '{value}' through {ops} are {numbers} × what they "
        "should be."
    ),
    "sum_of_other": (
        "{subject} is in {measured} the sum of the gradient of '{other}' over axis {axis}: is it made of that "
        "gradient, and not of what came in?"
    ),
    "reordered": (
        "{subject} has in {measured} the values of the numeric one in other places: is an index, an order or its "
        "inverse mistaken?"
    ),
    "expression": (
        "{subject} is in {measured} {factor}, made of '{argument}' itself: is that the derivative of another function?"
    ),
    "phrase_result": "the result of '{op}'",
    "phrase_array": "an array",
    "phrase_data": "the data",
    "phrase_data_of": "the data of '{op}'",
    "phrase_gradient": "the gradient of {value}",
    "phrase_normalisation": "the normalisation",
    "phrase_inverse": "its inverse",
    "phrase_two": "{first}, {second}",
}


class Phrase(str):
    """A part of a sentence: as a text it is English, and `said` gives it in the language of a table of texts."""

    def __new__(cls, key, **fields):
        made = super().__new__(cls, TEXTS[key].format_map(fields))
        made.key, made.fields = key, fields
        return made

    def said(self, texts):
        return texts[self.key].format_map({name: spoken(value, texts) for name, value in self.fields.items()})


def spoken(value, texts):
    """A field of a sentence: a Phrase in the language of the texts, anything else as it is."""
    return value.said(texts) if isinstance(value, Phrase) else value
