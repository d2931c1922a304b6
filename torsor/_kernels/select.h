/* Quantiles of one row of one type, by selection: nothing is sorted that need not be.
 *
 * Included once for each type, as reduce.h is: REDUCE(suffix) the names, TX the type, LOWEST and HIGHEST its extremes,
 * INEXACT whether it is floating, NOTHING then a NaN and ODD(e) whether e is one; VECTOR, where there is one, names
 * its AVX-512 instructions, SUBTRACT(b, a, p) whether b - a overflows.  The one entry is _rows (quantile.h).
 *
 * A sample of a long row shows between which two values an order statistic must be; only what is between them is
 * looked at again (Floyd & Rivest, Expected time bounds for selection, CACM 18, 1975).
 */

/* Elements below the pivot (or equal to it, too) come first; returns how many. */
static ALWAYS_INLINE npy_intp REDUCE(_split)(TX *v, npy_intp n, const TX pivot, const int equal)
{
    npy_intp count = 0;
    for (npy_intp i = 0; i < n; i++) {
        const TX e = v[i];
        v[i] = v[count];
        v[count] = e;
        count += equal ? e <= pivot : e < pivot;
    }
    return count;
}

static void REDUCE(_sift)(TX *v, npy_intp top, npy_intp n)
{
    const TX e = v[top];
    for (npy_intp child; (child = 2 * top + 1) < n; top = child) {
        child += child + 1 < n && v[child] < v[child + 1];
        if (!(e < v[child])) break;
        v[top] = v[child];
    }
    v[top] = e;
}

static void REDUCE(_heap_sort)(TX *v, npy_intp n)
{
    for (npy_intp i = n / 2; i-- > 0;) REDUCE(_sift)(v, i, n);
    for (npy_intp i = n - 1; i > 0; i--) {
        const TX e = v[0];
        v[0] = v[i], v[i] = e;
        REDUCE(_sift)(v, 0, i);
    }
}

