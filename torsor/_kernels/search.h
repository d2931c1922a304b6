/* Where each of m lines of n elements first has the value best[i], or a NaN where that is one.
 *
 * Included once for each type, as reduce.h is: REDUCE(suffix) the names, TX the type, MASK integers as wide.  The
 * value is known to occur.
 */
#define MATCHES(e, b) (nan ? (e) != (e) : (e) == (b))

static ALWAYS_INLINE npy_intp REDUCE(_find)(const char *x, npy_intp n, npy_intp step, const TX b, const int nan)
{
    enum { BLOCK = sizeof(TX) == 1 ? 64 : 128 };    /* as many as MASK can count */
    const TX *p = (const TX *)x;
    npy_intp i = 0;
    if (step == sizeof(TX))
        for (; i + BLOCK <= n; i += BLOCK) {
            MASK found = 0, first = BLOCK;
            for (int j = 0; j < BLOCK; j++) found |= MATCHES(p[i + j], b);
            if (!found) continue;
            for (int j = 0; j < BLOCK; j++) {
                const MASK at = MATCHES(p[i + j], b) ? (MASK)j : (MASK)BLOCK;
                first = at < first ? at : first;
            }
            return i + first;
        }
    for (; i < n - 1; i++)
        if (MATCHES(*(const TX *)(x + i * step), b)) break;
    return i;
}

static void REDUCE(_rows)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, const char *best,
                          npy_intp *index)
{
    for (npy_intp i = 0; i < m; i++, x += sm) {
        const TX b = ((const TX *)best)[i];
        if (b != b) index[i] = REDUCE(_find)(x, n, sn, b, 1);
        else if (sn == sizeof(TX)) index[i] = REDUCE(_find)(x, n, sizeof(TX), b, 0);
        else index[i] = REDUCE(_find)(x, n, sn, b, 0);
    }
}

/* Backwards, so that the first one is left. */
static void REDUCE(_columns)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, const char *best,
                             npy_intp *index)
{
    const TX *b = (const TX *)best;
    (void)sm;
    for (npy_intp i = n - 1; i >= 0; i--) {
        const TX *p = (const TX *)(x + i * sn);
        TORSOR_INDEPENDENT
        for (npy_intp j = 0; j < m; j++) index[j] = (p[j] == b[j]) | ((b[j] != b[j]) & (p[j] != p[j])) ? i : index[j];
    }
}

#undef MATCHES
#undef REDUCE
#undef TX
#undef MASK
