"""The progress of a training on the screen: one line that is rewritten a few times a second.

Where the output is not a terminal or a notebook (a file, a pipe), a rewritten line is noise: there, about
ten plain lines tell of the whole training.
"""

import shutil
import sys
import time

import numpy as np

from ..callbacks import Callback

_INTERVAL = 0.1  # seconds between two looks of the line


class Progress(Callback):
    """Shows epoch, batch and metrics.

    Args:
        verbose: 1 for the rewritten line, 2 for a line an epoch.
        stream: where to write; standard output by default.
        batches: whether a line goes on between the batches of an epoch too.
    """

    keras_name = "ProgbarLogger"
    changes_model, looks_at_figures_alone = False, True

    def __init__(self, verbose=1, stream=None, batches=True):
        self.verbose = verbose
        self.stream = stream or sys.stdout
        self.line_in_place = _line_in_place(self.stream) if verbose == 1 else None
        self.shown = 0
        if self.line_in_place is not None and batches:  # otherwise no batch is interrupted
            self.on_train_batch_end = self._after_train_batch

    def on_train_begin(self, logs=None):
        self.epochs = self.params["epochs"]
        self.every = 1 if self.verbose == 2 else max(1, self.epochs // 10)
        self.line, self.start = None, time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def _after_train_batch(self, batch, logs=None):
        if time.monotonic() - self.shown > _INTERVAL:
            steps = self.params["steps"] or "?"
            self._rewrite(f"{self._title()} {batch + 1}/{steps}{metrics_text(logs)}")

    def on_epoch_end(self, epoch, logs=None):
        self.line = f"{self._title()} {time.monotonic() - self.start:.1f}s{metrics_text(logs)}"
        if self.line_in_place is not None:
            if time.monotonic() - self.shown > _INTERVAL:
                self._rewrite(self.line)
        elif (epoch + 1) % self.every == 0 or epoch == 0 or epoch + 1 == self.epochs:
            print(self.line, file=self.stream, flush=True)
            self.line = None

    def on_train_end(self, logs=None):
        if self.line and self.line_in_place is not None:
            self._rewrite(self.line)
            self.line_in_place.end()
        elif self.line:
            print(self.line, file=self.stream, flush=True)

    def _title(self):
        return f"Epoch {self.epoch + 1}/{self.epochs}"

    def _rewrite(self, text):
        self.line_in_place.write(text)
        self.shown = time.monotonic()


def metrics_text(logs):
    """« - accuracy: 0.9123 - loss: 0.2345», as Keras writes them."""
    return "".join(f" - {name}: {np.mean(value):.4f}" for name, value in (logs or {}).items())


class _TerminalLine:
    """A line of a terminal that is written over."""

    def __init__(self, stream):
        self.stream, self.width = stream, 0
        # A line longer than the terminal would leave its beginning behind at every rewrite.
        self.columns = shutil.get_terminal_size().columns - 1

    def write(self, text):
        text = text[: self.columns]
        self.stream.write("\r" + text.ljust(self.width))
        self.stream.flush()
        self.width = len(text)

    def end(self):
        print(file=self.stream, flush=True)


class _NotebookLine:
    """An output of a cell of a notebook that is replaced, so that the saved notebook has the last line alone."""

    def __init__(self):
        self.handle = None

    def write(self, text):
        shown = {"text/plain": text}
        if self.handle is None:
            from IPython.display import display

            self.handle = display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def end(self):
        pass


def _line_in_place(stream):
    """A line that can be rewritten where this stream ends up, or None."""
    if stream.isatty():
        return _TerminalLine(stream)
    caught = hasattr(stream, "getvalue")  # the user wants the text
    return _NotebookLine() if stream is sys.stdout and not caught and _in_notebook() else None


def _in_notebook():
    """True if the code runs in Jupyter or Colab, where an output can be replaced."""
    shell = sys.modules.get("IPython")
    return shell is not None and "IPKernelApp" in getattr(shell.get_ipython(), "config", {})


class Progbar:
    """A bar of progress for a training loop of one's own, with the metrics so far.

    Args:
        target: how many steps there will be; None where that is not known.
        width: how many signs wide the bar is.
        verbose: 0 shows nothing, 1 a line that is rewritten, 2 a line at the end.
        interval: the least time between two looks, in seconds.
        stateful_metrics: the names of metrics that are shown as they are; of the others the mean over the steps.
        stateless_metrics: the names of those of which the mean is shown, in place of `stateful_metrics`.
        unit_name: what a step is called.

    Raises:
        ValueError: both stateful_metrics and stateless_metrics.

    Example:
        >>> bar = Progbar(4, verbose=2)
        >>> for loss in (4.0, 3.0, 2.0, 1.0):
        ...     bar.add(1, [("loss", loss)])
        4/4 - 0s - loss: 1.0000
    """

    def __init__(
        self, target, width=20, verbose=1, interval=0.05, stateful_metrics=None, stateless_metrics=None,
        unit_name="step",
    ):  # fmt: skip
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("Progbar expects stateful_metrics or stateless_metrics, not both.")
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.stateful_metrics, self.stateless_metrics, self.unit_name = stateful_metrics, stateless_metrics, unit_name
        self._seen, self._sums, self._start, self._shown = 0, {}, time.monotonic(), -1.0

    def update(self, current, values=None, finalize=None):
        """Show the progress.

        Args:
            current: how many steps are done.
            values: (name, value) of each metric.
            finalize: whether this is the last time; by default when `current` reaches the target.
        """
        last = self.target is not None and current >= self.target if finalize is None else finalize
        steps = max(current - self._seen, 1)
        for name, value in values or ():
            total, count = self._sums.get(name, (0.0, 0))
            alone = last or not self._is_averaged(name)
            self._sums[name] = (value, 1) if alone else (total + value * steps, count + steps)
        self._seen, now = current, time.monotonic()
        if self.verbose and (last or (self.verbose == 1 and now - self._shown > self.interval)):
            self._show(current, now - self._start, last)
            self._shown = now

    def add(self, n, values=None):
        """Show the progress after n more steps."""
        self.update(self._seen + n, values)

    def _is_averaged(self, name):
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in (self.stateful_metrics or ())

    def _show(self, current, seconds, last):
        count = f"{current}/{self.target}" if self.target else f"{current}/Unknown"
        if self.verbose == 1 and self.target:
            done = int(self.width * min(current / self.target, 1))
            count += f" {'━' * done}{'─' * (self.width - done)}"
        means = [(name, float(np.mean(total)) / count_) for name, (total, count_) in self._sums.items()]
        texts = [f" - {name}: {x:.4f}" if abs(x) > 1e-3 else f" - {name}: {x:.4e}" for name, x in means]
        line = f"{count} - {seconds:.0f}s{''.join(texts)}"
        if self.verbose == 1 and _line_in_place(sys.stdout) is not None:
            print(f"\r{line}", end="\n" if last else "", flush=True)
        elif last:
            print(line, flush=True)
