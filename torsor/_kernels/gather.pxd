"""Elements chosen by indices and masks; what arrays, indices and masks such kernels take."""
cimport numpy as cnp
from cpython.object cimport PyObject
from libc.string cimport memcmp
from torsor._kernels.engine cimport type_code
from torsor._kernels.tensor cimport is_array

cdef object indexed(object a, object key)


cdef inline bint is_plain(object a):
    """Whether it is an aligned array of the engine's, in C order."""
    return is_array(<PyObject *>a) and type_code((<cnp.ndarray>a).descr) >= 0 and (
        cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_CARRAY_RO == cnp.NPY_ARRAY_CARRAY_RO)


cdef inline bint is_index(object a):
    """Whether it holds indices as they are."""
    return is_plain(a) and (<cnp.ndarray>a).descr.type_num == cnp.NPY_INTP


cdef inline bint is_mask(object a):
    return is_plain(a) and (<cnp.ndarray>a).descr.type_num == cnp.NPY_BOOL


cdef inline bint starts_alike(object a, object mask):
    """Whether a mask, of one axis or more, covers the first axes of an array."""
    return 0 < (<cnp.ndarray>mask).ndim <= (<cnp.ndarray>a).ndim and memcmp(
        (<cnp.ndarray>mask).shape, (<cnp.ndarray>a).shape, (<cnp.ndarray>mask).ndim * sizeof(cnp.npy_intp)) == 0


cdef inline bint overlap(cnp.ndarray a, cnp.ndarray b):
    """Whether two arrays in C order share memory."""
    cdef size_t x = <size_t>cnp.PyArray_DATA(a), y = <size_t>cnp.PyArray_DATA(b)
    return x < y + cnp.PyArray_NBYTES(b) and y < x + cnp.PyArray_NBYTES(a)
