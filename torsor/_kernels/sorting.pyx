"""Lines of elements sorted along an axis, by digits (radix.h) or by NumPy's own functions.

Long lines are sorted by digits, on several threads where there is only one; short ones by the function that
NumPy sorts them with, and so are all where that has vectors that are faster.  The number of threads decides nothing,
so that equal elements come in one order for any.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from libc.string cimport memcpy
from torsor._kernels cimport storage, threads
from torsor._kernels.engine cimport HOLD_GIL, MAX_DIMS, Operand, item_size, take_array

cdef extern from "merge.h" nogil:
    ctypedef cnp.npy_intp (*split_t)(const char *, cnp.npy_intp, const char *, cnp.npy_intp, cnp.npy_intp) nogil
    ctypedef void (*merge_t)(const char *, cnp.npy_intp, const char *, cnp.npy_intp, char *) nogil
    const split_t *splits
    const merge_t *merges
    void settle_alikes(int code, char *line, cnp.npy_intp n)

cdef extern from "transfer.h" nogil:
    void transfer_square(char *, cnp.npy_intp, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp,
                         cnp.npy_intp)

cdef extern from "radix.h" nogil:
    enum: DIGIT, SMALL_DIGIT, SMALL_LINE, SURE, MAX_PARTS
    ctypedef struct Radix:
        const char *source
        cnp.npy_intp stride, n
        int code, places, wide
        char *out
        void *keys
        void *spare
        cnp.npy_intp *counts
        cnp.npy_intp parts
        int shift, bits, low, least
        unsigned long long some[64]
        unsigned long long all[64]
        unsigned long long base
        unsigned long long lowest[64]
        unsigned long long highest[64]
        cnp.npy_intp descents[64]
        int negative_zeros[64]
    int survey_part(void *work, Py_ssize_t part, int worker) noexcept
    int load_part(void *work, Py_ssize_t part, int worker) noexcept
    int store_part(void *work, Py_ssize_t part, int worker) noexcept
    int count_part(void *work, Py_ssize_t part, int worker) noexcept
    int move_part(void *work, Py_ssize_t part, int worker) noexcept
    int runs_part(void *work, Py_ssize_t part, int worker) noexcept
    bint is_rising(const Radix *)
    void begin_digits(Radix *)
    void begin_runs(Radix *)
    void sort_counted(const Radix *, cnp.npy_intp *counts)
    int leading_zeros "__builtin_clzll"(unsigned long long)
    int trailing_zeros "__builtin_ctzll"(unsigned long long)

ctypedef int (*sort_t)(void *line, cnp.npy_intp n, void *array) noexcept nogil
ctypedef int (*argsort_t)(void *line, cnp.npy_intp *places, cnp.npy_intp n, void *array) noexcept nogil

cdef extern from *:
    """
    #define SORT_FUNCTION(a, kind) ((void *)PyDataType_GetArrFuncs(PyArray_DESCR(a))->sort[kind])
    #define ARGSORT_FUNCTION(a, kind) ((void *)PyDataType_GetArrFuncs(PyArray_DESCR(a))->argsort[kind])
    """
    void *SORT_FUNCTION(cnp.ndarray a, int kind)
    void *ARGSORT_FUNCTION(cnp.ndarray a, int kind)

cnp.import_array()

cdef enum:
    BY_DIGITS = 400             # elements of a line from which digits are faster than NumPy's stable sort
    QUICK_BY_DIGITS = 2000      # than its other sorts
    WIDE_BY_DIGITS = 800        # than those, of elements of 8 bytes
    COUNTED = 1 << 14           # elements of two bytes from which counting them is
    FEW_RUNS = 3                # descents of a line that NumPy's stable sort merges faster
    MERGED = 1 << 15            # elements of a line that is sorted in pieces
    PART = 1 << 10              # elements that are worth a thread
    TILE = 16                   # lines that are gathered together, where elements of a line lie apart

cdef bint borrowing = False


def set_borrowing(bint on):
    """Whether NumPy's sorts of elements of 4 and 8 bytes, where they need not be stable, are faster than digits."""
    global borrowing
    borrowing = on


# ---------------------------------------------------------------------------------------- one line

