/* Operations on the elements that indices name, in NumPy's contract of a loop. */
#ifndef TORSOR_INDEXED_H
#define TORSOR_INDEXED_H

#include "loop.h"

/* The operands: a line of so many elements (the second dimension), indices into it, values.  One after the other the
   elements become what the operation makes of them and a value.  All indices have been looked at; one that has been
   changed since is passed over. */
#define INDEXED(NAME, T, EXPR)                                                                       \
    static void NAME(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data)     \
    {                                                                                                \
        const npy_intp n = dimensions[0], length = dimensions[1], step = steps[2];                   \
        const npy_int64 *index = (const npy_int64 *)args[1];                                         \
        T *line = (T *)args[0];                                                                      \
        const char *value = args[2];                                                                 \
        (void)data;                                                                                  \
        for (npy_intp i = 0; i < n; i++, value += step) {                                            \
            const npy_intp at = index[i] < 0 ? index[i] + length : index[i];                         \
            if ((npy_uintp)at < (npy_uintp)length) {                                                 \
                const T x = line[at], y = *(const T *)value;                                         \
                line[at] = (T)(EXPR);                                                                \
            }                                                                                        \
        }                                                                                            \
    }

#endif
