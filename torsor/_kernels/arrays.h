/* Reading the arguments of functions that move elements. */
#ifndef TORSOR_ARRAYS_H
#define TORSOR_ARRAYS_H

#include "tensor.h"

/* An exact int that fits; 0 and no error where it is none. */
static inline int torsor_int(PyObject *o, Py_ssize_t *value)
{
    if (!PyLong_CheckExact(o)) return 0;
    int overflow;
    const long long v = PyLong_AsLongLongAndOverflow(o, &overflow);
    *value = (Py_ssize_t)v;
    return !overflow;
}

/* An exact int that names one of nd axes. */
static inline int torsor_axis(PyObject *o, int nd, int *axis)
{
    Py_ssize_t v;
    if (!torsor_int(o, &v) || v < -nd || v >= nd) return 0;
    *axis = (int)(v < 0 ? v + nd : v);
    return 1;
}

/* Exactly a Tensor or ndarray, whose memory views may show as it is. */
static inline int torsor_viewable(PyObject *o)
{
    return torsor_is_array(o) && torsor_shared->adoptable
        && !(PyArray_FLAGS((PyArrayObject *)o) & TORSOR_UNUSUAL) && PyArray_NDIM((PyArrayObject *)o) <= 32;
}

/* A shape: an int, or a tuple or list of ints, none negative and few enough elements to count their bytes.
   Returns the number of axes, -1 where NumPy has to say what it thinks of it. */
static inline int torsor_shape(PyObject *o, npy_intp *shape)
{
    Py_ssize_t v, total = 1 << 10;
    if (PyLong_CheckExact(o)) {
        if (!torsor_int(o, &v) || v < 0 || __builtin_mul_overflow(total, v, &total)) return -1;
        shape[0] = v;
        return 1;
    }
    if (!PyTuple_CheckExact(o) && !PyList_CheckExact(o)) return -1;
    const Py_ssize_t nd = PySequence_Fast_GET_SIZE(o);
    if (nd > 32) return -1;
    for (Py_ssize_t k = 0; k < nd; k++) {
        if (!torsor_int(PySequence_Fast_GET_ITEM(o, k), &v) || v < 0
            || __builtin_mul_overflow(total, v ? v : 1, &total)) return -1;
        shape[k] = v;
    }
    return (int)nd;
}

#endif
