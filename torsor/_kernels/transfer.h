/* Elements moved from any order into C order, two axes at a time in squares that fit the caches. */
#ifndef TORSOR_TRANSFER_H
#define TORSOR_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SQUARE = 8 };

/* A square whose rows are neighbours in the source is turned in vectors, others go element by element. */
#if defined(__SSE2__)
#include <emmintrin.h>

#define LOAD_LINE(j) _mm_loadu_si128((const __m128i *)(from + (j) * along))
#define LOAD_HALF(j) _mm_loadl_epi64((const __m128i *)(from + (j) * along))
#define STORE_LINE(i, v) _mm_storeu_si128((__m128i *)(to + (i) * row), v)
#define STORE_HALVES(i, v)                                                                                   \
    _mm_storel_pd((double *)(to + (i) * row), _mm_castsi128_pd(v)),                                          \
    _mm_storeh_pd((double *)(to + ((i) + 1) * row), _mm_castsi128_pd(v))

static inline void turn_square_1(char *to, ptrdiff_t row, const char *from, ptrdiff_t along)
{
    const __m128i a = _mm_unpacklo_epi8(LOAD_HALF(0), LOAD_HALF(1)), b = _mm_unpacklo_epi8(LOAD_HALF(2), LOAD_HALF(3));
    const __m128i c = _mm_unpacklo_epi8(LOAD_HALF(4), LOAD_HALF(5)), d = _mm_unpacklo_epi8(LOAD_HALF(6), LOAD_HALF(7));
    const __m128i p = _mm_unpacklo_epi16(a, b), q = _mm_unpackhi_epi16(a, b);
    const __m128i r = _mm_unpacklo_epi16(c, d), s = _mm_unpackhi_epi16(c, d);
    STORE_HALVES(0, _mm_unpacklo_epi32(p, r));
    STORE_HALVES(2, _mm_unpackhi_epi32(p, r));
    STORE_HALVES(4, _mm_unpacklo_epi32(q, s));
    STORE_HALVES(6, _mm_unpackhi_epi32(q, s));
}

static inline void turn_square_2(char *to, ptrdiff_t row, const char *from, ptrdiff_t along)
{
    __m128i pairs[8], fours[8];
    for (int j = 0; j < 4; j++) {
        pairs[2 * j] = _mm_unpacklo_epi16(LOAD_LINE(2 * j), LOAD_LINE(2 * j + 1));
        pairs[2 * j + 1] = _mm_unpackhi_epi16(LOAD_LINE(2 * j), LOAD_LINE(2 * j + 1));
    }
    for (int j = 0; j < 2; j++)
        for (int k = 0; k < 2; k++) {
            fours[4 * j + 2 * k] = _mm_unpacklo_epi32(pairs[4 * j + k], pairs[4 * j + k + 2]);
            fours[4 * j + 2 * k + 1] = _mm_unpackhi_epi32(pairs[4 * j + k], pairs[4 * j + k + 2]);
        }
    for (int k = 0; k < 4; k++) {
        STORE_LINE(2 * k, _mm_unpacklo_epi64(fours[k], fours[k + 4]));
        STORE_LINE(2 * k + 1, _mm_unpackhi_epi64(fours[k], fours[k + 4]));
    }
}

static inline void turn_square_4(char *to, ptrdiff_t row, const char *from, ptrdiff_t along)
{
    for (int i = 0; i < SQUARE; i += 4, from += 16, to += 4 * row)
        for (int j = 0; j < SQUARE; j += 4) {
            const __m128i a = LOAD_LINE(j), b = LOAD_LINE(j + 1), c = LOAD_LINE(j + 2), d = LOAD_LINE(j + 3);
            const __m128i p = _mm_unpacklo_epi32(a, b), q = _mm_unpackhi_epi32(a, b);
            const __m128i r = _mm_unpacklo_epi32(c, d), s = _mm_unpackhi_epi32(c, d);
            _mm_storeu_si128((__m128i *)(to + 4 * j), _mm_unpacklo_epi64(p, r));
            _mm_storeu_si128((__m128i *)(to + row + 4 * j), _mm_unpackhi_epi64(p, r));
            _mm_storeu_si128((__m128i *)(to + 2 * row + 4 * j), _mm_unpacklo_epi64(q, s));
            _mm_storeu_si128((__m128i *)(to + 3 * row + 4 * j), _mm_unpackhi_epi64(q, s));
        }
}

