"""The last round of a training in one file of the driver, so that `fit` goes on where it was cut off.

The name of the file tells of which training it is: the model, the settings and how many rows each partition has are in
it as a hash, so that another training in the same folder does not meet it. It goes when the training is done.
"""

import hashlib
import json
import os
from io import BytesIO

import numpy as np

from ..common.files import existing, remove, replacing

_PARTS = {"about", "state"}


class Backup:
    """The backup of one training.

    Args:
        folder: where it is kept.
        training: whatever makes the training another one: texts, numbers, bytes.
    """

    def __init__(self, folder, *training):
        os.makedirs(folder, exist_ok=True)
        digest = hashlib.sha256()
        for part in training:
            part = part if isinstance(part, bytes) else repr(part).encode()
            digest.update(len(part).to_bytes(8, "little") + part)
        self.path = os.path.join(folder, f"round_{digest.hexdigest()[:16]}.npz")

    def write(self, epoch, history, rows, state):
        """Keep the state after this epoch, with the history so far and the rows that each worker was trained on."""
        about = json.dumps({"epoch": epoch, "history": history, "rows": rows}).encode()
        content = BytesIO()
        np.savez(content, about=np.frombuffer(about, np.uint8), state=np.frombuffer(state, np.uint8))
        with replacing(self.path) as file:
            file.write(content.getbuffer())

    def read(self):
        """(epoch, history, rows, state) as they were written, or None where nothing was.

        Raises:
            ValueError: the file is broken.
        """
        if not os.path.exists(self.path):
            return None
        try:
            with existing(self.path) as file, np.load(file, allow_pickle=False) as stored:
                about, state = (stored[name] for name in sorted(_PARTS))
                about = json.loads(about.tobytes())
                return about["epoch"], about["history"], about["rows"], state.tobytes()
        except Exception as error:  # whatever NumPy makes of bytes that are not what they should be
            raise ValueError(f"{self.path} cannot be read ({error}). To start anew, delete it.") from error

    def remove(self):
        """Remove the file: the training is done."""
        remove(self.path)
