/* Elementary functions as branch-free inline C that compilers turn into vector code.

   Owns the numerical methods of one element, for double (`v_exp`) and float (`v_expf`); the loops
   around them, threads and the choice of instruction set belong to the callers.

   Generated code calls a function by the type of its argument: V(exp, x) is v_expf(x) for a float x
   and v_exp(x) for anything else.  A loop:

       #pragma GCC ivdep
       for (i = 0; i < n; i++) out[i] = 1 / (1 + V(exp, -x[i]));

   Functions of two numbers are in vmath_plane.h, more special functions in vmath_special.h and vmath_gamma.h.

   Bounds, for all arguments including subnormal and huge ones: 1 ulp for exp*, log*, cbrt, hypot, sin
   and cos, 4 for the special functions, 2 for the rest.  Flags are those of C99 but for inexact, and underflow,
   which may be missing where x itself is the result.  "No spurious flags" means no other ones.

   Rules of the code, so that loops vectorise and flags stay right:
   - selections are masks over values that are computed anyway, because `?:` tempts compilers to
     make branches; no calls, no conversions between 64-bit integers and doubles (adding 1.5*2^52
     puts an integer into the low bits);
   - ordered comparisons signal on NaN before AVX, so NaN is replaced on entry or bits are compared;
   - lanes whose result is discarded get arguments that raise nothing;
   - the bounds hold without FMA; where the target has it, polynomials and exact products use it.

   The text from "one type" on is read twice, once for each type.  VK(d, f) picks the constant or
   polynomial of that type.  Polynomials are minimax (Remez exchange in 60 digits, relative weight);
   a comment names the function approximated and the interval.  Measured errors: tools/ulp.py. */
#ifndef V_TYPE

#ifndef TORSOR_VMATH_H
#define TORSOR_VMATH_H
#include <stdint.h>
#include <string.h>

#define V(name, x) _Generic((x), float: v_##name##f, default: v_##name)(x)

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define V_HAS_FMA 1
#else
#define V_HAS_FMA 0
#endif
#define V_FN static inline __attribute__((always_inline, unused))

/* V_Pn(x, c0, ..., c(n-1)) is c0 + x (c1 + x c2 + ...); the long sum as two independent chains in
   x^2, V_Zn, for the even and the odd places, because one long chain leaves the units waiting. */
#define V_Z1(z, c) (c)
#define V_Z2(z, c, d) (c)
#define V_Z3(z, c, d, ...) VF(_fma)(V_Z1(z, __VA_ARGS__), z, c)
#define V_Z4(z, c, d, ...) VF(_fma)(V_Z2(z, __VA_ARGS__), z, c)
#define V_Z5(z, c, d, ...) VF(_fma)(V_Z3(z, __VA_ARGS__), z, c)
#define V_Z6(z, c, d, ...) VF(_fma)(V_Z4(z, __VA_ARGS__), z, c)
#define V_Z7(z, c, d, ...) VF(_fma)(V_Z5(z, __VA_ARGS__), z, c)
#define V_Z8(z, c, d, ...) VF(_fma)(V_Z6(z, __VA_ARGS__), z, c)
#define V_Z9(z, c, d, ...) VF(_fma)(V_Z7(z, __VA_ARGS__), z, c)
#define V_Z10(z, c, d, ...) VF(_fma)(V_Z8(z, __VA_ARGS__), z, c)
#define V_Z11(z, c, d, ...) VF(_fma)(V_Z9(z, __VA_ARGS__), z, c)
#define V_Z12(z, c, d, ...) VF(_fma)(V_Z10(z, __VA_ARGS__), z, c)
#define V_Z13(z, c, d, ...) VF(_fma)(V_Z11(z, __VA_ARGS__), z, c)
#define V_Z14(z, c, d, ...) VF(_fma)(V_Z12(z, __VA_ARGS__), z, c)
#define V_Z15(z, c, d, ...) VF(_fma)(V_Z13(z, __VA_ARGS__), z, c)
#define V_Z16(z, c, d, ...) VF(_fma)(V_Z14(z, __VA_ARGS__), z, c)
#define V_Z17(z, c, d, ...) VF(_fma)(V_Z15(z, __VA_ARGS__), z, c)
#define V_Z18(z, c, d, ...) VF(_fma)(V_Z16(z, __VA_ARGS__), z, c)
#define V_Z19(z, c, d, ...) VF(_fma)(V_Z17(z, __VA_ARGS__), z, c)
#define V_Z20(z, c, d, ...) VF(_fma)(V_Z18(z, __VA_ARGS__), z, c)
#define V_Z21(z, c, d, ...) VF(_fma)(V_Z19(z, __VA_ARGS__), z, c)
#define V_Z22(z, c, d, ...) VF(_fma)(V_Z20(z, __VA_ARGS__), z, c)
#define V_Z23(z, c, d, ...) VF(_fma)(V_Z21(z, __VA_ARGS__), z, c)
#define V_Q1(x, c) (c)
#define V_Q2(x, c, d) VF(_fma)(x, d, c)
#define V_Q3(x, c, ...) VF(_fma)(x, V_Z2(x * x, __VA_ARGS__), V_Z3(x * x, c, __VA_ARGS__))
#define V_Q4(x, c, ...) VF(_fma)(x, V_Z3(x * x, __VA_ARGS__), V_Z4(x * x, c, __VA_ARGS__))
#define V_Q5(x, c, ...) VF(_fma)(x, V_Z4(x * x, __VA_ARGS__), V_Z5(x * x, c, __VA_ARGS__))
#define V_Q6(x, c, ...) VF(_fma)(x, V_Z5(x * x, __VA_ARGS__), V_Z6(x * x, c, __VA_ARGS__))
#define V_Q7(x, c, ...) VF(_fma)(x, V_Z6(x * x, __VA_ARGS__), V_Z7(x * x, c, __VA_ARGS__))
#define V_Q8(x, c, ...) VF(_fma)(x, V_Z7(x * x, __VA_ARGS__), V_Z8(x * x, c, __VA_ARGS__))
#define V_Q9(x, c, ...) VF(_fma)(x, V_Z8(x * x, __VA_ARGS__), V_Z9(x * x, c, __VA_ARGS__))
#define V_Q10(x, c, ...) VF(_fma)(x, V_Z9(x * x, __VA_ARGS__), V_Z10(x * x, c, __VA_ARGS__))
#define V_Q11(x, c, ...) VF(_fma)(x, V_Z10(x * x, __VA_ARGS__), V_Z11(x * x, c, __VA_ARGS__))
#define V_Q12(x, c, ...) VF(_fma)(x, V_Z11(x * x, __VA_ARGS__), V_Z12(x * x, c, __VA_ARGS__))
#define V_Q13(x, c, ...) VF(_fma)(x, V_Z12(x * x, __VA_ARGS__), V_Z13(x * x, c, __VA_ARGS__))
#define V_Q14(x, c, ...) VF(_fma)(x, V_Z13(x * x, __VA_ARGS__), V_Z14(x * x, c, __VA_ARGS__))
#define V_Q15(x, c, ...) VF(_fma)(x, V_Z14(x * x, __VA_ARGS__), V_Z15(x * x, c, __VA_ARGS__))
#define V_Q16(x, c, ...) VF(_fma)(x, V_Z15(x * x, __VA_ARGS__), V_Z16(x * x, c, __VA_ARGS__))
#define V_Q17(x, c, ...) VF(_fma)(x, V_Z16(x * x, __VA_ARGS__), V_Z17(x * x, c, __VA_ARGS__))
#define V_Q18(x, c, ...) VF(_fma)(x, V_Z17(x * x, __VA_ARGS__), V_Z18(x * x, c, __VA_ARGS__))
#define V_Q19(x, c, ...) VF(_fma)(x, V_Z18(x * x, __VA_ARGS__), V_Z19(x * x, c, __VA_ARGS__))
#define V_Q20(x, c, ...) VF(_fma)(x, V_Z19(x * x, __VA_ARGS__), V_Z20(x * x, c, __VA_ARGS__))
#define V_Q21(x, c, ...) VF(_fma)(x, V_Z20(x * x, __VA_ARGS__), V_Z21(x * x, c, __VA_ARGS__))
#define V_Q22(x, c, ...) VF(_fma)(x, V_Z21(x * x, __VA_ARGS__), V_Z22(x * x, c, __VA_ARGS__))
#define V_Q23(x, c, ...) VF(_fma)(x, V_Z22(x * x, __VA_ARGS__), V_Z23(x * x, c, __VA_ARGS__))
#define V_P2(x, c, d) VF(_fma)(x, d, c)
#define V_P3(x, c, ...) VF(_fma)(x, V_Q2(x, __VA_ARGS__), c)
#define V_P4(x, c, ...) VF(_fma)(x, V_Q3(x, __VA_ARGS__), c)
#define V_P5(x, c, ...) VF(_fma)(x, V_Q4(x, __VA_ARGS__), c)
#define V_P6(x, c, ...) VF(_fma)(x, V_Q5(x, __VA_ARGS__), c)
#define V_P7(x, c, ...) VF(_fma)(x, V_Q6(x, __VA_ARGS__), c)
#define V_P8(x, c, ...) VF(_fma)(x, V_Q7(x, __VA_ARGS__), c)
#define V_P9(x, c, ...) VF(_fma)(x, V_Q8(x, __VA_ARGS__), c)
#define V_P10(x, c, ...) VF(_fma)(x, V_Q9(x, __VA_ARGS__), c)
#define V_P11(x, c, ...) VF(_fma)(x, V_Q10(x, __VA_ARGS__), c)
#define V_P12(x, c, ...) VF(_fma)(x, V_Q11(x, __VA_ARGS__), c)
#define V_P13(x, c, ...) VF(_fma)(x, V_Q12(x, __VA_ARGS__), c)
#define V_P14(x, c, ...) VF(_fma)(x, V_Q13(x, __VA_ARGS__), c)
#define V_P15(x, c, ...) VF(_fma)(x, V_Q14(x, __VA_ARGS__), c)
#define V_P16(x, c, ...) VF(_fma)(x, V_Q15(x, __VA_ARGS__), c)
#define V_P17(x, c, ...) VF(_fma)(x, V_Q16(x, __VA_ARGS__), c)
#define V_P18(x, c, ...) VF(_fma)(x, V_Q17(x, __VA_ARGS__), c)
#define V_P19(x, c, ...) VF(_fma)(x, V_Q18(x, __VA_ARGS__), c)
#define V_P20(x, c, ...) VF(_fma)(x, V_Q19(x, __VA_ARGS__), c)
#define V_P21(x, c, ...) VF(_fma)(x, V_Q20(x, __VA_ARGS__), c)
#define V_P22(x, c, ...) VF(_fma)(x, V_Q21(x, __VA_ARGS__), c)
#define V_P23(x, c, ...) VF(_fma)(x, V_Q22(x, __VA_ARGS__), c)
#define V_P24(x, c, ...) VF(_fma)(x, V_Q23(x, __VA_ARGS__), c)

