/* Running sums and products of m lines of n elements, some lines at a time, each in its own order.
 *
 * Lines lie sm bytes apart (om in the result), the elements of one sn (on).
 */
#ifndef TORSOR_SCAN_H
#define TORSOR_SCAN_H

#include "loop.h"

typedef void (*scan_t)(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out, npy_intp om,
                       npy_intp on);

#define SCAN_TOGETHER(name, TX, TA, VALUE, OP, LINES)                                                       \
    static inline void name##_##LINES(const char *x, npy_intp sm, npy_intp n, npy_intp sn, char *out,       \
                                      npy_intp om, npy_intp on)                                             \
    {                                                                                                       \
        TA t[LINES];                                                                                        \
        for (int k = 0; k < LINES; k++) {                                                                   \
            const TX e = *(const TX *)(x + k * sm);                                                         \
            *(TA *)(out + k * om) = t[k] = (TA)VALUE(e);                                                    \
        }                                                                                                   \
        for (npy_intp i = 1; i < n; i++) {                                                                  \
            x += sn, out += on;                                                                             \
            for (int k = 0; k < LINES; k++) {                                                               \
                const TX e = *(const TX *)(x + k * sm);                                                     \
                *(TA *)(out + k * om) = t[k] = (TA)(t[k] OP (TA)VALUE(e));                                  \
            }                                                                                               \
        }                                                                                                   \
    }

/* One contiguous line; whole numbers four at a time, since their order does not matter. */
#define SCAN_LINE(name, TX, TA, VALUE, OP)                                                                  \
    static void name##_line(const char *p, npy_intp n, char *q)                                             \
    {                                                                                                       \
        const TX *x = (const TX *)p;                                                                        \
        TA *out = (TA *)q, t;                                                                               \
        npy_intp i = 1;                                                                                     \
        out[0] = t = (TA)VALUE(x[0]);                                                                       \
        if ((TA)0.5 == 0)                                                                                   \
            for (; i + 4 <= n; i += 4) {                                                                    \
                const TA a = (TA)VALUE(x[i]), b = (TA)(a OP (TA)VALUE(x[i + 1])), c = (TA)VALUE(x[i + 2]);  \
                const TA d = (TA)(c OP (TA)VALUE(x[i + 3])), u = t;                                         \
                t = (TA)(u OP (TA)(b OP d));                                                                \
                out[i] = (TA)(u OP a), out[i + 1] = (TA)(u OP b), out[i + 2] = (TA)(u OP (TA)(b OP c));     \
                out[i + 3] = t;                                                                             \
            }                                                                                               \
        for (; i < n; i++) out[i] = t = (TA)(t OP (TA)VALUE(x[i]));                                         \
    }

#define SCAN(name, TX, TA, VALUE, OP)                                                                       \
    SCAN_TOGETHER(name, TX, TA, VALUE, OP, 1)                                                               \
    SCAN_TOGETHER(name, TX, TA, VALUE, OP, 8)                                                               \
    SCAN_LINE(name, TX, TA, VALUE, OP)                                                                      \
    static void name(const char *x, npy_intp m, npy_intp sm, npy_intp n, npy_intp sn, char *out,            \
                     npy_intp om, npy_intp on)                                                              \
    {                                                                                                       \
        const int contiguous = sn == sizeof(TX) && on == sizeof(TA);                                        \
        for (; m >= 8 && !(contiguous && (TA)0.5 == 0); m -= 8, x += 8 * sm, out += 8 * om)                 \
            if (sm == sizeof(TX) && om == sizeof(TA)) name##_8(x, sizeof(TX), n, sn, out, sizeof(TA), on);  \
            else name##_8(x, sm, n, sn, out, om, on);                                                       \
        for (; m > 0; m--, x += sm, out += om)                                                              \
            if (contiguous) name##_line(x, n, out);                                                         \
            else name##_1(x, 0, n, sn, out, 0, on);                                                         \
    }

#define AS_IS(e) (e)
#define SIGNED(e) ((npy_int64)(e))      /* then added up without sign: overflow wraps */
#define AS_TRUTH(e) ((e) != 0)
#define OR_ZERO(e) ((e) == (e) ? (e) : 0)
#define OR_ONE(e) ((e) == (e) ? (e) : 1)

#define SCANS(name, OP)                                                                                     \
    SCAN(name##_b1, npy_bool, npy_uint64, AS_TRUTH, OP)                                                     \
    SCAN(name##_b, npy_int8, npy_uint64, SIGNED, OP)                                                        \
    SCAN(name##_B, npy_uint8, npy_uint64, AS_IS, OP)                                                        \
    SCAN(name##_h, npy_int16, npy_uint64, SIGNED, OP)                                                       \
    SCAN(name##_H, npy_uint16, npy_uint64, AS_IS, OP)                                                       \
    SCAN(name##_i, npy_int32, npy_uint64, SIGNED, OP)                                                       \
    SCAN(name##_u, npy_uint32, npy_uint64, AS_IS, OP)                                                       \
    SCAN(name##_q, npy_int64, npy_uint64, SIGNED, OP)                                                       \
    SCAN(name##_Q, npy_uint64, npy_uint64, AS_IS, OP)                                                       \
    SCAN(name##_f, npy_float, npy_float, AS_IS, OP)                                                         \
    SCAN(name##_d, npy_double, npy_double, AS_IS, OP)                                                       \
    static const scan_t name##_of[] = {name##_b1, name##_b, name##_B, name##_h, name##_H, name##_i, name##_u,\
                                       name##_q, name##_Q, name##_f, name##_d};

SCANS(sum, +)
SCANS(product, *)
SCAN(nansum_f, npy_float, npy_float, OR_ZERO, +)
SCAN(nansum_d, npy_double, npy_double, OR_ZERO, +)
SCAN(nanproduct_f, npy_float, npy_float, OR_ONE, *)
SCAN(nanproduct_d, npy_double, npy_double, OR_ONE, *)
/* The kinds: sums, products, and the same without NaNs; the codes are the engine's. */
static inline scan_t find_scan(int kind, int code)
{
    if (code > 10) return 0;
    if (kind == 2 && code >= 9) return code == 9 ? nansum_f : nansum_d;
    if (kind == 3 && code >= 9) return code == 9 ? nanproduct_f : nanproduct_d;
    return kind % 2 ? product_of[code] : sum_of[code];
}

#endif
