/* Loops for logaddexp and logaddexp2, which two doubles in a vector do not make faster than NumPy's. */
#ifndef TORSOR_LOGADDEXP_H
#define TORSOR_LOGADDEXP_H

#include "loop.h"
#include "vmath.h"

#if defined(__SSE2__) && !defined(__AVX2__)
BY_NUMPY(logaddexp_ff)
BY_NUMPY(logaddexp_dd)
BY_NUMPY(logaddexp2_ff)
BY_NUMPY(logaddexp2_dd)
#else
BINARY(logaddexp_ff, npy_float, npy_float, npy_float, v_logaddexpf(x, y))
BINARY(logaddexp_dd, npy_double, npy_double, npy_double, v_logaddexp(x, y))
BINARY(logaddexp2_ff, npy_float, npy_float, npy_float, v_logaddexp2f(x, y))
BINARY(logaddexp2_dd, npy_double, npy_double, npy_double, v_logaddexp2(x, y))
#endif

#endif
