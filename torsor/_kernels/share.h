/* Work in parts that threads take in turn, and what keeps two of them off one processor. */
#ifndef TORSOR_SHARE_H
#define TORSOR_SHARE_H

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <time.h>
#ifdef __linux__
#include <sched.h>
#endif

typedef int (*part_t)(void *work, ptrdiff_t part, int worker);

typedef struct {
    part_t part;
    void *work;
    ptrdiff_t parts, next;
    int width, here, status;
    int processor;              /* that the caller runs on, or -1 */
} Share;

static inline double clock_seconds(void)
{
    struct timespec t;
#ifdef CLOCK_MONOTONIC
    clock_gettime(CLOCK_MONOTONIC, &t);
#else
    timespec_get(&t, TIME_UTC);
#endif
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int current_processor(void)
{
#ifdef __linux__
    return sched_getcpu();
#else
    return -1;
#endif
}

/* Linux may wake a sleeping thread on the processor of the one that wakes it, busy as that is: the two would
 * then take turns there.  The thread woken goes elsewhere; where it may run afterwards is as before. */
static inline void leave_processor(int processor)
{
#ifdef __linux__
    cpu_set_t allowed, others;
    if (processor < 0 || processor >= CPU_SETSIZE || sched_getcpu() != processor
            || sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    others = allowed;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) && sched_setaffinity(0, sizeof others, &others) == 0)
        sched_setaffinity(0, sizeof allowed, &allowed);
#else
    (void)processor;
#endif
}

/* Before the caller waits for threads that have not begun: they may be in the queue for its processor. */
static inline void let_others_begin(Share *s)
{
#ifdef __linux__
    for (int k = 0; k < 100 && __atomic_load_n(&s->here, __ATOMIC_RELAXED) < s->width; k++)
        sched_yield();
#else
    (void)s;
#endif
}

static inline void take_parts(Share *s, int worker)
{
    ptrdiff_t part;
    int status = 0;
    if (worker)
        leave_processor(s->processor);
    __atomic_fetch_add(&s->here, 1, __ATOMIC_RELAXED);
    while ((part = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) < s->parts)
        status |= s->part(s->work, part, worker);
    if (status)
        __atomic_fetch_or(&s->status, status, __ATOMIC_RELAXED);
    if (!worker)
        let_others_begin(s);
}

#endif
