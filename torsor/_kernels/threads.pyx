"""How many threads work may use: process-wide, per calling thread, nested, and after a fork; sharing it out."""
from cython.parallel cimport prange

cdef extern from "share.h" nogil:
    ctypedef struct Share:
        part_t part
        void *work
        Py_ssize_t parts, next
        int width, here, status, processor
    double clock_seconds()
    int current_processor()
    void take_parts(Share *, int)

cdef extern from *:
    """
    #include <pthread.h>
    static int torsor_width = 1;                  /* process-wide */
    static _Thread_local int torsor_own_width;    /* of this thread; 0: the process-wide one */
    static int torsor_pool_started, torsor_forked;
    static _Thread_local double torsor_awake = -1;     /* when this thread's workers were last seen at work */
    static _Thread_local double torsor_busy = -1;      /* when the last job that it did alone must have ended */
    static _Thread_local double torsor_burst;          /* parts of the jobs that it has done alone since a pause */
    static void torsor_after_fork(void) { if (torsor_pool_started) torsor_forked = 1; }
    static void torsor_watch_forks(void) { pthread_atfork(NULL, NULL, torsor_after_fork); }
    #ifdef _OPENMP
    #include <omp.h>
    #else
    static int omp_in_parallel(void) { return 0; }
    static int omp_get_max_threads(void) { return 1; }
    #endif
    """
    int torsor_width, torsor_own_width, torsor_pool_started, torsor_forked
    double torsor_awake, torsor_busy, torsor_burst
    void torsor_watch_forks()
    int omp_in_parallel() nogil
    int omp_get_max_threads() nogil

cdef double waking = 100            # parts that are worth waking threads for: about a millisecond
cdef double PART_SECONDS = 8e-6     # what a part takes, about
cdef double AWAKE = 1e-4            # so long after their last work the threads are awake for certain
cdef double PAUSE = 1e-3            # jobs that are further apart do not follow each other closely
cdef int openmp_default = omp_get_max_threads()


cdef int width() noexcept nogil:
    if torsor_forked or omp_in_parallel():
        return 1       # libgomp's threads do not survive a fork, and waiting for them would hang
    cdef int n = torsor_own_width or torsor_width, limit = omp_get_max_threads()
    # Someone has asked OpenMP for fewer since (threadpoolctl does), and means us too.
    return limit if limit < openmp_default and limit < n else n


cdef int width_for(double work, double part) noexcept nogil:
    """Threads for some work of which so much is worth a thread.

    To wake sleeping threads takes longer than a short job alone: they are woken for one that is long, or when
    shorter ones that follow each other closely have come to as much.
    """
    global torsor_busy, torsor_burst
    cdef double parts = work / part, now
    cdef int n
    if parts < 2:
        return 1
    n = width()
    if n > 1 and parts < waking:
        now = clock_seconds()
        if now - torsor_awake > AWAKE:
            if now - torsor_busy > PAUSE:
                torsor_burst = 0
            torsor_burst += parts
            torsor_busy = now + parts * PART_SECONDS
            if torsor_burst < waking:
                return 1
    return n if parts >= n else <int>parts


cdef int share(part_t part, void *work, Py_ssize_t parts, int width) noexcept nogil:
    """Do all parts of some work on so many threads, each taking the next one; returns their statuses together."""
    global torsor_pool_started, torsor_awake
    cdef int worker
    cdef Share s = Share(part, work, parts, 0, width, 0, 0, current_processor())
    torsor_pool_started = 1
    for worker in prange(width, num_threads=width, schedule="static", chunksize=1):
        take_parts(&s, worker)
    torsor_awake = clock_seconds()
    return s.status


def get_width():
    """Threads that the next call from this thread may use."""
    return width()


def set_width(int n):
    """Set the process-wide number of threads."""
    global torsor_width
    torsor_width = n


def set_own_width(int n):
    """Set the calling thread's own number (0: the process-wide one again); returns the previous one."""
    global torsor_own_width
    before, torsor_own_width = torsor_own_width, n
    return before


def set_waking(double parts):
    """Set how much work sleeping threads are woken for; returns the previous amount.  Tests wake them always."""
    global waking
    before, waking = waking, parts
    return before


def is_forked():
    """Whether this is a child process that must stay on one thread."""
    return bool(torsor_forked)


torsor_watch_forks()