cdef bint sort_line(Radix *r, bint stable, int width) noexcept nogil:
    """Sort a line by digits; 0, and nothing is done, where NumPy's stable sort is better."""
    cdef unsigned long long some = 0, all = ~<unsigned long long>0, lowest = all, highest = 0
    cdef cnp.npy_intp p, descents = 0
    cdef int size = item_size(r.code), high, digits, k, longest = SMALL_DIGIT if r.n < SMALL_LINE else DIGIT
    cdef bint zeros = False
    cdef void *other
    if stable and r.stride == size and is_rising(r):
        in_order(r, False, size)
        return True
    r.parts = 1 if width == 1 else min(2 * width, <int>MAX_PARTS)
    threads.do_all(survey_part, r, r.parts, width)
    for p in range(r.parts):
        some |= r.some[p]
        all &= r.all[p]
        lowest, highest = min(lowest, r.lowest[p]), max(highest, r.highest[p])
        descents += r.descents[p]
        zeros |= r.negative_zeros[p] != 0
    if stable and (zeros and not r.places or 0 < descents <= FEW_RUNS):
        return False
    if descents == 0 or descents == r.n - 1:            # in order, or falling throughout
        in_order(r, descents != 0, size)
        return True
    # Without the least key the leading bits are those that tell elements of this line apart; the last ones in which
    # none differs are zero then.
    r.base = lowest
    r.least, high = trailing_zeros(some ^ all), 64 - leading_zeros(highest - lowest)
    r.wide = r.places or size == 8
    r.low = max(r.least, high - (32 if r.places else <int>SURE))
    threads.do_all(load_part, r, r.parts, width)
    r.shift = 32 if r.places else r.low
    high = r.shift + high - r.low
    digits = (high - r.shift + longest - 1) // longest
    for k in range(digits, 0, -1):
        r.bits = (high - r.shift + k - 1) // k
        threads.do_all(count_part, r, r.parts, width)
        begin_digits(r)
        threads.do_all(move_part, r, r.parts, width)
        r.shift += r.bits
        other = r.keys
        r.keys = r.spare
        r.spare = other
    if r.low > r.least:
        begin_runs(r)
        threads.do_all(runs_part, r, r.parts, width)
    threads.do_all(store_part, r, r.parts, width)
    return True


cdef void in_order(const Radix *r, bint falling, int size) noexcept nogil:
    """The line as it is, or backwards, or its places."""
    cdef cnp.npy_intp i, n = r.n
    cdef cnp.npy_intp *places
    cdef char *other
    if r.places:
        places = <cnp.npy_intp *>r.out
        for i in range(n):
            places[i] = n - 1 - i if falling else i
        return
    if not falling:
        if r.source != r.out:
            gather(r.source, r.stride, n, size, r.out)
        return
    other = <char *>r.keys
    gather(r.source, r.stride, n, size, other)
    if size == 8:
        for i in range(n):
            (<long long *>r.out)[i] = (<long long *>other)[n - 1 - i]
    elif size == 4:
        for i in range(n):
            (<int *>r.out)[i] = (<int *>other)[n - 1 - i]
    else:
        for i in range(n):
            (<short *>r.out)[i] = (<short *>other)[n - 1 - i]


cdef void gather(const char *x, cnp.npy_intp stride, cnp.npy_intp n, int size, char *out) noexcept nogil:
    """Elements that lie apart, one after the other."""
    cdef cnp.npy_intp i
    if stride == size:
        memcpy(out, x, n * size)
    elif size == 8:
        for i in range(n):
            (<long long *>out)[i] = (<long long *>(x + i * stride))[0]
    elif size == 4:
        for i in range(n):
            (<int *>out)[i] = (<int *>(x + i * stride))[0]
    elif size == 2:
        for i in range(n):
            (<short *>out)[i] = (<short *>(x + i * stride))[0]
    else:
        for i in range(n):
            out[i] = x[i * stride]


cdef void scatter(const char *x, cnp.npy_intp n, int size, char *out, cnp.npy_intp stride) noexcept nogil:
    """The reverse."""
    cdef cnp.npy_intp i
    if size == 8:
        for i in range(n):
            (<long long *>(out + i * stride))[0] = (<long long *>x)[i]
    elif size == 4:
        for i in range(n):
            (<int *>(out + i * stride))[0] = (<int *>x)[i]
    elif size == 2:
        for i in range(n):
            (<short *>(out + i * stride))[0] = (<short *>x)[i]
    else:
        for i in range(n):
            out[i * stride] = x[i]


# ---------------------------------------------------------------------------------------- lines

