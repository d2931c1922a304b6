"""Reductions over some axes of one array: partial results, their tree, threads.

A reduction is cut into tasks by its shape alone, never by the number of threads, and their partial results
meet in a fixed binary tree: any number of threads gives the same bits.  Knows nothing of Python's arguments
(reducers.pyx) and nothing of what is computed (reduce.h, truth.h, search.h).
"""
cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._reduction cimport ReductionTable
from torsor._kernels.engine cimport HOLD_GIL, MAX_ITEM, SERIAL, SLICE, find_loop, item_size

from torsor._kernels import engine

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1
    const Py_ssize_t PY_SSIZE_T_MAX

# ---------------------------------------------------------------------------------------- kernels

cdef Kernel _kernels[N_KINDS][N_CODES][N_CODES]     # of elements and results
cdef int _default[N_KINDS][N_CODES]
cdef void *_quantiles[N_CODES]
_NAMES = {"add": SUM, "multiply": PROD, "minimum": MIN, "maximum": MAX, "fmin": FMIN, "fmax": FMAX,
          "logical_or": ANY, "logical_and": ALL, "nansum": NANSUM, "nanprod": NANPROD, "nonzero": NONZERO,
          "valid": VALID, "absolutes": ABSOLUTES, "squares": SQUARES, "nansquares": NANSQUARES, "largest": LARGEST,
          "smallest": SMALLEST, "nanmin": NANMIN, "nanmax": NANMAX}
#: What partial results are joined by, where it is not what their name says.
_JOINS = {"nansum": "add", "nanprod": "multiply", "nonzero": "add", "valid": "add", "absolutes": "add",
          "squares": "add", "nansquares": "add", "largest": "maximum", "smallest": "minimum",
          "nanmin": "minimum", "nanmax": "maximum"}


def add_kernels(capsule):
    """Register the kernels of the rendered module; the element-wise loops are there already."""
    cdef ReductionTable *t = <ReductionTable *>PyCapsule_GetPointer(capsule, b"torsor.reductions")
    cdef Kernel *kernel
    cdef Py_ssize_t k
    cdef int kind, code, out
    codes = engine.CODES
    rows = {(t.rows[k].name.decode(), t.rows[k].types.decode()): k for k in range(t.size)}
    for kind in range(N_KINDS):
        for code in range(N_CODES):
            _default[kind][code] = -1
    for (name, types), k in rows.items():
        if name == "search":
            continue
        if name == "quantile":
            _quantiles[<int>codes.index(types[0])] = t.rows[k].rows
            continue
        kind, code, out = _NAMES[name], codes.index(types[0]), codes.index(types[3])
        kernel = &_kernels[kind][code][out]
        kernel.rows, kernel.columns = <reduce_t>t.rows[k].rows, <reduce_t>t.rows[k].columns
        join = _JOINS.get(name, name)
        kernel.again = <reduce_t>t.rows[<Py_ssize_t>rows[join, f"{types[3]}->{types[3]}"]].columns
        kernel.combine = find_loop(join, f"{types[3]}{types[3]}->{types[3]}")
        kernel.in_size, kernel.out_size, kernel.out_code = item_size(code), item_size(out), out
        kernel.checked = types[3] in "fd" and join in ("add", "multiply")
        kernel.settled = 1 if name == "logical_or" else 0 if name == "logical_and" else -1
        kernel.cost = kernel.in_size / 8.0 if (
            kernel.in_size == kernel.out_size or kernel.settled >= 0 or kind in (NONZERO, VALID)) else 0.5
        if kind >= MIN and kind <= FMAX:
            k = rows["search", f"{types[0]}->q"]
            kernel.find_rows, kernel.find_columns = <search_t>t.rows[k].rows, <search_t>t.rows[k].columns
        if types[3] != "d" or types[0] == "d":
            _default[kind][code] = out
    for code in range(codes.index("f")):                        # no integer is NaN
        if code:
            _kernels[FMIN][code][code] = _kernels[MIN][code][code]
            _kernels[FMAX][code][code] = _kernels[MAX][code][code]
        for kind, like in ((NANSUM, SUM), (NANPROD, PROD)):
            _default[kind][code] = _default[<int>like][code]
            for out in range(N_CODES):
                _kernels[kind][code][out] = _kernels[<int>like][code][out]
    for kind, like in ((MIN, ALL), (FMIN, ALL), (MAX, ANY), (FMAX, ANY)):
        _kernels[kind][0][0] = _kernels[<int>like][0][0]
        k = rows["search", "?->q"]
        kernel = &_kernels[kind][0][0]
        kernel.find_rows, kernel.find_columns = <search_t>t.rows[k].rows, <search_t>t.rows[k].columns
        for code in range(codes.index("f")):
            _default[kind][code] = code


