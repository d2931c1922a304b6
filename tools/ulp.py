"""Measure the accuracy, the floating-point flags and the speed of torsor/_kernels/vmath.h.

Compiles a small C driver around the header for one x86-64 level and compares every function with
glibc's double (float functions) or libquadmath's (double functions).  Exit status 1 if a bound is
exceeded or if a flag other than underflow and inexact differs from glibc's.

    python tools/ulp.py --level v3 --exhaustive exp log
    python tools/ulp.py --level v4 --speed
"""
import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import timeit
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

HEADER = Path(__file__).resolve().parent.parent / "torsor" / "_kernels"
FLAGS = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
FLAGS += ["-fno-strict-aliasing"]

# name: (bound in ULP, an interval where most of the function happens)
FUNCTIONS = {
    "exp": (1, -750, 715),
    "expm1": (1, -40, 40),
    "log": (1, 0, 4),
    "log1p": (1, -1, 4),
    "tanh": (2, -20, 20),
    "erf": (4, -6, 6),
    "erfc": (4, -6, 28),
    "gelu": (4, -39, 6),
    "sigmoid": (2, -750, 40),
    "softplus": (2, -750, 40),
    "exp2": (1, -1080, 1030),
    "log2": (1, 0, 4),
    "log10": (1, 0, 4),
    "sin": (1, -1e5, 1e5),
    "cos": (1, -1e5, 1e5),
    "tan": (2, -1e5, 1e5),
    "sin_near": (1, -(2**18), 2**18),
    "cos_near": (1, -(2**18), 2**18),
    "tan_near": (2, -(2**18), 2**18),
    "cbrt": (1, -8, 8),
    "sinh": (2, -712, 712),
    "cosh": (2, -712, 712),
    "asin": (2, -1, 1),
    "acos": (2, -1, 1),
    "atan": (2, -4, 4),
    "asinh": (2, -4, 4),
    "acosh": (2, 1, 4),
    "atanh": (2, -1, 1),
    "lgamma": (4, -0.25, 20),
    "digamma": (4, 0, 20),
    "trigamma": (4, -20, 20),
}
#: Functions whose rows raise nothing; and the numbers left of which errors are small beside larger terms only.
SILENT = {"lgamma", "digamma", "trigamma"}
LEFT = {"lgamma": -0.25, "digamma": 0}

