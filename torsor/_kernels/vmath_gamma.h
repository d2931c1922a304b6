/* The gamma function's logarithm and its derivatives: part of vmath.h, which reads this once for each type.  Floats
   are computed in double.  None of these keeps to the flags of C99.

   Right of 6 Stirling's series; numbers below go to an interval near the zero by the recurrence, whose terms have
   one sign there, except for trigamma's, which go up.  Left of zero by reflection: near the zeros there, where two
   terms cancel, the error is small beside those terms only. */

#if VK(1, 0)

/* sin(pi x), with what it lacks, and cos(pi x), up to their common sign. */
V_FN double v__turn(double x, double *cosine, double *lost)
{
    const double r = x - __builtin_rint(x), a = v__abs(r);
    const uint64_t steep = v__mask(a > 0.25);
    const double b = v__select(steep, 0.5 - a, a), pi = 0x1.921fb54442d18p1, angle = b * pi;
    const double rest = v__fma(b, 0x1.1a62633145c07p-53, v__product_error(b, pi, angle));
    double s_low, c_low;
    const double s = v__sine(angle, rest, &s_low), c = v__cosine(angle, rest, &c_low);
    *cosine = v__select(steep, s, c);
    *lost = v__signed(1, r) * v__select(steep, c_low, s_low);
    return v__signed(v__select(steep, c, s), r);
}

/* log |gamma(x)|. */
V_FN double v_lgamma(double x)
{
    const uint64_t number = v__mask(x == x), left = v__mask(x <= -0.25);
    const double given = v__select(number, x, 1), p = v__select(left, -given, given);
    const uint64_t large = v__mask(p >= 6), low = v__mask(p < 0.75);
    /* below 6 a number in [3/4, 5/2), from which p is n steps up or, where it is low, one down */
    const double m = v__select(large, 2, p), n = v__keep(v__mask(m >= 2.5), __builtin_floor(m - 1.5));
    double product = 1;
    for (int k = 1; k <= 4; k++)
        product *= v__select(v__mask(n >= k), m - k, 1);
    const double y = v__select(low, m, m - 1 - n);           /* beyond 1 */
    const uint64_t first = v__mask(y < 0.42);
    const double t = v__keep(first, y), u = v__keep(~first, y - 1);
    /* lgamma(1 + t) / t on [-0.25, 0.42] and lgamma(2 + u) / u on [-0.58, 0.5] */
    const double one = V_P21(t, -0.5772156649015329, 0.8224670334241132, -0.400685634386529, 0.27058080842782095,
                             -0.20738555102957393, 0.16955717699127912, -0.14404989663777906, 0.12550966989950685,
                             -0.11133427550944118, 0.10009945332051487, -0.09095362441366142, 0.08335333953022515,
                             -0.07694142316928645, 0.07145735483501153, -0.06656914991567041, 0.062030689475752646,
                             -0.059018815774210136, 0.05952966861311278, -0.058341053811551004,
                             0.042277588491861806, -0.014903557327553907);
    const double two = V_P19(u, 0.42278433509846713, 0.32246703342411326, -0.06735230105319996, 0.020580808427781618,
                             -0.007385551028482819, 0.0028905103309186816, -0.0011927539192575231,
                             0.0005096695193252913, -0.00022315460840591426, 9.945760989875191e-05,
                             -4.492792150869664e-05, 2.0506145479234714e-05, -9.42825988317116e-06,
                             4.382051588053358e-06, -2.083623270629274e-06, 9.266135966499694e-07,
                             -3.509240281556254e-07, 2.7218276381557087e-07, -2.0225872357411635e-07);
    const double l = v_log(v__select(large, p, v__select(low, v__abs(p), product)));
    const double z = 1 / v__select(large, p, 8), w = z * z;
    /* x (lgamma(x) - (x - 1/2) (log x - 1) - (log(2 pi) - 1) / 2), for w = 1 / x^2 */
    const double series = V_P7(w, 0.0833333333333333, -0.0027777777776807643, 0.0007936507373369848,
                               -0.0005952257418022643, 0.0008404447851602169, -0.0018449995052567591,
                               0.004298394281325464);
    const double tail = v__fma(z, series, 0.4189385332046727);
    const double near = v__select(first, t * one, u * two) + v__select(low, -l, l);
    const double right = v__select(large, (p - 0.5) * (l - 1) + tail, near);
    /* gamma(x) gamma(-x) = -pi / (x sin(pi x)); every number that large is whole */
    const double a = v__select(v__mask(p < 0x1p53), p, 1);
    double cosine, lost;
    const double sine = v__abs(v__turn(a, &cosine, &lost));
    const double mirrored = v_log(0x1.921fb54442d18p1 / v__select(left, a * sine, 1)) - v__keep(left, right);
    const double y0 = v__select(left, v__select(v__mask(sine == 0), __builtin_inf(), mirrored), right);
    return v__select(number, y0, x);
}

