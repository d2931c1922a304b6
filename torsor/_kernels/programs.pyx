"""Programs: several element-wise operations on a block of elements at a time, in one pass over memory.

What is computed is decided once, in torsor/fusion; here it is run: blocks, registers, threads.  The loops are the
engine's.  A block is some rows of some columns, which are the two innermost axes of the operands; registers hold one
block each and stay in the cache.  Whatever does not fit is answered with NotImplemented, before anything is written.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset
from torsor._kernels cimport threads
from torsor._kernels.engine cimport (FLOAT32, HOLD_GIL, MAX_ARGS, MAX_DIMS, N_CODES, SERIAL, SLICE, Operand, Plan,
                                     Ufunc, arrange_strides, axes_t, broadcast, check_status, code_dtype, conflicts,
                                     find_loop, item_size, order_strides, plan_for, store_weak, take, take_array)
from torsor._kernels.reduce cimport (ALL, ANY, DIVIDE_DOUBLE, DIVIDE_FLOAT, KEEP, MAX, MIN, PROD, SUM,
                                     default_code, find_kernel, finish)
from torsor._kernels.selection cimport common_code, where_loop
from torsor._kernels.tensor cimport is_array, new_tensor

from torsor._kernels import cpu, engine
from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "transfer.h" nogil:
    void transfer_square(char *, cnp.npy_intp, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp,
                         cnp.npy_intp)
    void transfer_row(char *, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp)

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1
    PyObject *PyErr_Occurred()

cdef extern from *:
    """
    #define ADD_BITS(p, bits) __atomic_fetch_or(p, bits, __ATOMIC_RELAXED)
    """
    void ADD_BITS(int *, int) nogil
    void prefetch "__builtin_prefetch"(const void *) nogil

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MOST = 4096                 # elements of a block
    LEAST = 256
    SHORT = 48                  # elements of a row that is not worth a call
    TURNED = 128                # columns of a block where some leaf runs along the rows
    LINE = 8                    # of these
    OWN = 1 << 14               # bytes of scratch that the stack has
    OWN_STEPS = 128

MAX_OPERANDS = MOST_STREAMS
#: Bytes of a block of all operands and registers together: a part of the second-level cache.
cdef Py_ssize_t BUDGET = max(1 << 15, min(1 << 18, <Py_ssize_t>cpu.L2 // 8))

# ---------------------------------------------------------------------------------------- compile-time face


cdef class Loop:
    """The inner loop of one operation: ``codes`` of its operands, results last."""


def loop_of(Ufunc f, codes):
    """The loop of an operation for operands of these codes (those of Python numbers follow the dtypes'); or None."""
    cdef int given[MAX_ARGS]
    cdef Plan *plan
    cdef Loop loop = Loop()
    cdef int k
    for k in range(f.nin):
        given[k] = codes[k]
    plan = plan_for(f, given)
    if plan == NULL:
        return None
    loop.inner, loop.data, loop.check = plan.inner, plan.data, plan.check
    loop.codes = tuple([plan.code[k] for k in range(f.nin + f.nout)])
    loop.cost, loop.checked, loop.refuses = plan.cost, plan.checked, False
    return loop


def cast_loop(int a, int b):
    """The loop that converts elements of code a to code b; or None."""
    cdef Loop loop = Loop()
    cdef str types = f"{engine.CODES[a]}->{engine.CODES[b]}"
    loop.inner = find_loop("cast", types)
    loop.refuses = False
    if loop.inner == NULL:
        loop.inner = find_loop("convert", types)
        loop.refuses = b < FLOAT32          # a number that an integer cannot hold, which NumPy converts
    if loop.inner == NULL:
        return None
    loop.codes, loop.cost, loop.checked = (a, b), 1.0, a >= FLOAT32
    return loop


def where_of(a, b):
    """The loop of where for choices of these codes, which become one type; or None."""
    cdef Loop loop = Loop()
    cdef int code = common_code(a, b)
    if code < 0:
        return None
    loop.inner, loop.codes, loop.cost = where_loop(code), (0, code, code, code), 1.0
    return loop


cdef class Fold:
    """The kernel of a reduction: ``code`` of its results."""


_KINDS = {"sum": SUM, "prod": PROD, "min": MIN, "max": MAX, "any": ANY, "all": ALL}


def fold_of(str name, int code, int out):
    """The kernel of a reduction of elements of a code to results of another (-1: NumPy's choice); or None.

    ``mean`` is the sum, divided by the number of elements at the end.
    """
    cdef Fold fold = Fold()
    cdef bint mean = name == "mean"
    cdef int kind = SUM if mean else _KINDS[name], sums = default_code(kind, code)
    if sums < 0 or out >= 0 and out != sums and not mean:
        return None
    fold.kernel, fold.how, fold.takes, fold.code = find_kernel(kind, code, sums), KEEP, code, sums
    if fold.kernel == NULL:
        return None
    if mean:
        if sums < FLOAT32:
            return None                     # NumPy adds whole numbers up as floats
        fold.how = DIVIDE_FLOAT if sums == FLOAT32 else DIVIDE_DOUBLE
    return fold


# ---------------------------------------------------------------------------------------- passes

cdef class Pass:
    """A program that reads its leaves once.

    Parameters
    ----------
    slots : list of (kind, index, code, row)
        ``kind`` is "leaf", "constant", "register" or "result"; the index of a constant is its bytes.
    steps : list of (Loop or Fold, tuple of slots, name, ignored)
        In their order.  Inputs come first, then results; ``ignored`` are errors that are not reported.
    leaves : list of tuples of bools
        Of each array that it reads: which axes have length one.
    results : int
        How many it writes.
    rowwise : bool
        Blocks are whole rows, along the axes that folds reduce.
    """

    def __cinit__(self, list slots, list steps, list leaves, int results, bint rowwise=False):
        cdef int k, d, size, first
        cdef list widths = []
        kinds = {"leaf": LEAF, "constant": CONSTANT, "register": REGISTER, "result": RESULT}
        if len(leaves) + results > MOST_STREAMS:
            raise ValueError("a program has too many operands")
        self.n_slots, self.n_steps, self.n_leaves, self.n_results = len(slots), len(steps), len(leaves), results
        self.rowwise, self.repeatable = rowwise, True
        self.slots = <Slot *>calloc(max(1, self.n_slots), sizeof(Slot))
        self.steps = <Step *>calloc(max(1, self.n_steps), sizeof(Step))
        if self.slots == NULL or self.steps == NULL:
            raise MemoryError
        for k, (kind, index, code, row) in enumerate(slots):
            size = item_size(code)
            self.slots[k].kind, self.slots[k].code, self.slots[k].size = kinds[kind], code, size
            self.slots[k].row = row
            if self.slots[k].kind == CONSTANT:
                if len(<bytes>index) != size:
                    raise ValueError("a constant of a program is not as large as its type")
                memcpy(self.slots[k].value, <const char *>index, size)
                continue
            self.slots[k].index = index
            first = self.n_leaves if self.slots[k].kind == RESULT else 0
            if not first <= index < first + (results if kind == "result" else len(leaves) if kind == "leaf" else
                                             self.n_slots):
                raise IndexError("a slot of a program has no such place")
            if self.slots[k].kind == REGISTER:
                while len(widths) <= index:
                    widths.append(0)
                widths[index] = max(widths[index], 0 if row else size)
            self.per_element += 0 if row or self.slots[k].kind == REGISTER else size
        self.width = len(widths)
        self.per_element += sum(widths)
        for k, (what, used, _, ignored) in enumerate(steps):
            self.add_step(&self.steps[k], what, used)
            self.steps[k].ignored = ignored
        self.names = tuple([step[2] for step in steps])
        for k, ones in enumerate(leaves):
            self.axes[k], self.ones[k] = len(ones), 0
            for d in range(self.axes[k]):
                self.ones[k] |= <cnp.npy_uint64>bool(ones[d]) << d

    def __dealloc__(self):
        free(self.slots)
        free(self.steps)

    cdef void add_step(self, Step *step, object what, tuple used) except *:
        cdef int j
        cdef tuple codes = (what.takes, what.code) if isinstance(what, Fold) else (<Loop?>what).codes
        step.nargs = len(used)
        if step.nargs != len(codes) or step.nargs > MAX_ARGS:
            raise ValueError("a step of a program has another number of operands than its loop")
        for j in range(step.nargs):
            step.slots[j] = used[j]
            if not 0 <= step.slots[j] < self.n_slots or self.slots[step.slots[j]].code != codes[j]:
                raise IndexError("a step of a program names a slot that it has not, or one of another type")
        if isinstance(what, Fold):
            step.kernel, step.how = (<Fold>what).kernel, (<Fold>what).how
            step.checked = step.kernel.checked
            self.cost += step.kernel.cost
            return
        step.inner, step.data, step.check = (<Loop>what).inner, (<Loop>what).data, (<Loop>what).check
        self.repeatable &= step.check == NULL and not (<Loop>what).refuses
        step.checked, step.refuses = (<Loop>what).checked, (<Loop>what).refuses
        step.row = self.slots[step.slots[step.nargs - 1]].row
        self.cost += (<Loop>what).cost if not step.row else 0.01

    @property
    def block(self):
        """Elements of a block, where rows are long."""
        return max(LEAST, min(MOST, BUDGET // max(1, self.per_element) // 64 * 64))

    @property
    def moved(self):
        """Bytes that leaves and results have for each element of the whole."""
        return sum([self.slots[k].size for k in range(self.n_slots)
                    if self.slots[k].kind in (LEAF, RESULT) and not self.slots[k].row])


cdef bint take_leaves(Pass self, PyObject **values, Operand *ops) except -1:
    """Read the values; 0 where one is not of the type that the program is for."""
    cdef int k, j, d
    for k in range(self.n_leaves):
        if not take(values[k], &ops[k]) or ops[k].nd != self.axes[k]:
            return False
        for d in range(ops[k].nd):
            if (ops[k].shape[d] == 1) != (self.ones[k] >> d & 1):
                return False
    for j in range(self.n_slots):
        if self.slots[j].kind == LEAF:
            k = self.slots[j].index
            if ops[k].code >= N_CODES:
                if not store_weak(&ops[k], self.slots[j].code):
                    return False
                ops[k].code = self.slots[j].code
            elif ops[k].code != self.slots[j].code:
                return False
    return True


cdef void start(Pass self, Work *w, Operand *ops, int nd) noexcept nogil:
    """The program, and the strides of its leaves."""
    cdef int k, d, e
    w.steps, w.slots, w.n_steps, w.n_slots = self.steps, self.slots, self.n_steps, self.n_slots
    w.n_leaves, w.streams, w.refused, w.nd = self.n_leaves, self.n_leaves + self.n_results, False, nd
    for k in range(self.n_leaves):
        w.data[k] = ops[k].data
        e = nd - ops[k].nd
        for d in range(nd):
            w.strides[k][d] = 0 if d < e or ops[k].shape[d - e] == 1 else ops[k].strides[d - e]


cdef void choose_block(Pass self, Work *w, int row_axis, int col_axis, cnp.npy_intp least) noexcept nogil:
    """How large a block is, and which leaves are copied into one first."""
    cdef cnp.npy_intp n = w.shape[col_axis], m = w.shape[row_axis] if row_axis >= 0 else 1, size, row, col
    cdef int k, j
    w.capacity = max(<cnp.npy_intp>LEAST, min(<cnp.npy_intp>MOST, BUDGET // max(1, self.per_element) // 64 * 64), least)
    w.turned = False
    for j in range(self.n_slots):
        k = self.slots[j].index
        if self.slots[j].kind == LEAF and row_axis >= 0 and m > 1:
            row, col, size = w.strides[k][row_axis], w.strides[k][col_axis], self.slots[j].size
            w.turned |= (row == size or row == -size) and col != size and col != 0
    if self.rowwise:
        w.cols = n
    else:
        w.cols = min(n, <cnp.npy_intp>TURNED if w.turned and least == 0 else w.capacity)
    w.rows = max(<cnp.npy_intp>1, min(m, w.capacity // w.cols)) if w.cols == n or w.turned else 1
    if w.turned and w.rows > LINE:
        w.rows = w.rows // LINE * LINE          # whole lines of the cache along the rows
    w.capacity = w.rows * w.cols
    for j in range(self.n_slots):
        if self.slots[j].kind == LEAF:
            k = self.slots[j].index
            row, col, size = w.strides[k][row_axis] if row_axis >= 0 else 0, w.strides[k][col_axis], self.slots[j].size
            if col == 0 and (row == 0 or w.rows == 1) or self.slots[j].row:
                w.packed[k] = False
            elif col == size or col == 0:
                w.packed[k] = w.rows > 1 and row != w.cols * col and w.cols < SHORT
            else:
                w.packed[k] = True


cdef cnp.npy_intp lay_out(Pass self, Work *w) noexcept nogil:
    """Places in the scratch for what needs memory there; returns its size."""
    cdef cnp.npy_intp at = (self.n_slots * <cnp.npy_intp>sizeof(Place) + 63) // 64 * 64
    cdef int j, k, index
    for j in range(self.n_slots):
        w.offsets[j] = -1
    for index in range(self.width):
        k = 0
        for j in range(self.n_slots):
            if self.slots[j].kind == REGISTER and self.slots[j].index == index:
                w.offsets[j] = at
                k = max(k, self.slots[j].size)
        at += (w.capacity * k + 63) // 64 * 64
    for j in range(self.n_slots):
        if self.slots[j].kind == LEAF and w.packed[self.slots[j].index]:
            w.offsets[j] = at
            at += (w.capacity * self.slots[j].size + 63) // 64 * 64
    return at


cdef void settle(const Work *w, Place *places) noexcept nogil:
    """What is the same for all blocks."""
    cdef int j
    for j in range(w.n_slots):
        if w.slots[j].kind == CONSTANT:
            places[j] = Place(<char *>w.slots[j].value, 0, 0)
        elif w.offsets[j] >= 0:
            places[j].p = <char *>places + w.offsets[j]
            if w.slots[j].row:
                places[j].row, places[j].col = w.slots[j].size, 0
            else:
                places[j].row, places[j].col = w.cols * w.slots[j].size, w.slots[j].size


cdef void pack(Place *place, const char *source, cnp.npy_intp row, cnp.npy_intp col, cnp.npy_intp rows,
               cnp.npy_intp cols, cnp.npy_intp size) noexcept nogil:
    """Copy a leaf's part of a block."""
    cdef cnp.npy_intp r
    place.row, place.col = cols * size, size
    if rows > 1 and (row == size or row == -size) and col != 0:
        for r in range(cols):                   # all lines at once: the moves below wait for a few at a time
            prefetch(source + r * col)
            prefetch(source + r * col + (rows - 1) * row)
        transfer_square(place.p, cols * size, source, row, col, rows, cols, size)
        return
    if row == 0:                                # one row many times: what is there is doubled
        transfer_row(place.p, source, col, cols, size)
        r = 1
        while r < rows:
            memcpy(place.p + r * cols * size, place.p, min(r, rows - r) * cols * size)
            r *= 2
        return
    for r in range(rows):
        transfer_row(place.p + r * cols * size, source + r * row, col, cols, size)


cdef inline void note(Work *w, int i, int status) noexcept nogil:
    """The floating-point errors of a step."""
    if status:
        if w.steps[i].checked:
            ADD_BITS(&w.status[i], status & ~w.steps[i].ignored)
            if w.steps[i].refuses:
                w.refused = True
        fp_clear()


cdef bint is_refused(Work *w, const Step *s, char **args, cnp.npy_intp *n, cnp.npy_intp *steps) noexcept nogil:
    """Whether NumPy refuses these operands, or treats them in its own way: nothing more is computed then."""
    s.check(args, n, steps, s.data)
    if fp_status():
        fp_clear()
        w.refused = True
    return w.refused


cdef void fold_rows(Work *w, const Step *s, Place *places, cnp.npy_intp rows, cnp.npy_intp cols) noexcept nogil:
    cdef Place *x = &places[s.slots[0]]
    cdef Place *out = &places[s.slots[1]]
    s.kernel.rows(x.p, rows, x.row, cols, x.col, out.p)
    finish(s.how, <double>cols, out.p, rows)


cdef void run_block(Work *w, Place *places, char **data, int row_axis, int col_axis, cnp.npy_intp rows,
                    cnp.npy_intp cols) noexcept nogil:
    """All steps on one block, whose leaves and results begin at ``data``."""
    cdef const Step *s
    cdef Place *place
    cdef char *args[MAX_ARGS]
    cdef cnp.npy_intp steps[MAX_ARGS]
    cdef cnp.npy_intp n, _r, row, col
    cdef int i, j, k
    cdef bint flat
    for j in range(w.n_slots):
        place = &places[j]
        k = w.slots[j].index
        if w.slots[j].kind == LEAF or w.slots[j].kind == RESULT:
            row = w.strides[k][row_axis] if row_axis >= 0 else 0
            col = w.strides[k][col_axis]
            if w.offsets[j] >= 0:
                pack(place, data[k], row, col, rows, cols, w.slots[j].size)
            else:
                place.p, place.row, place.col = data[k], row, col
        elif w.slots[j].kind == REGISTER and not w.slots[j].row:
            place.row = cols * w.slots[j].size
    for i in range(w.n_steps):
        s = &w.steps[i]
        if s.inner == NULL:
            fold_rows(w, s, places, rows, cols)
            note(w, i, fp_status())
            continue
        flat = True
        for k in range(s.nargs):
            place = &places[s.slots[k]]
            args[k] = place.p
            steps[k] = place.row if s.row else place.col
            if place.row != cols * place.col:
                flat = False
        n = rows if s.row else rows * cols
        if s.row or flat or rows == 1:
            if s.check != NULL and is_refused(w, s, args, &n, steps):
                return
            s.inner(args, &n, steps, s.data)
        else:
            n = cols
            for _r in range(rows):
                if s.check != NULL and is_refused(w, s, args, &n, steps):
                    return
                s.inner(args, &n, steps, s.data)
                for k in range(s.nargs):
                    args[k] += places[s.slots[k]].row
        note(w, i, fp_status())


cdef void run_unit(Work *w, Place *places, cnp.npy_intp unit) noexcept nogil:
    """One block of the whole."""
    cdef char *p[MOST_STREAMS]
    cdef cnp.npy_intp rest = unit // w.col_blocks, col = unit % w.col_blocks * w.cols, row = 0, index, n
    cdef int k, d, last = w.nd - 1
    cdef cnp.npy_intp rows = 1
    for k in range(w.streams):
        p[k] = w.data[k] + col * w.strides[k][last]
    if last > 0:
        row = rest % w.row_blocks * w.rows
        rest = rest // w.row_blocks
        rows = min(w.rows, w.shape[last - 1] - row)
        for k in range(w.streams):
            p[k] += row * w.strides[k][last - 1]
        for d in range(last - 2, -1, -1):
            index = rest % w.shape[d]
            rest = rest // w.shape[d]
            for k in range(w.streams):
                p[k] += index * w.strides[k][d]
    n = min(w.cols, w.shape[last] - col)
    run_block(w, places, p, last - 1, last, rows, n)


cdef int run_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """Some of the units from start to stop."""
    cdef Work *w = <Work *>work
    cdef Place *places = <Place *>(w.scratch + worker * w.scratch_size)
    cdef cnp.npy_intp unit, count = w.stop - w.start
    settle(w, places)
    fp_clear()
    for unit in range(w.start + count * part // w.parts, w.start + count * (part + 1) // w.parts):
        if w.refused:
            break
        run_unit(w, places, unit)
    return 0


cdef int run_units(Work *w, double work) except -1:
    """All units, on as many threads as they are worth."""
    cdef int width = 1 if work <= HOLD_GIL else <int>min(<cnp.npy_intp>threads.width_for(work, SERIAL), w.units)
    cdef char own[OWN]
    cdef bint short = w.scratch_size <= OWN and width <= 1
    cdef cnp.npy_intp done = 0, step
    width = max(width, 1)
    w.scratch = &own[0] if short else <char *>malloc(w.scratch_size * width + 64)
    if w.scratch == NULL:
        raise MemoryError
    try:
        step = max(<cnp.npy_intp>(4 * width), <cnp.npy_intp>(SLICE * <double>width / max(<double>1, work / w.units)))
        while done < w.units and not w.refused:
            w.start, w.stop = done, min(w.units, done + step)
            w.parts = 1 if width <= 1 else min(w.stop - w.start, <cnp.npy_intp>(4 * width))
            threads.run(run_part, w, w.parts, width, work > HOLD_GIL)
            done = w.stop
            if PyErr_Occurred() != NULL:
                return -1                       # raised by a loop of NumPy's: integers to negative powers
            if done < w.units:
                PyErr_CheckSignals()
    finally:
        if not short:
            free(w.scratch)
    return 0


cdef int report(Pass self, Work *w) except -1:
    """Say which errors the steps have raised, in their order."""
    cdef int i
    for i in range(self.n_steps):
        if w.status[i]:
            check_status(self.names[i], w.status[i])
    return 0


cdef bint fits(object out, int code, int nd, const cnp.npy_intp *shape, Operand *ops, int leaves, int results,
               Operand *d) noexcept:
    """Whether a result can be written to an array at once."""
    cdef int k
    if not is_array(<PyObject *>out) or not take_array(<PyObject *>out, d):
        return False
    if (d.code != code or d.nd != nd or not d.flags & cnp.NPY_ARRAY_WRITEABLE
            or not d.flags & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS)
            or memcmp(d.shape, shape, nd * sizeof(cnp.npy_intp))):
        return False
    for k in range(leaves + results):
        # The one result of a program is written last: it may lie on a leaf of its shape.
        if k < leaves and ops[k].array != NULL and (conflicts(&ops[k], d) or results and ops[k].data == d.data):
            return False
        if k >= leaves and (conflicts(&ops[k], d) or ops[k].data == d.data):
            return False
    return True


cdef object run_pass(Pass self, PyObject **values, tuple outs, int reduced):
    """The results, as a tuple; NotImplemented where the operands are not those that the program is for.

    ``values`` are as many as there are leaves, ``outs`` arrays for the results or None for new ones; of a program by
    rows so many of the last axes are reduced.
    """
    cdef Operand ops[MOST_STREAMS]
    cdef Work w
    cdef axes_t shape
    cdef axes_t full
    cdef axes_t strides
    cdef int perm[MAX_DIMS]
    cdef int own_status[OWN_STEPS]
    cdef cnp.npy_intp own_offsets[2 * OWN_STEPS]
    cdef cnp.npy_intp size = 1, step
    cdef int j, k, d, e, nd, code = 0
    cdef bint flat_c = True, flat_f = True, row = False, many
    cdef list results = []
    cdef void *more = NULL
    if not take_leaves(self, values, ops):
        return NotImplemented
    if not broadcast(ops, self.n_leaves, &nd, full):
        return NotImplemented
    for k in range(self.n_leaves):
        if ops[k].array == NULL and ops[k].nd == 0:
            continue
        if ops[k].nd != nd or memcmp(ops[k].shape, full, nd * sizeof(cnp.npy_intp)):
            flat_c = flat_f = False
            break
        flat_c &= ops[k].flags & cnp.NPY_ARRAY_C_CONTIGUOUS != 0
        flat_f &= ops[k].flags & cnp.NPY_ARRAY_F_CONTIGUOUS != 0
    for d in range(nd):
        size *= full[d]
    if self.rowwise:
        flat_c = flat_f = False
        if not 0 < reduced <= nd or size == 0:
            return NotImplemented
    start(self, &w, ops, nd)
    memcpy(w.shape, full, nd * sizeof(cnp.npy_intp))
    # Results that are given, so that they have a say in the order of axes.
    for k in range(self.n_results):
        e = self.n_leaves + k
        memset(w.strides[e], 0, sizeof(axes_t))
        ops[e].array = NULL
        ops[e].data = NULL
        result = None
        if k < len(outs) and outs[k] is not None:
            if not self.repeatable:
                return NotImplemented           # which may overwrite what has to be read again
            slot_of_result(self, k, &code, &row)
            memcpy(shape, full, nd * sizeof(cnp.npy_intp))
            if row:
                for d in range(nd - reduced, nd):
                    shape[d] = 1
            if not fits(outs[k], code, nd, shape, ops, self.n_leaves, k, &ops[e]):
                return NotImplemented
            if self.n_results > 1:
                for d in range(self.n_leaves):
                    if ops[d].array != NULL and ops[d].data == ops[e].data:
                        return NotImplemented
            for d in range(nd):
                w.strides[e][d] = 0 if shape[d] == 1 else ops[e].strides[d]
            w.data[e] = ops[e].data
            flat_c &= ops[e].flags & cnp.NPY_ARRAY_C_CONTIGUOUS != 0
            flat_f &= ops[e].flags & cnp.NPY_ARRAY_F_CONTIGUOUS != 0
            result = outs[k]
        results.append(result)
    if self.rowwise or flat_c or nd < 2:
        for d in range(nd):
            perm[d] = d
    elif flat_f:
        for d in range(nd):
            perm[d] = nd - 1 - d
    else:
        order_strides(nd, w.streams, w.strides, perm)
    for k in range(self.n_results):
        e = self.n_leaves + k
        if results[k] is not None:
            continue
        slot_of_result(self, k, &code, &row)
        memcpy(shape, full, nd * sizeof(cnp.npy_intp))
        step = item_size(code)
        for d in range(nd - 1, -1, -1):
            if row and perm[d] >= nd - reduced:
                shape[perm[d]] = 1
            strides[perm[d]] = step
            w.strides[e][perm[d]] = 0 if shape[perm[d]] == 1 else step
            step *= shape[perm[d]] if shape[perm[d]] else 1
        result = new_tensor(nd, shape, strides, code_dtype(code))
        results[k] = result
        w.data[e] = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    if size == 0:
        return tuple(results)
    if flat_c or flat_f:
        w.nd, w.shape[0] = 1, size
        for j in range(self.n_slots):
            k = self.slots[j].index
            if self.slots[j].kind == LEAF:
                w.strides[k][0] = 0 if ops[k].nd == 0 and nd else self.slots[j].size
            elif self.slots[j].kind == RESULT:
                w.strides[k][0] = self.slots[j].size
    elif self.rowwise:
        # One more operand, with a stride along the rows alone, keeps them apart from the rest.
        for d in range(nd):
            w.strides[w.streams][d] = 0 if d >= nd - reduced else 1 << 40
        step = 1
        for d in range(nd - reduced - 1, -1, -1):
            w.strides[w.streams][d] = step
            step *= full[d]
        w.nd = arrange_strides(nd, w.streams + 1, w.shape, w.strides, perm)
        if w.strides[w.streams][w.nd - 1] != 0 or w.nd > 1 and w.strides[w.streams][w.nd - 2] == 0 or (
                w.shape[w.nd - 1] > LONGEST_ROW):
            return NotImplemented
    else:
        w.nd = arrange_strides(nd, w.streams, w.shape, w.strides, perm)
    many = self.n_steps > OWN_STEPS or self.n_slots > 2 * OWN_STEPS
    if many:
        more = malloc(self.n_steps * sizeof(int) + 8 + self.n_slots * sizeof(cnp.npy_intp))
        if more == NULL:
            raise MemoryError
    w.offsets = <cnp.npy_intp *>more if many else own_offsets
    w.status = <int *>(w.offsets + self.n_slots) if many else own_status
    memset(w.status, 0, self.n_steps * sizeof(int))
    try:
        with nogil:
            choose_block(self, &w, w.nd - 2, w.nd - 1, 0)
            w.scratch_size = lay_out(self, &w)
            w.col_blocks = (w.shape[w.nd - 1] + w.cols - 1) // w.cols
            w.row_blocks = 1 if w.nd < 2 else (w.shape[w.nd - 2] + w.rows - 1) // w.rows
            w.units = w.col_blocks * w.row_blocks
            for d in range(w.nd - 2):
                w.units *= w.shape[d]
        run_units(&w, size * self.cost)
        if w.refused:
            return NotImplemented
        report(self, &w)
    finally:
        free(more)
    return tuple(results)


cdef void slot_of_result(Pass self, int k, int *code, bint *row) noexcept:
    """The type of a result, and whether it has one element a row."""
    cdef int j
    for j in range(self.n_slots):
        if self.slots[j].kind == RESULT and self.slots[j].index == self.n_leaves + k:
            code[0], row[0] = self.slots[j].code, self.slots[j].row
