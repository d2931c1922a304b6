/* any and all over elements of one type: whether some element is true, or none is false.
 *
 * Included once for each, as reduce.h is: REDUCE(suffix) the names, TX the type of elements, WANTED(x) whether
 * an element settles the answer, SETTLED the answer that it settles.  Lines stop where the answer is known.
 */
static ALWAYS_INLINE npy_bool REDUCE(_line)(const char *x, npy_intp n, npy_intp step)
{
    const TX *p = (const TX *)x;
    npy_intp i = 0;
    if (step == sizeof(TX)) {
        for (; i + 64 <= n; i += 64) {
            MASK found = 0;
            for (int j = 0; j < 64; j++) found |= WANTED(p[i + j]);
            if (found) return SETTLED;
            for (; i + 64 + 1024 <= n; i += 1024) {         /* an answer is often found at once or not at all */
                for (int j = 0; j < 1024; j++) found |= WANTED(p[i + 64 + j]);
                if (found) return SETTLED;
            }
        }
        if (i + 16 <= n) {
            MASK found = 0;
            for (int j = 0; j < 16; j++) found |= WANTED(p[i + j]) | WANTED(p[n - 16 + j]);
            if (found) return SETTLED;
            i += 16;
        }
    }
    for (; i < n; i++)
        if (WANTED(*(const TX *)(x + i * step))) return SETTLED;
    return !SETTLED;
}

static void REDUCE(_rows)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    if (sn == sizeof(TX))
        for (npy_intp i = 0; i < m; i++, x += sm) out[i] = REDUCE(_line)(x, n, sizeof(TX));
    else
        for (npy_intp i = 0; i < m; i++, x += sm) out[i] = REDUCE(_line)(x, n, sn);
}

static void REDUCE(_columns)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    npy_bool *o = (npy_bool *)out;
    for (npy_intp j = 0; j < m; j++) o[j] = 0;
    for (npy_intp i = 0; i < n; i++, x += sn)
        if (sm == sizeof(TX)) {
            const TX *p = (const TX *)x;
            TORSOR_INDEPENDENT
            for (npy_intp j = 0; j < m; j++) o[j] |= WANTED(p[j]);
        }
        else
            for (npy_intp j = 0; j < m; j++) o[j] |= WANTED(*(const TX *)(x + j * sm));
    if (!SETTLED)
        for (npy_intp j = 0; j < m; j++) o[j] ^= 1;
}

#undef REDUCE
#undef TX
#undef MASK
#undef WANTED
#undef SETTLED
