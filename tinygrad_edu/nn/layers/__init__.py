"""The layers: what a network is built from. Each is one small class, in the file of its purpose.

A layer makes its weights in `build` and computes in `call`, with ops; the rest is in `nn.layer`.
"""

from ...common.naming import list_public
from .activation import *
from .convolution import *
from .core import *
from .lookup import *
from .merging import *
from .normalization import *
from .pooling import *
from .preprocessing import *
from .regularization import *
from .reshaping import *
from .resizing import *
from .separable import *
from .transposed import *

list_public(globals())