DRIVER = r"""
#include <fenv.h>
#include <math.h>
#include <quadmath.h>
#include "vmath.h"

/* References, overloaded by suffix like those of the libraries. */
#define M_SQRT1_2f 0.70710678f
#define REFERENCES(T, s) \
    static T part##s(T x, T minus, T plus) { return __builtin_signbit(x) ? minus : plus; } \
    static T shrink##s(T x) { return exp##s(-fabs##s(x)); } \
    static T sigmoid##s(T x) { return part##s(x, shrink##s(x), 1) / (1 + shrink##s(x)); } \
    static T softplus##s(T x) { return part##s(x, 0, x) + log1p##s(shrink##s(x)); } \
    static T gelu##s(T x) { return x < -1e4 ? -0.0 : x * (erfc##s(-x * M_SQRT1_2##s) / 2); } \
    static T sin_near##s(T x) { return sin##s(x); } \
    static T cos_near##s(T x) { return cos##s(x); } static T tan_near##s(T x) { return tan##s(x); } \
    /* up to 40, then the asymptotic series; reflected left of zero */ \
    static T digamma##s(T x) \
    { \
        T sum = 0; \
        const T half = 2 * acos##s(0), turn = half * (x - rint##s(x)); \
        if (x == 0) return -1 / x; \
        if (x < 0) return x == floor##s(x) ? NAN : digamma##s(1 - x) - half * cos##s(turn) / sin##s(turn); \
        for (; x < 40; x++) sum -= 1 / x; \
        const T w = 1 / (x * x); \
        return sum + (log##s(x) - 1 / (2 * x) - w * (1 / (T)12 - w * (1 / (T)120 - w * (1 / (T)252 - w * (1 / (T)240 \
            - w * (5 / (T)660 - w * (691 / (T)32760 - w * (1 / (T)12 - w * (3617 / (T)8160)))))))));\
    } \
    static T trigamma##s(T x) \
    { \
        T sum = 0; \
        const T half = 2 * acos##s(0), turn = half / sin##s(half * (x - rint##s(x))); \
        if (x <= 0) return x == floor##s(x) ? HUGE_VAL : turn * turn - trigamma##s(1 - x); \
        if (x < 1e-9) return 1 / (x * x) + (T)1.6449340668482264365L; \
        for (; x < 40; x++) sum += 1 / (x * x); \
        const T w = 1 / (x * x); \
        return sum + (1 / x + w * (1 / (T)2 + (1 / x) * (1 / (T)6 - w * (1 / (T)30 - w * (1 / (T)42 - w * (1 / (T)30 \
            - w * (5 / (T)66 - w * (691 / (T)2730 - w * (7 / (T)6 - w * (3617 / (T)510))))))))));\
    }
REFERENCES(float, f)
REFERENCES(double, )
REFERENCES(__float128, q)

/* |got - want| in units of the last place of want, 0.5 for any correctly rounded number; infinity
   stands for the power of two above the largest finite number. */
#define ERROR(T, W, q, digits, low, high) \
    static double error_##T(T got, W want) \
    { \
        if (got == (T)want && got != 0) return 0.5; \
        const W top = scalbn##q(1, high); \
        if (want != want || got != got) return want != want && got != got ? 0 : HUGE_VAL; \
        if (got == 0 && !__builtin_signbit(got) != !__builtin_signbit(want)) return HUGE_VAL; \
        const W a = fabs##q(got) > top ? copysign##q(top, got) : got; \
        const W b = fabs##q(want) > top ? copysign##q(top, want) : want; \
        int e = b == 0 ? low : ilogb##q(b); \
        e = e < low ? low : e < high ? e : high - 1; \
        return (double)scalbn##q(fabs##q(a - b), digits - 1 - e); \
    }
ERROR(double, __float128, q, 53, -1022, 1024)
ERROR(float, double, , 24, -126, 128)

/* Type, suffix of that type, suffix of the reference.  flags_ returns those raised only here, and
   from bit 8 on those raised only by glibc, for vectors of equal elements. */
#define DEFINE(name, T, s, q) \
    __attribute__((noinline)) void loop_##name##s(const T *x, T *y, long n) \
    { _Pragma("GCC ivdep") for (long i = 0; i < n; i++) y[i] = v_##name##s(x[i]); } \
    double ulp_##name##s(const T *x, const T *y, long n, double *where) \
    { \
        double worst = -1; \
        for (long i = 0; i < n; i++) { \
            double e = error_##T(y[i], name##q(x[i])); \
            if (e > worst) { worst = e; *where = x[i]; } \
        } \
        return worst; \
    } \
    int flags_##name##s(const T *x, long n, int mask, double *where) \
    { \
        int seen = 0; \
        for (long i = 0; i < n; i++) { \
            T y[32], z[32]; \
            for (int j = 0; j < 32; j++) z[j] = x[i]; \
            feclearexcept(FE_ALL_EXCEPT); \
            loop_##name##s(z, y, 32); \
            const int here = fetestexcept(mask); \
            feclearexcept(FE_ALL_EXCEPT); \
            volatile T want = name##s(x[i]); \
            (void)want; \
            const int there = fetestexcept(mask), differ = (here & ~there) | (there & ~here) << 8; \
            if (differ & ~seen) *where = x[i]; \
            seen |= differ; \
        } \
        return seen; \
    }
"""
FLAG_BITS = {"invalid": 1, "divide": 4, "overflow": 8, "underflow": 16}  # of x86


def compile_driver(level, names, folder):
    """Build the driver for one level and load it."""
    source, library = Path(folder, "driver.c"), Path(folder, "driver.so")
    uses = (f"DEFINE({name}, double, , q)\nDEFINE({name}, float, f, )\n" for name in names)
    source.write_text(DRIVER + "".join(uses))
    flags = [*FLAGS, f"-march=x86-64-{level}"] + ["-mprefer-vector-width=512"] * (level == "v4")
    command = ["gcc", *flags, "-shared", "-fPIC", f"-I{HEADER}", source, "-o", library]
    subprocess.run([*command, "-lquadmath", "-lm"], check=True)
    return ctypes.CDLL(str(library))


def in_domain(name, x):
    """x without the arguments that the _near functions leave to their callers, every NaN quiet."""
    x = np.where(np.isnan(x), x.dtype.type(np.nan), x)
    if name in LEFT and x.dtype == np.float64:
        return x[~(x <= LEFT[name])]
    return x[np.abs(x) <= (2**20 if x.dtype == np.float32 else 2**18)] if "_near" in name else x


