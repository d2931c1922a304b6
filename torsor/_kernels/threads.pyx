"""How many threads work may use: process-wide, per calling thread, nested, and after a fork."""

cdef extern from *:
    """
    #include <pthread.h>
    static int torsor_width = 1;                  /* process-wide */
    static _Thread_local int torsor_own_width;    /* of this thread; 0: the process-wide one */
    static int torsor_pool_started, torsor_forked;
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
    void torsor_watch_forks()
    int omp_in_parallel() nogil
    int omp_get_max_threads() nogil

cdef int openmp_default = omp_get_max_threads()


cdef int width() noexcept nogil:
    if torsor_forked or omp_in_parallel():
        return 1       # libgomp's threads do not survive a fork, and waiting for them would hang
    cdef int n = torsor_own_width or torsor_width, limit = omp_get_max_threads()
    # Someone has asked OpenMP for fewer since (threadpoolctl does), and means us too.
    return limit if limit < openmp_default and limit < n else n


cdef void parallel_starts() noexcept nogil:
    global torsor_pool_started
    torsor_pool_started = 1


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


def is_forked():
    """Whether this is a child process that must stay on one thread."""
    return bool(torsor_forked)


torsor_watch_forks()