#define V_TYPE double
#define VT double
#define VU uint64_t
#define VI int64_t
#define VF(name) v_##name
#define VK(d, f) d
#include "vmath.h"
#undef V_TYPE
#undef VT
#undef VU
#undef VI
#undef VF
#undef VK

#define V_TYPE float
#define VT float
#define VU uint32_t
#define VI int32_t
#define VF(name) v_##name##f
#define VK(d, f) f
#include "vmath.h"
#undef V_TYPE
#undef VT
#undef VU
#undef VI
#undef VF
#undef VK

#endif

#else /* one type */

#define V_MANT VK(52, 23)                          /* stored bits of the significand */
#define V_BIAS VK(1023, 127)
#define V_ONE ((VU)V_BIAS << V_MANT)               /* bits of 1.0 */
#define V_FRACTION (((VU)1 << V_MANT) - 1)
#define V_EXPONENT ((VU)(2 * V_BIAS + 1) << V_MANT)
#define V_SIGN ((VU)1 << VK(63, 31))
#define V_ROUND VK(0x1.8p52, 0x1.8p23f)            /* adding it rounds to an integer */
#define V_TWO_MANT VK(0x1p52, 0x1p23f)
#define V_INF VK(__builtin_inf(), __builtin_inff())

V_FN VU VF(_bits)(VT x)
{
    VU u;
    memcpy(&u, &x, sizeof u);
    return u;
}

V_FN VT VF(_value)(VU u)
{
    VT x;
    memcpy(&x, &u, sizeof x);
    return x;
}

V_FN VT VF(_fma)(VT a, VT b, VT c)
{
#if V_HAS_FMA
    return VK(__builtin_fma, __builtin_fmaf)(a, b, c);
#else
    return a * b + c;
#endif
}

V_FN VT VF(_abs)(VT x) { return VF(_value)(VF(_bits)(x) & ~V_SIGN); }

/* |x| with the sign of s; x must not be negative. */
V_FN VT VF(_signed)(VT x, VT s) { return VF(_value)(VF(_bits)(x) | (VF(_bits)(s) & V_SIGN)); }

/* Conditions are masks, all ones or all zeros. */
V_FN VU VF(_mask)(_Bool c) { return -(VU)c; }

V_FN VT VF(_keep)(VU mask, VT x) { return VF(_value)(VF(_bits)(x) & mask); }

V_FN VT VF(_select)(VU mask, VT x, VT y)
{
    return VF(_value)((VF(_bits)(x) & mask) | (VF(_bits)(y) & ~mask));
}

V_FN VU VF(_negative)(VT x) { return VF(_mask)((VI)VF(_bits)(x) < 0); }

V_FN VU VF(_same)(VT x, VT y) { return VF(_mask)(VF(_bits)(x) == VF(_bits)(y)); }

/* Whether 2^-60 (float: 2^-28) <= |x| <= infinity: neither NaN nor so small that x^4 underflows. */
V_FN VU VF(_regular)(VT x)
{
    const VU offset = V_SIGN - ((VU)(V_BIAS - VK(60, 28)) << V_MANT);
    return VF(_mask)((VI)((VF(_bits)(x) & ~V_SIGN) + offset) <= (VI)(V_EXPONENT + offset));
}

/* The same without infinity. */
V_FN VU VF(_ordinary)(VT x)
{
    const VU offset = V_SIGN - ((VU)(V_BIAS - VK(60, 28)) << V_MANT);
    return VF(_mask)((VI)((VF(_bits)(x) & ~V_SIGN) + offset) < (VI)(V_EXPONENT + offset));
}

V_FN VU VF(_finite)(VT x) { return VF(_mask)((VI)(VF(_bits)(x) & ~V_SIGN) < (VI)V_EXPONENT); }

/* x, or limit with the sign of x where |x| is larger. */
V_FN VT VF(_clamp)(VT x, VT limit)
{
    const VI a = (VI)(VF(_bits)(x) & ~V_SIGN), b = (VI)VF(_bits)(limit);
    return VF(_signed)(VF(_value)((VU)(a < b ? a : b)), x);
}

