"""Every primitive, one file a family. Importing this package installs them on Tensor and in NumPy's dispatch.

An op is a function of NumPy arrays with a rule for each argument: see `engine.op.primitive`. The tests, pictures and
programs read the same declaration, and know no op by name.
"""

from .activations import *
from .arithmetic import *
from .crossentropy import *
from .decompositions import *
from .differences import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .reduce import *
from .shape import *
from .special import *
from .windows import *
