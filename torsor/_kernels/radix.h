/* Sorting by digits: the steps that a line of elements goes through, each in parts that threads may share.
 *
 * Elements become unsigned keys in the same order (NaN last).  For the places that sort a line, the leading bits of
 * the key and the index make one word.  Passes over the leading digits, last one first, sort all but elements that
 * agree in them; those that remain are put in order where they are.  sorting.pyx owns memory, threads and the GIL.
 */
#ifndef TORSOR_RADIX_H
#define TORSOR_RADIX_H

#include <stdint.h>
#include <string.h>
#include <numpy/npy_common.h>

enum {
    DIGIT = 11,             /* bits of the longest digit */
    SMALL_DIGIT = 8,        /* of lines shorter than SMALL_LINE, and of runs */
    SMALL_LINE = 1 << 14,
    SURE = 33,              /* leading bits that tell nearly all elements apart */
    SHORT_RUN = 40,         /* elements that insertion puts in order */
    MAX_PARTS = 64
};

typedef struct {
    const char *source;     /* elements, and the bytes between them */
    npy_intp stride, n;
    int code;               /* of their type, as in _optable.ALL */
    int places;             /* whether their places are wanted, not they */
    int wide;               /* whether keys are words of 64 bits, not 32 */
    char *out;              /* elements or places */
    void *keys, *spare;     /* two buffers of n keys */
    npy_intp *counts;       /* of each part: 1 << DIGIT */
    npy_intp parts;
    int shift, bits;        /* of this pass */
    int low, least;         /* the first bit sorted by, and the first in which keys differ */
    uint64_t base;          /* the least key, which is taken off all */
    uint64_t some[MAX_PARTS], all[MAX_PARTS];       /* bits set in some, in all keys of a part */
    uint64_t lowest[MAX_PARTS], highest[MAX_PARTS]; /* keys of a part */
    npy_intp descents[MAX_PARTS];
    int negative_zeros[MAX_PARTS];
    npy_intp runs[MAX_PARTS + 1];   /* where the first run of each part begins */
} Radix;

static inline npy_intp part_begin(const Radix *r, npy_intp part)
{
    return (npy_intp)((double)r->n * (double)part / (double)r->parts);
}

/* ------------------------------------------------------------------------------- keys */

static inline uint32_t key_i(int32_t x) { return (uint32_t)x ^ 0x80000000u; }
static inline uint32_t key_I(uint32_t x) { return x; }
static inline uint32_t key_b(int8_t x) { return (uint8_t)x ^ 0x80u; }
static inline uint32_t key_B(uint8_t x) { return x; }
static inline uint32_t key_h(int16_t x) { return (uint16_t)x ^ 0x8000u; }
static inline uint32_t key_H(uint16_t x) { return x; }
static inline uint64_t key_q(int64_t x) { return (uint64_t)x ^ 0x8000000000000000u; }
static inline uint64_t key_Q(uint64_t x) { return x; }

/* All NaNs are one; zeros of both signs are where only places are wanted, which have no sign. */
static inline uint32_t key_f(float x)
{
    uint32_t u;
    memcpy(&u, &x, 4);
    u ^= (uint32_t)((int32_t)u >> 31) | 0x80000000u;
    return x != x ? 0xffc00000u : u;
}
static inline uint64_t key_d(double x)
{
    uint64_t u;
    memcpy(&u, &x, 8);
    u ^= (uint64_t)((int64_t)u >> 63) | 0x8000000000000000u;
    return x != x ? 0xfff8000000000000u : u;
}
static inline uint32_t place_key_f(float x) { return key_f(x + 0.0f); }
static inline uint64_t place_key_d(double x) { return key_d(x + 0.0); }

static inline int32_t value_i(uint32_t k) { return (int32_t)(k ^ 0x80000000u); }
static inline uint32_t value_I(uint32_t k) { return k; }
static inline int64_t value_q(uint64_t k) { return (int64_t)(k ^ 0x8000000000000000u); }
static inline uint64_t value_Q(uint64_t k) { return k; }
static inline float value_f(uint32_t k)
{
    float x;
    k ^= (k >> 31) ? 0x80000000u : 0xffffffffu;
    memcpy(&x, &k, 4);
    return x;
}
static inline double value_d(uint64_t k)
{
    double x;
    k ^= (k >> 63) ? 0x8000000000000000u : 0xffffffffffffffffu;
    memcpy(&x, &k, 8);
    return x;
}

