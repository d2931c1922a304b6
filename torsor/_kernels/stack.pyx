"""Stacks of matrix products, c = a @ b for each item: their order, and how they are cut for torsor's threads.

Knows strides and threads; the arithmetic is OpenBLAS's (blas.pyx), and what a product means is products.pyx's.
"""
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from torsor._kernels cimport threads
from torsor._kernels.blas cimport BLAS_PLAIN, BLAS_TRANSPOSED, blas_dot, blas_gemm, blas_gemv, blas_syrk

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "stack.h" nogil:
    void mirror(char *c, Py_ssize_t row, int size, Py_ssize_t start, Py_ssize_t stop)
    void add_to(char *into, const char *from_, bint is_double, Py_ssize_t n)

cdef enum:
    HOLD_GIL = 20000            # multiplications not worth releasing the GIL for
    PART = 500000               # multiplications of matrices that are worth a thread
    VECTOR_PART = 20000         # the same of a matrix and a vector, where memory is what counts
    LONG = 16384                # a sum of twice this length and few results is cut into parts of this length
    FEW = 1024
    TRIANGLE = 192              # rows from which a symmetric result is cut
    TALL = 500                  # rows that are worth a block of their own


cdef integer_product *integer_products = NULL       # by the logarithm of the size; the last of truth values


def add_kernels(capsule):
    """Take the products of integers from the module of one instruction set."""
    global integer_products
    integer_products = <integer_product *>PyCapsule_GetPointer(capsule, b"torsor.integers")


cdef integer_product find_product(int size, bint truth) noexcept nogil:
    return integer_products[4 if truth else 0 if size == 1 else 1 if size == 2 else 2 if size == 4 else 3]


