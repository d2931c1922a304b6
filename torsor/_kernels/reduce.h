/* One reduction of one type: defines what its table row names and takes its parameters away again.
 *
 * Included once for each, with REDUCE(suffix) the names to define, TX and TA the types of elements and of the
 * accumulator, VALUE(x) and VVALUE(x) an element and a vector of them as TA (DIRECT: of the same type), OP and
 * VOP the operation on scalars and on vectors of TA, IDENTITY its neutral element; EXTREME(x, y), where it is
 * defined, is VOP but for NaNs.  Knows one row or one column tile; shapes, threads and partial results are
 * reduce.pyx's.
 *
 * The order of operations depends on the number of elements alone: vectors are 64 bytes wide whatever
 * the processor has, so that every instruction set gives the same bits, and so do contiguous and strided
 * elements.  A line is cut into leaves of 4 * STEPS vectors, whose results are added in a binary tree.
 */
enum { REDUCE(_lanes) = 64 / sizeof(TA), REDUCE(_part) = WIDTH / sizeof(TA) };
typedef TA REDUCE(_register) __attribute__((vector_size(WIDTH)));
typedef struct { REDUCE(_register) part[64 / WIDTH]; } REDUCE(_vector);
#define LANES REDUCE(_lanes)
#define V REDUCE(_vector)
#define AT(p, i, step) VALUE(*(const TX *)((p) + (i) * (step)))
#define JOIN(a, b) REDUCE(_join)(a, b)
#define LOAD(x) REDUCE(_load)(x, sizeof(TX))

static ALWAYS_INLINE V REDUCE(_join)(const V a, const V b)
{
    V v;
    #pragma GCC unroll 4
    for (int k = 0; k < 64 / WIDTH; k++) {
        const REDUCE(_register) x = a.part[k], y = b.part[k];
        v.part[k] = VOP(x, y);
    }
    return v;
}

static __attribute__((noinline)) V REDUCE(_gather)(const char *x, npy_intp n, npy_intp step)
{
    TA t[LANES];
    V v;
    for (npy_intp j = 0; j < LANES; j++) t[j] = (TA)IDENTITY;
    for (npy_intp j = 0; j < n; j++) t[j] = AT(x, j, step);
    memcpy(&v, t, sizeof(v));
    return v;
}

/* A register at a time: gcc 12 copies more than one by halves, which come late where they are read as one. */
static ALWAYS_INLINE V REDUCE(_whole)(const char *x, int elements)
{
    V v;
    #pragma GCC unroll 4
    for (int k = 0; k < 64 / WIDTH; k++) {
        REDUCE(_register) y;
        memcpy(&y, x + k * WIDTH, WIDTH);
        if (elements) v.part[k] = VVALUE(y);
        else v.part[k] = y;
    }
    return v;
}

static ALWAYS_INLINE void REDUCE(_store)(TA *o, const V v)
{
    #pragma GCC unroll 4
    for (int k = 0; k < 64 / WIDTH; k++) memcpy((char *)o + k * WIDTH, &v.part[k], WIDTH);
}

static ALWAYS_INLINE V REDUCE(_load)(const char *x, npy_intp step)
{
    enum { PART = REDUCE(_part) };
    V v;
    if (step != sizeof(TX)) return REDUCE(_gather)(x, LANES, step);
    if (DIRECT) return REDUCE(_whole)(x, 1);
    #pragma GCC unroll 4
    for (int k = 0; k < 64 / WIDTH; k++) {
        REDUCE(_register) y;
        #pragma GCC unroll 64
        for (int j = 0; j < PART; j++) y[j] = ((const TX *)x)[k * PART + j];
        v.part[k] = VVALUE(y);
    }
    return v;
}

