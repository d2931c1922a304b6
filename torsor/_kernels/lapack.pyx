"""Stacks of matrices: how operands are read, which routine works on them, and how threads share the items.

LAPACK is OpenBLAS's (blas.pyx); what it does with one matrix is lapack.h's, and small matrices by elimination are
elimination.h's.  What a function of numpy.linalg means is the business of equations.pyx and decompositions.pyx.
To NumPy go a large matrix alone (its LAPACK has threads), and of a stack those for which rounding decides whether they
are singular, or that are not finite.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from cpython.ref cimport Py_INCREF
from libc.limits cimport INT_MAX
from torsor._kernels cimport storage, threads
from torsor._kernels.blas cimport symbol
from torsor._kernels.engine cimport FLOAT32, FLOAT64, code_dtype, type_code
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor, plain

import numpy as np

from torsor._kernels import tensor as _tensor

ctypedef cnp.npy_intp intp

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "numpy/arrayobject.h":
    object PyArray_CastToType(cnp.ndarray, cnp.dtype, int)
    object PyArray_NewCopy(cnp.ndarray, int)

cdef extern from "lapack.h" nogil:
    ctypedef int (*lapack_t)(const Matrices *, Py_ssize_t, char *)
    lapack_t lapack_function(int operation)
    int lapack_sizes(Matrices *s)
    int lapack_least_squares(Matrices *s, char *)

cdef extern from *:
    bint mul_overflow "__builtin_mul_overflow"(size_t, size_t, size_t *) nogil

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

ctypedef int (*small_t)(const Matrices *, Py_ssize_t, Py_ssize_t) noexcept nogil

cdef enum:
    COMPLEX64 = 11
    SMALL = 32                  # rows and right-hand sides that elimination.h takes of many matrices,
    MANY = 16                   # which are so many at least;
    FEW_SMALL = 16              # of some, which fill half a vector;
    LONE_SMALL = 10             # and of fewer, for which LAPACK wastes nothing
    FEW = 4                     # matrices: fewer large ones are left to NumPy, whose LAPACK has threads
    LONGEST = 46340             # rows or columns of a matrix whose elements an int can count
    MOST_LOOPS = 59             # axes before those of a matrix: of more NumPy says what it thinks of them
    PART = 8000                 # nanoseconds that are worth a thread
    HOLD_GIL = 4000             # nanoseconds not worth releasing the GIL for

cdef cnp.dtype BYTES = np.dtype(np.uint8)
cdef small_t small_elimination = NULL
cdef void *_routines[OPERATIONS][2][2]          # by operation and type


def add_kernels(capsule):
    """Take the elimination of small matrices from the module of one instruction set."""
    global small_elimination
    small_elimination = (<small_t *>PyCapsule_GetPointer(capsule, b"torsor.eliminations"))[0]


#: operation -> LAPACK's names of its routines, of double and of double complex numbers.
NAMES = {
    **dict.fromkeys((INVERT, SOLVE, DETERMINANT, LOG_DETERMINANT), (("dgetrf", "dgetrs"), ("zgetrf", "zgetrs"))),
    CHOLESKY: (("dpotrf",), ("zpotrf",)),
    **dict.fromkeys((EIGENVALUES_H, EIGEN_H), (("dsyevd",), ("zheevd",))),
    **dict.fromkeys((EIGENVALUES, EIGEN), (("dgeev",), ("zgeev",))),
    **dict.fromkeys((SINGULAR_VALUES, SVD), (("dgesdd",), ("zgesdd",))),
    QR: (("dgeqrf", "dorgqr"), ("zgeqrf", "zungqr")),
    LEAST_SQUARES: (("dgelsd",), ("zgelsd",)),
    LU_FACTORS: (("dgetrf",), ("zgetrf",)),
    LU_SOLUTION: (("dgetrs",), ("zgetrs",)),
    TRIANGULAR: (("dtrtrs",), ("ztrtrs",)),
}


cdef int find_routines(Matrices *s) except -1:
    cdef int k
    if _routines[s.operation][s.is_complex][0] == NULL:
        names = NAMES[s.operation][s.is_complex]
        for k in range(len(names) - 1, -1, -1):
            _routines[s.operation][s.is_complex][k] = symbol(names[k] + "_")
    for k in range(2):
        s.routine[k] = _routines[s.operation][s.is_complex][k]
    return 0


cdef inline bint is_small(const Matrices *s) noexcept nogil:
    """Whether elimination in vector lanes is quicker than LAPACK (measured)."""
    cdef int most = SMALL if s.count >= MANY else FEW_SMALL if s.count >= FEW else LONE_SMALL
    return s.operation <= CHOLESKY and not s.is_complex and s.n <= most and s.k <= most


cdef double nanoseconds(const Matrices *s, bint small) noexcept nogil:
    """What one matrix takes, about."""
    cdef double n = s.n, volume = n * n * s.m
    if small:
        return 10 + 0.2 * n * n * (n + s.k)
    if s.operation <= CHOLESKY or s.operation >= LU_FACTORS:
        return 1000 + (n + s.k) * n * n * 0.05
    if s.operation == QR:
        return 3000 + volume * 0.3
    return 8000 + volume * 2


cdef int do_small(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Matrices *s = <Matrices *>work
    return small_elimination(s, part * s.step, min((part + 1) * s.step, s.count)) != 0


cdef int do_items(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Matrices *s = <Matrices *>work
    cdef lapack_t function = lapack_function(s.operation)
    cdef intp item
    cdef int doubtful = 0
    for item in range(part * s.step, min((part + 1) * s.step, s.count)):
        s.doubtful[item] = function(s, item, s.memory + worker * s.scratch)
        doubtful |= s.doubtful[item]
    return doubtful


cdef int do_least_squares(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Matrices *s = <Matrices *>work
    return lapack_least_squares(s, s.memory)


cdef int execute(Matrices *s) except -1:
    """Do all items; returns whether some of them are doubtful."""
    cdef bint small = is_small(s)
    cdef threads.part_t function = (do_small if small else do_least_squares if s.operation == LEAST_SQUARES
                                    else do_items)
    cdef double each = nanoseconds(s, small)
    cdef int width = threads.width_for(each * s.count, PART), status
    cdef intp parts
    cdef size_t bytes = 0
    width = <int>min(<intp>width, s.count)
    s.step = min(max(<intp>(PART / each), <intp>1), s.count)
    if small:
        s.step = (s.step + 7) // 8 * 8          # whole vectors
    parts = (s.count + s.step - 1) // s.step
    if not small:
        find_routines(s)
        if lapack_sizes(s) or mul_overflow(s.scratch, width, &bytes):
            raise MemoryError
        s.memory = <char *>storage.allocate(bytes)
        if s.memory == NULL:
            raise MemoryError
    try:
        if width == 1:
            s.step, parts = s.count, 1
        status = threads.run(function, s, parts, width, each * s.count >= HOLD_GIL)
    finally:
        if not small:
            storage.release(s.memory, bytes)
    return status


cdef class Job:
    """An operation on a stack of matrices: its operands, its results, and the matrices left to NumPy.

    Not taken are operands that are no arrays of numbers, empty ones, and shapes that do not fit.
    """

    cdef bint take(self, int operation, object a) except -1:
        """Read the stack of matrices; returns whether it is an ordinary one."""
        cdef int d
        if not self.read(0, a, 2):
            return False
        self.s.operation = operation
        self.n_loops = cnp.PyArray_NDIM(self.a) - 2
        self.s.count = 1
        for d in range(self.n_loops):
            self.shape[d] = cnp.PyArray_DIMS(self.a)[d]
            self.s.count *= self.shape[d]
        self.s.m = <int>cnp.PyArray_DIMS(self.a)[self.n_loops]
        self.s.n = <int>cnp.PyArray_DIMS(self.a)[self.n_loops + 1]
        self.s.k = self.s.n if operation == INVERT else 0
        self.s.upper, self.s.whole = b"L", b"S"
        self.results = []
        return operation > EIGEN or self.s.m == self.s.n

    cdef bint take_right(self, object b, bint vector) except -1:
        """Read the right-hand sides: one vector, or as many matrices as there are on the left, or one for all."""
        cdef int d, n_loops, core = 1 if vector else 2
        cdef intp *shape
        if not self.read(1, b, core):
            return False
        shape, n_loops = cnp.PyArray_DIMS(self.b), cnp.PyArray_NDIM(self.b) - core
        if shape[n_loops] != self.s.m or (not vector and shape[n_loops + 1] > INT_MAX):
            return False
        if n_loops and n_loops != self.n_loops:
            return False
        for d in range(n_loops):
            if shape[d] != self.shape[d]:
                return False
        self.s.k = 1 if vector else <int>shape[n_loops + 1]
        return True

    cdef bint read(self, int which, object given, int core) except -1:
        cdef cnp.ndarray x
        cdef cnp.dtype dtype
        cdef int code, d, n_loops
        cdef intp *shape
        cdef intp *strides
        cdef bint even = True
        if not is_array(<PyObject *>given):
            return False
        x = <cnp.ndarray>given
        code, n_loops = type_code(x.descr), cnp.PyArray_NDIM(x) - core
        if code < 0 or not 0 <= n_loops <= MOST_LOOPS or not cnp.PyArray_ISALIGNED(x) or cnp.PyArray_SIZE(x) == 0:
            return False
        if max(cnp.PyArray_DIMS(x)[n_loops], cnp.PyArray_DIMS(x)[n_loops + core - 1]) > LONGEST:
            return False
        if code < FLOAT32:
            dtype = code_dtype(FLOAT64)
            Py_INCREF(dtype)            # which the function takes over
            x = PyArray_CastToType(x, dtype, 0)
        shape, strides = cnp.PyArray_DIMS(x), cnp.PyArray_STRIDES(x)
        for d in range(n_loops - 1):
            even = even and strides[d] == strides[d + 1] * shape[d + 1]
        if not even:
            x = PyArray_NewCopy(x, cnp.NPY_CORDER)
            strides = cnp.PyArray_STRIDES(x)
        self.s.in_[which] = <char *>cnp.PyArray_DATA(x)
        self.s.in_single[which] = code == FLOAT32 or code == COMPLEX64
        self.s.in_complex[which] = code >= COMPLEX64
        self.s.item[which] = strides[n_loops - 1] if n_loops else 0
        self.s.row[which] = strides[n_loops]
        self.s.column[which] = strides[n_loops + 1] if core == 2 else 0
        if which == 0:
            self.a, self.s.single, self.s.is_complex = x, self.s.in_single[0], self.s.in_complex[0]
        else:
            self.b = x
            self.s.single &= self.s.in_single[1]
            self.s.is_complex |= self.s.in_complex[1]
        return True

    cdef object result(self, int nd, intp first, intp second, bint real):
        """A new Tensor for the next result: for each item a number, a vector or a matrix."""
        cdef intp shape[64 + 2]
        cdef int d, k = len(self.results)
        cdef cnp.ndarray x
        cdef int code = (FLOAT32 if self.s.single else FLOAT64) + (0 if real or not self.s.is_complex else 2)
        for d in range(self.n_loops):
            shape[d] = self.shape[d]
        shape[self.n_loops], shape[self.n_loops + 1] = first, second
        x = new_tensor(self.n_loops + nd, shape, NULL, code_dtype(code))
        self.s.out[k] = <char *>cnp.PyArray_DATA(x)
        self.s.out_item[k] = cnp.PyArray_NBYTES(x) // self.s.count
        self.results.append(x)
        return x

    cdef int run(self) except -1:
        """Do the work; returns whether some items are doubtful, which ``settle`` gives to NumPy."""
        cdef unsigned char one = 0
        cdef intp count = self.s.count
        if count == 1:
            self.s.doubtful = &one
            return execute(&self.s) != 0
        self.doubts = new_tensor(1, &count, NULL, BYTES)
        self.s.doubtful = <unsigned char *>cnp.PyArray_DATA(<cnp.ndarray>self.doubts)
        return execute(&self.s) != 0

    cdef bint settle(self, object function, dict kwargs) except -1:
        """Put in what NumPy's function gives for the items that are doubtful; false if that is for all."""
        cdef int k
        if self.s.count == 1:
            return False
        chosen = plain(self.doubts).nonzero()[0]
        args = [self.items(self.a, 2, chosen)]
        if self.b is not None:
            vector = cnp.PyArray_NDIM(self.b) < 2
            args.append(self.b if vector or cnp.PyArray_NDIM(self.b) == 2 else self.items(self.b, 2, chosen))
        found = call_plain(function, tuple(args), kwargs)
        if not isinstance(found, tuple):
            found = (found,)
        for k in range(len(found)):
            into = plain(self.results[k])
            into.reshape((self.s.count, *into.shape[self.n_loops:]))[chosen] = found[k]
        return True

    cdef object items(self, object x, int core, object chosen):
        """Some of a stack's items as a stack of one dimension."""
        flat = x if cnp.PyArray_NDIM(<cnp.ndarray>x) == core + 1 else x.reshape(-1, *x.shape[x.ndim - core:])
        return flat[chosen]


# ---------------------------------------------------------------------------------------- the border

cdef enum:
    MOST = 8192                 # rows and columns: LAPACK counts its workspace in int

#: Rows from which on they are large, by operation.  Determinants of larger ones leave the range of single precision,
#: which NumPy has to say.
cdef int LARGE[LEAST_SQUARES + 1]
for _operation in range(LEAST_SQUARES + 1):
    LARGE[_operation] = 64 if _operation == DETERMINANT else 96 if _operation in (QR, LEAST_SQUARES) else 128


cdef Job make_job(int operation, object a):
    """The job, or None where NumPy does it."""
    cdef Job new = Job.__new__(Job)
    cdef int size
    if type(a) is list:
        a = np.asarray(a)
    if not new.take(operation, a):
        return None
    size = max(new.s.m, new.s.n)
    return None if size > MOST or (size > LARGE[operation] and new.s.count < FEW) else new


cdef bint finish(Job new, object function, dict kwargs=None) except -1:
    """Run; false where NumPy shall do it all."""
    return not new.run() or new.settle(function, kwargs)
