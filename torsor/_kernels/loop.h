/* Shapes of inner loops: the rendered modules are columns of these macros.
 *
 * Each defines one loop over one dimension in NumPy's ufunc contract and knows nothing of shapes,
 * threads or the GIL.  The engine never hands over operands that overlap in part, so iterations are
 * independent and the compiler is told so: in-place work vectorises like any other.
 */
#ifndef TORSOR_LOOP_H
#define TORSOR_LOOP_H

#include <math.h>
#include <stddef.h>
#define NPY_NO_DEPRECATED_API NPY_2_1_API_VERSION
#include <numpy/npy_common.h>

#if defined(__clang__)
#define TORSOR_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define TORSOR_INDEPENDENT _Pragma("GCC ivdep")
#else
#define TORSOR_INDEPENDENT __pragma(loop(ivdep))
#endif

#if defined(__GNUC__)
/* Rows are written once for signed and unsigned types. */
#pragma GCC diagnostic ignored "-Wtype-limits"
#endif

typedef void (*torsor_inner)(char **, const npy_intp *, const npy_intp *, void *);

typedef struct {
    const char *name, *types;
    torsor_inner inner;
} Loop;

typedef struct {
    ptrdiff_t size;
    const Loop *rows;
} LoopTable;

/* What a loop of our own gets as its data: NumPy's loop for the same types, for what that does better. */
typedef struct {
    torsor_inner inner;
    void *data;
} Numpys;

static inline void loop_of_numpy(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data)
{
    const Numpys *its = (const Numpys *)data;
    its->inner(args, dimensions, steps, its->data);
}

#define BY_NUMPY(NAME)                                                                           \
    static void NAME(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data) \
    {                                                                                            \
        loop_of_numpy(args, dimensions, steps, data);                                            \
    }

#define LOOP_HEAD(NAME)                                                                          \
    static void NAME(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data) \
    {                                                                                            \
        const npy_intp n = dimensions[0];                                                        \
        npy_intp i;                                                                              \
        (void)data;

/* m elements of type T from or to one block, which holds VALUE of each, an expression of element k. */
#define GATHER(T, block, from, step, m, VALUE)                             \
    do {                                                                   \
        if ((step) == sizeof(T))                                           \
            for (npy_intp k = 0; k < (m); k++) {                           \
                const T value = ((const T *)(from))[k];                    \
                (block)[k] = VALUE;                                        \
            }                                                              \
        else                                                               \
            for (npy_intp k = 0; k < (m); k++) {                           \
                const T value = *(const T *)((from) + k * (step));         \
                (block)[k] = VALUE;                                        \
            }                                                              \
    } while (0)
#define SCATTER(T, to, step, m, VALUE)                                     \
    do {                                                                   \
        if ((step) == sizeof(T))                                           \
            for (npy_intp k = 0; k < (m); k++)                             \
                ((T *)(to))[k] = (T)(VALUE);                               \
        else                                                               \
            for (npy_intp k = 0; k < (m); k++)                             \
                *(T *)((to) + k * (step)) = (T)(VALUE);                    \
    } while (0)

#define UNARY(NAME, TX, TO, EXPR)                                          \
    LOOP_HEAD(NAME)                                                        \
    if (steps[0] == sizeof(TX) && steps[1] == sizeof(TO)) {                \
        const TX *px = (const TX *)args[0];                                \
        TO *po = (TO *)args[1];                                            \
        TORSOR_INDEPENDENT                                                 \
        for (i = 0; i < n; i++) {                                          \
            const TX x = px[i];                                            \
            (void)x;                                                       \
            po[i] = (TO)(EXPR);                                            \
        }                                                                  \
    }                                                                      \
    else {                                                                 \
        const char *px = args[0];                                          \
        char *po = args[1];                                                \
        for (i = 0; i < n; i++, px += steps[0], po += steps[1]) {          \
            const TX x = *(const TX *)px;                                  \
            (void)x;                                                       \
            *(TO *)po = (TO)(EXPR);                                        \
        }                                                                  \
    }                                                                      \
    }

/* Of two results. */
#define UNARY_PAIR(NAME, TX, TO, TP, FIRST, SECOND)                                             \
    LOOP_HEAD(NAME)                                                                             \
    if (steps[0] == sizeof(TX) && steps[1] == sizeof(TO) && steps[2] == sizeof(TP)) {           \
        const TX *px = (const TX *)args[0];                                                     \
        TO *po = (TO *)args[1];                                                                 \
        TP *pp = (TP *)args[2];                                                                 \
        TORSOR_INDEPENDENT                                                                      \
        for (i = 0; i < n; i++) {                                                               \
            const TX x = px[i];                                                                 \
            po[i] = (TO)(FIRST);                                                                \
            pp[i] = (TP)(SECOND);                                                               \
        }                                                                                       \
    }                                                                                           \
    else {                                                                                      \
        const char *px = args[0];                                                               \
        char *po = args[1], *pp = args[2];                                                      \
        for (i = 0; i < n; i++, px += steps[0], po += steps[1], pp += steps[2]) {               \
            const TX x = *(const TX *)px;                                                       \
            *(TO *)po = (TO)(FIRST);                                                            \
            *(TP *)pp = (TP)(SECOND);                                                           \
        }                                                                                       \
    }                                                                                           \
    }

