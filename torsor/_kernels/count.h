/* How many elements of lines of one type meet a condition.
 *
 * Included once for each, as reduce.h is: REDUCE(suffix) the names, TX the type of elements, MASK integers as wide,
 * WANTED(x) the condition.  Whole numbers have no order: lines are counted as it suits.
 */
enum { REDUCE(_block) = sizeof(TX) == 1 ? 192 : 1024 };         /* elements that MASK can count */

static ALWAYS_INLINE npy_int64 REDUCE(_line)(const char *x, npy_intp n, npy_intp step)
{
    const TX *p = (const TX *)x;
    npy_int64 total = 0;
    npy_intp i = 0;
    if (step == sizeof(TX))
        for (; i < n; i += REDUCE(_block)) {
            MASK count = 0;
            const npy_intp left = n - i;
            if (left >= REDUCE(_block)) {
                for (int j = 0; j < REDUCE(_block); j++) count += WANTED(p[i + j]);
            } else {
                npy_intp j = 0;
                for (; j + 16 <= left; j += 16)
                    for (int k = 0; k < 16; k++) count += WANTED(p[i + j + k]);
                for (; j < left; j++) count += WANTED(p[i + j]);
            }
            total += sizeof(TX) == 1 ? (npy_int64)(npy_uint8)count : (npy_int64)count;
        }
    for (; i < n; i++) total += WANTED(*(const TX *)(x + i * step));
    return total;
}

static void REDUCE(_rows)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    npy_int64 *o = (npy_int64 *)out;
    if (sn == sizeof(TX))
        for (npy_intp i = 0; i < m; i++, x += sm) o[i] = REDUCE(_line)(x, n, sizeof(TX));
    else
        for (npy_intp i = 0; i < m; i++, x += sm) o[i] = REDUCE(_line)(x, n, sn);
}

static void REDUCE(_columns)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out)
{
    enum { TILE = 256 };
    npy_int64 *o = (npy_int64 *)out;
    for (npy_intp j = 0; j < m; j++) o[j] = 0;
    for (npy_intp first = 0; first < m; first += TILE) {
        const npy_intp width = m - first < TILE ? m - first : TILE;
        MASK count[TILE];
        for (npy_intp i = 0; i < n; i += REDUCE(_block)) {
            const npy_intp rows = n - i < REDUCE(_block) ? n - i : REDUCE(_block);
            memset(count, 0, sizeof(count));
            for (npy_intp r = 0; r < rows; r++) {
                const char *row = x + (i + r) * sn + first * sm;
                if (sm == sizeof(TX)) {
                    const TX *p = (const TX *)row;
                    TORSOR_INDEPENDENT
                    for (npy_intp j = 0; j < width; j++) count[j] += WANTED(p[j]);
                }
                else
                    for (npy_intp j = 0; j < width; j++) count[j] += WANTED(*(const TX *)(row + j * sm));
            }
            for (npy_intp j = 0; j < width; j++)
                o[first + j] += sizeof(TX) == 1 ? (npy_int64)(npy_uint8)count[j] : (npy_int64)count[j];
        }
    }
}

#undef REDUCE
#undef TX
#undef MASK
#undef WANTED