static inline void turn_square_8(char *to, ptrdiff_t row, const char *from, ptrdiff_t along)
{
    for (int i = 0; i < SQUARE; i += 2, from += 16, to += 2 * row)
        for (int j = 0; j < SQUARE; j += 2) {
            const __m128i a = LOAD_LINE(j), b = LOAD_LINE(j + 1);
            _mm_storeu_si128((__m128i *)(to + 8 * j), _mm_unpacklo_epi64(a, b));
            _mm_storeu_si128((__m128i *)(to + row + 8 * j), _mm_unpackhi_epi64(a, b));
        }
}

#define TURNED_IN_VECTORS(SIZE) (across == (SIZE))
#else
#define turn_square_1(to, row, from, along)
#define turn_square_2(to, row, from, along)
#define turn_square_4(to, row, from, along)
#define turn_square_8(to, row, from, along)
#define TURNED_IN_VECTORS(SIZE) 0
#endif

#define TRANSFER_STEPS(SIZE, TURNS, TURN)                                                                    \
    for (ptrdiff_t i0 = 0; i0 < rows; i0 += SQUARE) {                                                        \
        const ptrdiff_t height = rows - i0 < SQUARE ? rows - i0 : SQUARE;                                    \
        for (ptrdiff_t j0 = 0; j0 < columns; j0 += SQUARE) {                                                 \
            const ptrdiff_t width = columns - j0 < SQUARE ? columns - j0 : SQUARE;                           \
            char *to = into + i0 * row + j0 * (SIZE);                                                        \
            const char *from = source + i0 * across + j0 * along;                                            \
            if (height < SQUARE || width < SQUARE)                                                           \
                for (ptrdiff_t i = 0; i < height; i++)                                                       \
                    for (ptrdiff_t j = 0; j < width; j++)                                                    \
                        memcpy(to + i * row + j * (SIZE), from + i * across + j * along, SIZE);              \
            else if (TURNS)                                                                                  \
                TURN(to, row, from, along);                                                                  \
            else                                                                                             \
                for (int j = 0; j < SQUARE; j++)                                                             \
                    for (int i = 0; i < SQUARE; i++)                                                         \
                        memcpy(to + i * row + j * (SIZE), from + i * across + j * along, SIZE);              \
        }                                                                                                    \
    }

/* rows x columns elements: of the result a row is so many bytes, of the source neighbours in a row are `along`
   bytes apart and in a column `across`. */
static inline void transfer_square(char *into, ptrdiff_t row, const char *source, ptrdiff_t across,
                                   ptrdiff_t along, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t size)
{
    if (size == 8) { TRANSFER_STEPS(8, TURNED_IN_VECTORS(8), turn_square_8) }
    else if (size == 4) { TRANSFER_STEPS(4, TURNED_IN_VECTORS(4), turn_square_4) }
    else if (size == 2) { TRANSFER_STEPS(2, TURNED_IN_VECTORS(2), turn_square_2) }
    else if (size == 1) { TRANSFER_STEPS(1, TURNED_IN_VECTORS(1), turn_square_1) }
    else { TRANSFER_STEPS((size_t)size, 0, turn_square_1) }
}

/* Every other element, and elements backwards, go in vectors. */
#define TRANSFER_ROW(SIZE)                                                                                   \
    if (along == 2 * (SIZE))                                                                                 \
        for (ptrdiff_t j = 0; j < columns; j++) memcpy(into + j * (SIZE), source + j * 2 * (SIZE), SIZE);    \
    else if (along == -(SIZE))                                                                               \
        for (ptrdiff_t j = 0; j < columns; j++) memcpy(into + j * (SIZE), source - j * (SIZE), SIZE);        \
    else                                                                                                     \
        for (ptrdiff_t j = 0; j < columns; j++) memcpy(into + j * (SIZE), source + j * along, SIZE);

/* One row of the result. */
static inline void transfer_row(char *into, const char *source, ptrdiff_t along, ptrdiff_t columns, ptrdiff_t size)
{
    if (along == size) memcpy(into, source, (size_t)(columns * size));
    else if (size == 8) { TRANSFER_ROW(8) }
    else if (size == 4) { TRANSFER_ROW(4) }
    else if (size == 2) { TRANSFER_ROW(2) }
    else if (size == 1) { TRANSFER_ROW(1) }
    else
        for (ptrdiff_t j = 0; j < columns; j++) memcpy(into + j * size, source + j * along, (size_t)size);
}

#endif