#define BINARY(NAME, TX, TY, TO, EXPR)                                     \
    LOOP_HEAD(NAME)                                                        \
    const npy_intp sx = steps[0], sy = steps[1], so = steps[2];            \
    const TX *px = (const TX *)args[0];                                    \
    const TY *py = (const TY *)args[1];                                    \
    TO *po = (TO *)args[2];                                                \
    if (so == sizeof(TO) && sx == sizeof(TX) && sy == sizeof(TY)) {        \
        TORSOR_INDEPENDENT                                                 \
        for (i = 0; i < n; i++) {                                          \
            const TX x = px[i];                                            \
            const TY y = py[i];                                            \
            po[i] = (TO)(EXPR);                                            \
        }                                                                  \
    }                                                                      \
    else if (so == sizeof(TO) && sx == sizeof(TX) && sy == 0) {            \
        const TY y = *py;                                                  \
        TORSOR_INDEPENDENT                                                 \
        for (i = 0; i < n; i++) {                                          \
            const TX x = px[i];                                            \
            po[i] = (TO)(EXPR);                                            \
        }                                                                  \
    }                                                                      \
    else if (so == sizeof(TO) && sx == 0 && sy == sizeof(TY)) {            \
        const TX x = *px;                                                  \
        TORSOR_INDEPENDENT                                                 \
        for (i = 0; i < n; i++) {                                          \
            const TY y = py[i];                                            \
            po[i] = (TO)(EXPR);                                            \
        }                                                                  \
    }                                                                      \
    else {                                                                 \
        const char *qx = args[0], *qy = args[1];                           \
        char *qo = args[2];                                                \
        for (i = 0; i < n; i++, qx += sx, qy += sy, qo += so) {            \
            const TX x = *(const TX *)qx;                                  \
            const TY y = *(const TY *)qy;                                  \
            *(TO *)qo = (TO)(EXPR);                                        \
        }                                                                  \
    }                                                                      \
    }

#define TERNARY(NAME, TX, TY, TZ, TO, EXPR)                                            \
    LOOP_HEAD(NAME)                                                                    \
    if (steps[0] == sizeof(TX) && steps[1] == sizeof(TY) && steps[2] == sizeof(TZ)     \
        && steps[3] == sizeof(TO)) {                                                   \
        const TX *px = (const TX *)args[0];                                            \
        const TY *py = (const TY *)args[1];                                            \
        const TZ *pz = (const TZ *)args[2];                                            \
        TO *po = (TO *)args[3];                                                        \
        TORSOR_INDEPENDENT                                                             \
        for (i = 0; i < n; i++) {                                                      \
            const TX x = px[i];                                                        \
            const TY y = py[i];                                                        \
            const TZ z = pz[i];                                                        \
            po[i] = (TO)(EXPR);                                                        \
        }                                                                              \
    }                                                                                  \
    else if (steps[0] == sizeof(TX) && steps[1] == 0 && steps[2] == sizeof(TZ)         \
             && steps[3] == sizeof(TO)) {                                              \
        const TX *px = (const TX *)args[0];                                            \
        const TY y = *(const TY *)args[1];                                             \
        const TZ *pz = (const TZ *)args[2];                                            \
        TO *po = (TO *)args[3];                                                        \
        TORSOR_INDEPENDENT                                                             \
        for (i = 0; i < n; i++) {                                                      \
            const TX x = px[i];                                                        \
            const TZ z = pz[i];                                                        \
            po[i] = (TO)(EXPR);                                                        \
        }                                                                              \
    }                                                                                  \
    else if (steps[0] == sizeof(TX) && steps[1] == 0 && steps[2] == 0                  \
             && steps[3] == sizeof(TO)) {                                              \
        const TX *px = (const TX *)args[0];                                            \
        const TY y = *(const TY *)args[1];                                             \
        const TZ z = *(const TZ *)args[2];                                             \
        TO *po = (TO *)args[3];                                                        \
        TORSOR_INDEPENDENT                                                             \
        for (i = 0; i < n; i++) {                                                      \
            const TX x = px[i];                                                        \
            po[i] = (TO)(EXPR);                                                        \
        }                                                                              \
    }                                                                                  \
    else {                                                                             \
        const char *px = args[0], *py = args[1], *pz = args[2];                        \
        char *po = args[3];                                                            \
        for (i = 0; i < n; i++, px += steps[0], py += steps[1], pz += steps[2],        \
            po += steps[3]) {                                                          \
            const TX x = *(const TX *)px;                                              \
            const TY y = *(const TY *)py;                                              \
            const TZ z = *(const TZ *)pz;                                              \
            *(TO *)po = (TO)(EXPR);                                                    \
        }                                                                              \
    }                                                                                  \
    }

#endif
