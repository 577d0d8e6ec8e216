"""The progress of a training on the screen: one line that is rewritten a few times a second.

Where the output is not a terminal or a notebook (a file, a pipe), a rewritten line is noise: there, about
ten plain lines tell of the whole training.
"""

import shutil
import sys
import time

from .callbacks import Callback

_INTERVAL = 0.1  # seconds between two looks of the line


class Progress(Callback):
    """Shows epoch, batch and figures.

    Args:
        verbose: 1 for the rewritten line, 2 for a line an epoch.
        stream: where to write; standard output by default.
    """

    def __init__(self, verbose=1, stream=None):
        self.verbose = verbose
        self.stream = stream or sys.stdout
        self.live = verbose == 1 and (self.stream.isatty() or _in_notebook())
        self.shown = self.width = 0
        # A line longer than the terminal would leave its beginning behind at every rewrite.
        self.columns = shutil.get_terminal_size().columns - 1 if self.stream.isatty() else None

    def on_train_begin(self, logs=None):
        self.epochs = self.params["epochs"]
        self.every = 1 if self.verbose == 2 else max(1, self.epochs // 10)
        self.start = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.live and time.monotonic() - self.shown > _INTERVAL:
            self._rewrite(f"{self._title()} {batch + 1}/{self.params['steps']}{figures(logs)}")

    def on_epoch_end(self, epoch, logs=None):
        self.line = f"{self._title()} {time.monotonic() - self.start:.1f}s{figures(logs)}"
        if self.live:
            if time.monotonic() - self.shown > _INTERVAL:
                self._rewrite(self.line)
        elif (epoch + 1) % self.every == 0 or epoch == 0 or epoch + 1 == self.epochs:
            print(self.line, file=self.stream, flush=True)
            self.line = None

    def on_train_end(self, logs=None):
        line = getattr(self, "line", None)
        if self.live and line:
            self._rewrite(line)
            print(file=self.stream, flush=True)
        elif line:
            print(line, file=self.stream, flush=True)

    def _title(self):
        return f"Epoch {self.epoch + 1}/{self.epochs}"

    def _rewrite(self, text):
        text = text[: self.columns]
        self.stream.write("\r" + text.ljust(self.width))
        self.stream.flush()
        self.width, self.shown = len(text), time.monotonic()


def figures(logs):
    """« - accuracy: 0.9123 - loss: 0.2345», as Keras writes them."""
    return "".join(f" - {name}: {value:.4f}" for name, value in (logs or {}).items())


def _in_notebook():
    """Whether the code runs in Jupyter or Colab, where a line can be rewritten too."""
    shell = sys.modules.get("IPython")
    return shell is not None and "IPKernelApp" in getattr(shell.get_ipython(), "config", {})
