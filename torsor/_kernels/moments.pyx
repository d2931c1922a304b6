"""Means and variances over some axes of one array, of all elements or of those that are no NaNs.

The work is cut, shared and joined as that of any reduction (reduce.pyx).  A task that has all elements of its
results takes sums and squares of deviations one after the other, while the elements are in cache; where several
tasks share a result all sums come first.
"""
cimport numpy as cnp
from libc.math cimport isfinite, sqrt, sqrtf
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from torsor._kernels._loop cimport inner_t
from torsor._kernels.engine cimport FLOAT32, FLOAT64, INT64, Nest, find_loop
from torsor._kernels.reduce cimport (DIVIDE_DOUBLE, DIVIDE_FLOAT, DIVIDE_INT64, DIVIDE_UINT64, KEEP, NANSQUARES,
                                     NANSUM, SQUARES, SUM, VALID, Job, Kernel, accumulate, begin, combine, cut,
                                     default_code, deliver, execute, find_kernel, finish, lines, meet, read_nest,
                                     store, width_of)

from torsor._kernels import engine

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from *:
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    BUFFER = 1 << 14            # bytes of deviations at a time
    ROW = 4096                  # bytes of a row of them: no tile is wider

cdef struct Part:               # what the calls of one task work with
    Moments *w
    char *wide                  # of reduce.pyx
    char *centers
    cnp.npy_intp *counts        # of results
    bint clean                  # no NaN has been met yet
    char *rest                  # buffers: of deviations, centers, results, results

cdef inner_t _casts[16][16]
cdef inner_t _subtracts[16]


cdef void prepare(Moments *w, int code, int result, bint nan, bint squares) except *:
    """Choose the kernels for elements and results of these codes; sums is NULL where there are none."""
    cdef int kind = NANSUM if nan else SUM, sum_code = result
    w.sums = w.counter = w.spoilt = w.squares = NULL
    w.cast = w.subtract = NULL
    w.means = NULL
    w.odd, w.phase = False, 0
    if code < FLOAT32:                          # whole numbers add up exactly, 64-bit ones in double
        sum_code = FLOAT64 if code >= INT64 else default_code(SUM, code)
    if result != FLOAT32 and result != FLOAT64 or code > FLOAT64 or code == FLOAT64 and result == FLOAT32:
        return
    w.how = (DIVIDE_FLOAT if result == FLOAT32 else DIVIDE_DOUBLE if sum_code == FLOAT64 else
             DIVIDE_INT64 if sum_code == INT64 else DIVIDE_UINT64)
    if nan:
        w.counter = find_kernel(VALID, code, INT64)
        w.spoilt = find_kernel(SUM, code, sum_code)
    if squares:
        w.squares = find_kernel(NANSQUARES if nan else SQUARES, result, result)
        w.subtract = _subtracts[result]
        if code != result:
            w.cast = _casts[code][result]
    w.sums = find_kernel(kind, code, sum_code)


def _find_loops():
    cdef int a, b
    codes = engine.CODES
    for b in (FLOAT32, FLOAT64):
        _subtracts[b] = find_loop("subtract", f"{codes[b]}{codes[b]}->{codes[b]}")
        for a in range(b):
            if b == FLOAT64:
                _casts[a][b] = find_loop("cast", f"{codes[a]}->{codes[b]}")


cdef inline void add_counts(cnp.npy_intp *into, const cnp.npy_intp *more, cnp.npy_intp n) noexcept nogil:
    cdef cnp.npy_intp k
    for k in range(n):
        into[k] += more[k]


cdef void count(Job *job, Part *part, const char *x, cnp.npy_intp m, cnp.npy_intp n) noexcept nogil:
    """Add the number of elements that count of each of m lines."""
    cdef Kernel *counter = part.w.counter
    cdef cnp.npy_intp *more = <cnp.npy_intp *>part.rest
    cdef cnp.npy_intp g = job.group, whole, k
    if job.lines != job.kernel.columns:
        counter.rows(x, m, job.sm, n, job.sn, <char *>more)
    elif g == 0 or n < 2 * g:
        counter.columns(x, m, job.sm, n, job.sn, <char *>more)
    else:
        whole = n // g
        counter.columns(x, m * g, job.sm, whole, job.sn * g, <char *>more)
        for k in range(g):
            add_counts(part.counts, more + k * m, m)
        counter.columns(x + whole * g * job.sn, m, job.sm, n - whole * g, job.sn, <char *>more)
    add_counts(part.counts, more, m)