/* x rounded to half the digits: products of two such numbers, or of two rests, are exact. */
V_FN VT VF(_upper)(VT x)
{
    return VF(_value)((VF(_bits)(x) + VK(0x4000000, 0x800)) & ~(VU)VK(0x7ffffff, 0xfff));
}

/* a * b - p, where p is a * b rounded (Dekker's product where there is no FMA). */
V_FN VT VF(_product_error)(VT a, VT b, VT p)
{
#if V_HAS_FMA
    return VF(_fma)(a, b, -p);
#else
    const VT ah = VF(_upper)(a), al = a - ah, bh = VF(_upper)(b), bl = b - bh;
    return (((ah * bh - p) + ah * bl) + al * bh) + al * bl;
#endif
}

/* ---- exponentials ---------------------------------------------------------------------------- */

/* x = k ln 2 + r + rest, |r| <= ln 2 / 2 (Cody and Waite: k * upper part of ln 2 is exact).
   Returns k + V_ROUND, which has k in its low bits. */
V_FN VT VF(_exp_reduce)(VT x, VT *r, VT *rest)
{
    const VT shifted = VF(_fma)(x, VK(0x1.71547652b82fep0, 0x1.715476p0f), V_ROUND);
    const VT k = shifted - V_ROUND;
    const VT a = VF(_fma)(-k, VK(0x1.62e42fefa38p-1, 0x1.62e4p-1f), x);
    const VT b = k * VK(0x1.ef35793c7673p-45, 0x1.7f7d1cp-20f);
    *r = a - b;
    *rest = (a - *r) - b;
    return shifted;
}

/* e^(r + rest) - 1 - r for |r| <= ln 2 / 2; approximates (e^r - 1 - r - r^2/2) / r^3. */
V_FN VT VF(_exp_tail)(VT r, VT rest)
{
    const VT h = (VT)0.5 * r * r;
    const VT q = VK(V_P10(r, 0.16666666666666682, 0.041666666666666186, 0.0083333333333184215,
                          0.0013888888889094025, 0.00019841269893487452, 2.4801586948991951e-05,
                          2.7557237374344696e-06, 2.755757247481007e-07, 2.5111260483138556e-08,
                          2.0827640991134659e-09),
                    V_P5(r, 0.166666657f, 0.0416663103f, 0.00833350234f, 0.00139437197f,
                         0.000197863759f));
    return VF(_fma)(r * r * r, q, h + rest);
}

/* p * 2^k for k + V_ROUND given, in two steps so that k may lie beyond the exponents; infinite
   where the true result is, gradual underflow rounded once. */
V_FN VT VF(_scale)(VT p, VT shifted)
{
    const VU whole = VF(_bits)(shifted);
    const VU half = VF(_bits)((shifted - V_ROUND) * (VT)0.5 + V_ROUND);
    const VT s = VF(_value)((half << V_MANT) + V_ONE);
    return p * s * VF(_value)(((whole - half) << V_MANT) + V_ONE);
}

/* e^x.  No spurious flags. */
V_FN VT VF(exp)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    VT r, rest;
    const VT k = VF(_exp_reduce)(VF(_clamp)(VF(_keep)(ordinary, x), VK(746, 104)), &r, &rest);
    const VT special = VF(_keep)(~VF(_same)(x, -V_INF), 1 + x);
    return VF(_select)(ordinary, VF(_scale)(1 + (r + VF(_exp_tail)(r, rest)), k), special);
}

/* 2^x.  No spurious flags. */
V_FN VT VF(exp2)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT y = VF(_clamp)(VF(_keep)(ordinary, x), VK(1080, 160));
    const VT shifted = y + V_ROUND, r = y - (shifted - V_ROUND);
    /* r ln 2 = a + b, a exact; q approximates (2^r - 1 - r ln 2) / r^2 on [-1/2, 1/2] */
    const VT upper = VF(_upper)(r), a = upper * VK(0x1.62e43p-1, 0x1.62ep-1f);
    const VT b = VF(_fma)(r - upper, VK(0x1.62e42fefa39efp-1, 0x1.62e43p-1f),
                          upper * VK(-0x1.05c610ca86c39p-29, 0x1.0bfbe8p-15f));
    const VT q = VK(V_P11(r, 0.24022650695910072, 0.055504108664821632, 0.0096181291076283554,
                          0.0013333558146403509, 0.00015403530393620475, 1.5252733845281804e-05,
                          1.3215486596623859e-06, 1.0178055328594002e-07, 7.0549775833748968e-09,
                          4.4561016468561877e-10, 2.5617453077379539e-11),
                    V_P6(r, 0.240226507f, 0.055504106f, 0.00961804483f, 0.00133338245f,
                         0.000154648675f, 1.5212112e-05f));
    const VT special = VF(_keep)(~VF(_same)(x, -V_INF), 1 + x);
    return VF(_select)(ordinary, VF(_scale)(1 + (a + VF(_fma)(r * r, q, b)), shifted), special);
}

/* (e^x - 1) / 2 for x in [-709.8, 709.8] (float: 88.8), finite also where e^x is not. */
V_FN VT VF(_half_expm1)(VT x)
{
    VT r, rest;
    const VU k = VF(_bits)(VF(_exp_reduce)(x, &r, &rest));
    /* 2^(k-1); zero for the k below the exponents */
    const VU power = (k << V_MANT) + ((VU)(V_BIAS - 1) << V_MANT);
    const VT s = VF(_keep)(VF(_mask)(x > -80), VF(_value)(power));
    const VT a = s - (VT)0.5, b = s * r, sum = a + b;
    const VT lost = ((a - sum) + b) + ((s - a) - (VT)0.5);
    return sum + VF(_fma)(s, VF(_exp_tail)(r, rest), lost);
}

/* e^x - 1.  No spurious flags. */
V_FN VT VF(expm1)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT h = VF(_half_expm1)(VF(_clamp)(VF(_keep)(ordinary, x), VK(709.8, 88.8f)));
    const VT special = VF(_select)(VF(_same)(x, -V_INF), -1, x);
    return VF(_select)(ordinary, 2 * h, special);
}

/* tanh x = h / (h + 1), h = (e^2x - 1) / 2, where that keeps the last digit.  No spurious flags. */
V_FN VT VF(tanh)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT a = VF(_clamp)(VF(_keep)(ordinary, VF(_abs)(x)), VK(22, 10)), z = a * a;
    const VT h = VF(_half_expm1)(2 * a);
    /* (tanh a - a) / a^3 on [0, 0.26] */
    const VT q = VK(V_P7(z, -0.33333333333332543, 0.13333333333016464, -0.053968253549709487,
                         0.021869462597725643, -0.0088623792668540424, 0.0035765838888354353,
                         -0.0013083609986532432),
                    V_P3(z, -0.333332181f, 0.13322857f, -0.051242806f));
    const VT y = VF(_select)(VF(_mask)(a > VK(0.26, 0.26f)), h / (h + 1), VF(_fma)(a * z, q, a));
    const VT special = VF(_select)(VF(_same)(VF(_abs)(x), V_INF), VF(_signed)(1, x), x);
    return VF(_select)(ordinary, VF(_signed)(y, x), special);
}

/* 1 / (1 + e^-x), without overflow.  No spurious flags. */
V_FN VT VF(sigmoid)(VT x)
{
    const VU ordinary = VF(_ordinary)(x), negative = VF(_negative)(x);
    VT r, rest;
    const VT a = VF(_clamp)(VF(_keep)(ordinary, VF(_abs)(x)), VK(746, 104));
    const VT k = VF(_exp_reduce)(-a, &r, &rest);
    const VT w = r + VF(_exp_tail)(r, rest), e = VF(_scale)(1 + w, k), sum = 1 + e;
    /* most of the error of the denominator goes into the numerator before that is rounded */
    const VT top = VF(_scale)(1 + (w - (VT)0.75 * ((1 - sum) + e)), k);
    const VT y = VF(_select)(negative, top, 1) / sum;
    const VT special = VF(_select)(VF(_mask)(x != x), x, VF(_keep)(~negative, 1));
    return VF(_select)(VF(_finite)(x), y, special);
}

