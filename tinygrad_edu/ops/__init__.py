"""Every primitive, one file a family. Importing this package installs them on Tensor and in NumPy's dispatch."""

from .activations import *
from .arithmetic import *
from .crossentropy import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .reduce import *
from .shape import *
from .special import *
from .windows import *