cdef bint any_nan(const Kernel *kernel, const char *sums, cnp.npy_intp m) noexcept nogil:
    cdef cnp.npy_intp k
    cdef double value
    for k in range(m):
        value = (<const float *>sums)[k] if kernel.out_size == 4 else (<const double *>sums)[k]
        if value != value:
            return True
    return False


cdef void sum_lines(Job *job, void *state, const char *x, cnp.npy_intp m, cnp.npy_intp n, char *out) noexcept nogil:
    cdef Part *part = <Part *>state
    cdef Moments *w = part.w
    cdef cnp.npy_intp k
    if w.counter != NULL and part.clean:
        lines(w.plain, part.wide, x, m, n, out)
        part.clean = not any_nan(w.sums, out, m)
        if part.clean:
            for k in range(m):
                part.counts[k] += n
            return
    lines(job, part.wide, x, m, n, out)
    if w.counter != NULL:
        count(job, part, x, m, n)


cdef void deviate(const Moments *w, const char *x, cnp.npy_intp sx, const char *center, cnp.npy_intp sc,
                  cnp.npy_intp n, char *out) noexcept nogil:
    """out[k] = x[k] - center[k], in the type of the result."""
    cdef char *args[3]
    cdef cnp.npy_intp steps[3]
    cdef cnp.npy_intp size = w.squares.in_size
    if w.cast != NULL:
        args[0], args[1], steps[0], steps[1] = <char *>x, out, sx, size
        w.cast(args, &n, steps, NULL)
        x, sx = out, size
    args[0], args[1], args[2] = <char *>x, <char *>center, out
    steps[0], steps[1], steps[2] = sx, sc, size
    w.subtract(args, &n, steps, NULL)


cdef double squares_of_line(const Moments *w, const char *x, cnp.npy_intp n, cnp.npy_intp sx, const char *center,
                            char *buffer) noexcept nogil:
    """The squares of a line's deviations, its blocks joined in a binary tree."""
    cdef double level[64]
    cdef double value
    cdef cnp.npy_intp block = BUFFER // w.squares.in_size, at = 0, done = 0, i
    cdef int top = 0
    while at < n:
        deviate(w, x + at * sx, sx, center, 0, min(block, n - at), buffer)
        w.squares.rows(buffer, 1, 0, min(block, n - at), w.squares.in_size, <char *>&value)
        level[top] = (<float *>&value)[0] if w.squares.in_size == 4 else value
        top += 1
        at += block
        done += 1
        i = done
        while i & 1 == 0:
            top -= 1
            level[top - 1] += level[top]
            i >>= 1
    while top > 1:
        top -= 1
        level[top - 1] += level[top]
    return level[0]