cdef Kernel *find_kernel(int kind, int code, int out_code) noexcept nogil:
    """NULL where there is none."""
    cdef Kernel *kernel = &_kernels[kind][code][out_code]
    return NULL if kernel.rows == NULL else kernel


cdef void *find_quantiles(int code) noexcept nogil:
    """The quantile_t of elements of a code (quantile.h), or NULL."""
    return _quantiles[code]


cdef int default_code(int kind, int code) noexcept nogil:
    """The code of the result where no dtype is asked for; -1 where there is no kernel."""
    return _default[kind][code]


# ---------------------------------------------------------------------------------------- jobs

cdef enum:
    GRAIN = 1 << 18             # bytes of elements that a task has at least, where there are so many
    TASKS = 64                  # tasks that are enough
    TILE = 4096                 # bytes of results that a task works on at a time
    SLAB = 64                   # rows of columns that follow each other before a tree takes over
    BLOCK = 1 << 14             # bytes of elements that are searched at a time
    NARROW = 32                 # columns that are too few: several rows become one


cdef void combine(Kernel *kernel, char *into, char *other, cnp.npy_intp n, cnp.npy_intp step) noexcept nogil:
    cdef char *args[3]
    cdef cnp.npy_intp steps[3]
    args[0], args[1], args[2] = into, other, into
    steps[0], steps[1], steps[2] = kernel.out_size, step, kernel.out_size
    kernel.combine(args, &n, steps, NULL)


cdef void finish(int how, double count, char *p, cnp.npy_intp n) noexcept nogil:
    """Divide accumulated values by the number of elements, in place; integers become doubles first."""
    cdef cnp.npy_intp i
    if how == DIVIDE_FLOAT:
        for i in range(n):
            (<float *>p)[i] = <float>((<float *>p)[i] / count)
    elif how == DIVIDE_DOUBLE:
        for i in range(n):
            (<double *>p)[i] /= count
    elif how == DIVIDE_INT64:
        for i in range(n):
            (<double *>p)[i] = <double>(<cnp.npy_int64 *>p)[i] / count
    elif how == DIVIDE_UINT64:
        for i in range(n):
            (<double *>p)[i] = <double>(<cnp.npy_uint64 *>p)[i] / count


cdef void store(Job *job, char *results, cnp.npy_intp n, char *out) noexcept nogil:
    """Finish contiguous results and put them where they belong."""
    cdef cnp.npy_intp i
    cdef int size = job.kernel.out_size
    if job.initial != NULL:
        combine(job.kernel, results, job.initial, n, 0)
    finish(job.how, job.count, results, n)
    if results == out:
        return
    if job.so == size or n == 1:
        memcpy(out, results, n * size)
    else:
        for i in range(n):
            memcpy(out + i * job.so, results + i * size, size)


cdef void lines(Job *job, void *state, const char *x, cnp.npy_intp m, cnp.npy_intp n, char *out) noexcept nogil:
    """One kernel call; where columns are narrow, on several rows as if they were one."""
    cdef Kernel *kernel = job.kernel
    cdef char *wide = <char *>state
    cdef cnp.npy_intp g = job.group, whole
    if g == 0 or n < 2 * g:
        job.lines(x, m, job.sm, n, job.sn, out)
        return
    whole = n // g
    kernel.columns(x, m * g, job.sm, whole, job.sn * g, wide)
    kernel.again(wide, m, kernel.out_size, g, m * kernel.out_size, out)
    if whole * g < n:
        kernel.columns(x + whole * g * job.sn, m, job.sm, n - whole * g, job.sn, wide)
        combine(kernel, out, wide, m, kernel.out_size)


