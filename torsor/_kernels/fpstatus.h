/* The floating-point status of the calling thread: which errors arithmetic has raised since the last clear. */
#ifndef TORSOR_FPSTATUS_H
#define TORSOR_FPSTATUS_H

enum { FP_DIVIDE = 1, FP_OVER = 2, FP_UNDER = 4, FP_INVALID = 8 };      /* as NumPy numbers them */

#if defined(__SSE2__) && (defined(__x86_64__) || defined(_M_X64))
#include <xmmintrin.h>
/* Arithmetic raises errors in MXCSR; glibc's feraiseexcept raises overflow and underflow in the x87 word,
 * whose bits mean the same.  Both are cheap to read and slow to write. */
static inline unsigned fp_x87(void)
{
    unsigned short word;
    __asm__ volatile("fnstsw %0" : "=am"(word));
    return word;
}
static inline void fp_clear(void)
{
    unsigned csr = _mm_getcsr();
    if (csr & 0x1d) _mm_setcsr(csr & ~0x1du);
    if (fp_x87() & 0x1d) __asm__ volatile("fnclex");
}
static inline int fp_status(void)
{
    __asm__ volatile("" ::: "memory");
    unsigned csr = _mm_getcsr() | fp_x87();
    return ((csr & 4) ? FP_DIVIDE : 0) | ((csr & 8) ? FP_OVER : 0) | ((csr & 16) ? FP_UNDER : 0)
        | ((csr & 1) ? FP_INVALID : 0);
}
#else
#include <fenv.h>
static inline void fp_clear(void) { feclearexcept(FE_ALL_EXCEPT); }
static inline int fp_status(void)
{
    int s = fetestexcept(FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INVALID);
    return ((s & FE_DIVBYZERO) ? FP_DIVIDE : 0) | ((s & FE_OVERFLOW) ? FP_OVER : 0)
        | ((s & FE_UNDERFLOW) ? FP_UNDER : 0) | ((s & FE_INVALID) ? FP_INVALID : 0);
}
#endif

/* Raise errors, which a loop over integers has found by comparing. */
static inline void fp_raise(int errors)
{
    volatile double zero = 0, huge = 1e300, result;
    if (errors & FP_DIVIDE) result = 1 / zero;
    if (errors & FP_OVER) result = huge * huge;
    if (errors & FP_INVALID) result = zero / zero;
    (void)result;
}
#endif
