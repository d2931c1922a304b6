/* The first k elements of a line in sorted order, and their places. */
#ifndef TORSOR_EXTREMES_H
#define TORSOR_EXTREMES_H

#include "radix.h"

typedef struct { uint64_t bits; npy_intp place; } Candidate;

/* Sort candidates by key, equal ones as they are; spare has their size. */
static inline void sort_candidates(Candidate *c, Candidate *spare, npy_intp n)
{
    npy_intp counts[256];
    uint64_t some = 0, all = ~(uint64_t)0;
    Candidate *from = c, *to = spare;
    for (npy_intp i = 0; i < n; i++) {
        some |= c[i].bits;
        all &= c[i].bits;
    }
    for (int shift = 0; shift < 64; shift += 8) {
        npy_intp at = 0;
        if (((some ^ all) >> shift & 255) == 0) continue;
        memset(counts, 0, sizeof counts);
        for (npy_intp i = 0; i < n; i++) counts[from[i].bits >> shift & 255]++;
        for (int d = 0; d < 256; d++) {
            const npy_intp count = counts[d];
            counts[d] = at;
            at += count;
        }
        for (npy_intp i = 0; i < n; i++) to[counts[from[i].bits >> shift & 255]++] = from[i];
        Candidate *other = from;
        from = to;
        to = other;
    }
    if (from != c) memcpy(c, from, (size_t)n * sizeof *c);
}

/* Elements that come before the k-th of those seen are kept; when there is no room, the first k of them. */
#define KEEP_FIRST(T, K, key, zero)                                             \
    {                                                                           \
        const K flip = largest ? (K)~(K)0 : 0;                                  \
        K limit = (K)~(K)0;                                                     \
        int full = 0;                                                           \
        for (npy_intp i = 0; i < r->n; i++, x += r->stride) {                   \
            const K q = key(*(const T *)x) ^ flip;                              \
            if (q >= limit && full) continue;                                   \
            c[n].bits = q;                                                       \
            c[n].place = i;                                                     \
            if (++n == room) {                                                  \
                sort_candidates(c, c + room, n);                                \
                n = k;                                                          \
                limit = (K)c[k - 1].bits;                                        \
                full = 1;                                                       \
            }                                                                   \
        }                                                                       \
    }

/* candidates: twice the room, which is more than k. */
static inline void find_extremes(const Radix *r, npy_intp k, int largest, Candidate *c, npy_intp room)
{
    const char *x = r->source;
    npy_intp n = 0;
    EACH_TYPE(KEEP_FIRST)
    sort_candidates(c, c + room, n);
}

#endif