#define EACH_TYPE(DO)                                                           \
    switch (r->code) {                                                          \
    case 0: case 2: DO(uint8_t, uint32_t, key_B, 0) break;                      \
    case 1: DO(int8_t, uint32_t, key_b, 0) break;                               \
    case 3: DO(int16_t, uint32_t, key_h, 0) break;                              \
    case 4: DO(uint16_t, uint32_t, key_H, 0) break;                             \
    case 5: DO(int32_t, uint32_t, key_i, 0) break;                              \
    case 6: DO(uint32_t, uint32_t, key_I, 0) break;                             \
    case 7: DO(int64_t, uint64_t, key_q, 0) break;                              \
    case 8: DO(uint64_t, uint64_t, key_Q, 0) break;                             \
    case 9:                                                                     \
        if (r->places) DO(float, uint32_t, place_key_f, 0)                      \
        else DO(float, uint32_t, key_f, 0x7fffffffu)                            \
        break;                                                                  \
    default:                                                                    \
        if (r->places) DO(double, uint64_t, place_key_d, 0)                     \
        else DO(double, uint64_t, key_d, 0x7fffffffffffffffu)                   \
    }

/* ------------------------------------------------------------------------------- survey */

#define SURVEY_STEP(T, K, key, zero, at)                            \
    const K k = key(*(const T *)(at));                              \
    some |= k;                                                      \
    all &= k;                                                       \
    lowest = k < lowest ? k : lowest;                               \
    highest = k > highest ? k : highest;                            \
    descents += k < before;                                         \
    if (zero) zeros |= k == (K)(zero);                              \
    before = k;

#define SURVEY(T, K, key, zero)                                     \
    {                                                               \
        K some = 0, all = (K)~(K)0, before = 0, zeros = 0, lowest = all, highest = 0; \
        npy_intp descents = 0;                                      \
        if (begin > 0) before = key(*(const T *)(x - r->stride));   \
        if (r->stride == sizeof(T))                                 \
            for (npy_intp i = 0; i < n; i++) {                      \
                SURVEY_STEP(T, K, key, zero, (const T *)x + i)      \
            }                                                       \
        else                                                        \
            for (npy_intp i = 0; i < n; i++, x += r->stride) {      \
                SURVEY_STEP(T, K, key, zero, x)                     \
            }                                                       \
        r->some[part] = some;                                       \
        r->all[part] = all;                                         \
        r->lowest[part] = lowest;                                   \
        r->highest[part] = highest;                                 \
        r->descents[part] = descents;                               \
        r->negative_zeros[part] = zeros != 0;                       \
    }

#define RISES(T, K, key, zero)                                                  \
    {                                                                           \
        const T *p = (const T *)r->source;                                      \
        for (npy_intp i = 1, stop; i < r->n; i = stop) {                        \
            int falls = 0;                                                      \
            stop = i + 64 < r->n ? i + 64 : r->n;                               \
            for (npy_intp j = i; j < stop; j++) falls |= !(p[j - 1] <= p[j]);   \
            if (falls) return 0;                                                \
        }                                                                       \
        return 1;                                                               \
    }

/* Whether elements, which lie next to each other, rise and are no NaNs; most lines tell soon that they do not. */
static inline int is_rising(const Radix *r)
{
    EACH_TYPE(RISES)
    return 0;
}

/* What bits differ, and how often an element is below the one before it. */
static inline int survey_part(void *work, npy_intp part, int worker)
{
    Radix *r = work;
    const npy_intp begin = part_begin(r, part), n = part_begin(r, part + 1) - begin;
    const char *x = r->source + begin * r->stride;
    (void)worker;
    EACH_TYPE(SURVEY)
    return 0;
}

/* ------------------------------------------------------------------------------- load and store */

#define LOAD(T, K, key, zero)                                                   \
    {                                                                           \
        K *keys = (K *)r->keys + begin;                                         \
        const K base = (K)r->base;                                              \
        if (r->stride == sizeof(T))                                             \
            for (npy_intp i = 0; i < n; i++) keys[i] = (K)(key(((const T *)x)[i]) - base); \
        else                                                                    \
            for (npy_intp i = 0; i < n; i++, x += r->stride)                    \
                keys[i] = (K)(key(*(const T *)x) - base);                       \
    }

#define LOAD_PLACES(T, K, key, zero)                                            \
    {                                                                           \
        uint64_t *keys = (uint64_t *)r->keys + begin;                           \
        const int low = r->low;                                                 \
        const K base = (K)r->base;                                              \
        for (npy_intp i = 0; i < n; i++, x += r->stride)                        \
            keys[i] = (uint64_t)(uint32_t)((K)(key(*(const T *)x) - base) >> low) << 32 | (uint64_t)(begin + i); \
    }