static ALWAYS_INLINE TX REDUCE(_middle)(const TX a, const TX b, const TX c)
{
    const TX low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* v[k] becomes what it is in order, with nothing greater before it and nothing less after it.  No NaNs. */
static void REDUCE(_place)(TX *v, npy_intp n, npy_intp k)
{
    int rounds = 8;
    for (npy_intp s = n; s; s >>= 1) rounds += 3;
    while (n > 24) {
        const npy_intp step = n / 9;
        TX pivot = REDUCE(_middle)(v[0], v[n / 2], v[n - 1]);
        npy_intp below;
        if (rounds-- == 0) {                    /* pivots keep failing */
            REDUCE(_heap_sort)(v, n);
            return;
        }
        if (n > 200)
            pivot = REDUCE(_middle)(REDUCE(_middle)(v[0], v[step], v[2 * step]),
                                    REDUCE(_middle)(v[3 * step], v[4 * step], v[5 * step]),
                                    REDUCE(_middle)(v[6 * step], v[7 * step], v[n - 1]));
        below = REDUCE(_split)(v, n, pivot, 0);
        if (k < below) {
            n = below;
            continue;
        }
        v += below, n -= below, k -= below;
        if (below < n / 8) {
            const npy_intp same = REDUCE(_split)(v, n, pivot, 1);
            if (k < same) return;
            v += same, n -= same, k -= same;
        }
    }
    for (npy_intp i = 1; i < n; i++) {
        const TX e = v[i];
        npy_intp j = i;
        for (; j > 0 && e < v[j - 1]; j--) v[j] = v[j - 1];
        v[j] = e;
    }
}

/* The same for several places at once, ascending. */
static void REDUCE(_places)(TX *v, npy_intp n, const npy_intp *ranks, int size, npy_intp first)
{
    while (size > 0) {
        const int half = size / 2;
        const npy_intp k = ranks[half] - first;
        REDUCE(_place)(v, n, k);
        REDUCE(_places)(v, k, ranks, half, first);
        v += k + 1, n -= k + 1, first += k + 1;
        ranks += half + 1, size -= half + 1;
    }
}

/* Elements from low to high, in their order, into out; returns how many. */
static npy_intp REDUCE(_between)(const TX *x, npy_intp n, const TX low, const TX high, TX *out, npy_intp *below,
                                 npy_intp *nans)
{
    npy_intp count = 0, less = 0, odd = 0, i = 0;
#if defined(__AVX512F__) && defined(VECTOR)
    enum { LANES = 64 / sizeof(TX) };
    const VECTOR(vector) l = VECTOR(set)(low), h = VECTOR(set)(high);
    for (; i + LANES <= n; i += LANES) {
        const VECTOR(vector) e = VECTOR(load)(x + i);
        const unsigned less_mask = VECTOR(less)(e, l), odd_mask = VECTOR(odd)(e), more_mask = VECTOR(less)(h, e);
        const unsigned mask = ~(less_mask | odd_mask | more_mask) & (unsigned)((1ULL << LANES) - 1);
        VECTOR(pack)(out + count, mask, e);
        count += __builtin_popcount(mask);
        less += __builtin_popcount(less_mask);
        odd += __builtin_popcount(odd_mask);
    }
#endif
    for (; i < n; i++) {
        const TX e = x[i];
        out[count] = e;
        count += (e >= low) & (e <= high);
        less += e < low;
        odd += ODD(e);
    }
    *below = less, *nans = odd;
    return count;
}

/* The order statistics k and last (k or k + 1) of a row; returns the number of NaNs, and if there are any no more. */
static npy_intp REDUCE(_pair)(const TX *x, npy_intp n, npy_intp k, npy_intp last, TX *scratch, TX *pair)
{
    const TX *source = x;
    npy_intp nans = -1;
    while (n > 400) {
        TX sample[1024];
        const npy_intp wanted = n > 100000 ? 1024 : n > 8000 ? 256 : 64, step = n / wanted;
        npy_intp size = 0, count, below, odd, first, end;
        TX low = LOWEST, high = HIGHEST;
        for (npy_intp i = 0; i < wanted; i++) {
            sample[size] = source[i * step + step / 2];
            size += !ODD(sample[size]);
        }
        if (size < 16) break;
        const npy_intp spread = (npy_intp)(1.4 * sqrt((double)size));
        first = (npy_intp)((double)k / (double)n * (double)size) - spread;
        end = (npy_intp)((double)last / (double)n * (double)size) + spread;
        if (first >= 0) REDUCE(_place)(sample, size, first), low = sample[first];
        if (end < size) {
            const npy_intp from = first >= 0 ? first : 0;
            REDUCE(_place)(sample + from, size - from, end - from), high = sample[end];
        }
        count = REDUCE(_between)(source, n, low, high, scratch, &below, &odd);
        if (source == x) {
            nans = odd;
            if (nans) return nans;
        }
        if (k < below || last >= below + count) break;          /* the sample was no fair one */
        if (low == high) {
            pair[0] = pair[1] = low;
            return 0;
        }
        k -= below, last -= below;
        source = scratch;
        if (count > n / 2) {
            n = count;
            break;
        }
        scratch += count + 16;
        n = count;
    }
    TX *v = (TX *)source;
    if (source == x) {
        npy_intp below, odd;
        v = scratch;
        if (REDUCE(_between)(x, n, LOWEST, HIGHEST, v, &below, &odd) != n) return odd;
    }
    REDUCE(_place)(v, n, k);
    pair[0] = pair[1] = v[k];
    if (last > k) {
        TX next = v[k + 1];
        for (npy_intp i = k + 2; i < n; i++) next = v[i] < next ? v[i] : next;
        pair[1] = next;
    }
    return 0;
}

/* One quantile of its two order statistics; returns the floating-point errors, which selection has none of. */
static int REDUCE(_mix)(const Quantiles *s, int j, TX a, TX b, char *out)
{
    const double t = s->gamma[j];
    int status = 0;
    if (INEXACT) fp_clear();
    BARRIER(a, b);
    if (quantile_is_discrete(s->method)) {
        *(TX *)out = a;
    } else if (s->method == MEDIAN) {
        if (INEXACT) {
            const TX sum = (TX)(a + b);
            *(TX *)out = s->low[j] == s->high[j] && !s->skip ? a : (TX)(sum / 2);
        } else
            *(double *)out = s->low[j] == s->high[j] ? (double)a : ((double)a + (double)b) / 2;
    } else if (INEXACT && (s->weak || sizeof(TX) == 8)) {
        TX difference;
        (void)SUBTRACT(b, a, &difference);
        *(TX *)out = t >= 0.5 ? (TX)(b - difference * (TX)(1 - t)) : (TX)(a + difference * (TX)t);
    } else {
        TX difference;
        if (SUBTRACT(b, a, &difference)) status = QUANTILE_OVERFLOW;
        *(double *)out = t >= 0.5 ? (double)b - (double)difference * (1 - t) : (double)a + (double)difference * t;
    }
    return INEXACT ? fp_status() : status;
}

static int REDUCE(_rows)(Quantiles *s, const char *row, npy_intp n, char *space, char *out, npy_intp step)
{
    const TX *x = (const TX *)row;
    TX *scratch = (TX *)space, pair[2];
    npy_intp below, nans = 0, valid = n;
    int status = 0, size;
    quantile_places(s, n);
    if (!s->skip && n > 400 && s->size <= 8) {
        for (int j = 0; j < s->m; j++) {
            nans = REDUCE(_pair)(x, n, s->low[j], s->high[j], scratch, pair);
            if (nans) break;
            status |= REDUCE(_mix)(s, j, pair[0], pair[1], out + j * step);
        }
        if (!nans) return status;
    }
    valid = REDUCE(_between)(x, n, LOWEST, HIGHEST, scratch, &below, &nans);
    if (s->skip) {
        if (valid == 0) return QUANTILE_ALL_NAN;
        quantile_places(s, valid);
        if (valid > 400 && s->size <= 8) {
            for (int j = 0; j < s->m; j++) {
                REDUCE(_pair)(scratch, valid, s->low[j], s->high[j], scratch + valid + 16, pair);
                status |= REDUCE(_mix)(s, j, pair[0], pair[1], out + j * step);
            }
            return status;
        }
    }
    for (size = s->size; size > 0 && s->ranks[size - 1] >= valid; size--) {}        /* NaNs come last */
    REDUCE(_places)(scratch, valid, s->ranks, size, 0);
    for (int j = 0; j < s->m; j++) {
        const TX a = s->low[j] < valid ? scratch[s->low[j]] : NOTHING;
        const TX b = s->high[j] < valid ? scratch[s->high[j]] : NOTHING;
        status |= REDUCE(_mix)(s, j, a, b, out + j * step);
        if (valid < n && !s->skip) REDUCE(_mix)(s, j, NOTHING, NOTHING, out + j * step);
    }
    return status;
}

/* There is nothing for columns, which are gathered to rows. */
static void REDUCE(_columns)(void) {}

#undef REDUCE
#undef TX
#undef LOWEST
#undef HIGHEST
#undef NOTHING
#undef INEXACT
#undef ODD
#undef SUBTRACT
#undef VECTOR