/* sinh x.  No spurious flags. */
V_FN VT VF(sinh)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT a = VF(_clamp)(VF(_keep)(ordinary, VF(_abs)(x)), VK(746, 104)), z = a * a;
    VT r, rest;
    const VT k = VF(_exp_reduce)(a, &r, &rest);
    const VT h = VF(_scale)((VT)0.5 + (VT)0.5 * (r + VF(_exp_tail)(r, rest)), k);
    /* (sinh a - a) / a^3 on [0, 1] */
    const VT q = VK(V_P7(z, 0.16666666666666669, 0.0083333333333331424, 0.00019841269841435253,
                         2.7557319155987667e-06, 2.5052123308128942e-08, 1.6057246627403192e-10,
                         7.7591392911216324e-13),
                    V_P4(z, 0.166666672f, 0.00833335053f, 0.000198360824f, 2.81735993e-06f));
    const VT large = h - (VT)0.25 / VF(_clamp)(h, VK(0x1p99, 0x1p99f));
    const VT y = VF(_select)(VF(_mask)(a > 1), large, VF(_fma)(a * z, q, a));
    return VF(_select)(ordinary, VF(_signed)(y, x), x);
}

/* cosh x.  No spurious flags. */
V_FN VT VF(cosh)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT a = VF(_clamp)(VF(_keep)(ordinary, VF(_abs)(x)), VK(746, 104));
    VT r, rest;
    const VT k = VF(_exp_reduce)(a, &r, &rest);
    const VT h = VF(_scale)((VT)0.5 + (VT)0.5 * (r + VF(_exp_tail)(r, rest)), k);
    const VT y = h + (VT)0.25 / VF(_clamp)(h, VK(0x1p99, 0x1p99f));
    return VF(_select)(ordinary, y, 1 + VF(_abs)(x));
}

/* ---- logarithms ------------------------------------------------------------------------------ */

/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for a positive normal x.  Returns k.
   Anything else gives finite numbers without meaning. */
V_FN VT VF(_log_split)(VT x, VT *f)
{
    const VU root = VK(0x3fe6a09e667f3bcd, 0x3f3504f3);
    const VU u = VF(_bits)(x) + (V_ONE - root);
    *f = VF(_value)((u & V_FRACTION) + root) - 1;
    return VF(_value)((u >> V_MANT) | VF(_bits)(V_TWO_MANT)) - (V_TWO_MANT + V_BIAS);
}

/* The same for a subnormal x, too. */
V_FN VT VF(_log_split_all)(VT x, VT *f)
{
    const VU tiny = VF(_mask)((VF(_bits)(x) & V_EXPONENT) == 0);
    const VT k = VF(_log_split)(x * VF(_select)(tiny, VK(0x1p54, 0x1p24f), 1), f);
    return k - VF(_keep)(tiny, VK(54, 24));
}

/* s = f / (2 + f), so that log(1 + f) = 2 atanh(s); for x = 0 minus infinity (raises divide by
   zero), for x < 0 NaN (raises invalid). */
V_FN VT VF(_log_ratio)(VT x, VT f)
{
    const VU outside = VF(_mask)(x <= 0);
    const VT top = VF(_select)(outside, VF(_keep)(VF(_mask)(x == 0), -1), f);
    return top / VF(_keep)(~outside, 2 + f);
}

/* log(1 + f) - f + f^2/2 = s (f^2/2 + 2 atanh(s)/s - 2); all terms of one sign if s is infinite.
   Approximates (2 atanh(s)/s - 2) / s^2 where |s| <= 3 - 2 sqrt(2). */
V_FN VT VF(_log_tail)(VT s, VT half_square)
{
    const VT z = s * s;
    const VT q = VK(V_P7(z, 0.6666666666666704, 0.39999999999579383, 0.2857142871030301,
                         0.22222201542610973, 0.1818342249077918, 0.15317429894449225,
                         0.14764154715817546),
                    V_P3(z, 0.6666677f, 0.399784237f, 0.298516542f));
    return s * VF(_fma)(z, q, half_square);
}

/* k ln 2 + log(1 + f) + rest, with s as above and rest far below one ulp of the other terms. */
V_FN VT VF(_log_sum)(VT k, VT f, VT s, VT rest)
{
    const VT a = k * VK(0x1.62e42fefa38p-1, 0x1.62e4p-1f), h = (VT)0.5 * f * f;
    const VT b = VF(_fma)(k, VK(0x1.ef35793c7673p-45, 0x1.7f7d1cp-20f), rest);
    const VT sum = a + f;
    return sum + (((a - sum) + f) - (h - (VF(_log_tail)(s, h) + b)));
}

/* NaN and +infinity are their own logarithms. */
V_FN VT VF(_log_special)(VT x, VT result)
{
    return VF(_select)(VF(_mask)(x != x) | VF(_same)(x, V_INF), x, result);
}

/* log x.  No spurious flags. */
V_FN VT VF(log)(VT x)
{
    VT f;
    const VT y = VF(_select)(VF(_mask)(x == x), x, 1), k = VF(_log_split_all)(y, &f);
    return VF(_log_special)(x, VF(_log_sum)(k, f, VF(_log_ratio)(y, f), 0));
}

/* k * scale + log(1 + f) * factor, with the exact upper part and the rest of both constants. */
V_FN VT VF(_log_scaled)(VT x, VT scale, VT scale_rest, VT upper, VT upper_rest, VT factor)
{
    VT f;
    const VT y = VF(_select)(VF(_mask)(x == x), x, 1), k = VF(_log_split_all)(y, &f);
    const VT h = (VT)0.5 * f * f, s = VF(_log_ratio)(y, f), p = VF(_upper)(f - h);
    const VT rest = ((f - p) - h) + VF(_log_tail)(s, h);
    const VT a = k * scale, b = p * upper, sum = a + b;
    const VT c = VF(_fma)(rest, factor, VF(_fma)(p, upper_rest, k * scale_rest));
    return VF(_log_special)(x, sum + (((a - sum) + b) + c));
}

/* log2 x, exact for powers of two.  No spurious flags. */
V_FN VT VF(log2)(VT x)
{
    return VF(_log_scaled)(x, 1, 0, VK(0x1.7154768p0, 0x1.716p0f),
                           VK(-0x1.6a3e80f444178p-27, -0x1.7135a8p-13f),
                           VK(0x1.71547652b82fep0, 0x1.715476p0f));
}

/* log10 x.  No spurious flags. */
V_FN VT VF(log10)(VT x)
{
    return VF(_log_scaled)(x, VK(0x1.34413509f78p-2, 0x1.344p-2f),
                           VK(0x1.fef311f12b358p-46, 0x1.3509f8p-18f),
                           VK(0x1.bcb7b18p-2, 0x1.bccp-2f),
                           VK(-0x1.6c8d78e6acaa4p-29, -0x1.09d5b2p-15f),
                           VK(0x1.bcb7b1526e50ep-2, 0x1.bcb7b2p-2f));
}

/* log(1 + y - excess) + extra ln 2 for y >= -1 not too small for its square; excess below one ulp
   of y. */