static inline int load_part(void *work, npy_intp part, int worker)
{
    Radix *r = work;
    const npy_intp begin = part_begin(r, part), n = part_begin(r, part + 1) - begin;
    const char *x = r->source + begin * r->stride;
    (void)worker;
    if (r->places) {
        EACH_TYPE(LOAD_PLACES)
    }
    else {
        EACH_TYPE(LOAD)
    }
    return 0;
}

#define STORE(T, K, value) \
    for (npy_intp i = begin; i < end; i++) ((T *)r->out)[i] = value((K)(((const K *)r->keys)[i] + (K)r->base));

static inline int store_part(void *work, npy_intp part, int worker)
{
    Radix *r = work;
    const npy_intp begin = part_begin(r, part), end = part_begin(r, part + 1);
    (void)worker;
    if (r->places) {
        for (npy_intp i = begin; i < end; i++)
            ((npy_intp *)r->out)[i] = (npy_intp)(((const uint64_t *)r->keys)[i] & 0xffffffffu);
        return 0;
    }
    switch (r->code) {
    case 5: STORE(int32_t, uint32_t, value_i) break;
    case 6: STORE(uint32_t, uint32_t, value_I) break;
    case 7: STORE(int64_t, uint64_t, value_q) break;
    case 8: STORE(uint64_t, uint64_t, value_Q) break;
    case 9: STORE(float, uint32_t, value_f) break;
    default: STORE(double, uint64_t, value_d)
    }
    return 0;
}

/* ------------------------------------------------------------------------------- passes */

#define PASS(K)                                                                                     \
    static inline void count_##K(const K *keys, npy_intp n, int shift, int bits, npy_intp *counts)         \
    {                                                                                               \
        const K mask = ((K)1 << bits) - 1;                                                          \
        memset(counts, 0, sizeof *counts << bits);                                                  \
        for (npy_intp i = 0; i < n; i++) counts[keys[i] >> shift & mask]++;                         \
    }                                                                                               \
    static inline void move_##K(const K *restrict keys, K *restrict to, npy_intp n, int shift, int bits,   \
                         npy_intp *restrict starts)                                                 \
    {                                                                                               \
        const K mask = ((K)1 << bits) - 1;                                                          \
        for (npy_intp i = 0; i < n; i++) {                                                          \
            const K k = keys[i];                                                                    \
            to[starts[k >> shift & mask]++] = k;                                                    \
        }                                                                                           \
    }

PASS(uint32_t)
PASS(uint64_t)

static inline int count_part(void *work, npy_intp part, int worker)
{
    Radix *r = work;
    const npy_intp begin = part_begin(r, part), n = part_begin(r, part + 1) - begin;
    npy_intp *counts = r->counts + (part << DIGIT);
    (void)worker;
    if (r->wide) count_uint64_t((const uint64_t *)r->keys + begin, n, r->shift, r->bits, counts);
    else count_uint32_t((const uint32_t *)r->keys + begin, n, r->shift, r->bits, counts);
    return 0;
}

/* Counts become the places where the keys of each part begin. */
static inline void begin_digits(Radix *r)
{
    npy_intp at = 0;
    for (npy_intp d = 0; d < (npy_intp)1 << r->bits; d++)
        for (npy_intp p = 0; p < r->parts; p++) {
            npy_intp *count = r->counts + (p << DIGIT) + d, n = *count;
            *count = at;
            at += n;
        }
}

static inline int move_part(void *work, npy_intp part, int worker)
{
    Radix *r = work;
    const npy_intp begin = part_begin(r, part), n = part_begin(r, part + 1) - begin;
    npy_intp *starts = r->counts + (part << DIGIT);
    (void)worker;
    if (r->wide)
        move_uint64_t((const uint64_t *)r->keys + begin, r->spare, n, r->shift, r->bits, starts);
    else
        move_uint32_t((const uint32_t *)r->keys + begin, r->spare, n, r->shift, r->bits, starts);
    return 0;
}

/* ------------------------------------------------------------------------------- runs */

/* Sort words by some bits, in short passes; spare has their size. */
static inline void sort_run(uint64_t *keys, uint64_t *spare, npy_intp n, int low, int high)
{
    npy_intp counts[1 << SMALL_DIGIT];
    uint64_t *from = keys, *to = spare;
    for (int shift = low; shift < high; shift += SMALL_DIGIT) {
        const int bits = high - shift < SMALL_DIGIT ? high - shift : SMALL_DIGIT;
        npy_intp at = 0;
        count_uint64_t(from, n, shift, bits, counts);
        for (int d = 0; d < 1 << bits; d++) {
            const npy_intp count = counts[d];
            counts[d] = at;
            at += count;
        }
        move_uint64_t(from, to, n, shift, bits, counts);
        uint64_t *other = from;
        from = to;
        to = other;
    }
    if (from != keys) memcpy(keys, from, (size_t)n * sizeof *keys);
}