cdef struct Lines:              # of one array and of what they become
    int code, size, out_size
    bint stable, by_digits, places, private
    cnp.npy_intp n, count       # elements of a line; lines
    const char *source
    char *out
    cnp.npy_intp stride, out_stride         # along a line
    int nd                      # the other axes
    cnp.npy_intp shape[MAX_DIMS]
    cnp.npy_intp strides[MAX_DIMS]
    cnp.npy_intp out_strides[MAX_DIMS]
    cnp.npy_intp tile           # lines of one part of the work
    sort_t sort, stable_sort
    argsort_t argsort, stable_argsort
    void *array
    char *scratch               # of each worker
    size_t scratch_size, key_size


cdef void locate(const Lines *job, cnp.npy_intp line, const char **x, char **out) noexcept nogil:
    cdef int d
    x[0], out[0] = job.source, job.out
    for d in range(job.nd - 1, -1, -1):
        x[0] += line % job.shape[d] * job.strides[d]
        out[0] += line % job.shape[d] * job.out_strides[d]
        line //= job.shape[d]


cdef int sort_one(const Lines *job, const char *x, cnp.npy_intp stride, char *out, char *scratch,
                  int width) noexcept nogil:
    """A line into contiguous memory, which may be its own."""
    cdef Radix r
    cdef cnp.npy_intp i
    cdef bint stable = job.stable
    if job.by_digits:
        r.source, r.stride, r.n, r.code, r.places, r.out = x, stride, job.n, job.code, job.places, out
        r.counts = <cnp.npy_intp *>scratch
        if not job.places and job.code <= 4:
            sort_counted(&r, r.counts)
            return 0
        r.keys = scratch + (sizeof(cnp.npy_intp) * MAX_PARTS << DIGIT if width > 1 else sizeof(cnp.npy_intp) << DIGIT)
        # Memory that others may write to meanwhile holds no keys: counts and keys must agree.
        r.spare = <char *>r.keys + job.n * job.key_size if job.private else out
        if sort_line(&r, job.stable, width):
            return 0
        stable = True
    if job.places:
        for i in range(job.n):
            (<cnp.npy_intp *>out)[i] = i
        if stride != job.size:
            gather(x, stride, job.n, job.size, scratch)
            x = scratch
        return (job.stable_argsort if stable else job.argsort)(<void *>x, <cnp.npy_intp *>out, job.n, job.array)
    if x != out:
        gather(x, stride, job.n, job.size, out)
    return (job.stable_sort if stable else job.sort)(out, job.n, job.array)


cdef struct Merging:            # a line in sorted pieces, as many as a power of two, two of which make one
    const Lines *job
    const char *source          # the line as it was
    cnp.npy_intp stride
    char *sorted                # the pieces
    char *into
    cnp.npy_intp pieces, parts


