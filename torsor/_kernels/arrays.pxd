"""Reading the arguments of functions that move elements."""
cimport numpy as cnp

cdef extern from "arrays.h":
    bint read_int "torsor_int"(object o, Py_ssize_t *value)
    bint read_axis "torsor_axis"(object o, int nd, int *axis)
    bint is_viewable "torsor_viewable"(object o)
    int read_shape "torsor_shape"(object o, cnp.npy_intp *shape)
    void *torsor_shared
    bint torsor_adoptable "torsor_shared->adoptable"
    object torsor_part(object a, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, char *data)