cdef cnp.npy_intp begin(Job *job, cnp.npy_intp task, char **x, char **out) noexcept nogil:
    """Where a task's elements and results are; returns its span."""
    cdef cnp.npy_intp span = task % job.spans, start = task // job.spans % job.tiles * job.tile
    cdef cnp.npy_intp lot = task // job.spans // job.tiles, rest = lot
    cdef int d
    x[0] = job.x + start * job.sm
    out[0] = job.out + start * job.so
    for d in range(job.kept - 1, -1, -1):
        x[0] += rest % job.kept_shape[d] * job.kept_x[d]
        out[0] += rest % job.kept_shape[d] * job.kept_out[d]
        rest //= job.kept_shape[d]
    if job.spans > 1:
        out[0] = job.partial + ((span * job.lots + lot) * job.m + start) * job.kernel.out_size
    return span


cdef cnp.npy_intp width_of(Job *job, cnp.npy_intp task) noexcept nogil:
    """How many results a task works on."""
    return min(job.tile, job.m - task // job.spans % job.tiles * job.tile)


cdef void accumulate(Job *job, Kernel *kernel, call_t call, void *state, cnp.npy_intp span, const char *x,
                     cnp.npy_intp m, char *base) noexcept nogil:
    """All elements of one span of one tile, piece by piece, into the first of the levels at ``base``."""
    cdef const char *px
    cdef char *top = base
    cdef cnp.npy_intp parts = job.depth * job.pieces
    cdef cnp.npy_intp first = span * parts // job.spans, last = (span + 1) * parts // job.spans
    cdef cnp.npy_intp rest, p, i, at
    cdef int d
    for p in range(first, last):
        at = p % job.pieces * job.piece
        px = x + at * job.sn
        rest = p // job.pieces
        for d in range(job.reduced - 1, -1, -1):
            px += rest % job.reduced_shape[d] * job.reduced_x[d]
            rest //= job.reduced_shape[d]
        call(job, state, px, m, min(job.piece, job.n - at), top)
        top += job.level_size
        i = p - first + 1
        while i & 1 == 0:                       # a binary tree: equal numbers of pieces meet
            top -= job.level_size
            combine(kernel, top - job.level_size, top, m, kernel.out_size)
            i >>= 1
    top -= job.level_size
    while top > base:
        combine(kernel, top - job.level_size, top, m, kernel.out_size)
        top -= job.level_size


cdef void reduce_task(Job *job, cnp.npy_intp task, char *scratch) noexcept nogil:
    """All elements of one span of one tile."""
    cdef char *x
    cdef char *out
    cdef char *base = scratch
    cdef cnp.npy_intp m = width_of(job, task), span = begin(job, task, &x, &out)
    cdef cnp.npy_intp parts = job.depth * job.pieces
    cdef int size = job.kernel.out_size
    if (span + 1) * parts // job.spans - span * parts // job.spans == 1 and (
            job.spans > 1 or job.so == size or m == 1):
        base = out
    accumulate(job, job.kernel, lines, scratch + job.scratch_size - job.wide_size, span, x, m, base)
    if job.spans == 1:
        store(job, base, m, out)
    elif base != out:
        memcpy(out, base, m * size)


