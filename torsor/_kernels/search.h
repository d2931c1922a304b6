/* Where each of m lines of n elements first has the value best[i], or a NaN where that is one.
 *
 * Included once for each type TX, as reduce.h is; the value is known to occur.
 */
#define MATCHES(e) (((e) == b) | ((b != b) & ((e) != (e))))

static ALWAYS_INLINE npy_intp REDUCE(_line)(const char *x, npy_intp n, npy_intp step, const TX b)
{
    enum { BLOCK = 256 };
    const TX *p = (const TX *)x;
    npy_intp i = 0;
    if (step == sizeof(TX))
        for (; i + BLOCK <= n; i += BLOCK) {
            MASK found = 0;
            for (int j = 0; j < BLOCK; j++) found |= MATCHES(p[i + j]);
            if (found) break;
        }
    for (; i < n - 1; i++)
        if (MATCHES(*(const TX *)(x + i * step))) break;
    return i;
}

static void REDUCE(_rows)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, const char *best,
                          npy_intp *index)
{
    if (sn == sizeof(TX))
        for (npy_intp i = 0; i < m; i++) index[i] = REDUCE(_line)(x + i * sm, n, sizeof(TX), ((const TX *)best)[i]);
    else
        for (npy_intp i = 0; i < m; i++) index[i] = REDUCE(_line)(x + i * sm, n, sn, ((const TX *)best)[i]);
}

static void REDUCE(_columns)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, const char *best,
                             npy_intp *index)
{
    const TX *pb = (const TX *)best;
    for (npy_intp i = n - 1; i >= 0; i--)       /* backwards, so that the first one is left */
        if (sm == sizeof(TX)) {
            const TX *p = (const TX *)(x + i * sn);
            TORSOR_INDEPENDENT
            for (npy_intp j = 0; j < m; j++) {
                const TX b = pb[j];
                index[j] = MATCHES(p[j]) ? i : index[j];
            }
        }
        else
            for (npy_intp j = 0; j < m; j++) {
                const TX b = pb[j], e = *(const TX *)(x + i * sn + j * sm);
                if (MATCHES(e)) index[j] = i;
            }
}

#undef MATCHES
#undef REDUCE
#undef TX
#undef MASK