cdef void squares_of_columns(const Moments *w, const char *x, cnp.npy_intp m, cnp.npy_intp n, cnp.npy_intp sx,
                             cnp.npy_intp sn, const char *centers, Part *part, char *out) noexcept nogil:
    """The same for contiguous columns, some rows at a time."""
    cdef cnp.npy_intp size = w.squares.in_size, rows = max(<cnp.npy_intp>1, BUFFER // (m * size)), r = 0, k, some
    cdef char *more = part.rest + BUFFER + 3 * ROW
    while r < n:
        some = min(rows, n - r)
        for k in range(some):
            deviate(w, x + (r + k) * sn, sx, centers, size, m, part.rest + k * m * size)
        w.squares.columns(part.rest, m, size, some, m * size, more if r else out)
        if r:
            combine(w.squares, out, more, m, size)
        r += some


cdef void square_lines(Job *job, void *state, const char *x, cnp.npy_intp m, cnp.npy_intp n, char *out) noexcept nogil:
    """The squares of deviations of m lines; where columns are narrow, of several rows as if they were one."""
    cdef Part *part = <Part *>state
    cdef Moments *w = part.w
    cdef cnp.npy_intp g = job.group, whole, k, size = w.squares.in_size
    cdef char *wide = part.rest + BUFFER
    cdef char *centers = wide + ROW
    cdef double value
    if job.lines != job.kernel.columns:
        for k in range(m):
            value = squares_of_line(w, x + k * job.sm, n, job.sn, part.centers + k * size, part.rest)
            if size == 4:
                (<float *>out)[k] = <float>value
            else:
                (<double *>out)[k] = value
        return
    if g == 0 or n < 2 * g:
        squares_of_columns(w, x, m, n, job.sm, job.sn, part.centers, part, out)
        return
    whole = n // g
    for k in range(g):
        memcpy(centers + k * m * size, part.centers, m * size)
    squares_of_columns(w, x, m * g, whole, job.sm, job.sn * g, centers, part, wide)
    w.squares.again(wide, m, size, g, m * size, out)
    if whole * g < n:
        squares_of_columns(w, x + whole * g * job.sn, m, n - whole * g, job.sm, job.sn, part.centers, part, wide)
        combine(w.squares, out, wide, m, size)


cdef void become_means(Moments *w, char *sums, const cnp.npy_intp *counts, cnp.npy_intp n) noexcept nogil:
    """Divide sums by the numbers of their elements, in place."""
    cdef cnp.npy_intp k
    cdef double mean
    if w.counter == NULL:
        finish(w.how, w.count, sums, n)
        return
    for k in range(n):
        finish(w.how, <double>counts[k], sums + k * w.sums.out_size, 1)
        mean = (<float *>sums)[k] if w.how == DIVIDE_FLOAT else (<double *>sums)[k]
        if counts[k] == 0 or w.squares != NULL and not isfinite(mean):
            w.odd = True


cdef void become_variances(Moments *w, char *squares, const cnp.npy_intp *counts, cnp.npy_intp n) noexcept nogil:
    """Divide sums of squares by the degrees of freedom, in place."""
    cdef cnp.npy_intp k
    cdef double freedom = w.count - w.ddof
    cdef bint single = w.squares.out_size == 4
    for k in range(n):
        if w.counter != NULL:
            freedom = <double>counts[k] - w.ddof
        if freedom <= 0:
            w.odd = True
        elif single:
            (<float *>squares)[k] = <float>((<float *>squares)[k] / freedom)
            if w.root:
                (<float *>squares)[k] = sqrtf((<float *>squares)[k])
        else:
            (<double *>squares)[k] /= freedom
            if w.root:
                (<double *>squares)[k] = sqrt((<double *>squares)[k])


cdef inline Py_ssize_t own_size(Job *job) noexcept nogil:
    """Bytes of scratch that a task has beside reduce.pyx's."""
    return BUFFER + 4 * ROW + (job.tile * (job.kernel.out_size + sizeof(cnp.npy_intp)) + 63) // 64 * 64


cdef void moments_task(Job *job, cnp.npy_intp task, char *scratch) noexcept nogil:
    """Sums, squares, or both, of one span of one tile."""
    cdef Moments *w = <Moments *>job.more
    cdef char *x
    cdef char *out
    cdef cnp.npy_intp m = width_of(job, task), span = begin(job, task, &x, &out), size = job.kernel.out_size
    cdef cnp.npy_intp at = (out - job.partial) // size if job.spans > 1 else 0
    cdef char *own = scratch + job.scratch_size - own_size(job)
    cdef Part part
    part.w, part.rest, part.clean = w, own, True
    part.wide = own - job.wide_size
    own += BUFFER + 4 * ROW
    part.counts, part.centers = <cnp.npy_intp *>own, own + job.tile * sizeof(cnp.npy_intp)
    if w.phase < 2:
        memset(part.counts, 0, m * sizeof(cnp.npy_intp))
        accumulate(job, w.sums, sum_lines, &part, span, x, m, scratch)
        if job.spans > 1:
            memcpy(out, scratch, m * size)
            if w.counter != NULL:
                memcpy(w.counts + at, part.counts, m * sizeof(cnp.npy_intp))
            return
        become_means(w, scratch, part.counts, m)
        if w.means != NULL:
            store(job, scratch, m, w.means + (out - job.out))
        memcpy(part.centers, scratch, m * size)
    else:
        part.centers = w.centers + at % (job.lots * job.m) * size
    if w.squares != NULL:
        accumulate(job, w.squares, square_lines, &part, span, x, m, scratch)
        if job.spans > 1:
            memcpy(out, scratch, m * size)
            return
        become_variances(w, scratch, part.counts, m)
    store(job, scratch, m, out)


cdef int moments_nest(Moments *w, Nest *nest) except -1:
    """Means or variances of operand 0 over the axes along which operand 1 has stride 0; none has size 0.

    Returns the floating-point status; where w.odd is set afterwards the results are not NumPy's.
    """
    cdef Job job, plain
    cdef cnp.npy_intp n, k
    cdef int size = w.sums.out_size, status
    cdef char *out
    job.kernel, job.task, job.more = w.sums, moments_task, w
    job.how, job.count, job.initial, job.search = KEEP, 1, NULL, False
    job.partial, job.settled = NULL, PY_SSIZE_T_MAX
    read_nest(&job, nest)
    cut(&job)
    job.work *= 3 if w.squares != NULL else 1.5
    job.scratch_size += own_size(&job)
    if w.counter != NULL:
        plain = job
        plain.kernel = w.spoilt
        plain.lines = w.spoilt.columns if job.lines == w.sums.columns else w.spoilt.rows
        w.plain = &plain
    n = job.lots * job.m
    if job.spans == 1:
        return execute(&job)
    job.partial = <char *>malloc((job.spans * (size + sizeof(cnp.npy_intp)) + size) * n + 8)
    if job.partial == NULL:
        raise MemoryError
    try:
        w.counts = <cnp.npy_intp *>(job.partial + (job.spans * n * size + 7) // 8 * 8)
        w.phase = 1
        status = execute(&job)
        if w.sums.checked:
            fp_clear()
        meet(&job, w.sums)
        if w.counter != NULL:
            for k in range(1, job.spans):
                add_counts(w.counts, w.counts + k * n, n)
        become_means(w, job.partial, w.counts, n)
        if w.sums.checked:
            status |= fp_status()
        if w.means != NULL:
            out, job.out = job.out, w.means
            deliver(&job)
            job.out = out
        if w.squares != NULL:
            w.centers = <char *>(w.counts + job.spans * n)
            memcpy(w.centers, job.partial, n * size)
            w.phase = 2
            status |= execute(&job)
            meet(&job, w.squares)
            become_variances(w, job.partial, w.counts, n)
        deliver(&job)
        return status
    finally:
        free(job.partial)


cdef int moments_line(Moments *w, const char *x, Py_ssize_t n, char *out) noexcept nogil:
    """The same for at most LINE contiguous elements; returns the floating-point status."""
    cdef char buffer[BUFFER]
    cdef cnp.npy_intp valid = n
    cdef double value
    fp_clear()
    if w.counter != NULL:
        w.spoilt.rows(x, 1, 0, n, w.sums.in_size, out)
    if w.counter == NULL or any_nan(w.sums, out, 1):
        w.sums.rows(x, 1, 0, n, w.sums.in_size, out)
        if w.counter != NULL:
            w.counter.rows(x, 1, 0, n, w.sums.in_size, <char *>&valid)
    become_means(w, out, &valid, 1)
    if w.squares != NULL:
        value = squares_of_line(w, x, n, w.sums.in_size, out, buffer)
        if w.squares.in_size == 4:
            (<float *>out)[0] = <float>value
        else:
            (<double *>out)[0] = value
        become_variances(w, out, &valid, 1)
    return fp_status()


_find_loops()