def doubles(name, count, seed):
    """Special values, neighbours of powers of two and of multiples of pi/2, random numbers."""
    _, low, high = FUNCTIONS[name]
    random = np.random.default_rng(seed)
    powers = np.ldexp(1.0, np.arange(-1074, 1024))
    turns = np.arange(1, 20000) * (np.pi / 2)
    parts = [[0, np.inf, np.nan, 709.782712893384, 709.79, 6381956970095103 * 2.0**797]]
    parts += [powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf)]
    parts += [turns, np.nextafter(turns, 0), np.arange(-1080, 1080, 0.5)]
    near = np.ldexp(random.uniform(-1, 1, count // 4), random.integers(-40, 1, count // 4))
    parts += [random.choice([0.0, 1.0], count // 4) + near, random.uniform(low, high, count)]
    parts += [random.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)]
    x = np.concatenate(parts)
    return in_domain(name, np.concatenate([x, -x]))


def floats(name, start, step, count=2**24):
    """The floats whose bit patterns are start, start + step, ..."""
    bits = np.arange(start, min(start + count * step, 2**32), step, dtype=np.uint64)
    return in_domain(name, bits.astype(np.uint32).view(np.float32))


def symbol(library, kind, name, x):
    return getattr(library, f"{kind}_{name}{'f' if x.dtype == np.float32 else ''}")


def measure(library, name, make):
    """Largest error in ULP over make(), and where."""
    x = make()
    y, where, size = np.empty_like(x), ctypes.c_double(), ctypes.c_long(x.size)
    arguments = *(ctypes.c_void_p(a.ctypes.data) for a in (x, y)), size
    symbol(library, "loop", name, x)(*arguments)
    ulp = symbol(library, "ulp", name, x)
    ulp.restype = ctypes.c_double
    return ulp(*arguments, ctypes.byref(where)), where.value


def flags(library, name, x, mask):
    """Text naming the flags that differ from glibc's, + for those raised only here."""
    where, size = ctypes.c_double(), ctypes.c_long(x.size)
    run = symbol(library, "flags", name, x)
    seen = run(ctypes.c_void_p(x.ctypes.data), size, mask, ctypes.byref(where))
    text = [f"+{flag}" for flag, bit in FLAG_BITS.items() if seen & bit]
    text += [f"-{flag}" for flag, bit in FLAG_BITS.items() if seen >> 8 & bit]
    return " ".join([*text, f"at {where.value!r}"]) if text else ""


def check(library, name, options, pool):
    """Print one line for each type; whether both are good."""
    bound, good = FUNCTIONS[name][0], True
    x, step = doubles(name, options.count, options.seed), 1 if options.exhaustive else 251
    makers = {
        "double": [partial(np.array, part) for part in np.array_split(x, 16)],
        "float": [partial(floats, name, start, step) for start in range(0, 2**32, step << 24)],
    }
    samples = {"double": x[:: max(1, x.size // 100_000)], "float": floats(name, 0, 65521)}
    samples["double"] = np.concatenate([x[:10_000], samples["double"]])
    for kind, parts in makers.items():
        worst, where = max(pool.map(partial(measure, library, name), parts))
        wrong, underflow = (flags(library, name, samples[kind], mask) for mask in (1 | 4 | 8, 16))
        wrong = "" if name in SILENT else wrong
        verdict = "FAILED" if worst > bound or wrong else "ok"
        good = good and verdict == "ok"
        error = f"{worst:7.4f} ULP at {where!r:<24} bound {bound}"
        print(f"{options.level} {name:9}{kind:7}{error} {verdict} {wrong} {underflow}", flush=True)
    return good


def speed(library, name, dtype):
    """Nanoseconds per element for 10 000 elements, here and in NumPy (nan where it has none)."""
    _, low, high = FUNCTIONS[name]
    x = np.random.default_rng(1).uniform(max(low, -10), min(high, 10), 10_000).astype(dtype)
    y, loop = np.empty_like(x), symbol(library, "loop", name, x)
    arguments = *(ctypes.c_void_p(a.ctypes.data) for a in (x, y)), ctypes.c_long(x.size)
    ufunc = getattr(np, name.removesuffix("_near"), None)
    calls = [partial(loop, *arguments), partial(ufunc, x, out=y) if ufunc else None]
    return [min(timeit.repeat(f, number=20, repeat=15)) / 2e-4 if f else np.nan for f in calls]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="functions; all by default")
    parser.add_argument("--level", default="v3", choices=["v2", "v3", "v4"])
    parser.add_argument("--exhaustive", action="store_true", help="all 2^32 floats")
    parser.add_argument("--count", type=int, default=300_000, help="random doubles of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", action="store_true", help="time instead of checking")
    options = parser.parse_args()
    names, failed = options.names or list(FUNCTIONS), False
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        library = compile_driver(options.level, names, folder)
        if options.speed:
            print(f"{'ns/element':10} {options.level}  double   numpy   float   numpy")
        for name in names:
            if options.speed:
                times = [*speed(library, name, np.float64), *speed(library, name, np.float32)]
                print(f"{name:13}" + "".join(f"{time:8.2f}" for time in times), flush=True)
            elif not check(library, name, options, pool):
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