/* The derivative of lgamma. */
V_FN double v_digamma(double x)
{
    const uint64_t number = v__mask(x == x), left = v__mask(x < 0);
    const double given = v__select(number, x, 1), p = v__select(left, 1 - given, given);
    const uint64_t large = v__mask(p >= 6), low = v__mask(p < 1);
    const double m = v__select(large, 2, p), n = v__keep(v__mask(m >= 2.25), __builtin_floor(m - 1.25));
    double top = v__keep(low, -1), bottom = v__select(low, m, 1);
    for (int k = 1; k <= 4; k++) {
        const uint64_t step = v__mask(n >= k);
        const double f = v__select(step, m - k, 1);
        top = v__fma(top, f, v__keep(step, bottom));
        bottom *= f;
    }
    const double y = m - n;                                  /* of [1, 9/4), or of [0, 1) where it is low */
    const double away = v__select(low, (y - 0x1.d8b618d5af8fep-2) + 0x1.1e563779a1f5bp-56,
                                  (y - 0x1.762d86356be3fp+0) - 0x1.b86a722197829p-54);
    const double t = y - v__select(low, 0.625, 1.625);
    /* digamma(x) / (x - its zero) on [1, 9/4], for t = x - 13/8 */
    const double q = V_P23(t, 0.9015925158282158, -0.3697749644574135, 0.19272012460146404, -0.10919698588537646,
                           0.06426251743322346, -0.038557826834792974, 0.02338043996048101, -0.014262520156305518,
                           0.008730866969230897, -0.005355750828669323, 0.0032894426818539458,
                           -0.0020216499916223714, 0.0012431825291255353, -0.0007661175386188153,
                           0.0004713263324678727, -0.0002837368966628033, 0.000174588475279055,
                           -0.00012534423074340154, 7.71321699033072e-05, -1.528555204770733e-05,
                           9.40612177171691e-06, -3.873990083243008e-05, 2.3839859002017527e-05);
    const double z = 1 / v__select(large, p, 8), w = z * z;
    /* (log x - 1 / 2x - digamma(x)) x^2, for w = 1 / x^2 */
    const double series = V_P7(w, 0.08333333333333294, -0.00833333333196673, 0.003968253174196778,
                               -0.00416649213380119, 0.007557240349829397, -0.02005781319935496, 0.0527835788020277);
    const double far = v_log(v__select(large, p, 1)) - v__fma(w, series, 0.5 * z);
    const double right = v__select(large, far, v__fma(away, q, top / bottom));
    double cosine, lost;
    const double sine = v__turn(v__select(v__mask(given > -0x1p53), v__keep(left, given), 0), &cosine, &lost);
    const double flipped = right - 0x1.921fb54442d18p1 * cosine / sine;
    const double y0 = v__select(left, v__select(v__mask(sine == 0), __builtin_nan(""), flipped), right);
    return v__select(number, y0, x);
}

/* The derivative of digamma. */
V_FN double v_trigamma(double x)
{
    const uint64_t number = v__mask(x == x), left = v__mask(x < -0.25);
    const double given = v__select(number, x, 1), p = v__select(left, 1 - given, given);
    const uint64_t small = v__mask(p < 6);
    const double m = v__select(small, p, 1), y = v__select(small, p + 6, p);
    double top = 0, bottom = 1;
    for (int k = 1; k <= 5; k++) {
        const double f = (m + k) * (m + k);
        top = v__fma(top, f, bottom);
        bottom *= f;
    }
    const double z = 1 / y, w = z * z;
    /* (trigamma(x) - 1 / x - 1 / 2x^2) x^3, for w = 1 / x^2 */
    const double series = V_P8(w, 0.16666666666666644, -0.03333333333220509, 0.023809522948893713,
                               -0.03333308110147455, 0.07572083203711484, -0.2501477294451848, 1.0286907996359482,
                               -3.412961215232866);
    const double far = z + v__fma(z * w, series, 0.5 * w);
    const double right = v__keep(small, 1 / m / m) + (v__keep(small, top / bottom) + far);
    /* pi^2 / sin^2(pi x), corrected by what the quotient leaves */
    double cosine, lost;
    const double a = v__select(v__mask(given > -0x1p53), v__keep(left, given), 0);
    const double sine = v__turn(a, &cosine, &lost), square = sine * sine, inverse = 1 / square;
    const double ratio = 0x1.3bd3cc9be45dep+3 * inverse, p0 = ratio * square;
    const double square_lost = v__fma(2 * sine, lost, v__product_error(sine, sine, square));
    const double rest = (0x1.3bd3cc9be45dep+3 - p0) - v__product_error(ratio, square, p0)
                      + v__fma(-ratio, square_lost, 0x1.692b71366cc04p-51);
    const double flipped = ratio + (v__fma(inverse, rest, -right));
    const double y0 = v__select(left, v__select(v__mask(sine == 0), __builtin_inf(), flipped), right);
    return v__select(number, y0, x);
}

#else
V_FN float v_lgammaf(float x) { return (float)v_lgamma(x); }
V_FN float v_digammaf(float x) { return (float)v_digamma(x); }
V_FN float v_trigammaf(float x) { return (float)v_trigamma(x); }
#endif