cdef void locate(Kernel *kernel, const char *x, cnp.npy_intp n, cnp.npy_intp sn, char *best,
                 cnp.npy_intp *index) noexcept nogil:
    """The extreme of a line and its first place: block by block, so that only one is looked through again."""
    cdef char value[MAX_ITEM]
    cdef char before[MAX_ITEM]
    cdef char after[MAX_ITEM]
    cdef cnp.npy_intp block = BLOCK // kernel.in_size, at = block, winner = 0
    cdef int size = kernel.out_size
    if kernel.settled >= 0 and (x[0] != 0) == kernel.settled:
        best[0], index[0] = kernel.settled, 0
        return
    kernel.rows(x, 1, 0, min(n, block), sn, best)
    while at < n and (kernel.settled < 0 or best[0] != kernel.settled):
        kernel.rows(x + at * sn, 1, 0, min(n - at, block), sn, value)
        if memcmp(value, best, size) != 0:
            memcpy(before, best, size)
            combine(kernel, before, value, 1, size)
            memcpy(after, value, size)
            combine(kernel, after, best, 1, size)
            # Of equals (zeros, NaNs) the operation gives one that depends on their order: these are no gain.
            if memcmp(before, value, size) == 0 and memcmp(after, value, size) == 0:
                memcpy(best, value, size)
                winner = at
        at += block
    kernel.find_rows(x + winner * sn, 1, 0, min(n - winner, block), sn, best, index)
    index[0] += winner


cdef void search_task(Job *job, cnp.npy_intp task, char *scratch) noexcept nogil:
    """The extreme of one piece of one tile, and where it is."""
    cdef char *x
    cdef char *out
    cdef char *best = scratch
    cdef Kernel *kernel = job.kernel
    cdef cnp.npy_intp *index = <cnp.npy_intp *>(scratch + job.level_size)
    cdef cnp.npy_intp m = width_of(job, task), span = begin(job, task, &x, &out), j
    cdef cnp.npy_intp at = span * job.piece, n = min(job.piece, job.n - at)
    if job.spans > 1:
        best = out
        index = job.index + (out - job.partial) // kernel.out_size
    x += at * job.sn
    if job.lines == kernel.columns:
        kernel.columns(x, m, job.sm, n, job.sn, best)
        kernel.find_columns(x, m, job.sm, n, job.sn, best, index)
    else:
        for j in range(m):
            locate(kernel, x + j * job.sm, n, job.sn, best + j * kernel.out_size, index + j)
    for j in range(m):
        if job.spans > 1:
            index[j] += at
        else:
            (<cnp.npy_intp *>(out + j * job.so))[0] = index[j]


cdef int do_tasks(Job *job, cnp.npy_intp first, cnp.npy_intp last, char *scratch) noexcept nogil:
    """Tasks first to last; returns the floating-point status."""
    cdef cnp.npy_intp task
    cdef bint single = job.kernel.settled >= 0 and job.spans > 1 and job.lots * job.m == 1
    if job.kernel.checked:
        fp_clear()
    for task in range(first, last):
        if single and task > job.settled:
            job.partial[task] = not job.kernel.settled
            continue
        job.task(job, task, scratch)
        if single and task < job.settled and job.partial[task] == job.kernel.settled:
            job.settled = task
    return fp_status() if job.kernel.checked else 0


cdef struct Lumps:              # tasks first to last of a job, so many at a time
    Job *job
    cnp.npy_intp first, last, lump


