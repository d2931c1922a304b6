/* Functions of two numbers: part of vmath.h, which reads this once for each type. */

/* sqrt(x^2 + y^2), without overflow on the way; infinite where one is, even if the other is NaN.
   Floats in double, where squares are exact.  May raise underflow. */
V_FN VT VF(hypot)(VT x, VT y)
{
    const VU infinite = VF(_same)(VF(_abs)(x), V_INF) | VF(_same)(VF(_abs)(y), V_INF);
#if VK(1, 0)
    const VU bx = VF(_bits)(x) & ~V_SIGN, by = VF(_bits)(y) & ~V_SIGN;
    const VI top = (VI)bx > (VI)by ? (VI)bx : (VI)by;
    const VU huge = VF(_mask)(top > (VI)VF(_bits)((VT)0x1p500));
    const VU tiny = VF(_mask)(top < (VI)VF(_bits)((VT)0x1p-400));
    const VT scale = VF(_select)(huge, 0x1p-600, VF(_select)(tiny, 0x1p600, 1));
    const VT back = VF(_select)(huge, 0x1p600, VF(_select)(tiny, 0x1p-600, 1));
    const VT a = VF(_keep)(~infinite, x) * scale, b = VF(_keep)(~infinite, y) * scale;
    const VT p = a * a, q = b * b, s = p + q;
    /* what the square of the root lacks, halved and divided by it */
    const VT large = VF(_select)(VF(_mask)((VI)bx > (VI)by), p, q);
    const VT small = VF(_select)(VF(_mask)((VI)bx > (VI)by), q, p);
    const VT root = __builtin_sqrt(s), t = root * root;
    const VT rest = ((s - t) - VF(_product_error)(root, root, t)) + ((large - s) + small)
                  + (VF(_product_error)(a, a, p) + VF(_product_error)(b, b, q));
    const VT safe = VF(_select)(VF(_mask)(s == 0), 1, root);
    const VT y0 = (root + 0.5 * rest / safe) * back;
#else
    const double a = VF(_keep)(~infinite, x), b = VF(_keep)(~infinite, y);
    const VT y0 = (VT)__builtin_sqrt(a * a + b * b);
#endif
    return VF(_select)(infinite, V_INF, y0);
}

/* The angle of the point (x, y): base + atan(t), where t = n / d or (n - d) / (n + d) of the smaller and
   the larger coordinate, so that |t| <= 0.6.  May raise underflow. */
V_FN VT VF(atan2)(VT y, VT x)
{
    const VU nan = VF(_mask)(x != x) | VF(_mask)(y != y);
    const VT px = VF(_select)(nan, 1, VF(_abs)(x)), py = VF(_select)(nan, 1, VF(_abs)(y));
    const VU both = VF(_same)(px, V_INF) & VF(_same)(py, V_INF);
    const VU steep = VF(_mask)((VI)VF(_bits)(py) > (VI)VF(_bits)(px));
    const VI size = (VI)VF(_bits)(VF(_select)(steep, py, px));
    const VU huge = VF(_mask)(size >= (VI)VF(_bits)(VK(0x1p1022, 0x1p126f)));
    const VU tiny = VF(_mask)(size < (VI)VF(_bits)(VK(0x1p-960, 0x1p-100f)));
    const VT scale = VF(_select)(huge, (VT)0.25, VF(_select)(tiny, VK(0x1p60, 0x1p28f), 1));
    const VT n = VF(_select)(both, 1, VF(_select)(steep, px, py) * scale);
    const VT longer = VF(_select)(both, 1, VF(_select)(steep, py, px) * scale);
    const VT d = VF(_select)(VF(_mask)(longer == 0), 1, longer);
    const VU middle = VF(_mask)(n > VK(0.6, 0.6f) * d);
    const VT t = (n - VF(_keep)(middle, d)) / (d + VF(_keep)(middle, n)), z = t * t;
    const VT q = V_ATAN_TAIL(z);
    const VT quarter = VK(0x1.921fb54442d18p-1, 0x1.921fb6p-1f);
    const VT low = VK(0x1.1a62633145c07p-55, -0x1.777a5cp-26f);       /* of pi/4 beyond quarter */
    /* from the nearer axis, then mirrored at the diagonal and at the ordinate: turns pi/4 + sign r */
    const VU left = VF(_negative)(x);
    const VU flip = (steep ^ left) & V_SIGN;
    VT turns = VF(_keep)(middle, 1);
    turns = VF(_select)(steep, 2 - turns, turns);
    turns = VF(_select)(left, 4 - turns, turns);
    const VT r = VF(_value)(VF(_bits)(t) ^ flip), base = turns * quarter, sum = base + r;
    const VT tail = VF(_fma)(r * z, q, VF(_fma)(turns, low, (base - sum) + r));
    const VT angle = VF(_select)(VF(_mask)(turns == 0), VF(_fma)(t * z, q, t), sum + tail);
    return VF(_select)(nan, x + y, VF(_signed)(VF(_abs)(angle), y));
}

/* m + log(1 + e^-|x - y|) with m the larger of x and y.  NaN raises invalid, as NumPy's does. */
V_FN VT VF(logaddexp)(VT x, VT y)
{
    const VU nan = VF(_mask)(x != x) | VF(_mask)(y != y), same = VF(_mask)(x == y) | nan;
    const VT a = VF(_keep)(~nan, x), b = VF(_keep)(~nan, y), top = VF(_select)(VF(_mask)(a > b), a, b);
    const VT apart = VF(_abs)(VF(_keep)(~same, a) - VF(_keep)(~same, b)), invalid = VF(_keep)(nan, V_INF);
    const double s = v_softplus(-(double)apart);
    return (VT)((double)top + s) + (invalid - invalid);
}

/* The same to base two. */
V_FN VT VF(logaddexp2)(VT x, VT y)
{
    const VU nan = VF(_mask)(x != x) | VF(_mask)(y != y), same = VF(_mask)(x == y) | nan;
    const VT a = VF(_keep)(~nan, x), b = VF(_keep)(~nan, y), top = VF(_select)(VF(_mask)(a > b), a, b);
    const VT apart = VF(_abs)(VF(_keep)(~same, a) - VF(_keep)(~same, b)), invalid = VF(_keep)(nan, V_INF);
    const double s = v_log1p(v_exp2(-(double)apart)) * 0x1.71547652b82fep0;
    return (VT)((double)top + s) + (invalid - invalid);
}
