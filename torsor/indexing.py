"""Functions that choose elements by indices and masks, and write to them.

The work is done in torsor/_kernels: gather.pyx, choices.pyx, assignment.pyx.
"""
from torsor._kernels import assignment, choices, face, gather

#: name -> function.
FUNCTIONS = {name: getattr(home, name) for home, names in (
    (choices, "choose"),
    (gather, "compress extract put_along_axis take take_along_axis"),
    (assignment, "fill_diagonal place put putmask"),
) for name in names.split()}
face.present(FUNCTIONS)
