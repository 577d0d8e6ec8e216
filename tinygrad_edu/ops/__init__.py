"""Every primitive, one file a family. Importing this package installs them on Tensor and in NumPy's dispatch."""

from .activations import *  # noqa: F403
from .arithmetic import *  # noqa: F403
from .crossentropy import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .indexing import *  # noqa: F403
from .linalg import *  # noqa: F403
from .reduce import *  # noqa: F403
from .shape import *  # noqa: F403
from .special import *  # noqa: F403
from .windows import *  # noqa: F403