#ifdef EXTREME
/* A leaf without NaNs, which a sum shows that is one itself (or inf - inf); false where there may be some. */
static ALWAYS_INLINE int REDUCE(_easy_leaf)(const char *x, npy_intp steps, V *result)
{
    enum { PARTS = 4 * 64 / WIDTH };
    REDUCE(_register) best[PARTS], sum[PARTS], e;
    TA t[REDUCE(_part)], total = 0;
    #pragma GCC unroll 16
    for (int k = 0; k < PARTS; k++) {
        memcpy(&best[k], x + k * WIDTH, WIDTH);
        sum[k] = best[k];
    }
    #pragma GCC unroll 1
    for (npy_intp s = 1; s < steps; s++) {
        x += PARTS * WIDTH;
        #pragma GCC unroll 16
        for (int k = 0; k < PARTS; k++) {
            memcpy(&e, x + k * WIDTH, WIDTH);
            best[k] = EXTREME(e, best[k]);
            sum[k] += e;
        }
    }
    #pragma GCC unroll 16
    for (int k = 1; k < PARTS; k++) sum[0] += sum[k];
    memcpy(t, &sum[0], WIDTH);
    #pragma GCC unroll 16
    for (unsigned j = 0; j < REDUCE(_part); j++) total += t[j];
    #pragma GCC unroll 4
    for (int k = 0; k < 64 / WIDTH; k++) {
        const REDUCE(_register) p = EXTREME(best[k], best[k + 64 / WIDTH]);
        const REDUCE(_register) q = EXTREME(best[k + 128 / WIDTH], best[k + 192 / WIDTH]);
        result->part[k] = EXTREME(p, q);
    }
    return total == total;
}
#endif

static ALWAYS_INLINE V REDUCE(_leaf)(const char *x, npy_intp steps, npy_intp step)
{
#ifdef EXTREME
    V easy;
    if (step == sizeof(TX) && REDUCE(_easy_leaf)(x, steps, &easy)) return easy;
#endif
    const npy_intp width = LANES * step;
    V a = REDUCE(_load)(x, step), b = REDUCE(_load)(x + width, step);
    V c = REDUCE(_load)(x + 2 * width, step), d = REDUCE(_load)(x + 3 * width, step);
    #pragma GCC unroll 1
    for (npy_intp s = 1; s < steps; s++) {
        V p, q, r, t;
        x += 4 * width;
        p = REDUCE(_load)(x, step), q = REDUCE(_load)(x + width, step);
        r = REDUCE(_load)(x + 2 * width, step), t = REDUCE(_load)(x + 3 * width, step);
        a = JOIN(a, p), b = JOIN(b, q), c = JOIN(c, r), d = JOIN(d, t);
    }
    a = JOIN(a, b), c = JOIN(c, d);
    return JOIN(a, c);
}

/* Once for neighbours and once for elements that lie apart: what is inlined is compiled wherever it is. */
static __attribute__((noinline)) V REDUCE(_near)(const char *x, npy_intp steps)
{
    return REDUCE(_leaf)(x, steps, sizeof(TX));
}

static __attribute__((noinline)) V REDUCE(_apart)(const char *x, npy_intp steps, npy_intp step)
{
    return REDUCE(_leaf)(x, steps, step);
}

static V REDUCE(_tree)(const char *x, npy_intp leaves, npy_intp step)
{
    V a, b;
    if (leaves == 1) return step == sizeof(TX) ? REDUCE(_near)(x, STEPS) : REDUCE(_apart)(x, STEPS, step);
    a = REDUCE(_tree)(x, leaves / 2, step);
    b = REDUCE(_tree)(x + leaves / 2 * (4 * STEPS * LANES) * step, leaves - leaves / 2, step);
    return JOIN(a, b);
}

