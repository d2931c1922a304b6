"""torsor: NumPy on every core."""
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS
