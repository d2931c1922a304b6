/* Pooled memory for arrays: 64-byte aligned blocks in size classes, four classes to each doubling.
 *
 * Blocks up to SMALL bytes are kept by the thread that frees them, without locks; larger ones by the
 * process, under one lock and within one bound.  From HUGE bytes on a block is a mapping of its own,
 * aligned to huge pages.  A header before each block says how large it is, so that nobody has to be
 * believed about sizes.
 */
#ifndef TORSOR_POOL_H
#define TORSOR_POOL_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#define POOL_ALIGN 64
#define POOL_SMALL ((size_t)64 << 10)
#define POOL_HUGE ((size_t)2 << 20)
#define POOL_CLASSES 192
#define POOL_THREAD_BYTES ((size_t)512 << 10) /* a thread keeps at most this much of one class */

typedef struct PoolBlock {
    struct PoolBlock *next;
    size_t capacity; /* bytes after the header */
    int class_;
} PoolBlock;

typedef struct PoolThread {
    PoolBlock *free[POOL_CLASSES];
    size_t kept[POOL_CLASSES]; /* bytes on each list */
    size_t cached, hits, misses;
    ptrdiff_t in_use; /* may be negative: blocks move between threads */
    struct PoolThread *next, **back;
    int registered;
} PoolThread;

static _Thread_local PoolThread pool_thread;
static struct {
    pthread_mutex_t lock;
    PoolBlock *free[POOL_CLASSES];
    size_t cached, limit, hits, misses;
    ptrdiff_t in_use;
    PoolThread *threads;
    pthread_key_t at_exit;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline int pool_class(size_t size, size_t *capacity)
{
    if (size <= 4 * POOL_ALIGN) {
        size_t k = size ? (size - 1) / POOL_ALIGN : 0;
        *capacity = (k + 1) * POOL_ALIGN;
        return (int)k;
    }
    int shift = 61 - __builtin_clzll((unsigned long long)(size - 1)); /* size - 1 has shift + 3 bits */
    size_t quarter = (size - 1) >> shift;                             /* 4 .. 7 */
    *capacity = (quarter + 1) << shift;
    return 4 * (shift - 6) + (int)(quarter - 4) + 4;
}

/* Tell AddressSanitizer, where there is one, that of a block's memory only the first size bytes are in use. */
static inline void pool_mark(PoolBlock *block, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
    char *p = (char *)block + POOL_ALIGN;
    ASAN_POISON_MEMORY_REGION(block + 1, POOL_ALIGN - sizeof *block + block->capacity);
    ASAN_UNPOISON_MEMORY_REGION(p, size);
#else
    (void)block;
    (void)size;
#endif
}

static PoolBlock *pool_map(size_t capacity)
{
    size_t want = (capacity + POOL_ALIGN + POOL_HUGE - 1) & ~(POOL_HUGE - 1);
    char *p = mmap(NULL, want + POOL_HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    char *start = (char *)(((uintptr_t)p + POOL_HUGE - 1) & ~(uintptr_t)(POOL_HUGE - 1));
    if (start > p) munmap(p, (size_t)(start - p));
    munmap(start + want, (size_t)(p + POOL_HUGE - start));
#ifdef MADV_HUGEPAGE
    madvise(start, want, MADV_HUGEPAGE);
#endif
    return (PoolBlock *)start;
}

static void pool_release(PoolBlock *block)
{
#ifdef __SANITIZE_ADDRESS__
    ASAN_UNPOISON_MEMORY_REGION(block, POOL_ALIGN + block->capacity);
#endif
    if (block->capacity >= POOL_HUGE)
        munmap(block, (block->capacity + POOL_ALIGN + POOL_HUGE - 1) & ~(POOL_HUGE - 1));
    else
        free(block);
}

/* Give back to the system what the calling thread (everything=0) or also the process keeps. */
static size_t pool_trim(int everything)
{
    PoolThread *t = &pool_thread;
    size_t freed = t->cached;
    PoolBlock *block, *chain = NULL;
    for (int c = 0; c < POOL_CLASSES; c++) {
        while ((block = t->free[c])) {
            t->free[c] = block->next;
            pool_release(block);
        }
        t->kept[c] = 0;
    }
    t->cached = 0;
    if (everything) {
        pthread_mutex_lock(&pool.lock);
        freed += pool.cached;
        for (int c = 0; c < POOL_CLASSES; c++)
            while ((block = pool.free[c])) {
                pool.free[c] = block->next;
                block->next = chain;
                chain = block;
            }
        pool.cached = 0;
        pthread_mutex_unlock(&pool.lock);
        while ((block = chain)) {
            chain = block->next;
            pool_release(block);
        }
    }
    return freed;
}

static void pool_leave(void *thread)
{
    PoolThread *t = thread;
    pool_trim(0);
    pthread_mutex_lock(&pool.lock);
    pool.in_use += t->in_use;
    pool.hits += t->hits;
    pool.misses += t->misses;
    *t->back = t->next;
    if (t->next) t->next->back = t->back;
    pthread_mutex_unlock(&pool.lock);
    memset(t, 0, sizeof *t);
}

static void pool_enter(PoolThread *t)
{
    pthread_mutex_lock(&pool.lock);
    t->next = pool.threads;
    t->back = &pool.threads;
    if (t->next) t->next->back = &t->next;
    pool.threads = t;
    t->registered = 1;
    pthread_mutex_unlock(&pool.lock);
    pthread_setspecific(pool.at_exit, t);
}

static void *pool_malloc(void *ctx, size_t size)
{
    (void)ctx;
    PoolThread *t = &pool_thread;
    PoolBlock *block = NULL;
    size_t capacity;
    if (size > ((size_t)1 << 47)) return NULL;
    int c = pool_class(size, &capacity);
    if (!t->registered) pool_enter(t);
    if (capacity <= POOL_SMALL) {
        if ((block = t->free[c])) {
            t->free[c] = block->next;
            t->kept[c] -= capacity;
            t->cached -= capacity;
        }
    }
    else {
        pthread_mutex_lock(&pool.lock);
        if ((block = pool.free[c])) {
            pool.free[c] = block->next;
            pool.cached -= capacity;
        }
        pthread_mutex_unlock(&pool.lock);
    }
    if (block)
        t->hits++;
    else {
        t->misses++;
        for (int attempt = 0; !block && attempt < 2; attempt++) {
            if (attempt) pool_trim(1);
            block = capacity >= POOL_HUGE ? pool_map(capacity)
                                          : aligned_alloc(POOL_ALIGN, POOL_ALIGN + capacity);
        }
        if (!block) return NULL;
        block->capacity = capacity;
        block->class_ = c;
    }
    t->in_use += (ptrdiff_t)capacity;
    pool_mark(block, size);
    return (char *)block + POOL_ALIGN;
}

static void pool_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    if (!p) return;
    PoolThread *t = &pool_thread;
    PoolBlock *block = (PoolBlock *)((char *)p - POOL_ALIGN);
    size_t capacity = block->capacity;
    int c = block->class_;
    if (!t->registered) pool_enter(t);
    t->in_use -= (ptrdiff_t)capacity;
    pool_mark(block, 0);
    if (capacity <= POOL_SMALL) {
        if (t->kept[c] + capacity <= POOL_THREAD_BYTES && pool.limit) {
            block->next = t->free[c];
            t->free[c] = block;
            t->kept[c] += capacity;
            t->cached += capacity;
            return;
        }
    }
    else {
        pthread_mutex_lock(&pool.lock);
        if (pool.cached + capacity <= pool.limit) {
            block->next = pool.free[c];
            pool.free[c] = block;
            pool.cached += capacity;
            block = NULL;
        }
        pthread_mutex_unlock(&pool.lock);
        if (!block) return;
    }
    pool_release(block);
}

static void *pool_calloc(void *ctx, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) return NULL;
    size_t misses = pool_thread.misses;
    void *p = pool_malloc(ctx, total);
    /* A new mapping is zero already. */
    if (p && !(total >= POOL_HUGE && pool_thread.misses > misses)) memset(p, 0, total);
    return p;
}