static inline void finish_run(uint64_t *keys, uint64_t *spare, npy_intp n, int low)
{
    if (n > SHORT_RUN) {
        sort_run(keys, spare, n, 0, low);
        return;
    }
    for (npy_intp i = 1; i < n; i++) {
        const uint64_t k = keys[i];
        npy_intp j = i;
        for (; j > 0 && keys[j - 1] > k; j--) keys[j] = keys[j - 1];
        keys[j] = k;
    }
}

#define KEY_AT(T, K, key, zero) k = (K)(key(*(const T *)(r->source + i * r->stride)) - (K)r->base);

static inline uint64_t key_at(const Radix *r, npy_intp i)
{
    uint64_t k = 0;
    EACH_TYPE(KEY_AT)
    return k;
}

/* The bits that the word had no room for take the place of the others. */
static inline void finish_run_of_places(const Radix *r, uint64_t *words, uint64_t *spare, npy_intp n)
{
    const uint64_t mask = ((uint64_t)1 << r->low) - 1;
    for (npy_intp i = 0; i < n; i++) {
        const uint64_t index = words[i] & 0xffffffffu;
        words[i] = (key_at(r, (npy_intp)index) & mask) << 32 | index;
    }
    if (n > SHORT_RUN) sort_run(words, spare, n, 32, 32 + r->low);
    else finish_run(words, spare, n, 0);      /* of equal keys the indices rise already */
}

/* A run belongs to the part in which it begins. */
static inline void begin_runs(Radix *r)
{
    const int low = r->places ? 32 : r->low;
    const uint64_t *keys = r->keys;
    for (npy_intp p = 0; p <= r->parts; p++) {
        npy_intp i = part_begin(r, p);
        while (i > 0 && i < r->n && keys[i] >> low == keys[i - 1] >> low) i++;
        r->runs[p] = i;
    }
}

/* Put keys in order that agree in the bits sorted by. */
static inline int runs_part(void *work, npy_intp part, int worker)
{
    const Radix *r = work;
    const int low = r->places ? 32 : r->low;
    const npy_intp end = r->runs[part + 1];
    uint64_t *keys = r->keys, *spare = r->spare;
    (void)worker;
    for (npy_intp i = r->runs[part], stop; i < end; i = stop) {
        for (stop = i + 1; stop < end && keys[stop] >> low == keys[i] >> low; stop++) {}
        if (stop - i > 1) {
            if (r->places) finish_run_of_places(r, keys + i, spare + i, stop - i);
            else finish_run(keys + i, spare + i, stop - i, low);
        }
    }
    return 0;
}

/* ------------------------------------------------------------------------------- few values */

/* Elements of one or two bytes are counted; their counts say all about them.  counts: 1 << 16 of each part. */
static inline void sort_counted(const Radix *r, npy_intp *counts)
{
    const npy_intp n = r->n;
    const char *x = r->source;
    if (r->code <= 2) {
        const uint8_t flip = r->code == 1 ? 0x80 : 0;
        npy_intp four[4][256];
        char *out = r->out;
        npy_intp i = 0;
        memset(four, 0, sizeof four);
        for (; i + 4 <= n; i += 4, x += 4 * r->stride)
            for (int j = 0; j < 4; j++) four[j][*(const uint8_t *)(x + j * r->stride) ^ flip]++;
        for (; i < n; i++, x += r->stride) four[0][*(const uint8_t *)x ^ flip]++;
        for (int v = 0; v < 256; v++) {
            const npy_intp count = four[0][v] + four[1][v] + four[2][v] + four[3][v];
            memset(out, v ^ flip, (size_t)count);
            out += count;
        }
        return;
    }
    const uint16_t flip = r->code == 3 ? 0x8000 : 0;
    uint16_t *out = (uint16_t *)r->out;
    memset(counts, 0, sizeof *counts << 16);
    for (npy_intp i = 0; i < n; i++, x += r->stride) counts[*(const uint16_t *)x ^ flip]++;
    for (int v = 0; v < 1 << 16; v++) {
        const uint16_t value = (uint16_t)(v ^ flip);
        for (npy_intp k = counts[v]; k > 0; k--) *out++ = value;
    }
}

#endif
