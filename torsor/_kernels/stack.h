/* What stacks of products do to results besides BLAS: mirror a triangle, add up partial results. */
#ifndef TORSOR_STACK_H
#define TORSOR_STACK_H

#include <stddef.h>

/* Rows from start to stop of the lower triangle become those of the transposed upper one, tile by tile. */
#define MIRROR(T)                                                                       \
    for (ptrdiff_t top = start; top < stop; top += 16)                                  \
        for (ptrdiff_t left = 0; left < stop; left += 16)                               \
            for (ptrdiff_t i = top; i < stop && i < top + 16; i++)                      \
                for (ptrdiff_t j = left; j < i && j < left + 16; j++)                   \
                    ((T *)c)[i * row + j] = ((T *)c)[j * row + i];

typedef struct { double re, im; } stack_pair;

static inline void mirror(char *c, ptrdiff_t row, int size, ptrdiff_t start, ptrdiff_t stop)
{
    if (size == 4)
        MIRROR(float)
    else if (size == 8)
        MIRROR(double)
    else
        MIRROR(stack_pair)
}

/* into += from, both contiguous. */
static inline void add_to(char *into, const char *from, int is_double, ptrdiff_t n)
{
    if (is_double)
        for (ptrdiff_t k = 0; k < n; k++) ((double *)into)[k] += ((const double *)from)[k];
    else
        for (ptrdiff_t k = 0; k < n; k++) ((float *)into)[k] += ((const float *)from)[k];
}

#endif
