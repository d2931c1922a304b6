/* Elements moved from any order into C order, two axes at a time in squares that fit the caches. */
#ifndef TORSOR_TRANSFER_H
#define TORSOR_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SQUARE = 8 };

#define TRANSFER_STEPS(SIZE)                                                                                 \
    for (ptrdiff_t i0 = 0; i0 < rows; i0 += SQUARE) {                                                        \
        const ptrdiff_t height = rows - i0 < SQUARE ? rows - i0 : SQUARE;                                    \
        for (ptrdiff_t j0 = 0; j0 < columns; j0 += SQUARE) {                                                 \
            const ptrdiff_t width = columns - j0 < SQUARE ? columns - j0 : SQUARE;                           \
            char *to = into + i0 * row + j0 * (SIZE);                                                        \
            const char *from = source + i0 * across + j0 * along;                                            \
            if (height == SQUARE && width == SQUARE)                                                         \
                for (int j = 0; j < SQUARE; j++)                                                             \
                    for (int i = 0; i < SQUARE; i++)                                                         \
                        memcpy(to + i * row + j * (SIZE), from + i * across + j * along, SIZE);              \
            else                                                                                             \
                for (ptrdiff_t i = 0; i < height; i++)                                                       \
                    for (ptrdiff_t j = 0; j < width; j++)                                                    \
                        memcpy(to + i * row + j * (SIZE), from + i * across + j * along, SIZE);              \
        }                                                                                                    \
    }

/* rows x columns elements: of the result a row is so many bytes, of the source neighbours in a row are `along`
   bytes apart and in a column `across`. */
static inline void transfer_square(char *into, ptrdiff_t row, const char *source, ptrdiff_t across,
                                   ptrdiff_t along, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t size)
{
    if (size == 8) { TRANSFER_STEPS(8) }
    else if (size == 4) { TRANSFER_STEPS(4) }
    else if (size == 2) { TRANSFER_STEPS(2) }
    else if (size == 1) { TRANSFER_STEPS(1) }
    else { TRANSFER_STEPS((size_t)size) }
}

#define TRANSFER_ROW(SIZE) \
    for (ptrdiff_t j = 0; j < columns; j++) memcpy(into + j * (SIZE), source + j * along, SIZE);

/* One row of the result. */
static inline void transfer_row(char *into, const char *source, ptrdiff_t along, ptrdiff_t columns, ptrdiff_t size)
{
    if (along == size) memcpy(into, source, (size_t)(columns * size));
    else if (size == 8) { TRANSFER_ROW(8) }
    else if (size == 4) { TRANSFER_ROW(4) }
    else if (size == 2) { TRANSFER_ROW(2) }
    else if (size == 1) { TRANSFER_ROW(1) }
    else { TRANSFER_ROW((size_t)size) }
}

#endif
