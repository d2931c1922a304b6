"""Reductions as callables: what those of other modules share with sum, mean, max...

A recipe says what a function takes and which C function computes it from the arguments sorted into fields;
where that gives NotImplemented, NumPy's own function gets the arguments as they came.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from torsor._kernels.engine cimport MAX_DIMS, Nest, Operand
from torsor._kernels.face cimport Function

cdef extern from "Python.h":
    ctypedef struct PyMethodDef:
        const char *ml_name
        void *ml_meth
        int ml_flags
        const char *ml_doc

cdef enum:
    ARRAY, AXIS, DTYPE, OUT, KEEPDIMS, INITIAL, WHERE, DDOF, MEAN, CORRECTION, N_FIELDS

cdef struct Signature:          # which argument is what
    int size, positional        # of all, and of those that may be given by position and that we take
    int field[N_FIELDS]

cdef struct Request:            # a reduction whose arguments are understood
    Operand x, out
    bint everything, keepdims
    bint reduced[MAX_DIMS]
    char *initial
    Operand start               # holds the initial value

cdef struct Recipe:             # one of the functions
    int kind
    bint mean
    object (*compute)(const Recipe *recipe, PyObject **fields)
    Signature function          # sum(a, ...)
    Signature method            # a.sum(...), a included
    PyObject *numpys            # numpy.ndarray.sum

cdef class Reduction(Function):
    cdef const Recipe *recipe

cdef enum:
    ANY_CODE = 127              # no dtype is asked for

cdef bint is_default(PyObject *o) noexcept
cdef int asked_code(PyObject **fields) except -2
cdef bint read_request(PyObject **fields, bint everything, Request *r) except -1
cdef cnp.npy_intp reduced_size(Request *r) noexcept
cdef bint in_one_piece(Request *r) noexcept
cdef object lay_out(Request *r, int code, Nest *nest)
cdef void straighten(Nest *nest, bint in_order) noexcept nogil
cdef object outcome(object out, Request *r)
cdef object scalar(char *p, int code)
cdef object reduce(int kind, bint mean, bint everything, PyObject **fields)
cdef object search(int kind, PyObject **fields)
cdef void publish(str name, Recipe *recipe, str arguments, int positional) except *
cdef object make_method(str name, PyMethodDef *entry, void *function)
cdef object method(const Recipe *recipe, PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames)