V_FN VT VF(_log1p)(VT y, VT excess, VT extra)
{
    const VT u = 1 + y, v = u - 1;
    VT f, c = (y - v) + (1 - (u - v));
    const VT k = VF(_log_split)(u, &f);
    const VU scaled = VF(_mask)(k != 0);
    /* the error c of 1 + y gives c 2^-k / (1 + f); 1 % is enough, nothing where k is large */
    const VU e = (VF(_bits)(u) + (V_ONE - VK(0x3fe6a09e667f3bcd, 0x3f3504f3))) & ~V_FRACTION;
    const VI large = (VI)((VU)(2 * V_BIAS - 60) << V_MANT);
    const VI exponent = (VI)e < large ? (VI)e : large;
    c = (VF(_keep)(scaled, c) - excess) * VF(_value)(((VU)(2 * V_BIAS) << V_MANT) - (VU)exponent);
    f = VF(_select)(scaled, f, y);
    c *= V_P3(f, VK(1.005, 1.005f), VK(-1.0806, -1.0806f), VK(0.9142, 0.9142f));
    return VF(_log_sum)(k + extra, f, VF(_log_ratio)(u, f), c);
}

/* log(1 + x).  No spurious flags. */
V_FN VT VF(log1p)(VT x)
{
    const VU ordinary = VF(_ordinary)(x), below = VF(_same)(x, -V_INF);
    const VT y = VF(_log1p)(VF(_select)(below, -2, VF(_select)(ordinary, x, 1)), 0, 0);
    return VF(_select)(ordinary | below, y, x);
}

/* log(1 + e^x), without overflow.  No spurious flags. */
V_FN VT VF(softplus)(VT x)
{
    const VT e = VF(exp)(-VF(_abs)(x)), b = VF(_keep)(VF(_ordinary)(e), e);
    const VT h = (VT)0.5 * b * b, s = b / (2 + b), z = s * s;
    /* log(1 + e) as in _log_tail, with |s| <= 1/3 */
    const VT q = VK(V_P10(z, 0.66666666666666397, 0.40000000000131164, 0.28571428550593475,
                          0.22222223822665219, 0.18181748510765111, 0.153864719800646,
                          0.13302026156118754, 0.12098421405574972, 0.083711738619545339,
                          0.1696479872731759),
                    V_P5(z, 0.666666746f, 0.399989188f, 0.286159247f, 0.214369684f, 0.242691278f));
    const VT y = e - (h - s * VF(_fma)(z, q, h));
    return VF(_keep)(~VF(_negative)(x), x) + y;
}

/* asinh x.  No spurious flags. */
V_FN VT VF(asinh)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    const VT a = VF(_select)(ordinary, VF(_abs)(x), 1);
    const VU large = VF(_mask)(a > VK(0x1p60, 0x1p30f));
    const VT b = VF(_select)(large, 1, a), z = b * b;
    const VT w = b + z / (1 + VK(__builtin_sqrt, __builtin_sqrtf)(1 + z));
    const VT y = VF(_log1p)(VF(_select)(large, a, w), 0, VF(_keep)(large, 1));
    return VF(_select)(ordinary, VF(_signed)(y, x), x);
}

/* acosh x.  No spurious flags. */
V_FN VT VF(acosh)(VT x)
{
    const VT a = VF(_clamp)(VF(_select)(VF(_mask)(x == x), x, 1), VF(_value)(V_EXPONENT - 1));
    const VU large = VF(_mask)(a > VK(0x1p60, 0x1p30f));
    const VT b = VF(_select)(large, 2, VF(_select)(VF(_mask)(a < 0), 0, a)), t = b - 1;
    const VT root = VK(__builtin_sqrt, __builtin_sqrtf)(VF(_fma)(t, t, 2 * t)), w = root + t;
    const VT y = VF(_log1p)(VF(_select)(large, a, w), (w - root) - t, VF(_keep)(large, 1));
    return VF(_log_special)(x, y);
}

/* atanh x = log(u / v) / 2, u = 1 + |x|, v = 1 - |x|: u / v = 2^k (1 + s) / (1 - s); k = 0 and
   s = |x| up to 1/4, where the terms with k and s would cancel.  No spurious flags. */
V_FN VT VF(atanh)(VT x)
{
    const VU regular = VF(_regular)(x);
    const VT a = VF(_clamp)(VF(_keep)(regular, VF(_abs)(x)), 2);
    const VU outside = VF(_mask)(a >= 1);
    const VT u = 1 + a, v = VF(_select)(outside, 1, 1 - a);
    const VU n = (VF(_bits)(u) - VF(_bits)(v) + ((VU)1 << (V_MANT - 2))) & ~V_FRACTION;
    const VT k = VF(_value)((n >> V_MANT) | VF(_bits)(V_TWO_MANT)) - V_TWO_MANT;
    const VT p = VF(_value)(V_ONE + n), w = p * v;
    const VT rest = (a - (u - 1)) - p * ((1 - v) - a);
    const VT q = VF(_select)(outside, VF(_keep)(VF(_mask)(a == 1), 1), (u - w) + rest)
               / VF(_keep)(~outside, u + w);
    const VT s = VF(_select)(VF(_mask)(k != 0) & ~outside, q, a), z = s * s;
    /* (2 atanh(s)/s - 2) / s^2 where |s| <= 0.283 */
    const VT series = VK(V_P9(z, 0.66666666666667029, 0.39999999999797858, 0.28571428608405236,
                              0.2222221899496791, 0.18181975066067327, 0.15380062173191986,
                              0.13413793464223481, 0.10922459105417441, 0.15220544097808034),
                         V_P4(z, 0.66666609f, 0.40007332f, 0.282968611f, 0.261818945f));
    const VT half = (VT)0.5 * k, t = half * VK(0x1.ef35793c7673p-45, 0x1.7f7d1cp-20f);
    const VT b = half * VK(0x1.62e42fefa38p-1, 0x1.62e4p-1f), sum = b + s;
    const VT inside = sum + (((b - sum) + s) + VF(_fma)((VT)0.5 * s * z, series, t));
    const VT y = VF(_select)(outside, q, inside);
    return VF(_select)(regular, VF(_signed)(y, x), x);
}

/* ---- error function -------------------------------------------------------------------------- */

/* factor * erfc(a + rest) for a = 0 and 1/2 <= a <= 28 (float: 10.5).  erfc(a) e^(a^2) (1 + 2a) is smooth in
   t = (a - c)/(a + c) (Shepherd and Laframboise, Math. Comp. 36, 1981); approximated for
   a <= 27.3 (float: 10.1). */
V_FN VT VF(_erfc)(VT a, VT rest, VT factor)
{
    const VT c = VK(4, 3), t = (a - c) / (a + c);
    const VT q = VK(V_P24(t, 1.2329951186255526, -0.13962111684056253, 0.015379652102619688,
                          0.068097054254695408, -0.10103906603630146, 0.093732834998251871,
                          -0.066330365812277761, 0.037167515539079786, -0.016197734057116997,
                          0.0050319699636243815, -0.00075777329362386459, -0.00019925661656117533,
                          0.00015062170339758568, -2.4399480787381575e-05, -1.1222143822182183e-05,
                          5.7102979584896611e-06, 2.9413324410749443e-07, -8.2612308038975034e-07,
                          7.4073611970614046e-08, 1.1045970651192929e-07, -1.7395566133274427e-08,
                          -1.4103796899042762e-08, 1.6374194239715863e-09, 1.1886088165060677e-09),
                    V_P11(t, 1.25300801f, -0.135621145f, -0.0475623943f, 0.129646391f,
                          -0.119271047f, 0.068295911f, -0.023797188f, 0.00256713061f,
                          0.00200121058f, -0.000777618494f, -0.000267958036f));
    const VT d = 2 * a + 1, y = q / d, z = a * a;
    const VT low = VF(_product_error)(a, a, z) + 2 * a * rest;
    VT r, tail;
    const VT k = VF(_exp_reduce)(-z, &r, &tail), shifted = r - low;
    tail += (r - shifted) - low;
    const VT w = shifted + VF(_exp_tail)(shifted, tail);
    /* what d lacks, relative to d: 1/d is near 0.85 y */
    const VT lost = (VT)0.85 * y * ((2 * a - d) + 1);
    return VF(_scale)(factor * VF(_fma)(y, w - VF(_fma)(lost, w, lost), y), k);
}

