"""Functions that join arrays; the work is done in torsor/_kernels/copy.pyx."""
from torsor._kernels import face
from torsor._kernels.copy import concatenate

#: name -> function.
FUNCTIONS = {"concatenate": concatenate}
face.present(FUNCTIONS)
