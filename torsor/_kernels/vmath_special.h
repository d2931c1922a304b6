/* Special functions: part of vmath.h, which reads this once for each type.  Floats are computed in double.
   None of these keeps to the flags of C99. */

#if VK(1, 0)

/* erf(a) / a on [0, 1/2], for z = a^2 */
#define V_ERF_CENTRE(z) \
    V_P9(z, 1.1283791670955126, -0.37612638903183476, 0.11283791670925562, -0.026866170632954798, \
         0.0052239773740710019, -0.00085482978431303681, 0.00012053339348728073, \
         -1.4845953149852273e-05, 1.4726903570625824e-06)

/* x times the normal distribution up to x, which is erfc(-x / sqrt(2)) / 2. */
V_FN double v_gelu(double x)
{
    const uint64_t number = v__mask(x == x);
    const double a = v__clamp(v__keep(number, v__abs(x)), 39.5);
    /* a / sqrt(2) in two parts, t + rest: the tail is as steep as t^2 */
    const double root = 0x1.6a09e667f3bcdp-1, t = a * root;
    const double rest = v__fma(a, -0x1.bdd3413b26456p-55, v__product_error(a, root, t));
    const uint64_t large = v__mask(t > 0.5);
    const double tail = v__erfc(v__keep(large, t), v__keep(large, rest), v__keep(large, 0.5 * a));
    const double centre = 0.5 * a * (1 - v__keep(~large, t) * V_ERF_CENTRE(v__keep(~large, t) * v__keep(~large, t)));
    const double lost = v__select(large, tail, centre);          /* |x| times the rest of the distribution */
    const double y = v__select(v__negative(x), -lost, v__abs(x) - lost);
    return v__select(number, y, x);
}

/* The inverse of erf: a guess to seven digits, then one step of third order (Halley's). */
V_FN double v_erfinv(double x)
{
    const uint64_t number = v__mask(x == x);
    const double given = v__keep(number, v__abs(x)), a = v__keep(v__mask(given < 1), given);
    const double p = (1 - a) * (1 + a), w = -v_log(p);
    /* erfinv(a) / a, by w and, in the tail, by sqrt(w) */
    const uint64_t far = v__mask(w > 6.25);
    const double u = v__keep(~far, w), s = v__select(far, __builtin_sqrt(w), 4) - 4;
    const double near = V_P8(u, 0.8862262983466637, 0.23202706085338784, 0.01149490961749291,
                             -0.002242130101464924, -0.0002104451108271704, 8.732831022155186e-05,
                             -9.040012622161906e-06, 3.356498423278423e-07);
    const double tail = V_P10(s, 3.8397837349176194, 1.0094966298671775, 0.0012610837405778335,
                              -0.0008875353988251683, 0.00031916886777096835, -8.782965645270989e-05,
                              5.252182047152041e-05, -5.2503520929810195e-05, 2.486797756001642e-05,
                              -4.1224636676611596e-06);
    const double y = a * v__select(far, tail, near), z = y * y;
    const uint64_t large = v__mask(a > 0.5204);
    const double over = (1 - a) - v__erfc(v__keep(large, y), 0, 1);
    const double centre = v__keep(~large, y);
    const double under = v__fma(centre, V_ERF_CENTRE(centre * centre), -v__keep(~large, a));
    const double step = v__select(large, over, under) * 0x1.c5bf891b4ef6bp-1 * v_exp(z);
    const double root = y - step / v__fma(y, step, 1);
    const double outside = v__select(v__mask(given == 1), __builtin_inf(), __builtin_nan(""));
    return v__select(number, v__signed(v__select(v__mask(given < 1), root, outside), x), x);
}

/* The modified Bessel function of the first kind and order zero; infinite where e^|x| is and NaN for infinity,
   as NumPy's is.  Raises overflow and invalid. */
V_FN double v_bessel_i0(double x)
{
    const double a = v__select(v__mask(x == x), v__abs(x), 0);
    const uint64_t large = v__mask(a > 8);
    const double b = v__keep(~large, a), z = 0.25 * b * b, c = v__select(large, a, 16), t = 16 / c - 1;
    /* (I0(a) - 1) / z on [0, 8], and I0(a) sqrt(a) / exp(a) on [8, infinity] */
    const double centre = V_P16(z, 1.0, 0.25, 0.027777777777777762, 0.001736111111111147, 6.944444444440493e-05,
                                1.929012345705309e-06, 3.936759887993035e-08, 6.151187361364193e-10,
                                7.594057685381156e-12, 7.594070019494474e-14, 6.275948796822122e-16,
                                4.359498405380122e-18, 2.5722398177811744e-20, 1.3440225063774028e-22,
                                5.062353740472856e-25, 3.548836657975522e-27);
    const double tail = V_P24(t, 0.4021765094450081, 0.0033605519836678913, 0.00013621607438951466,
                              1.1143033788451497e-05, 1.4838476780909995e-06, 2.973599208538759e-07,
                              8.87201458773255e-08, 3.93251231208683e-08, 2.156780658746731e-08,
                              7.559364729885627e-09, -6.856483697304261e-09, -1.3427514167016474e-08,
                              -5.017596615802317e-09, 7.600261810265253e-09, 6.522269896707349e-09,
                              -3.586296485831305e-09, -4.5305773756854745e-09, 1.6085038120567463e-09,
                              2.1636861646594454e-09, -6.32802067696978e-10, -6.494612505402804e-10,
                              1.7698545071090037e-10, 9.114800543390475e-11, -2.4422800678671538e-11);
    const double y = v__select(large, v_exp(a) * tail / __builtin_sqrt(c), v__fma(z, centre, 1));
    return v__select(v__mask(x == x), y, x);
}

#else
V_FN float v_geluf(float x) { return (float)v_gelu(x); }
V_FN float v_erfinvf(float x) { return (float)v_erfinv(x); }

V_FN float v_bessel_i0f(float x)
{
    const float e = v_expf(v__absf(x));
    return v__selectf(v__samef(e, __builtin_inff()) & v__finitef(x), e, (float)v_bessel_i0(x));
}
#endif