cdef inline int layout(intp r, intp c, intp rows, intp cols, int size, int *ld) noexcept nogil:
    """How BLAS reads a matrix that is_matrix: as it is or transposed, and its leading dimension."""
    if (cols == 1 or c == size) and (rows == 1 or r >= cols * size):
        ld[0] = <int>(r // size if rows > 1 else cols)
        return BLAS_PLAIN
    ld[0] = <int>(c // size if cols > 1 else rows)
    return BLAS_TRANSPOSED


cdef inline char *first(char *x, intp stride, intp n) noexcept nogil:
    """Where BLAS wants a vector to start: at its lowest address."""
    return x if stride >= 0 else x + (n - 1) * stride


cdef inline void matrix_vector(const Core *p, char *a, intp r, intp c, intp m, intp k, char *x, intp xs,
                               char *y, intp ys) noexcept nogil:
    cdef int ld, size = p.size, way = layout(r, c, m, k, size, &ld)
    cdef bint plain = way == BLAS_PLAIN
    blas_gemv(p.blas, p.type, way, <int>(m if plain else k), <int>(k if plain else m), a, ld,
              first(x, xs, k), <int>(xs // size) if k > 1 else 1, first(y, ys, m),
              <int>(ys // size) if m > 1 else 1)


cdef void compute(const Core *p, char *a, char *b, char *c, intp m, intp n, intp k) noexcept nogil:
    """One block of a result on the calling thread."""
    cdef int lda, ldb, ta, tb, size = p.size
    if p.whole != NULL:
        p.whole(a, p.ar, p.ac, b, p.br, p.bc, c, p.cr, p.cc, m, n, k)
    elif n == 1:
        if m == 1:
            blas_dot(p.blas, p.type, p.conjugate, <int>k, first(a, p.ac, k), <int>(p.ac // size) if k > 1 else 1,
                     first(b, p.br, k), <int>(p.br // size) if k > 1 else 1, c)
        else:
            matrix_vector(p, a, p.ar, p.ac, m, k, b, p.br, c, p.cr)
    elif m == 1:
        matrix_vector(p, b, p.bc, p.br, n, k, a, p.ac, c, p.cc)
    else:
        ta = layout(p.ar, p.ac, m, k, size, &lda)
        tb = layout(p.br, p.bc, k, n, size, &ldb)
        blas_gemm(p.blas, p.type, ta, tb, <int>m, <int>n, <int>k, a, lda, b, ldb, c, <int>(p.cr // size))


cdef void compute_triangle(const Core *p, char *a, char *c, intp start, intp stop) noexcept nogil:
    """Rows from start to stop of the upper triangle of a @ a.T."""
    cdef int lda, ta = layout(p.ar, p.ac, p.m, p.k, p.size, &lda)
    cdef char *rows = a + start * p.ar
    cdef char *corner = c + start * p.cr + start * p.cc
    blas_syrk(p.blas, p.type, ta, <int>(stop - start), <int>p.k, rows, lda, corner, <int>(p.cr // p.size))
    if stop < p.m:
        compute(p, rows, a + stop * p.ar, corner + (stop - start) * p.cc, stop - start, p.m - stop, p.k)


cdef inline void compute_item(const Core *p, char *a, char *b, char *c) noexcept nogil:
    if p.symmetric:
        compute_triangle(p, a, c, 0, p.m)
        mirror(c, p.cr // p.size, p.size, 0, p.m)
    else:
        compute(p, a, b, c, p.m, p.n, p.k)


# ---------------------------------------------------------------------------------------- stacks of products

cdef inline void locate(const Stack *s, intp item, char **p) noexcept nogil:
    """The matrices of one item of a stack."""
    cdef int d, j
    cdef intp i
    for j in range(3):
        p[j] = s.data[j]
    for d in range(s.nd - 1, -1, -1):
        i = item % s.shape[d]
        item = item // s.shape[d]
        for j in range(3):
            p[j] += i * s.strides[j][d]


cdef void merge(Stack *s) noexcept nogil:
    """Drop dimensions of one and join those that all three walk as one."""
    cdef int d, j, top = -1
    cdef bint joined
    s.count = 1
    for d in range(s.nd):
        s.count *= s.shape[d]
        if s.shape[d] == 1:
            continue
        joined = top >= 0
        if joined:
            for j in range(3):
                if s.strides[j][top] != s.strides[j][d] * s.shape[d]:
                    joined = False
        if joined:
            s.shape[top] *= s.shape[d]
        else:
            top += 1
            s.shape[top] = s.shape[d]
        for j in range(3):
            s.strides[j][top] = s.strides[j][d]
    s.nd = top + 1


cdef void fold(Stack *s) noexcept nogil:
    """Make one product of a stack of vectors that share one matrix.

    Matrices that share one stay apart: OpenBLAS multiplies small ones faster one by one (measured).
    """
    cdef Core p = s.core
    if s.nd != 1 or p.conjugate:
        return
    if p.m == 1 and s.strides[1][0] == 0:
        p.m, p.ar, p.cr = s.count, s.strides[0][0], s.strides[2][0]
    elif p.n == 1 and s.strides[0][0] == 0:
        p.n, p.bc, p.cc = s.count, s.strides[1][0], s.strides[2][0]
    else:
        return
    if p.m > INT_MAX or p.n > INT_MAX or not is_matrix(p.ar, p.ac, p.m, p.k, p.size) or not is_matrix(
            p.br, p.bc, p.k, p.n, p.size) or not is_matrix(p.cr, p.cc, p.m, p.n, p.size):
        return
    p.symmetric = False
    s.core, s.nd, s.count = p, 0, 1


cdef void orient(Stack *s) noexcept nogil:
    """Have the result in rows: c.T = b.T @ a.T otherwise."""
    cdef Core *p = &s.core
    cdef int d
    if (p.n == 1 or p.cc == p.size) and (p.m == 1 or p.cr >= p.n * p.size):
        return
    p.m, p.n = p.n, p.m
    p.ar, p.ac, p.br, p.bc = p.bc, p.br, p.ac, p.ar
    p.cr, p.cc = p.cc, p.cr
    s.data[0], s.data[1] = s.data[1], s.data[0]
    for d in range(s.nd):
        s.strides[0][d], s.strides[1][d] = s.strides[1][d], s.strides[0][d]


cdef inline bint is_own_transpose(const Stack *s) noexcept nogil:
    """Whether b is a transposed, item by item."""
    cdef const Core *p = &s.core
    cdef int d
    if s.data[0] != s.data[1] or p.m != p.n or p.m == 1 or p.ar != p.bc or p.ac != p.br:
        return False
    for d in range(s.nd):
        if s.strides[0][d] != s.strides[1][d]:
            return False
    return True


cdef void arrange(Stack *s) noexcept nogil:
    """Find the simplest form of a stack."""
    merge(s)
    s.core.symmetric = s.core.whole == NULL and is_own_transpose(s)
    if s.count > 1:
        fold(s)
    orient(s)


cdef int run_items(const Stack *s, intp start, intp stop) noexcept nogil:
    cdef char *p[3]
    cdef intp item
    cdef int j
    fp_clear()
    if start < stop:
        locate(s, start, p)
    for item in range(start, stop):
        compute_item(&s.core, p[0], p[1], p[2])
        if s.nd == 1:
            for j in range(3):
                p[j] += s.strides[j][0]
        elif item + 1 < stop:
            locate(s, item + 1, p)
    return fp_status()


cdef struct Grid:               # of blocks that a result is cut into
    int rows, cols
    intp height, breadth        # of a block


cdef struct Shared:             # a stack that threads share, cut in one of the ways below
    const Stack *stack
    intp parts
    Grid grid
    const Core *core            # of the partial sums of a long sum, and where they are
    char *sums


cdef int run_some(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some of the items."""
    cdef Shared *w = <Shared *>work
    return run_items(w.stack, w.stack.count * part // w.parts, w.stack.count * (part + 1) // w.parts)


# For each block of a grid OpenBLAS arranges its rows of a and its columns of b anew; per row that takes as long
# as 64 elements of the result, per column as 16 (measured with its AVX-512 kernels).  Tall results get more
# blocks than there are threads, one that is held up does less; vectors one for each thread, as all blocks of
# them wait for the same memory.

cdef inline intp aligned(intp n, int parts, int unit) noexcept nogil:
    """The length of each of so many parts, in whole units where the parts are long."""
    cdef intp length = (n + parts - 1) // parts
    return (length + unit - 1) // unit * unit if length > 4 * unit else length


cdef Grid cut(const Core *p, int parts) noexcept nogil:
    cdef Grid g, best = Grid(1, 1, p.m, p.n)
    cdef double cost, least = -1
    cdef int rows
    if p.n > 1:
        parts = <int>max(<intp>parts, min(<intp>(4 * parts), p.m // TALL))
    for rows in range(1, parts + 1):
        g.height = aligned(p.m, rows, 8)
        g.breadth = aligned(p.n, parts // rows, 32)
        cost = <double>g.height * g.breadth + 64.0 * g.height + 16.0 * g.breadth
        if least < 0 or cost < least:
            best, least = g, cost
    best.rows = <int>((p.m + best.height - 1) // best.height)
    best.cols = <int>((p.n + best.breadth - 1) // best.breadth)
    return best


cdef int run_cell(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """One block of one item."""
    cdef const Stack *s = (<Shared *>work).stack
    cdef const Grid *g = &(<Shared *>work).grid
    cdef const Core *p = &s.core
    cdef char *x[3]
    cdef int cells = g.rows * g.cols
    cdef intp i = part % cells // g.cols * g.height, j = part % cells % g.cols * g.breadth
    fp_clear()
    locate(s, part // cells, x)
    compute(p, x[0] + i * p.ar, x[1] + j * p.bc, x[2] + i * p.cr + j * p.cc,
            min(g.height, p.m - i), min(g.breadth, p.n - j), p.k)
    return fp_status()


cdef int run_band(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """One of the bands of a symmetric result, the longest first."""
    cdef Shared *w = <Shared *>work
    cdef intp n = w.stack.core.m
    fp_clear()
    compute_triangle(&w.stack.core, w.stack.data[0], w.stack.data[2], n * part // w.parts, n * (part + 1) // w.parts)
    return fp_status()


cdef int mirror_band(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Shared *w = <Shared *>work
    cdef const Core *p = &w.stack.core
    mirror(w.stack.data[2], p.cr // p.size, p.size, p.m * part // w.parts, p.m * (part + 1) // w.parts)
    return 0


# Long sums with few results are cut along the sum.  The parts depend on the shape alone, and they are added
# in pairs: the result is the same for any number of threads.

cdef inline bint is_long(const Stack *s) noexcept nogil:
    return s.core.whole == NULL and s.count == 1 and s.core.k >= 2 * LONG and s.core.m * s.core.n <= FEW


cdef int run_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Shared *w = <Shared *>work
    cdef const Stack *s = w.stack
    cdef const Core *p = w.core
    cdef intp start = part * LONG
    fp_clear()
    compute(p, s.data[0] + start * p.ac, s.data[1] + start * p.br, w.sums + part * p.m * p.n * p.size,
            p.m, p.n, min(<intp>LONG, p.k - start))
    return fp_status()


cdef int run_long(const Stack *s, int width) noexcept nogil:
    cdef Core p = s.core
    cdef intp parts = (p.k + LONG - 1) // LONG, step = 1, bytes_ = p.m * p.n * p.size, i, j
    cdef int status = 0
    cdef char *sums = <char *>malloc(parts * bytes_)
    cdef Shared w
    if sums == NULL:
        return run_items(s, 0, 1)
    p.cr, p.cc = p.n * p.size, p.size
    w.stack, w.core, w.sums = s, &p, sums
    status = threads.do_all(run_part, &w, parts, width)
    fp_clear()
    while step < parts:
        i = 0
        while i + step < parts:
            add_to(sums + i * bytes_, sums + (i + step) * bytes_, p.type & 1, p.m * p.n * (1 + p.type // 2))
            i += 2 * step
        step *= 2
    status |= fp_status()
    for i in range(p.m):
        for j in range(p.n):
            memcpy(s.data[2] + i * s.core.cr + j * s.core.cc, sums + i * p.cr + j * p.cc, p.size)
    free(sums)
    return status


cdef int run(Stack *s) noexcept nogil:
    """Run a whole stack on as many threads as it is worth; returns the floating-point status."""
    cdef const Core *p = &s.core
    cdef double work = <double>s.count * p.m * p.n * p.k * (1 + 3 * (p.type // 2))
    cdef double part = VECTOR_PART if p.m == 1 or p.n == 1 else PART
    cdef int width = threads.width_for(work, part), status
    cdef Shared w
    if is_long(s):
        return run_long(s, width)
    if width == 1:
        return run_items(s, 0, s.count)
    w.stack = s
    if p.symmetric and s.count == 1 and p.m >= TRIANGLE:
        w.parts = 2 * width
        status = threads.share(run_band, &w, w.parts, width)
        threads.share(mirror_band, &w, w.parts, width)
        return status
    if p.symmetric or s.count >= width:
        w.parts = min(<intp>(4 * width), s.count)
        return threads.share(run_some, &w, w.parts, <int>min(<intp>width, w.parts))
    w.grid = cut(p, <int>((width + s.count - 1) // s.count))
    return threads.share(run_cell, &w, s.count * w.grid.rows * w.grid.cols, width)


cdef int execute(Stack *s) except -1:
    cdef int status
    cdef Core *p = &s.core
    if <double>s.count * p.m * p.n * p.k <= HOLD_GIL:
        return run_items(s, 0, s.count)
    with nogil:
        status = run(s)
    return status