cdef int do_lump(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Lumps *lumps = <Lumps *>work
    cdef cnp.npy_intp first = lumps.first + part * lumps.lump
    return do_tasks(lumps.job, first, min(lumps.last, first + lumps.lump),
                    lumps.job.scratch + worker * lumps.job.scratch_size)


cdef void cut(Job *job) noexcept nogil:
    """Decide on tiles, pieces and spans, by the shape alone."""
    cdef Kernel *kernel = job.kernel
    cdef cnp.npy_intp grain = GRAIN // kernel.in_size, parts
    job.group = 0
    job.piece = job.n
    if job.lines == kernel.columns:
        job.tile = min(job.m, <cnp.npy_intp>(TILE // kernel.out_size))
        if not job.search:
            if job.m < NARROW:
                job.group = 4 * NARROW // job.m
            job.piece = SLAB * max(<cnp.npy_intp>1, job.group)
    else:
        job.tile = min(job.m, max(<cnp.npy_intp>1, min(grain // job.n, <cnp.npy_intp>512)))
    job.tiles = (job.m + job.tile - 1) // job.tile
    parts = min(TASKS // (job.lots * job.tiles), job.n * job.depth * job.tile // grain)
    if job.search:
        job.piece = max(<cnp.npy_intp>1, (job.n + max(<cnp.npy_intp>1, parts) - 1) // max(<cnp.npy_intp>1, parts))
    elif job.lines == kernel.rows and parts > 1 and job.n > grain:
        job.piece = grain
    job.piece = min(job.piece, job.n)
    job.pieces = (job.n + job.piece - 1) // job.piece
    job.spans = max(<cnp.npy_intp>1, min(parts, job.depth * job.pieces))
    if job.search:
        job.spans = job.pieces
    job.work = <double>job.n * job.depth * job.tile / job.spans
    job.work *= kernel.cost
    job.level_size = (job.tile * max(kernel.out_size, <int>sizeof(cnp.npy_intp)) + 63) // 64 * 64
    job.wide_size = (job.group * job.m * kernel.out_size + 63) // 64 * 64
    parts = job.depth * job.pieces // job.spans + 1
    job.scratch_size = job.level_size * 2 + job.wide_size
    while parts > 1:
        job.scratch_size += job.level_size
        parts >>= 1


cdef int execute(Job *job) except -1:
    """Run all tasks, on as many threads as they are worth; returns the floating-point status."""
    cdef cnp.npy_intp tasks = job.lots * job.tiles * job.spans, first = 0, last, lump, step
    cdef double work = tasks * job.work
    cdef int width, status = 0
    cdef Lumps lumps
    lump = max(<cnp.npy_intp>1, <cnp.npy_intp>(SERIAL / max(job.work, <double>1)))
    width = <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), (tasks + lump - 1) // lump)
    job.scratch = <char *>malloc(job.scratch_size * width)
    if job.scratch == NULL:
        raise MemoryError
    try:
        if work <= HOLD_GIL:
            return do_tasks(job, 0, tasks, job.scratch)
        if job.kernel.settled >= 0:
            status = do_tasks(job, 0, 1, job.scratch)       # which may be enough
            first = 1
        step = lump * max(<cnp.npy_intp>width,
                          <cnp.npy_intp>(SLICE * <double>width / (lump * max(job.work, <double>1))))
        while first < tasks:
            last = min(tasks, first + step)
            with nogil:
                if width > 1 and job.settled >= last:
                    lumps = Lumps(job, first, last, lump)
                    status |= threads.share(do_lump, &lumps, (last - first + lump - 1) // lump, width)
                else:
                    status |= do_tasks(job, first, last, job.scratch)
            first = last
            if first < tasks:
                PyErr_CheckSignals()
        return status
    finally:
        free(job.scratch)


cdef void read_nest(Job *job, Nest *nest) noexcept nogil:
    """Sort a nest's axes into kept and reduced ones, the innermost of each apart from the others."""
    cdef int d, kept = -1, reduced = -1
    job.x, job.out = nest.data[0], nest.data[1]
    for d in range(nest.nd):
        if nest.strides[1][d]:
            kept = d
        else:
            reduced = d
    job.m = job.n = 1
    job.sm = job.sn = 0
    job.so = 0
    job.kept = job.reduced = 0
    job.lots = job.depth = 1
    for d in range(nest.nd):
        if d == kept:
            job.m, job.sm, job.so = nest.shape[d], nest.strides[0][d], nest.strides[1][d]
        elif d == reduced:
            job.n, job.sn = nest.shape[d], nest.strides[0][d]
        elif nest.strides[1][d]:
            job.kept_shape[job.kept] = nest.shape[d]
            job.kept_x[job.kept], job.kept_out[job.kept] = nest.strides[0][d], nest.strides[1][d]
            job.kept += 1
            job.lots *= nest.shape[d]
        else:
            job.reduced_shape[job.reduced], job.reduced_x[job.reduced] = nest.shape[d], nest.strides[0][d]
            job.reduced += 1
            job.depth *= nest.shape[d]
    job.lines = job.kernel.columns if kept > reduced and job.sm == job.kernel.in_size and (
        job.m >= NARROW or (job.sn == job.m * job.sm and not job.search)) else job.kernel.rows


cdef void meet(Job *job, Kernel *kernel) noexcept nogil:
    """Join the partial results of all spans in those of the first."""
    cdef cnp.npy_intp step = 1, k, w = job.lots * job.m
    cdef int size = kernel.out_size
    while step < job.spans:
        k = 0
        while k + step < job.spans:
            combine(kernel, job.partial + k * w * size, job.partial + (k + step) * w * size, w, size)
            k += 2 * step
        step *= 2


cdef void deliver(Job *job) noexcept nogil:
    """Put the results of the first span where they belong."""
    cdef cnp.npy_intp lot, rest
    cdef char *out
    cdef int d
    for lot in range(job.lots):
        out, rest = job.out, lot
        for d in range(job.kept - 1, -1, -1):
            out += rest % job.kept_shape[d] * job.kept_out[d]
            rest //= job.kept_shape[d]
        store(job, job.partial + lot * job.m * job.kernel.out_size, job.m, out)


cdef int reduce_nest(Kernel *kernel, Nest *nest, int how, double count, char *initial) except -1:
    """Reduce operand 0 over the axes along which operand 1 has stride 0; axes in order, none of size 0.

    ``initial`` points to one more value, or is NULL.  Returns the floating-point status.
    """
    cdef Job job
    cdef cnp.npy_intp w
    cdef int size = kernel.out_size, status
    job.kernel, job.how, job.count, job.initial, job.search = kernel, how, count, initial, False
    job.task = reduce_task
    job.partial, job.settled = NULL, PY_SSIZE_T_MAX
    read_nest(&job, nest)
    cut(&job)
    w = job.lots * job.m
    if job.spans == 1:
        return execute(&job)
    job.partial = <char *>malloc(job.spans * w * size)
    if job.partial == NULL:
        raise MemoryError
    try:
        status = execute(&job)
        if kernel.checked:
            fp_clear()
        meet(&job, kernel)
        deliver(&job)
        return status | (fp_status() if kernel.checked else 0)
    finally:
        free(job.partial)


cdef int search_nest(Kernel *kernel, Nest *nest) except -1:
    """Where operand 0 has its extreme along its one reduced axis, into operand 1 (of npy_intp)."""
    cdef Job job
    cdef cnp.npy_intp w, k, rest
    cdef int d, size = kernel.out_size
    cdef char *best
    cdef char *out
    cdef cnp.npy_intp *which
    job.kernel, job.how, job.count, job.initial, job.search = kernel, KEEP, 1, NULL, True
    job.task = search_task
    job.partial, job.settled = NULL, PY_SSIZE_T_MAX
    read_nest(&job, nest)
    cut(&job)
    w = job.lots * job.m
    if job.spans == 1:
        return execute(&job)
    # Of every span the extreme and its place, then of all spans the extreme and the place in the first that has it.
    job.partial = <char *>malloc((job.spans + 1) * w * (size + sizeof(cnp.npy_intp)) + 64)
    if job.partial == NULL:
        raise MemoryError
    try:
        best = job.partial + job.spans * w * size
        which = <cnp.npy_intp *>(job.partial + ((job.spans + 1) * w * size + 63) // 64 * 64)
        job.index = which + w
        execute(&job)
        memcpy(best, job.partial, w * size)
        for k in range(1, job.spans):
            combine(kernel, best, job.partial + k * w * size, w, size)
        kernel.find_rows(job.partial, w, size, job.spans, w * size, best, which)
        for k in range(w):
            out, rest = job.out + k % job.m * job.so, k // job.m
            for d in range(job.kept - 1, -1, -1):
                out += rest % job.kept_shape[d] * job.kept_out[d]
                rest //= job.kept_shape[d]
            (<cnp.npy_intp *>out)[0] = job.index[which[k] * w + k]
        return 0
    finally:
        free(job.partial)
