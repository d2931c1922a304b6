"""Functions that join arrays, view them in another shape, and arrange their elements anew.

The work is done in torsor/_kernels: copy.pyx, conversions.pyx, joining.pyx, views.pyx, arranging.pyx.
"""
import numpy as np

from torsor._kernels import arranging, conversions, copy, face, joining, views

copy.connect(face.Function(np.ascontiguousarray, "torsor"), face.Function(np.asfortranarray, "torsor"))
#: name -> function.
FUNCTIONS = {name: getattr(home, name) for home, names in (
    (joining, "append block column_stack concatenate delete dstack hstack insert stack vstack"),
    (views, "array_split atleast_1d atleast_2d atleast_3d broadcast_arrays broadcast_to diagonal dsplit expand_dims "
            "flip fliplr flipud hsplit moveaxis ndim ravel reshape rollaxis rot90 shape size split squeeze swapaxes "
            "transpose vsplit"),
    (copy, "ascontiguousarray asfortranarray copy"),
    (conversions, "astype"),
    (arranging, "meshgrid pad repeat resize roll tile"),
) for name in names.split()}
face.present(FUNCTIONS)
