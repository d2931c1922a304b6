"""Reductions of what a program computes: its blocks are folded as they come, nothing is written in between.

The work is cut, shared and joined as that of any reduction (reduce.pyx), of an array that is never there: pointers to
its elements are offsets in C order of its axes, from which the program finds its operands.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from torsor._kernels.engine cimport (MAX_DIMS, Nest, Operand, arrange_strides, axes_t, broadcast,
                                     check_status, code_dtype, order_strides)
from torsor._kernels.programs cimport (MOST_STREAMS, REGISTER, Fold, Pass, Place, Work, choose_block, lay_out, report,
                                       run_block, settle, start, take_leaves)
from torsor._kernels.reduce cimport (Job, Kernel, accumulate, begin, combine, cut, deliver, execute, lines, meet,
                                     read_nest, store, width_of)
from torsor._kernels.tensor cimport new_tensor

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef extern from *:
    """
    #define ADD_BITS(p, bits) __atomic_fetch_or(p, bits, __ATOMIC_RELAXED)
    """
    void ADD_BITS(int *, int) nogil

cnp.import_array()

cdef enum:
    WIDE = 8192                 # elements of a block, so that it has several rows of columns

cdef struct Folding:            # a program whose last step's result is reduced
    Work *w
    int root                    # the slot of what is reduced
    int row_axis, col_axis
    axes_t offsets              # strides of the array that is never there
    cnp.npy_intp own            # bytes of scratch that a task has beside reduce.pyx's

cdef struct Part:               # what the calls of one task work with
    Folding *f
    Place *places
    char *more                  # room for the results of a call
    char *wide                  # of reduce.pyx


cdef void find(const Folding *f, const char *x, char **data) noexcept nogil:
    """Where the leaves of an element are."""
    cdef const Work *w = f.w
    cdef cnp.npy_intp at = <cnp.npy_intp>x, index
    cdef int d, k
    for k in range(w.n_leaves):
        data[k] = w.data[k]
    for d in range(w.nd):
        index = at // f.offsets[d]
        at -= index * f.offsets[d]
        for k in range(w.n_leaves):
            data[k] += index * w.strides[k][d]


cdef void fold(Job *job, void *state, const char *x, cnp.npy_intp m, cnp.npy_intp n, char *out) noexcept nogil:
    """m results from n elements each, block by block."""
    cdef Part *part = <Part *>state
    cdef Folding *f = part.f
    cdef Work *w = f.w
    cdef Kernel *kernel = job.kernel
    cdef Place *root = &part.places[f.root]
    cdef char *data[MOST_STREAMS]
    cdef char *dest
    cdef cnp.npy_intp at = 0, line = 0, rows, cols
    cdef int status
    if job.lines == kernel.columns:
        while at < n:
            rows = min(max(<cnp.npy_intp>1, w.capacity // m), n - at)
            find(f, x + at * job.sn, data)
            run_block(w, part.places, data, f.row_axis, f.col_axis, rows, m)
            dest = out if at == 0 else part.more
            if job.group:                       # narrow rows, which lie in the block as they do in the whole
                lines(job, part.wide, root.p, m, rows, dest)
            else:
                kernel.columns(root.p, m, root.col, rows, root.row, dest)
            if at:
                combine(kernel, out, dest, m, kernel.out_size)
            at += rows
    else:
        while line < m:
            cols = min(n, w.capacity)
            rows = min(max(<cnp.npy_intp>1, w.capacity // cols), m - line)
            at = 0
            while at < n:
                cols = min(cols, n - at)
                find(f, x + line * job.sm + at * job.sn, data)
                run_block(w, part.places, data, f.row_axis, f.col_axis, rows, cols)
                dest = out + line * kernel.out_size if at == 0 else part.more
                kernel.rows(root.p, rows, root.row, cols, root.col, dest)
                if at:
                    combine(kernel, out + line * kernel.out_size, dest, rows, kernel.out_size)
                at += cols
            line += rows
    status = fp_status()
    if status:
        if kernel.checked:
            ADD_BITS(&w.status[w.n_steps], status)
        fp_clear()


cdef void fold_task(Job *job, cnp.npy_intp task, char *scratch) noexcept nogil:
    """All elements of one span of one tile."""
    cdef Folding *f = <Folding *>job.more
    cdef char *x
    cdef char *out
    cdef cnp.npy_intp m = width_of(job, task), span = begin(job, task, &x, &out)
    cdef char *own = scratch + job.scratch_size - f.own
    cdef Part part
    part.f, part.wide, part.more = f, own - job.wide_size, own
    part.places = <Place *>(own + (job.tile * job.kernel.out_size + 63) // 64 * 64)
    settle(f.w, part.places)
    fp_clear()
    accumulate(job, job.kernel, fold, &part, span, x, m, scratch)
    if job.spans == 1:
        store(job, scratch, m, out)
    else:
        memcpy(out, scratch, m * job.kernel.out_size)


cdef int run_fold(Pass p, Folding *f, Fold what, Nest *nest, double count) except -1:
    """Reduce over the axes along which operand 1 of the nest has stride 0."""
    cdef Job job
    cdef Work *w = f.w
    cdef int d, kept = -1, reduced = -1, size = what.kernel.out_size, status
    cdef cnp.npy_intp n
    job.kernel, job.task, job.more = what.kernel, fold_task, f
    job.how, job.count, job.initial, job.search = what.how, count, NULL, False
    job.partial, job.settled = NULL, PY_SSIZE_T_MAX
    read_nest(&job, nest)
    cut(&job)
    for d in range(nest.nd):
        if nest.strides[1][d]:
            kept = d
        else:
            reduced = d
    f.row_axis, f.col_axis = (reduced, kept) if job.lines == job.kernel.columns else (kept, reduced)
    choose_block(p, w, f.row_axis, f.col_axis, max(job.tile, min(16 * job.tile, <cnp.npy_intp>WIDE)))
    job.work *= (job.kernel.cost + p.cost) / job.kernel.cost
    f.own = (job.tile * size + 63) // 64 * 64 + lay_out(p, w)
    job.scratch_size += f.own
    n = job.lots * job.m
    if job.spans == 1:
        status = execute(&job)
    else:
        job.partial = <char *>malloc(job.spans * n * size)
        if job.partial == NULL:
            raise MemoryError
        try:
            status = execute(&job)
            fp_clear()
            meet(&job, job.kernel)
            if job.kernel.checked:
                status |= fp_status()
            deliver(&job)
        finally:
            free(job.partial)
    w.status[w.n_steps] |= status
    return 0


cdef object run_folded(Pass program, int root, Fold what, PyObject **values, int nd, tuple axes, bint keepdims):
    """The reduction of what a program computes; NotImplemented where the operands are not those that it is for.

    ``values`` are as many as the program has leaves, and what is reduced is in the slot ``root`` and has nd axes.
    """
    cdef Operand ops[MOST_STREAMS]
    cdef Work w
    cdef Folding f
    cdef Nest nest
    cdef axes_t shape
    cdef axes_t strides
    cdef int perm[MAX_DIMS]
    cdef bint reduced[MAX_DIMS]
    cdef int d, e, left = 0, found
    cdef cnp.npy_intp step = what.kernel.out_size, count = 1, size = 1
    cdef void *more
    if not 0 <= root < program.n_slots or program.slots[root].kind != REGISTER or (
            program.slots[root].code != what.takes):
        raise ValueError("a program has nothing to reduce in that slot")
    if not take_leaves(program, values, ops) or not broadcast(ops, program.n_leaves, &found, w.shape) or found != nd:
        return NotImplemented
    for d in range(nd):
        reduced[d] = d in axes
        size *= w.shape[d]
        if reduced[d]:
            count *= w.shape[d]
    if size == 0 or count == 1:                 # no element, or one for each result
        return NotImplemented
    start(program, &w, ops, nd)
    order_strides(nd, w.n_leaves, w.strides, perm)
    e = w.n_leaves                              # the result
    memset(w.strides[e], 0, sizeof(axes_t))
    for d in range(nd - 1, -1, -1):
        if not reduced[perm[d]]:
            w.strides[e][perm[d]] = step
            step *= w.shape[perm[d]]
    for d in range(nd):
        if not reduced[d] or keepdims:
            shape[left] = 1 if reduced[d] else w.shape[d]
            strides[left] = step if reduced[d] else w.strides[e][d]
            left += 1
    result = new_tensor(left, shape, strides, code_dtype(what.code))
    w.nd = arrange_strides(nd, w.n_leaves + 1, w.shape, w.strides, perm)
    f.w, f.root, step = &w, root, what.kernel.in_size
    for d in range(w.nd - 1, -1, -1):
        f.offsets[d] = step
        step *= w.shape[d]
    nest.nd, nest.nargs = w.nd, 2
    memcpy(nest.shape, w.shape, sizeof(axes_t))
    memcpy(nest.strides[0], f.offsets, sizeof(axes_t))
    memcpy(nest.strides[1], w.strides[e], sizeof(axes_t))
    nest.data[0], nest.data[1] = NULL, <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    more = malloc((w.n_steps + 2) * sizeof(int) + (w.n_slots + 1) * sizeof(cnp.npy_intp))
    if more == NULL:
        raise MemoryError
    try:
        w.offsets = <cnp.npy_intp *>more
        w.status = <int *>(w.offsets + w.n_slots)
        memset(w.status, 0, (w.n_steps + 1) * sizeof(int))
        run_fold(program, &f, what, &nest, <double>count)
        if w.refused:
            return NotImplemented
        report(program, &w)
        if w.status[w.n_steps]:
            check_status("reduce", w.status[w.n_steps])
    finally:
        free(more)
    return result if left else result[()]
