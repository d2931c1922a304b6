"""Functions that choose elements by indices and masks; the work is done in torsor/_kernels/gather.pyx."""
from torsor._kernels import face, gather

#: name -> function.
FUNCTIONS = {name: getattr(gather, name) for name in (
    "compress", "extract", "put", "put_along_axis", "take", "take_along_axis")}
face.present(FUNCTIONS)
