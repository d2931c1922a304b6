"""Means and variances over some axes of one array."""
cimport numpy as cnp
from torsor._kernels._loop cimport inner_t
from torsor._kernels.engine cimport Nest
from torsor._kernels.reduce cimport Job, Kernel

cdef struct Moments:            # what is wanted of the elements
    Kernel *sums
    Kernel *counter             # of those that count; NULL: all do
    Kernel *spoilt              # sums of all elements: the same, sooner, of lines without NaNs
    Job *plain                  # the reduction by those
    Kernel *squares             # of deviations; NULL: the mean is wanted
    char *means                 # where means go as well, laid out as the results; or NULL
    inner_t cast                # of elements to the type of deviations; NULL: they have it
    inner_t subtract
    int how                     # sums become means (reduce.pxd)
    double count                # of elements, where all count
    double ddof
    bint root                   # of the variance
    bint odd                    # a result for which NumPy has a warning: too few elements, infinities
    int phase
    char *centers               # the means of all results
    cnp.npy_intp *counts        # of every span

cdef void prepare(Moments *w, int code, int result, bint nan, bint squares) except *
cdef int moments_nest(Moments *w, Nest *nest) except -1
cdef int moments_line(Moments *w, const char *x, Py_ssize_t n, char *out) noexcept nogil
cdef enum:
    LINE = 2048                 # elements that moments_line takes