cdef int sort_piece(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Merging *m = <const Merging *>work
    cdef const Lines *job = m.job
    cdef cnp.npy_intp start = job.n * part // m.pieces, stop = job.n * (part + 1) // m.pieces
    cdef char *piece = m.sorted + start * job.size
    if m.source + start * m.stride != piece:
        gather(m.source + start * m.stride, m.stride, stop - start, job.size, piece)
    return (job.stable_sort if job.stable else job.sort)(piece, stop - start, job.array)


cdef int merge_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """What of the merged pieces lies in one part of the line."""
    cdef const Merging *m = <const Merging *>work
    cdef cnp.npy_intp n = m.job.n, size = m.job.size, start = n * part // m.parts, stop = n * (part + 1) // m.parts
    cdef cnp.npy_intp pair, low, middle, high, first, last, i, j
    cdef const char *x
    cdef const char *y
    for pair in range(m.pieces // 2):
        low, middle = n * (2 * pair) // m.pieces, n * (2 * pair + 1) // m.pieces
        high = n * (2 * pair + 2) // m.pieces
        if start >= high or stop <= low:
            continue
        first, last = max(start, low) - low, min(stop, high) - low
        x, y = m.sorted + low * size, m.sorted + middle * size
        i = splits[m.job.code](x, middle - low, y, high - middle, first)
        j = splits[m.job.code](x, middle - low, y, high - middle, last)
        merges[m.job.code](x + i * size, j - i, y + (first - i) * size, (last - j) - (first - i),
                           m.into + (low + first) * size)
    return 0


cdef int sort_merged(const Lines *job, char *scratch, int width) noexcept nogil:
    """The only line into contiguous memory, in pieces on several threads, which are merged."""
    cdef Merging m
    cdef int status, rounds = 1
    m.job, m.source, m.stride, m.pieces, m.parts = job, job.source, job.stride, 2, 2 * width
    while m.pieces < width and m.pieces < MAX_PARTS:
        m.pieces *= 2
        rounds += 1
    m.sorted, m.into = scratch, job.out
    if rounds % 2 == 0:
        m.sorted, m.into = m.into, m.sorted
    status = threads.do_all(sort_piece, &m, m.pieces, width)
    while m.pieces > 1 and status == 0:
        threads.do_all(merge_part, &m, m.parts, width)
        m.sorted, m.into = m.into, m.sorted
        m.pieces //= 2
    return status


cdef bint are_even(const char **lines, cnp.npy_intp m, cnp.npy_intp *distance) noexcept nogil:
    """Whether lines lie at one distance from each other."""
    cdef cnp.npy_intp j
    distance[0] = lines[1] - lines[0] if m > 1 else 0
    for j in range(2, m):
        if lines[j] - lines[j - 1] != distance[0]:
            return False
    return m > 1


cdef int sort_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Lines *job = <const Lines *>work
    cdef char *scratch = job.scratch + worker * job.scratch_size
    cdef char *lines = scratch + job.scratch_size - TILE * job.n * (job.size + job.out_size)
    cdef char *sorted = lines + TILE * job.n * job.size
    cdef const char *x
    cdef const char *xs[TILE]
    cdef char *out
    cdef char *outs[TILE]
    cdef cnp.npy_intp line = part * job.tile, stop = min(job.count, line + job.tile), i, j, m, distance
    cdef int status = 0
    cdef bint evenly
    while line < stop:
        if job.stride == job.size and job.out_stride == job.out_size:
            locate(job, line, &x, &out)
            status |= sort_one(job, x, job.stride, out, scratch, 1)
            line += 1
            continue
        m = min(<cnp.npy_intp>TILE, stop - line)
        for j in range(m):
            locate(job, line + j, &xs[j], &outs[j])
        i = 0
        evenly = are_even(xs, m, &distance)
        while i < job.n:                      # piece by piece, so that what lies between lines is read once
            if evenly:
                transfer_square(lines + i * job.size, job.n * job.size, xs[0] + i * job.stride, distance, job.stride,
                                m, min(<cnp.npy_intp>TILE, job.n - i), job.size)
            else:
                for j in range(m):
                    gather(xs[j] + i * job.stride, job.stride, min(<cnp.npy_intp>TILE, job.n - i), job.size,
                           lines + (j * job.n + i) * job.size)
            i += TILE
        for j in range(m):
            status |= sort_one(job, lines + j * job.n * job.size, job.size, sorted + j * job.n * job.out_size,
                               scratch, 1)
        i = 0
        evenly = are_even(<const char **>outs, m, &distance) and distance == job.out_size
        while i < job.n:
            if evenly:
                transfer_square(outs[0] + i * job.out_stride, job.out_stride, sorted + i * job.out_size, job.out_size,
                                job.n * job.out_size, min(<cnp.npy_intp>TILE, job.n - i), m, job.out_size)
            else:
                for j in range(m):
                    scatter(sorted + (j * job.n + i) * job.out_size, min(<cnp.npy_intp>TILE, job.n - i), job.out_size,
                            outs[j] + i * job.out_stride, job.out_stride)
            i += TILE
        line += m
    return status


cdef int sort_lines(cnp.ndarray source, cnp.ndarray out, int axis, int kind, bint places) except -1:
    """Sort source along an axis into out, which may be source itself, or its places into out; 0: NumPy has to."""
    cdef Lines job
    cdef Operand x
    cdef int d, width, status
    cdef double work
    cdef size_t size
    cdef bint apart, merged
    take_array(<PyObject *>source, &x)
    job.code, job.size, job.out_size = x.code, item_size(x.code), out.descr.itemsize
    job.stable, job.places = kind == STABLE, places
    job.n, job.stride, job.out_stride = x.shape[axis], x.strides[axis], out.strides[axis]
    job.count = cnp.PyArray_SIZE(source) // job.n
    job.source, job.out, job.nd = x.data, <char *>cnp.PyArray_DATA(out), 0
    for d in range(x.nd):
        if d != axis:
            job.shape[job.nd], job.strides[job.nd], job.out_strides[job.nd] = x.shape[d], x.strides[d], out.strides[d]
            job.nd += 1
    job.sort, job.stable_sort = <sort_t>SORT_FUNCTION(source, kind), <sort_t>SORT_FUNCTION(source, STABLE)
    job.argsort = <argsort_t>ARGSORT_FUNCTION(source, kind)
    job.stable_argsort = <argsort_t>ARGSORT_FUNCTION(source, STABLE)
    if job.sort == NULL or job.stable_sort == NULL or job.argsort == NULL or job.stable_argsort == NULL:
        return 0
    job.array = <void *>source
    width = threads.width_for(<double>cnp.PyArray_SIZE(source), PART)
    if job.code <= 4 and not places:
        job.by_digits = job.code <= 2 and job.n >= 64 or job.n >= COUNTED
    else:
        job.by_digits = job.n < <cnp.npy_intp>1 << 32 and job.n >= (
            BY_DIGITS if places or job.stable else WIDE_BY_DIGITS if job.size == 8 else QUICK_BY_DIGITS)
        job.by_digits &= places or job.stable or not borrowing
    if job.size == 2 and job.n >= (BY_DIGITS if places else QUICK_BY_DIGITS):
        # NumPy's stable sorts of two bytes go by digits themselves; of integers no two orders differ.
        job.sort, job.argsort = job.stable_sort, job.stable_argsort
        job.by_digits &= not places or width > 1 and job.count == 1
    if job.n == 1 and not places:
        if source is not out:
            cnp.PyArray_CopyInto(out, source)
        return 1
    apart = job.stride != job.size or job.out_stride != job.out_size
    job.private = source is out
    job.key_size = 8 if places or job.size == 8 else 4
    work = <double>cnp.PyArray_SIZE(source)
    job.scratch = NULL
    if job.count == 1 and not (apart and job.out_stride != job.out_size):
        merged = not job.by_digits and not places and job.size >= 4 and width > 1 and job.n >= MERGED
        if not job.by_digits and not merged:
            width = 1
        job.scratch_size = 0
        if merged:
            job.scratch_size = job.n * job.size
        elif job.by_digits and job.code <= 4 and not places:
            job.scratch_size = sizeof(cnp.npy_intp) << 16
        elif job.by_digits or job.stride != job.size:
            job.scratch_size = (sizeof(cnp.npy_intp) * (MAX_PARTS if width > 1 else 1) << DIGIT) + (
                job.n * job.key_size * (2 if job.private else 1))
        if job.scratch_size:
            job.scratch = <char *>storage.allocate(job.scratch_size)
            if job.scratch == NULL:
                raise MemoryError
        if work <= HOLD_GIL:
            status = sort_one(&job, job.source, job.stride, job.out, job.scratch, width)
        else:
            with nogil:
                if merged:
                    status = sort_merged(&job, job.scratch, width)
                else:
                    status = sort_one(&job, job.source, job.stride, job.out, job.scratch, width)
                if not (places or job.by_digits or job.stable) and job.n >= MERGED:
                    settle_alikes(job.code, job.out, job.n)
        if job.scratch != NULL:
            storage.release(job.scratch, job.scratch_size)
    else:
        job.private = True
        job.tile = max(<cnp.npy_intp>1, 4096 // job.n)
        if apart:
            job.tile = (job.tile + TILE - 1) // TILE * TILE
        width = <int>min(<cnp.npy_intp>width, (job.count + job.tile - 1) // job.tile)
        job.scratch_size = job.n * (job.size if job.places else 1) + 64
        if job.by_digits:
            size = (sizeof(cnp.npy_intp) << DIGIT) + 2 * job.n * job.key_size
            if job.code <= 4 and not places:
                size = sizeof(cnp.npy_intp) << 16
            job.scratch_size = max(job.scratch_size, size)
        job.scratch_size += TILE * job.n * (job.size + job.out_size) if apart else 0
        job.scratch_size = (job.scratch_size + 63) // 64 * 64
        job.scratch = <char *>storage.allocate(job.scratch_size * width)
        if job.scratch == NULL:
            raise MemoryError
        status = threads.run(sort_part, &job, (job.count + job.tile - 1) // job.tile, width, work > HOLD_GIL)
        storage.release(job.scratch, job.scratch_size * width)
    if status:
        raise MemoryError
    return 1