/* erf x.  No spurious flags. */
V_FN VT VF(erf)(VT x)
{
    const VU number = VF(_mask)(x == x);
    const VT a = VF(_clamp)(VF(_keep)(number, VF(_abs)(x)), 6), b = VF(_keep)(VF(_regular)(x), a);
    const VT z = b * b;
    /* erf(a) / a on [0, 1] */
    const VT q = VK(V_P13(z, 1.1283791670955126, -0.37612638903183748, 0.1128379167095486,
                          -0.026866170645073222, 0.0052239776247836626, -0.00085483269788832594,
                          0.0001205533104142517, -1.492559360268606e-05, 1.6460974171770916e-06,
                          -1.6350037887085326e-07, 1.4657954927801933e-08, -1.1365921543304412e-09,
                          5.9456418605074018e-11),
                    V_P7(z, 1.12837911f, -0.37612626f, 0.112836003f, -0.0268544443f, 0.00518953474f,
                         -0.000802083407f, 7.88909529e-05f));
    const VU large = VF(_mask)(a > 1);
    const VT y = VF(_select)(large, 1 - VF(_erfc)(VF(_keep)(large, a), 0, 1), a * q);
    return VF(_select)(number, VF(_signed)(y, x), x);
}

/* erfc x.  May raise underflow for infinity. */
V_FN VT VF(erfc)(VT x)
{
    const VU number = VF(_mask)(x == x);
    const VT a = VF(_clamp)(VF(_keep)(VF(_regular)(x), VF(_abs)(x)), VK(28, 10.5f)), z = a * a;
    /* erf(a) / a on [0, 1/2] */
    const VT q = VK(V_P9(z, 1.1283791670955126, -0.37612638903183476, 0.11283791670925562,
                         -0.026866170632954798, 0.0052239773740710019, -0.00085482978431303681,
                         0.00012053339348728073, -1.4845953149852273e-05, 1.4726903570625824e-06),
                    V_P5(z, 1.12837911f, -0.376126081f, 0.112828381f, -0.0267581567f,
                         0.00471992837f));
    const VU large = VF(_mask)(a > (VT)0.5);
    const VT y = VF(_select)(large, VF(_erfc)(VF(_keep)(large, a), 0, 1), 1 - a * q);
    return VF(_select)(number, VF(_select)(VF(_negative)(x), 2 - y, y), x);
}

/* ---- roots ----------------------------------------------------------------------------------- */

/* The cube root.  |x| = 2^(3q) w, 1/2 <= w < 4; y is near the root of 1/w; the root t of w, cut to
   half the digits so that t^3 is exact, is corrected by w - t^3.  No spurious flags. */
V_FN VT VF(cbrt)(VT x)
{
    const VU tiny = VF(_mask)((VF(_bits)(x) & V_EXPONENT) == 0);
    const VT third = VK(0x1.5555555555555p-2, 0x1.555556p-2f);
    const VU a = VF(_bits)(VF(_abs)(x) * VF(_select)(tiny, VK(0x1p54, 0x1p24f), 1));
    const VT k = VF(_value)((a >> V_MANT) | VF(_bits)(V_TWO_MANT))
               - VF(_select)(tiny, V_TWO_MANT + V_BIAS + VK(54, 24), V_TWO_MANT + V_BIAS);
    const VT shifted = k * third + V_ROUND, j = k - 3 * (shifted - V_ROUND);
    const VU up = VF(_mask)(j > 0), down = VF(_mask)(j < 0);
    const VT m = VF(_value)((a & V_FRACTION) | V_ONE);
    const VT w = m * VF(_select)(up, 2, VF(_select)(down, (VT)0.5, 1));
    /* m^(-1/3) on [1, 2] to 2^-14, then one step of third order */
    VT y = V_P5(m, VK(1.6700094047538268, 1.67000937f), VK(-1.1728877693980722, -1.17288780f),
                VK(0.69549048736964436, 0.695490479f), VK(-0.22124139941236515, -0.221241400f),
                VK(0.028591612495937016, 0.0285916124f));
    y *= VF(_select)(up, VK(0x1.965fea53d6e3dp-1, 0x1.965feap-1f),
                     VF(_select)(down, VK(0x1.428a2f98d728bp0, 0x1.428a3p0f), 1));
    const VT e = 1 - w * (y * y * y);
    y += y * e * VF(_fma)(e, VK(0.22222222222222222, 0.222222222f), third);
    const VT t = VF(_upper)(w * y * y), square = t * t, upper = VF(_upper)(square);
    const VT v = ((w - upper * t) - (square - upper) * t) * (y * y * y);
    const VT root = t + t * v * VF(_fma)(v, VK(0.22222222222222222, 0.222222222f), third);
    const VT scaled = root * VF(_value)((VF(_bits)(shifted) << V_MANT) + V_ONE);
    const VU same = VF(_mask)(x != x) | VF(_mask)(x == 0) | VF(_same)(VF(_abs)(x), V_INF);
    return VF(_select)(same, x, VF(_signed)(scaled, x));
}

/* ---- trigonometric functions ----------------------------------------------------------------- */

/* sin(r + rest), |r| <= pi/4 and rest below one ulp of r, in two parts; approximates
   (sin r - r) / r^3.  The float versions have double arguments, so that one part is enough. */
V_FN double VF(_sine)(double r, double rest, double *low)
{
    (void)rest;
    const double z = r * r;
    const double q = VK(V_P6(z, -0.16666666666666632, 0.0083333333333226994,
                             -0.00019841269829994971, 2.755731374763921e-06,
                             -2.5050765825750885e-08, 1.5897198811709352e-10),
                        v__fma(v__fma(-0.00019517847131716694, z, 0.0083321832724960014), z,
                               -0.16666655055389021));
    const double tail = VK(v__fma(r * z, q, v__fma(-0.5 * z, rest, rest)), r * z * q), y = r + tail;
    *low = (r - y) + tail;
    return y;
}

/* cos(r + rest) in two parts; approximates (cos r - 1 + r^2/2) / r^4. */
V_FN double VF(_cosine)(double r, double rest, double *low)
{
    (void)rest;
    const double z = r * r, h = 0.5 * z, w = 1 - h;
    const double q = VK(V_P6(z, 0.041666666666666637, -0.0013888888888879238,
                             2.4801587292309557e-05, -2.7557315089817025e-07,
                             2.08758150857854e-09, -1.1364049198208785e-11),
                        v__fma(v__fma(2.4440519232172398e-05, z, -0.0013887388413250964), z,
                               0.041666647377963106));
    const double tail = VK(((1 - w) - h) + v__fma(z * z, q, -r * rest), z * z * q), y = w + tail;
    *low = (w - y) + tail;
    return y;
}

/* Whether x lies outside the domain of the _near functions, as a mask: |x| > 2^18 (float: 2^20),
   infinite, NaN.  A loop that finds no such x in its block may use those instead: they need neither
   a table nor many digits and take a third of the time. */
