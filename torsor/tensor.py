"""The methods of Tensor: each hands over to the function that owns the subject.

The type and its operators are compiled (torsor/_kernels/operators.pyx.in).
"""
from torsor._kernels.operators import Tensor
