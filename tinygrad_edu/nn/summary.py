"""The table of a model's layers, shapes and weights, as Keras prints it."""


def print_summary(model, line_length=None, print_fn=None, show_trainable=False):
    """Print the layers of a model; unknown shapes are «?», with a line that says how to build it."""
    import shutil

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    width = line_length or min(88, shutil.get_terminal_size().columns - 4)
    columns = ["Layer (type)", "Output Shape", "Param #"] + ["Trainable"] * show_trainable
    table = Table(*columns, width=width, show_lines=True)
    table.columns[2].justify = "right"
    for layer in model.layers:
        row = [escape(f"{layer.name} ({type(layer).__name__})"), str(layer.output_shape or "?")]
        row.append(f"{layer.count_params():,}" if layer.built else "0 (unbuilt)")
        trained = "-" if not layer.weights else "Y" if layer.trainable else "N"
        table.add_row(*row, *([trained] * show_trainable))
    console = Console(highlight=False, width=max(width, 80), **({"file": _Lines(print_fn)} if print_fn else {}))
    console.print(escape(f'Model: "{model.name}"'), style="bold")
    console.print(table)
    trainable, frozen = model.trainable_weights, model.non_trainable_weights
    groups = {"Total": trainable + frozen, "Trainable": trainable, "Non-trainable": frozen}
    if model.compiled and model.optimizer.iterations:
        groups["Optimizer"] = model.optimizer.variables
        groups["Total"] = groups["Total"] + groups["Optimizer"]  # as Keras counts
    for name, weights in groups.items():
        size = sum(weight.size * weight.dtype.itemsize for weight in weights)
        console.print(f" {name} params: {sum(weight.size for weight in weights):,} ({_memory(size)})")
    if not model.built:
        console.print(" Unbuilt: add Input((features,)) first, call build((None, features)), or fit it.")


class _Lines:
    """A text stream that hands each line to a function."""

    def __init__(self, print_fn):
        self.print_fn, self.rest = print_fn, ""

    def write(self, text):
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            self.print_fn(line)

    def flush(self):
        pass


def _memory(size):
    """A number of bytes for people."""
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