V_FN VU VF(far)(VT x)
{
    return VF(_mask)((VI)(VF(_bits)(x) & ~V_SIGN) > (VI)VF(_bits)(VK(0x1p18, 0x1p20f)));
}

/* x = n pi/2 + r + rest for x not far (Cody and Waite: n times the first parts of pi/2, 33 bits
   each, is exact).  Returns the bits of n + 1.5*2^52. */
V_FN uint64_t VF(_quadrant_near)(double x, double *r, double *rest)
{
    const double shifted = v__fma(x, 0x1.45f306dc9c883p-1, 0x1.8p52), n = shifted - 0x1.8p52;
    const double a = v__fma(-n, 0x1.921fb544p0, x);
#if VK(1, 0)
    const double b = n * 0x1.0b4611a6p-34, c = a - b, d = n * 0x1.3198a2ep-69, e = c - d;
    const double low = (((a - c) - b) + ((c - e) - d)) - n * 0x1.b839a252049c1p-104;
    *r = e + low;
    *rest = (e - *r) + low;
#else
    *r = v__fma(-n, 0x1.0b4611a626331p-34, a);
    *rest = 0;
#endif
    return v__bits(shifted);
}

/* The same for any finite x (Payne and Hanek): x times those chunks of 2/pi that give neither
   multiples of 4 nor terms too small to matter. */
#if VK(1, 0)
static const double v__two_over_pi[] __attribute__((unused)) = { /* 53 bits each; times 2^300 */
    0x1.45f306dc9c882p299, 0x1.4a7f09d5f47d4p246, 0x1.a6ee06db14accp193, 0x1.3c439041fe516p140,
    0x1.d5ef5de2b0db8p85, 0x1.2371d2126e970p33, 0x1.924bba8274600p-26, 0x1.21cfe1deb1cb1p-72,
    0x1.4d39f74411af8p-127, 0x1.4baed1213a671p-178, 0x1.8135a2fbf209cp-231, 0x1.91d639835339fp-284,
    0x1.272117e2ef7e4p-338, 0x1.41d8ffc4bffeep-391, 0x1.02cc07f79788cp-443, 0x1.6b414da3eda6cp-497,
    0x1.fb3c9f2c26dd2p-550, 0x1.d18fd9a797fa8p-602, 0x1.6ba93dd63f5f2p-655, 0x1.f17b3d0739f78p-708,
    0x1.4a525d4d7f6bfp-761, 0x1.88fc6ae842b00p-815, 0x1.98237e3db5d5fp-867};

/* Takes the multiples of the last place of grid out of *x and returns them. */
V_FN double v__extract(double *x, double grid)
{
    const double upper = (*x + grid) - grid;
    *x -= upper;
    return upper;
}

/* x modulo 4, in [-2, 2]. */
V_FN double v__modulo4(double x) { return x - 4 * __builtin_rint(0.25 * x); }

V_FN uint64_t v__quadrant(double x, double *r, double *rest)
{
    /* exponent of x - 54 = 53 j + something in [0, 53) */
    const double e = v__value(((v__bits(x) & V_EXPONENT) >> V_MANT) | v__bits(V_TWO_MANT));
    const double over = e - (V_TWO_MANT + V_BIAS + 54 + 26);
    const double place = over * (1.0 / 53) + V_ROUND;
    const uint64_t j = v__bits(place) & 31 & v__mask(over > -26);
    const double *const chunk = v__two_over_pi;
    const double y = x * 0x1p-300;
    double a = y * chunk[j], b = y * chunk[j + 1], c = y * chunk[j + 2], d = y * chunk[j + 3];
    double al = v__product_error(y, chunk[j], a), bl = v__product_error(y, chunk[j + 1], b);
    double cl = v__product_error(y, chunk[j + 2], c);
    const double dl = v__product_error(y, chunk[j + 3], d) + y * chunk[j + 4];
    a = v__modulo4(a);
    al = v__modulo4(al);
    b = v__modulo4(b);
    /* sums of multiples of 2^-48, then of 2^-97, are exact */
    const double top = 0x1.8p4, middle = 0x1.8p-45;
    const double s = v__extract(&a, top) + v__extract(&al, top) + v__extract(&b, top)
                   + v__extract(&bl, top) + v__extract(&c, top);
    const double t = v__extract(&a, middle) + v__extract(&al, middle) + v__extract(&b, middle)
                   + v__extract(&bl, middle) + v__extract(&c, middle) + v__extract(&cl, middle)
                   + v__extract(&d, middle);
    const double tail = ((a + al) + (b + bl)) + ((c + cl) + (d + dl));
    const double n = s + V_ROUND, f = s - (n - V_ROUND);
    /* the fraction f + t + tail of a quarter turn, in two parts, times pi/2 */
    const double g = f + t, g_low = (g - f), u = ((f - (g - g_low)) + (t - g_low)) + tail;
    const double h = g + u, h_low = (g - h) + u;
    const double half_pi = 0x1.921fb54442d18p0;
    const double p = h * half_pi;
    const double p_low = v__product_error(h, half_pi, p)
                       + v__fma(h, 0x1.1a62633145c07p-54, h_low * half_pi);
    *r = p + p_low;
    *rest = (p - *r) + p_low;
    return v__bits(n);
}
#else
static const double v__two_over_pif[] __attribute__((unused)) = { /* 29 bits each */
    0x1.45f306dp-1, 0x1.9391054p-30, 0x1.4fe13abp-59, 0x1.d1f534dp-88, 0x1.b81b6c5p-117,
    0x1.5993c4p-148, 0x1.c820ff2p-175, 0x1.163abdep-204};

V_FN uint64_t v__quadrantf(float x, double *r, double *rest)
{
    /* exponent of x - 25 = 29 j + something in [0, 29); all products are exact */
    const double y = x;
    const double e = v__value(((v__bits(y) & ((uint64_t)2047 << 52)) >> 52) | v__bits(0x1p52));
    const double over = e - (0x1p52 + 1023 + 25 + 14), place = over * (1.0 / 29) + 0x1.8p52;
    const uint64_t j = v__bits(place) & 3 & v__mask(over > -14);
    const double *const chunk = v__two_over_pif;
    const double a = v__modulo4(y * chunk[j]), b = v__modulo4(y * chunk[j + 1]);
    const double c = y * chunk[j + 2], n = ((a + b) + c) + 0x1.8p52;
    const double f = (((a - (n - 0x1.8p52)) + b) + c) + y * chunk[j + 3];
    *r = f * 0x1.921fb54442d18p0;
    *rest = 0;
    return v__bits(n);
}
#endif

/* NaN for infinity (raises invalid) and NaN. */
V_FN VT VF(_circular_special)(VT x)
{
    return x - VF(_keep)(VF(_same)(VF(_abs)(x), V_INF), x);
}

/* sin x (shift = 0), cos x (shift = 1). */
V_FN VT VF(_circular)(VT x, uint64_t shift, _Bool bounded)
{
    double r, rest, low;
    const uint64_t turns = bounded ? VF(_quadrant_near)(x, &r, &rest) : VF(_quadrant)(x, &r, &rest);
    const uint64_t n = turns + shift;
    const double y = v__select(-(n & 1), VF(_cosine)(r, rest, &low), VF(_sine)(r, rest, &low));
    return (VT)v__value(v__bits(y) ^ (n & 2) << 62);
}

