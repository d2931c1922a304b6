"""Functions of sampled values: closeness, differences, curves, convolution, covariance.

The work is done in torsor/_kernels: values.pyx, differences.pyx, curves.pyx, covariance.pyx.
"""
import numpy as np

from torsor._kernels import covariance, curves, differences, face, joining, products, values
from torsor.ufuncs import UFUNCS

values.connect(UFUNCS)
differences.connect(UFUNCS, face.Function(np.copyto, "torsor"))
covariance.connect(products.dot, joining.concatenate, UFUNCS["sqrt"], UFUNCS["clip"])
#: name -> function.
FUNCTIONS = {name: getattr(home, name) for home, names in (
    (values, "allclose around array_equal array_equiv isclose nan_to_num round"),
    (differences, "diff ediff1d gradient trapezoid unwrap"),
    (curves, "convolve correlate interp polyval"),
    (covariance, "corrcoef cov"),
) for name in names.split()}
face.present(FUNCTIONS)