static ALWAYS_INLINE TA REDUCE(_line)(const char *x, npy_intp n, npy_intp step)
{
    TA t[LANES], r = (TA)IDENTITY;
    V v, w;
    npy_intp leaves, steps, left;
    if (n < 8 || n < LANES + LANES / 2) {
        TA a = r, b = r, c = r;
        npy_intp i = 0;
        for (; i + 4 <= n; i += 4) {
            const TA e = AT(x, i, step), f = AT(x, i + 1, step), g = AT(x, i + 2, step), h = AT(x, i + 3, step);
            r = OP(r, e), a = OP(a, f), b = OP(b, g), c = OP(c, h);
        }
        if (n >= 4) {
            r = OP(r, a), b = OP(b, c);
            r = OP(r, b);
        }
        for (; i < n; i++) {
            const TA e = AT(x, i, step);
            r = OP(r, e);
        }
        return r;
    }
    left = n % (4 * STEPS * LANES);
    leaves = n / (4 * STEPS * LANES);
    steps = left / (4 * LANES);
    v = REDUCE(_gather)(x, 0, step);
    if (leaves) v = REDUCE(_tree)(x, leaves, step);
    x += (n - left) * step;
    left -= steps * 4 * LANES;
    if (steps) {
        w = step == sizeof(TX) ? REDUCE(_near)(x, steps) : REDUCE(_apart)(x, steps, step);
        v = JOIN(v, w);
        x += steps * 4 * LANES * step;
    }
    for (; left >= LANES; left -= LANES, x += LANES * step) {
        w = REDUCE(_load)(x, step);
        v = JOIN(v, w);
    }
    if (left) {
        w = REDUCE(_gather)(x, left, step);
        v = JOIN(v, w);
    }
    memcpy(t, &v, sizeof(v));
    #pragma GCC unroll 8
    for (int h = LANES / 2; h; h /= 2) {
        if (h == 2) FORGET(t);
        #pragma GCC unroll 32
        for (int j = 0; j < h; j++) t[j] = OP(t[j], t[j + h]);
    }
    return OP(r, t[0]);
}

/* out[i] of m rows, each of n elements. */
static void REDUCE(_rows)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    TA *o = (TA *)out;
    if (sn == sizeof(TX))
        for (npy_intp i = 0; i < m; i++, x += sm) o[i] = REDUCE(_line)(x, n, sizeof(TX));
    else
        for (npy_intp i = 0; i < m; i++, x += sm) o[i] = REDUCE(_line)(x, n, sn);
}

/* Eight rows, or one, of contiguous columns into o. */
static ALWAYS_INLINE void REDUCE(_slab)(const char *x, npy_intp m, npy_intp sn, int rows, TA *o)
{
    npy_intp j = 0;
    for (; j + LANES <= m; j += LANES, x += LANES * sizeof(TX)) {
        V v, a = LOAD(x);
        if (rows == 8) {
            V c;
            a = JOIN(a, LOAD(x + sn)), c = JOIN(LOAD(x + 2 * sn), LOAD(x + 3 * sn)), a = JOIN(a, c);
            c = JOIN(JOIN(LOAD(x + 4 * sn), LOAD(x + 5 * sn)), JOIN(LOAD(x + 6 * sn), LOAD(x + 7 * sn)));
            a = JOIN(a, c);
        }
        v = REDUCE(_whole)((const char *)(o + j), 0);
        REDUCE(_store)(o + j, JOIN(v, a));
    }
    for (; j < m; j++, x += sizeof(TX)) {
        TA a = AT(x, 0, sn);
        if (rows == 8) {
            TA b = AT(x, 1, sn), c = AT(x, 2, sn), d = AT(x, 3, sn), e = AT(x, 4, sn), f = AT(x, 5, sn);
            TA g = AT(x, 6, sn), h = AT(x, 7, sn);
            a = OP(a, b), c = OP(c, d), e = OP(e, f), g = OP(g, h);
            a = OP(a, c), e = OP(e, g);
            a = OP(a, e);
        }
        o[j] = OP(o[j], a);
    }
}

/* out[j] of m columns, each of n elements. */
static void REDUCE(_columns)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    TA *o = (TA *)out;
    npy_intp i = 0;
    for (npy_intp j = 0; j < m; j++) o[j] = (TA)IDENTITY;
    if (sm == sizeof(TX)) {
        for (; i + 8 <= n; i += 8, x += 8 * sn) REDUCE(_slab)(x, m, sn, 8, o);
        for (; i < n; i++, x += sn) REDUCE(_slab)(x, m, sn, 1, o);
    }
    else
        for (; i < n; i++, x += sn)
            for (npy_intp j = 0; j < m; j++) {
                const TA e = AT(x, j, sm);
                o[j] = OP(o[j], e);
            }
}

#undef LANES
#undef V
#undef AT
#undef JOIN
#undef LOAD
#undef REDUCE
#undef TX
#undef TA
#undef VALUE
#undef VVALUE
#undef DIRECT
#undef OP
#undef VOP
#undef IDENTITY
#undef EXTREME