/* For doubles the quotient of sine and cosine is corrected by its remainder. */
V_FN VT VF(_tangent)(VT x, _Bool bounded)
{
    double r, rest, s_low, c_low;
    const uint64_t n = bounded ? VF(_quadrant_near)(x, &r, &rest) : VF(_quadrant)(x, &r, &rest);
    const uint64_t odd = -(n & 1);
    const double s = VF(_sine)(r, rest, &s_low), c = VF(_cosine)(r, rest, &c_low);
    const double top = v__select(odd, -c, s), bottom = v__select(odd, s, c), inverse = 1 / bottom;
    double y = top * inverse;
#if VK(1, 0)
    const double p = y * bottom, low = v__select(odd, -c_low, s_low);
    y += inverse * ((top - p) - v__product_error(y, bottom, p)
                    + v__fma(-y, v__select(odd, s_low, c_low), low));
#endif
    return (VT)y;
}

/* sin x, cos x, tan x where x is not far.  No spurious flags. */
V_FN VT VF(sin_near)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    return VF(_select)(ordinary, VF(_circular)(VF(_keep)(ordinary, x), 0, 1), x);
}

V_FN VT VF(cos_near)(VT x) { return VF(_circular)(VF(_keep)(VF(_ordinary)(x), x), 1, 1); }

V_FN VT VF(tan_near)(VT x)
{
    const VU ordinary = VF(_ordinary)(x);
    return VF(_select)(ordinary, VF(_tangent)(VF(_keep)(ordinary, x), 1), x);
}

/* The same for every x, and of what is not far with the same bits. */
V_FN VT VF(sin)(VT x)
{
    const VU far = VF(far)(x), finite = VF(_finite)(x);
    const VT y = VF(_circular)(VF(_keep)(far & finite, x), 0, 0), near = VF(sin_near)(VF(_keep)(~far, x));
    return VF(_select)(far, VF(_select)(finite, y, VF(_circular_special)(x)), near);
}

V_FN VT VF(cos)(VT x)
{
    const VU far = VF(far)(x), finite = VF(_finite)(x);
    const VT y = VF(_circular)(VF(_keep)(far & finite, x), 1, 0), near = VF(cos_near)(VF(_keep)(~far, x));
    return VF(_select)(far, VF(_select)(finite, y, VF(_circular_special)(x)), near);
}

V_FN VT VF(tan)(VT x)
{
    const VU far = VF(far)(x), finite = VF(_finite)(x);
    const VT y = VF(_tangent)(VF(_keep)(far & finite, x), 0), near = VF(tan_near)(VF(_keep)(~far, x));
    return VF(_select)(far, VF(_select)(finite, y, VF(_circular_special)(x)), near);
}

/* ---- inverse trigonometric functions --------------------------------------------------------- */

/* For |x| <= 1/2 s = |x| (0 where it is tiny); otherwise s = sqrt((1 - |x|) / 2), and asin|x| is
   pi/2 - 2 asin(s).  Returns asin(s) - s; NaN (raises invalid) for |x| > 1. */
V_FN VT VF(_asin_tail)(VT x, VT *s, VU *large)
{
    const VT a = VF(_clamp)(VF(_keep)(VF(_regular)(x), VF(_abs)(x)), 2);
    *large = VF(_mask)(a > (VT)0.5);
    const VT z = VF(_select)(*large, (VT)0.5 - (VT)0.5 * a, a * a);
    *s = VF(_select)(*large, VK(__builtin_sqrt, __builtin_sqrtf)(z), a);
    /* (asin(s) - s) / s^3 on [0, 1/2] */
    const VT q = VK(V_P12(z, 0.1666666666666588, 0.075000000002523201, 0.044642856885006736,
                          0.03038195716441533, 0.022371799047741652, 0.017359158519758073,
                          0.013890071840529178, 0.012140423215841717, 0.0066418909651202738,
                          0.019240873333989533, -0.015805866195377438, 0.031644775357661747),
                    V_P6(z, 0.166666612f, 0.0750047937f, 0.044520732f, 0.0317815579f, 0.0145232296f,
                         0.0374126434f));
    return *s * z * q;
}

/* asin x.  No spurious flags. */
V_FN VT VF(asin)(VT x)
{
    VU large;
    VT s;
    const VT tail = VF(_asin_tail)(x, &s, &large);
    const VT y = VK(0x1.921fb54442d18p0, 0x1.921fb6p0f)
               - (2 * s + (2 * tail - VK(0x1.1a62633145c07p-54, -0x1.777a5cp-25f)));
    return VF(_select)(VF(_regular)(x), VF(_signed)(VF(_select)(large, y, s + tail), x), x);
}

/* acos x.  No spurious flags. */
V_FN VT VF(acos)(VT x)
{
    VU large;
    VT s;
    const VT tail = VF(_asin_tail)(x, &s, &large);
    const VU negative = VF(_negative)(x);
    const VT low = VK(0x1.1a62633145c07p-54, -0x1.777a5cp-25f);
    const VT flip = VF(_value)(VF(_bits)((VT)1) | (~negative & V_SIGN)); /* -1 unless x < 0 */
    const VT inner = VK(0x1.921fb54442d18p0, 0x1.921fb6p0f)
                   + (flip * s + VF(_fma)(flip, tail, low));
    const VT right = 2 * (s + tail);
    const VT left = VK(0x1.921fb54442d18p1, 0x1.921fb6p1f) - (2 * s + (2 * tail - 2 * low));
    const VT y = VF(_select)(large, VF(_select)(negative, left, right), inner);
    return VF(_select)(VF(_mask)(x == x), y, x);
}

/* (atan(t) - t) / t^3 on [0, 0.6], for z = t^2 */
#define V_ATAN_TAIL(z) \
    VK(V_P14(z, -0.3333333333333327, 0.19999999999980872, -0.14285714283813591, \
                  0.11111111018873364, -0.090909064787777966, 0.076922601521541081, \
                  -0.066660773864506029, 0.058771944156901158, -0.052305545738469926, \
                  0.046113589886821682, -0.038379558908097605, 0.02735400170886277, \
                  -0.014114893176128076, 0.0037652743381654018), \
            V_P6(z, -0.333332956f, 0.199978292f, -0.142434731f, 0.107288584f, \
                 -0.0727455765f, 0.0299125481f))

/* atan x = base + atan(t) with t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, so that |t| <= 0.6.
   No spurious flags. */
V_FN VT VF(atan)(VT x)
{
    const VU regular = VF(_regular)(x);
    const VT a = VF(_clamp)(VF(_keep)(regular, VF(_abs)(x)), VK(0x1p60, 0x1p30f));
    const VU middle = VF(_mask)(a > VK(0.6, 0.6f)), large = VF(_mask)(a > VK(1.6666, 1.6666f));
    const VT top = VF(_select)(large, -1, a - VF(_keep)(middle, 1));
    const VT t = top / VF(_select)(large, a, 1 + VF(_keep)(middle, a)), z = t * t;
    const VT q = V_ATAN_TAIL(z);
    const VT quarter = VK(0x1.921fb54442d18p-1, 0x1.921fb6p-1f);
    const VT high = VF(_keep)(middle, quarter) + VF(_keep)(large, quarter), sum = high + t;
    /* pi/4 = quarter (1 + low) */
    const VT low = VK(0x1.1a62633145c07p-55, -0x1.777a5cp-26f) / quarter;
    const VT y = sum + VF(_fma)(t * z, q, VF(_fma)(high, low, (high - sum) + t));
    return VF(_select)(regular, VF(_signed)(y, x), x);
}

#include "vmath_plane.h"
#include "vmath_special.h"
#include "vmath_gamma.h"

#undef V_ATAN_TAIL
#undef V_MANT
#undef V_BIAS
#undef V_ONE
#undef V_FRACTION
#undef V_EXPONENT
#undef V_SIGN
#undef V_ROUND
#undef V_TWO_MANT
#undef V_INF

#endif /* one type */
