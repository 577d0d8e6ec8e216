"""The progress of a training on the screen: a line that is rewritten a few times a second, and lines that stay.

Each epoch leaves its line; of many epochs about ten do, and the last one always. Where the output is not a terminal or
a notebook (a file, a pipe), a rewritten line is noise: there, only those that stay are written.
"""

import contextlib
import shutil
import sys
import time

import numpy as np

from ..callbacks import Callback
from ..texts import metric_name, say

_INTERVAL = 0.1  # seconds between two looks of the line
_FEW = 20  # so many epochs leave a line each


class Progress(Callback):
    """Shows epoch, batch and metrics, the seconds of the epoch and those that remain.

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

    def beside(self):
        """Within this, what others print starts on a line of its own, and is not mixed with the rewritten one."""
        return self.line_in_place.beside() if self.line_in_place is not None else contextlib.nullcontext()

    def on_train_begin(self, logs=None):
        self.epochs, self.first = self.params["epochs"], None
        few = _FEW if self.line_in_place is not None else 10
        self.every = 1 if self.verbose == 2 or self.epochs <= few else self.epochs // 10
        self.line, self.start = None, time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.began = epoch, time.monotonic()
        self.first = epoch if self.first is None else self.first

    def _after_train_batch(self, batch, logs=None):
        if time.monotonic() - self.shown > _INTERVAL:
            steps = self.params["steps"]
            left = self._left((batch + 1) / steps) if steps else ""
            self._rewrite(f"{self._title()} {batch + 1}/{steps or '?'}{left}{metrics_text(logs)}")

    def on_epoch_end(self, epoch, logs=None):
        self.line = f"{self._title()} {time.monotonic() - self.began:.1f}s{self._left(1)}{metrics_text(logs)}"
        if (epoch + 1) % self.every == 0 or epoch == self.first or epoch + 1 == self.epochs:
            self._keep()
        elif self.line_in_place is not None and time.monotonic() - self.shown > _INTERVAL:
            self._rewrite(self.line)

    def on_train_end(self, logs=None):
        self._keep()

    def _keep(self):
        """Write the line of the epoch so that it stays, unless it does already."""
        if self.line and self.line_in_place is not None:
            self.line_in_place.keep(self.line)
        elif self.line:
            print(self.line, file=self.stream, flush=True)
        self.line = None

    def _title(self):
        return say("Epoch {epoch}/{epochs}", epoch=self.epoch + 1, epochs=self.epochs)

    def _left(self, share):
        """« , 12s left», by the pace until now, of which this share of the epoch is a part; "" below a second."""
        done = self.epoch - self.first + share
        left = (time.monotonic() - self.start) / done * (self.epochs - self.first - done)
        return say(", {time} left", time=time_text(left)) if left >= 1 else ""

    def _rewrite(self, text):
        self.line_in_place.write(text)
        self.shown = time.monotonic()


def metrics_text(logs):
    """« - accuracy: 0.9123 - loss: 0.2345», as Keras writes them."""
    return "".join(f" - {metric_name(name)}: {np.mean(value):.4f}" for name, value in (logs or {}).items())


def time_text(seconds):
    """A time for people.

    Example:
        >>> time_text(8.4), time_text(125), time_text(7300)
        ('8s', '2m 05s', '2h 01m')
    """
    minutes, rest = divmod(int(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60}h {minutes % 60:02}m"
    return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"


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

    def clear(self):
        """Take the line away, so that something else may be written there."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.width = 0

    def keep(self, text):
        """Write a text that stays, whole: one that is too long goes on in the next line."""
        self.clear()
        print(in_lines(text, self.columns), file=self.stream, flush=True)

    @contextlib.contextmanager
    def beside(self):
        """The streams of the program take this line away before something is written to them."""
        with contextlib.ExitStack() as stack:
            if self.stream is sys.stdout:
                stack.enter_context(contextlib.redirect_stdout(_Beside(sys.stdout, self)))
                if sys.stderr.isatty():
                    stack.enter_context(contextlib.redirect_stderr(_Beside(sys.stderr, self)))
            try:
                yield
            finally:
                self.clear()


class _Beside:
    """A stream that takes a line away before something is written."""

    def __init__(self, stream, line):
        self.stream, self.line = stream, line

    def write(self, text):
        self.line.clear()
        return self.stream.write(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def in_lines(text, columns):
    """A line of metrics in as many lines as it needs.

    Example:
        >>> print(in_lines("Epoch 9/9 0.2s - accuracy: 0.9890 - loss: 0.0440 - val_loss: 0.1190", 50))
        Epoch 9/9 0.2s - accuracy: 0.9890 - loss: 0.0440
          - val_loss: 0.1190
    """
    lines = [""]
    for part in text.split(" - "):
        longer = f"{lines[-1]} - {part}" if lines[-1] else part
        if len(longer) <= columns or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(f"  - {part}")
    return "\n".join(lines)


class _NotebookLine:
    """An output of a cell of a notebook that is replaced, so that the saved notebook has only the lines that stay."""

    def __init__(self):
        self.handle, self.kept = None, []

    def write(self, text):
        shown = {"text/plain": "\n".join([*self.kept, text])}
        if self.handle is None:
            from IPython.display import display

            self.handle = display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def keep(self, text):
        self.write(text)
        self.kept.append(text)

    def beside(self):
        return contextlib.nullcontext()


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
        texts = [f" - {metric_name(name)}: {x:{'.4f' if abs(x) > 1e-3 else '.4e'}}" for name, x in means]
        line = f"{count} - {seconds:.0f}s{''.join(texts)}"
        if self.verbose == 1 and _line_in_place(sys.stdout) is not None:
            print(f"\r{line}", end="\n" if last else "", flush=True)
        elif last:
            print(line, flush=True)