static void *pool_realloc(void *ctx, void *p, size_t size)
{
    if (!p) return pool_malloc(ctx, size);
    PoolBlock *block = (PoolBlock *)((char *)p - POOL_ALIGN);
    size_t capacity, old = block->capacity;
    pool_class(size, &capacity);
    if (size <= ((size_t)1 << 47) && capacity == old) {
        pool_mark(block, size);
        return p;
    }
    void *q = pool_malloc(ctx, size);
    if (!q) return NULL;
    pool_mark(block, old);
    memcpy(q, p, size < old ? size : old);
    pool_free(ctx, p, old);
    return q;
}

static void pool_lock(void) { pthread_mutex_lock(&pool.lock); }
static void pool_unlock(void) { pthread_mutex_unlock(&pool.lock); }

/* In a forked child the other threads are gone, and the memory of their PoolThread is reused by new ones.
 * What they kept stays allocated: one of them may have been changing its lists. */
static void pool_forked(void)
{
    PoolThread *self = &pool_thread;
    for (PoolThread *t = pool.threads; t; t = t->next)
        if (t != self) {
            pool.in_use += t->in_use;
            pool.hits += t->hits;
            pool.misses += t->misses;
        }
    pool.threads = self->registered ? self : NULL;
    self->next = NULL;
    self->back = &pool.threads;
    pthread_mutex_unlock(&pool.lock);
}

static void pool_start(size_t limit)
{
    pool.limit = limit;
    pthread_key_create(&pool.at_exit, pool_leave);
    pthread_atfork(pool_lock, pool_unlock, pool_forked);
}

typedef struct {
    size_t in_use, cached, hits, misses, limit;
} PoolStats;

static PoolStats pool_stats(void)
{
    PoolStats s;
    pthread_mutex_lock(&pool.lock);
    ptrdiff_t in_use = pool.in_use;
    s.cached = pool.cached;
    s.hits = pool.hits;
    s.misses = pool.misses;
    s.limit = pool.limit;
    for (PoolThread *t = pool.threads; t; t = t->next) {
        in_use += t->in_use;
        s.cached += t->cached;
        s.hits += t->hits;
        s.misses += t->misses;
    }
    s.in_use = in_use > 0 ? (size_t)in_use : 0;
    pthread_mutex_unlock(&pool.lock);
    return s;
}

static void pool_set_limit(size_t limit)
{
    pthread_mutex_lock(&pool.lock);
    pool.limit = limit;
    int over = pool.cached > limit || limit == 0;
    pthread_mutex_unlock(&pool.lock);
    if (over) pool_trim(1);
}

#endif
