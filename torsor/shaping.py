"""Functions that join arrays, view them in another shape, and arrange their elements anew.

The work is done in torsor/_kernels: copy.pyx, joining.pyx, views.pyx, arranging.pyx.
"""
import numpy as np

from torsor._kernels import arranging, copy, face, joining, views

copy.connect(face.Function(np.ascontiguousarray, "torsor"), face.Function(np.asfortranarray, "torsor"))
#: name -> function.
FUNCTIONS = {name: getattr(home, name) for home, names in (
    (joining, "append column_stack concatenate dstack hstack stack vstack"),
    (views, "atleast_1d atleast_2d atleast_3d broadcast_arrays broadcast_to diagonal expand_dims flip fliplr flipud "
            "moveaxis ndim ravel reshape rollaxis rot90 shape size squeeze swapaxes transpose"),
    (copy, "ascontiguousarray asfortranarray"),
    (arranging, "meshgrid pad repeat roll tile"),
) for name in names.split()}
face.present(FUNCTIONS)
