"""Every function that NumPy dispatches: what it does with units, against NumPy's own results on magnitudes.

Each row of ``CASES`` is run on plain arrays, on arrays in base units and on the same quantities in other units.
"""
import numpy as np
import pytest

import torsor
import torsor.units as u
from torsor.units import DimArray, DimensionError, UnitsError, calls, parse, protocol

V = [3.0, 1.0, 2.0, 5.0, 4.0]
W = [0.5, 2.5, 3.0, 1.5, 4.5]
M = [[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]
N = [[3.0, 1.0, np.nan], [6.0, 5.0, 4.0]]
S = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]          # symmetric, positive definite
T = [[2.0, 1.0, 0.0], [0.5, 3.0, 1.0], [0.25, 0.0, 1.5]]
C = np.arange(8.0).reshape(2, 2, 2)
EYE = np.eye(4).reshape(2, 2, 2, 2)
FFT = "fft ifft rfft fft2 ifft2 rfft2 fftn ifftn rfftn hfft ihfft irfft irfft2 irfftn".split()


def after(function, target, *args, **options):
    """What a function leaves in its first argument."""
    assert function(target, *args, **options) is None
    return target


#: (function, unit of the result or of each, call); the calls take ``q``, which makes an array of a unit.
CASES = [
    # elements moved, joined, taken
    ("copy", "m", lambda q: np.copy(q(V))), ("astype", "m", lambda q: np.astype(q(V), "f4")),
    ("broadcast_to", "m", lambda q: np.broadcast_to(q(V), (2, 5))),
    ("delete", "m", lambda q: np.delete(q(V), [0, 2])), ("diag", "m", lambda q: np.diag(q(M), 1)),
    ("diag", "m", lambda q: np.diag(q(V))), ("diagflat", "m", lambda q: np.diagflat(q(V))),
    ("diagonal", "m", lambda q: np.diagonal(q(M), 1)), ("expand_dims", "m", lambda q: np.expand_dims(q(V), 0)),
    ("flip", "m", lambda q: np.flip(q(M), 0)), ("fliplr", "m", lambda q: np.fliplr(q(M))),
    ("flipud", "m", lambda q: np.flipud(q(M))), ("matrix_transpose", "m", lambda q: np.matrix_transpose(q(M))),
    ("moveaxis", "m", lambda q: np.moveaxis(q(M), 0, 1)), ("transpose", "m", lambda q: np.transpose(q(M))),
    ("transpose", "m", lambda q: np.permute_dims(q(M), (1, 0))), ("ravel", "m", lambda q: np.ravel(q(M), "F")),
    ("real", "m", lambda q: np.real(q(np.array(V) + 1j))), ("imag", "m", lambda q: np.imag(q(np.array(V) + 1j))),
    ("real_if_close", "m", lambda q: np.real_if_close(q(np.array(V) + 0j))),
    ("repeat", "m", lambda q: np.repeat(q(V), 2)),
    ("reshape", "m", lambda q: np.reshape(q(M), (3, 2))), ("resize", "m", lambda q: np.resize(q(V), (2, 4))),
    ("roll", "m", lambda q: np.roll(q(V), 2)), ("rollaxis", "m", lambda q: np.rollaxis(q(M), 1)),
    ("rot90", "m", lambda q: np.rot90(q(M))), ("squeeze", "m", lambda q: np.squeeze(q([V]))),
    ("swapaxes", "m", lambda q: np.swapaxes(q(M), 0, 1)), ("take", "m", lambda q: np.take(q(M), [0, 1], axis=1)),
    ("take_along_axis", "m", lambda q: np.take_along_axis(q(M), np.array([[0], [2]]), 1)),
    ("tile", "m", lambda q: np.tile(q(V), (2, 2))), ("tril", "m", lambda q: np.tril(q(S))),
    ("triu", "m", lambda q: np.triu(q(S), 1)), ("trim_zeros", "m", lambda q: np.trim_zeros(q([0.0, 1.0, 2.0, 0.0]))),
    ("block", "m", lambda q: np.block([[q(V), q(W)], [q(W), q(V)]])),
    ("concatenate", "m", lambda q: np.concatenate([q(V), q(W)])),
    ("concatenate", "m", lambda q: np.concat((q(M), q(M)), axis=1)),
    ("stack", "m", lambda q: np.stack([q(V), q(W)], 1)),
    ("vstack", "m", lambda q: np.vstack([q(V), q(W)])), ("hstack", "m", lambda q: np.hstack([q(V), q(W)])),
    ("dstack", "m", lambda q: np.dstack([q(V), q(W)])), ("column_stack", "m", lambda q: np.column_stack([q(V), q(W)])),
    ("linalg.diagonal", "m", lambda q: np.linalg.diagonal(q(S))),
    ("linalg.matrix_transpose", "m", lambda q: np.linalg.matrix_transpose(q(M))),
    ("array_split", "m", lambda q: np.array_split(q(V), 2)), ("split", "m", lambda q: np.split(q(M), [1], axis=1)),
    ("hsplit", "m", lambda q: np.hsplit(q(M), 3)), ("vsplit", "m", lambda q: np.vsplit(q(M), 2)),
    ("dsplit", "m", lambda q: np.dsplit(q(C), 2)), ("unstack", "m", lambda q: np.unstack(q(M))),
    ("append", "m", lambda q: np.append(q(V), q(W))), ("insert", "m", lambda q: np.insert(q(V), 1, q([7.0, 8.0]))),
    ("choose", "m", lambda q: np.choose([0, 1, 0, 1, 0], [q(V), q(W)])),
    ("compress", "m", lambda q: np.compress([True, False, True, False, True], q(V))),
    ("extract", "m", lambda q: np.extract(np.array(V) > 2, q(V))),
    ("select", "m", lambda q: np.select([np.array(V) > 3, np.array(V) > 1], [q(V), q(W)], q([9.0] * 5))),
    ("select", "m", lambda q: np.select([np.array(V) > 3], [q(V)])),
    ("clip", "m", lambda q: np.clip(q(V), q(2.0), q(4.0))), ("clip", "m", lambda q: np.clip(q(V), 0, None)),
    ("clip", "m", lambda q: np.clip(q(V), min=q(2.0))), ("clip", "m", lambda q: np.clip(q(V), None, q(W))),
    ("atleast_1d", "m", lambda q: np.atleast_1d(q(2.0))), ("atleast_2d", "m", lambda q: np.atleast_2d(q(V))),
    ("atleast_3d", ("m", "s"), lambda q: np.atleast_3d(q(V), q(W, "s"))),
    ("broadcast_arrays", ("m", "s"), lambda q: np.broadcast_arrays(q(V), q([[1.0], [2.0]], "s"))),
    ("meshgrid", ("m", "s"), lambda q: np.meshgrid(q(V), q(W, "s"))),
    ("where", "m", lambda q: np.where(np.array(V) > 2, q(V), q(W))),
    ("where", "m", lambda q: np.where(np.array(V) > 2, q(V), 0)),
    ("where", (None,), lambda q: np.where(q([0.0, 1.0, 2.0]))),
    ("full_like", "m", lambda q: np.full_like(q(V), q(2.0))), ("zeros_like", "m", lambda q: np.zeros_like(q(M))),
    ("empty_like", "m", lambda q: np.empty_like(q(V)) * 0),
    ("pad", "m", lambda q: np.pad(q(V), 1)), ("pad", "m", lambda q: np.pad(q(V), 2, constant_values=q(7.0))),
    ("pad", "m", lambda q: np.pad(q(V), 2, mode="linear_ramp", end_values=q(7.0))),
    ("pad", "m", lambda q: np.pad(q(V), 2, "reflect")),
    ("nan_to_num", "m", lambda q: np.nan_to_num(q(N))), ("nan_to_num", "m", lambda q: np.nan_to_num(q(N), nan=q(7.0))),
    ("copyto", "m", lambda q: after(np.copyto, q(V), q(W), where=np.array(V) > 2)),
    ("fill_diagonal", "m", lambda q: after(np.fill_diagonal, q(S), q(7.0))),
    ("put", "m", lambda q: after(np.put, q(V), [0, 1], q([7.0, 8.0]))),
    ("put_along_axis", "m", lambda q: after(np.put_along_axis, q(M), np.array([[0], [2]]), q(7.0), 1)),
    ("place", "m", lambda q: after(np.place, q(V), np.array(V) > 2, q([7.0, 8.0]))),
    ("putmask", "m", lambda q: after(np.putmask, q(V), np.array(V) > 2, q([7.0, 8.0]))),
    # order, sets
    ("sort", "m", lambda q: np.sort(q(M), axis=0)), ("sort_complex", "m", lambda q: np.sort_complex(q(V))),
    ("partition", "m", lambda q: np.partition(q(V), 2)),
    ("unique_values", "m", lambda q: np.sort(np.unique_values(q(V)))),
    ("unique", "m", lambda q: np.unique(q([2.0, 1.0, 2.0]))),
    ("unique", ("m", None, None), lambda q: np.unique(q([2.0, 1.0, 2.0]), return_index=True, return_counts=True)),
    ("unique_all", ("m", None, None, None), lambda q: np.unique_all(q([2.0, 1.0, 2.0]))),
    ("unique_counts", ("m", None), lambda q: np.unique_counts(q([2.0, 1.0, 2.0]))),
    ("unique_inverse", ("m", None), lambda q: np.unique_inverse(q([2.0, 1.0, 2.0]))),
    ("union1d", "m", lambda q: np.union1d(q(V), q([2.0, 9.0]))),
    ("setdiff1d", "m", lambda q: np.setdiff1d(q(V), q([2.0, 9.0]))),
    ("setxor1d", "m", lambda q: np.setxor1d(q(V), q([2.0, 9.0]))),
    ("intersect1d", "m", lambda q: np.intersect1d(q(V), q([2.0, 3.0, 9.0]))),
    ("intersect1d", ("m", None, None), lambda q: np.intersect1d(q(V), q([2.0, 9.0]), return_indices=True)),
    ("isin", None, lambda q: np.isin(q(V), q([2.0, 3.0]))), ("argsort", None, lambda q: np.argsort(q(V))),
    ("argpartition", None, lambda q: np.argpartition(q(V), 2)), ("argmax", None, lambda q: np.argmax(q(M), axis=1)),
    ("argmin", None, lambda q: np.argmin(q(M))), ("nanargmax", None, lambda q: np.nanargmax(q(N))),
    ("nanargmin", None, lambda q: np.nanargmin(q(N), axis=1)),
    ("lexsort", None, lambda q: np.lexsort((q(V), q(W, "s")))),
    ("searchsorted", None, lambda q: np.searchsorted(q([1.0, 2.0, 4.0]), q(W))),
    ("digitize", None, lambda q: np.digitize(q(V), q([1.5, 3.5]))),
    ("nonzero", (None,), lambda q: np.nonzero(q([0.0, 1.0]))), ("flatnonzero", None, lambda q: np.flatnonzero(q(V))),
    ("argwhere", None, lambda q: np.argwhere(q(M))), ("count_nonzero", None, lambda q: np.count_nonzero(q([0.0, 1.0]))),
    ("any", None, lambda q: np.any(q(M), axis=0)), ("all", None, lambda q: np.all(q(V))),
    ("isclose", None, lambda q: np.isclose(q(V), q([3.0 + 1e-12, 1.0, 2.5, 5.0, 4.0]))),
    ("isclose", None, lambda q: np.isclose(q(V), q(W), rtol=0.0, atol=q(1.0))),
    ("allclose", None, lambda q: np.allclose(q(V), q(V))),
    ("allclose", None, lambda q: np.allclose(q(V), q(W), 0, q(9.0))),
    ("array_equal", None, lambda q: np.array_equal(q(V), q(V))),
    ("array_equiv", None, lambda q: np.array_equiv(q(V), q([V]))),
    ("iscomplex", None, lambda q: np.iscomplex(q([1.0, 1j]))), ("isreal", None, lambda q: np.isreal(q([1.0, 1j]))),
    ("isposinf", None, lambda q: np.isposinf(q([1.0, np.inf]))),
    ("isneginf", None, lambda q: np.isneginf(q([1.0, -np.inf]))),
    ("iscomplexobj", None, lambda q: np.iscomplexobj(q(V))), ("isrealobj", None, lambda q: np.isrealobj(q(V))),
    ("shape", (None, None), lambda q: np.shape(q(M))), ("size", None, lambda q: np.size(q(M))),
    ("ndim", None, lambda q: np.ndim(q(M))),
    ("may_share_memory", None, lambda q: np.may_share_memory(q(V), q(W))),
    ("shares_memory", None, lambda q: np.shares_memory(q(V), q(W))),
    ("result_type", None, lambda q: np.result_type(q(V), "f4")),
    ("can_cast", None, lambda q: np.can_cast(q(V).dtype, "f4")),
    ("common_type", None, lambda q: np.common_type(q(V), q(W))),
    ("min_scalar_type", None, lambda q: np.min_scalar_type(q(V))),
    ("diag_indices_from", (None, None), lambda q: np.diag_indices_from(q(S))),
    ("tril_indices_from", (None, None), lambda q: np.tril_indices_from(q(S))),
    ("triu_indices_from", (None, None), lambda q: np.triu_indices_from(q(S))),
    ("einsum_path", (None, None), lambda q: np.einsum_path("ij,jk", q(S), q(T))),
    # reductions
    ("sum", "m", lambda q: np.sum(q(M), axis=0)), ("sum", "m", lambda q: np.sum(q(M), initial=q(2.0), keepdims=True)),
    ("sum", "m", lambda q: np.sum(q(M), where=[True, False, True])), ("nansum", "m", lambda q: np.nansum(q(N))),
    ("max", "m", lambda q: np.max(q(M), 1)), ("amax", "m", lambda q: np.amax(q(M), initial=q(9.0))),
    ("min", "m", lambda q: np.min(q(M), axis=0)), ("amin", "m", lambda q: np.amin(q(M), keepdims=True)),
    ("nanmax", "m", lambda q: np.nanmax(q(N), axis=0)), ("nanmin", "m", lambda q: np.nanmin(q(N))),
    ("mean", "m", lambda q: np.mean(q(M), axis=1)), ("nanmean", "m", lambda q: np.nanmean(q(N), 0)),
    ("median", "m", lambda q: np.median(q(M), axis=0)), ("nanmedian", "m", lambda q: np.nanmedian(q(N))),
    ("percentile", "m", lambda q: np.percentile(q(V), [25, 50])),
    ("nanpercentile", "m", lambda q: np.nanpercentile(q(N), 30)),
    ("quantile", "m", lambda q: np.quantile(q(M), 0.3, axis=1)),
    ("nanquantile", "m", lambda q: np.nanquantile(q(N), [0.3])),
    ("cumsum", "m", lambda q: np.cumsum(q(M), axis=1)), ("nancumsum", "m", lambda q: np.nancumsum(q(N))),
    ("cumulative_sum", "m", lambda q: np.cumulative_sum(q(V))), ("trace", "m", lambda q: np.trace(q(S))),
    ("linalg.trace", "m", lambda q: np.linalg.trace(q(S))), ("std", "m", lambda q: np.std(q(M), axis=0, ddof=1)),
    ("nanstd", "m", lambda q: np.nanstd(q(N))), ("ptp", "m", lambda q: np.ptp(q(M), axis=0)),
    ("var", "m**2", lambda q: np.var(q(M), axis=1)), ("nanvar", "m**2", lambda q: np.nanvar(q(N))),
    ("average", "m", lambda q: np.average(q(V))), ("average", "m", lambda q: np.average(q(V), weights=q(W, "s"))),
    ("average", ("m", "s"), lambda q: np.average(q(V), weights=q(W, "s"), returned=True)),
    ("average", ("m", "1"), lambda q: np.average(q(M), axis=0, returned=True)),
    ("prod", "m**5", lambda q: np.prod(q(V))), ("prod", "m**3", lambda q: np.prod(q(M), axis=1)),
    ("prod", "m**2", lambda q: np.prod(q(M), 0, keepdims=True)),
    ("prod", "1", lambda q: np.prod(q(V, "1"), where=np.array(V) > 2)),
    ("nanprod", "1", lambda q: np.nanprod(q(N, "1"))), ("cumprod", "1", lambda q: np.cumprod(q(V, "1"))),
    ("nancumprod", "1", lambda q: np.nancumprod(q(N, "1"))),
    ("cumulative_prod", "1", lambda q: np.cumulative_prod(q(V, "1"))),
    # differences, integrals, interpolation, grids
    ("diff", "m", lambda q: np.diff(q(V))),
    ("diff", "m", lambda q: np.diff(q(V), n=2, prepend=q(1.0), append=q([2.0]))),
    ("ediff1d", "m", lambda q: np.ediff1d(q(V), to_end=q(9.0), to_begin=q([8.0]))),
    ("gradient", "m", lambda q: np.gradient(q(V))), ("gradient", "m/s", lambda q: np.gradient(q(V), q(2.0, "s"))),
    ("gradient", "m/s", lambda q: np.gradient(q(V), q([1.0, 2.0, 4.0, 7.0, 8.0], "s"), edge_order=2)),
    ("gradient", ("m/s", "1"), lambda q: np.gradient(q(S), q(2.0, "s"), q([1.0, 2.0, 4.0]))),
    ("gradient", "m/s", lambda q: np.gradient(q(S), q(2.0, "s"), axis=1)),
    ("gradient", ("m/s", "m/s"), lambda q: np.gradient(q(S), q(2.0, "s"))),
    ("trapezoid", "m*s", lambda q: np.trapezoid(q(V), q([1.0, 2.0, 4.0, 7.0, 8.0], "s"))),
    ("trapezoid", "m*s", lambda q: np.trapezoid(q(M), dx=q(2.0, "s"))),
    ("trapezoid", "m", lambda q: np.trapezoid(q(V))),
    ("interp", "s", lambda q: np.interp(q([1.5, 9.0]), q([1.0, 2.0, 4.0]), q([5.0, 6.0, 8.0], "s"))),
    ("interp", "s", lambda q: np.interp(q(0.5), q([1.0, 2.0]), q([5.0, 6.0], "s"), q(7.0, "s"), q(8.0, "s"))),
    ("interp", "s", lambda q: np.interp(q([5.5]), q([1.0, 2.0]), q([5.0, 6.0], "s"), period=q(3.0))),
    ("linspace", "m", lambda q: np.linspace(q(1.0), q(2.0), 5)),
    ("linspace", "m", lambda q: np.linspace(q([1.0, 2.0]), q(5.0), 4)),
    ("linspace", ("m", "m"), lambda q: np.linspace(q(1.0), q(2.0), retstep=True)),
    ("geomspace", "m", lambda q: np.geomspace(q(1.0), q(8.0), 4)),
    ("logspace", "1", lambda q: np.logspace(q(0.0, "1"), q(2.0, "1"), 3)),
    ("unwrap", "rad", lambda q: np.unwrap(q([0.0, 4.0, 8.0], "rad"))),
    ("angle", "rad", lambda q: np.angle(q([1.0, 1j]))),
    ("angle", "deg", lambda q: np.angle(q([1.0, 1j]), deg=True)),
    # polynomials, functions of numbers
    ("i0", "1", lambda q: np.i0(q(V, "1"))), ("sinc", "1", lambda q: np.sinc(q(V, "1"))),
    ("roots", "1", lambda q: np.roots(q(V, "1"))),
    ("poly", "1", lambda q: np.poly(q(V, "1"))), ("polyder", "1", lambda q: np.polyder(q(V, "1"))),
    ("polyint", "1", lambda q: np.polyint(q(V, "1"))), ("vander", "1", lambda q: np.vander(q(V, "1"))),
    ("polyadd", "1", lambda q: np.polyadd(q(V, "1"), q(W, "1"))),
    ("polysub", "1", lambda q: np.polysub(q(V, "1"), q(W, "1"))),
    ("polymul", "1", lambda q: np.polymul(q(V, "1"), q(W, "1"))),
    ("polydiv", ("1", "1"), lambda q: np.polydiv(q(V, "1"), q([1.0, 2.0], "1"))),
    ("polyval", "1", lambda q: np.polyval(q(V, "1"), q(W, "1"))),
    # products
    ("dot", "m*s", lambda q: np.dot(q(S), q(T, "s"))), ("dot", "m", lambda q: np.dot(q(V), W)),
    ("inner", "m*s", lambda q: np.inner(q(M), q(M, "s"))), ("outer", "m*s", lambda q: np.outer(q(V), q(W, "s"))),
    ("vdot", "m*s", lambda q: np.vdot(q(V), q(W, "s"))), ("kron", "m*s", lambda q: np.kron(q(V), q(M, "s"))),
    ("tensordot", "m*s", lambda q: np.tensordot(q(S), q(T, "s"), 1)),
    ("cross", "m*s", lambda q: np.cross(q(S), q(T, "s"))),
    ("convolve", "m*s", lambda q: np.convolve(q(V), q([1.0, 2.0], "s"))),
    ("correlate", "m*s", lambda q: np.correlate(q(V), q([1.0, 2.0], "s"), "full")),
    ("einsum", "m*s", lambda q: np.einsum("ij,jk->ik", q(S), q(T, "s"))),
    ("einsum", "m", lambda q: np.einsum("ij->j", q(S))),
    ("einsum", "m**2*s", lambda q: np.einsum("i,i,i", q(V), q(W), q(V, "s"))),
    ("linalg.cross", "m*s", lambda q: np.linalg.cross(q(S), q(T, "s"))),
    ("linalg.matmul", "m*s", lambda q: np.linalg.matmul(q(S), q(T, "s"))),
    ("linalg.outer", "m*s", lambda q: np.linalg.outer(q(V), q(W, "s"))),
    ("linalg.tensordot", "m*s", lambda q: np.linalg.tensordot(q(S), q(T, "s"), axes=1)),
    ("linalg.vecdot", "m*s", lambda q: np.linalg.vecdot(q(S), q(T, "s"))),
    ("linalg.multi_dot", "m*s**2", lambda q: np.linalg.multi_dot([q(S), q(T, "s"), q(S, "s")])),
    # statistics
    ("cov", "m**2", lambda q: np.cov(q(S))), ("cov", "m**2", lambda q: np.cov(q(V), q(W), ddof=0)),
    ("corrcoef", "1", lambda q: np.corrcoef(q(S))), ("corrcoef", "1", lambda q: np.corrcoef(q(V), q(W, "s"))),
    ("histogram", (None, "m"), lambda q: np.histogram(q(V), 3)),
    ("histogram", (None, "m"), lambda q: np.histogram(q(V), q([1.0, 2.5, 5.0]))),
    ("histogram", (None, "m"), lambda q: np.histogram(q(V), 3, (q(0.0), q(6.0)))),
    ("histogram", ("s", "m"), lambda q: np.histogram(q(V), 3, weights=q(W, "s"))),
    ("histogram", ("1/m", "m"), lambda q: np.histogram(q(V), 3, density=True)),
    ("histogram_bin_edges", "m", lambda q: np.histogram_bin_edges(q(V), "sqrt")),
    ("histogram2d", (None, "m", "s"), lambda q: np.histogram2d(q(V), q(W, "s"), 2)),
    ("histogram2d", (None, "m", "s"), lambda q: np.histogram2d(q(V), q(W, "s"), [q([1.0, 2.0, 5.0]), 2])),
    ("histogram2d", (None, "m", "s"), lambda q: np.histogram2d(
        q(V), q(W, "s"), 2, [[q(0.0), q(6.0)], [q(0.0, "s"), q(5.0, "s")]])),
    ("histogram2d", ("1/m/s", "m", "s"), lambda q: np.histogram2d(q(V), q(W, "s"), 2, density=True)),
    ("bincount", "m", lambda q: np.bincount([0, 1, 1, 0, 2], q(V))),
    # linear algebra
    ("linalg.norm", "m", lambda q: np.linalg.norm(q(V))), ("linalg.norm", "m", lambda q: np.linalg.norm(q(M), axis=1)),
    ("linalg.norm", "m", lambda q: np.linalg.norm(q(M), 2)),
    ("linalg.norm", "m", lambda q: np.linalg.norm(q(M), "nuc")),
    ("linalg.norm", "m", lambda q: np.linalg.norm(q(V), np.inf)),
    ("linalg.norm", None, lambda q: np.linalg.norm(q(V), 0)),
    ("linalg.norm", "m", lambda q: np.linalg.norm(q(V), 3)),
    ("linalg.matrix_norm", "m", lambda q: np.linalg.matrix_norm(q(S))),
    ("linalg.vector_norm", "m", lambda q: np.linalg.vector_norm(q(V))),
    ("linalg.vector_norm", None, lambda q: np.linalg.vector_norm(q(V), ord=0)),
    ("linalg.det", "m**3", lambda q: np.linalg.det(q(S))),
    ("linalg.slogdet", ("1", "1"), lambda q: np.linalg.slogdet(q(S, "1"))),
    ("linalg.matrix_power", "m**3", lambda q: np.linalg.matrix_power(q(S), 3)),
    ("linalg.matrix_power", "m**-2", lambda q: np.linalg.matrix_power(q(S), -2)),
    ("linalg.inv", "1/m", lambda q: np.linalg.inv(q(S))), ("linalg.pinv", "1/m", lambda q: np.linalg.pinv(q(M))),
    ("linalg.tensorinv", "1/m", lambda q: np.linalg.tensorinv(q(EYE), 2)),
    ("linalg.cholesky", "m**(1/2)", lambda q: np.linalg.cholesky(q(S))),
    ("linalg.eig", ("m", None), lambda q: np.linalg.eig(q(S))),
    ("linalg.eigh", ("m", None), lambda q: np.linalg.eigh(q(S))),
    ("linalg.eigvals", "m", lambda q: np.linalg.eigvals(q(S))),
    ("linalg.eigvalsh", "m", lambda q: np.linalg.eigvalsh(q(S))),
    ("linalg.svdvals", "m", lambda q: np.linalg.svdvals(q(M))),
    ("linalg.svd", (None, "m", None), lambda q: np.linalg.svd(q(M))),
    ("linalg.svd", "m", lambda q: np.linalg.svd(q(M), compute_uv=False)),
    ("linalg.qr", (None, "m"), lambda q: np.linalg.qr(q(S))),
    ("linalg.qr", "m", lambda q: np.linalg.qr(q(S), "r")),
    ("linalg.solve", "s/m", lambda q: np.linalg.solve(q(S), q(V[:3], "s"))),
    ("linalg.solve", "1/m", lambda q: np.linalg.solve(q(S), V[:3])),
    ("linalg.tensorsolve", "s/m", lambda q: np.linalg.tensorsolve(q(EYE), q([[1.0, 2.0]] * 2, "s"))),
    ("linalg.lstsq", ("s/m", "s**2", None, "m"), lambda q: np.linalg.lstsq(
        q([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), q(V[:3], "s"))),
    ("linalg.matrix_rank", None, lambda q: np.linalg.matrix_rank(q(S))),
    ("linalg.cond", None, lambda q: np.linalg.cond(q(S))),
    # Fourier transforms
    *[(f"fft.{name}", "m", lambda q, name=name: getattr(np.fft, name)(q(M))) for name in FFT],
    ("fft.fftshift", "m", lambda q: np.fft.fftshift(q(V))), ("fft.ifftshift", "m", lambda q: np.fft.ifftshift(q(V))),
]
#: Functions whose values depend on the unit that numbers are written in, or that print them.
IN_THE_PRESENT_UNIT = {
    "around": lambda q: np.around(q(1.26), 1), "round": lambda q: np.round(q([1.26, 2.5])),
    "fix": lambda q: np.fix(q([1.26, -2.5])),
    "ones_like": lambda q: np.ones_like(q(V)), "array2string": lambda q: np.array2string(q(V)),
    "array_repr": lambda q: np.array_repr(q(V)),
    "array_str": lambda q: np.array_str(q(V)),
}
#: Names of functions that give plain arrays, numbers or truth values.
PLAIN = set("""
    isin argsort argpartition argmax argmin nanargmax nanargmin lexsort searchsorted digitize nonzero flatnonzero
    argwhere count_nonzero any all isclose allclose array_equal array_equiv iscomplex isreal isposinf isneginf
    iscomplexobj isrealobj shape size ndim may_share_memory shares_memory result_type can_cast common_type
    min_scalar_type diag_indices_from tril_indices_from triu_indices_from einsum_path linalg.matrix_rank linalg.cond
    where linalg.norm
    linalg.vector_norm histogram histogram2d unique unique_all unique_counts unique_inverse intersect1d linalg.eig
    linalg.eigh linalg.svd linalg.qr linalg.lstsq
    array2string array_repr array_str""".split())
#: Each operand may have a unit of its own.
INDEPENDENT = set("""
    atleast_3d broadcast_arrays meshgrid full_like lexsort corrcoef dot inner outer vdot kron tensordot cross convolve
    correlate einsum linalg.cross linalg.matmul linalg.outer linalg.tensordot linalg.vecdot linalg.multi_dot gradient
    trapezoid bincount may_share_memory shares_memory common_type result_type einsum_path array_equal array_equiv
    average linalg.solve linalg.tensorsolve linalg.lstsq histogram2d""".split())
OTHER_UNITS = {"m": u.km, "s": u.minute, "1": u.percent, "rad": u.deg}
EXTREME = ("nan_to_num", "isclose")
each_case = pytest.mark.parametrize("name, unit, call", [pytest.param(*case, id=f"{case[0]}-{k}")
                                                         for k, case in enumerate(CASES)])


def plain(values, unit="m"):
    return np.array(values)


def in_base_units(values, unit="m"):
    return DimArray(np.array(values), parse(unit))


def in_other_units(values, unit="m"):
    other = OTHER_UNITS[unit]
    return DimArray(np.array(values) / parse(unit).conversion_factor(other) ** -1, other)


def agree(result, value, unit, rtol=1e-12):
    """Assert that results have NumPy's values, types of containers and dtypes, and the units."""
    if isinstance(value, (tuple, list)):
        assert type(result) is type(value) and len(result) == len(value)
        for k, (mine, its) in enumerate(zip(result, value)):
            agree(mine, its, unit[k] if isinstance(unit, tuple) else unit, rtol)
        return
    if isinstance(unit, tuple):
        (unit,) = unit
    if unit is None:
        assert not isinstance(result, DimArray), f"{result!r} for {value!r}"
        assert np.shape(result) == np.shape(value) and getattr(result, "dtype", None) == getattr(value, "dtype", None)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
            np.testing.assert_allclose(np.abs(result), np.abs(value), rtol=1e-9, atol=1e-9)      # vectors up to a sign
        else:
            assert np.array_equal(result, value), f"{result!r} for {value!r}"
        return
    assert type(result) is DimArray, f"{result!r} for {value!r}"
    unit = parse(unit)
    assert result.dimension is unit.dimension
    assert result.shape == np.shape(value)
    size = np.max(np.abs(value), initial=0, where=np.isfinite(value))
    np.testing.assert_allclose(result.to(unit).data, value, rtol=rtol, atol=1e-12 * size)


# ---------------------------------------------------------------------------------------- the table is complete

def dispatched():
    """``{name: function}`` of everything in numpy, numpy.linalg and numpy.fft that NumPy dispatches."""
    return {calls.name_of(function): function for module in (np, np.linalg, np.fft)
            for function in vars(module).values() if type(function) is type(np.sum)}


def test_every_function_stands_in_one_list():
    names, rules, refused = set(dispatched()), {calls.name_of(f) for f in protocol.RULES}, set(protocol.REFUSED)
    assert rules | refused == names, f"without a rule: {names - rules - refused}, unknown: {(rules | refused) - names}"
    assert not rules & refused
    written = [name for names in protocol._TABLE.values() for name in names.split()]
    assert len(written) == len(set(written))


def test_every_function_is_tested_here():
    tested = {name for name, _, _ in CASES} | set(IN_THE_PRESENT_UNIT)
    assert {calls.name_of(f) for f in protocol.RULES} == tested
    assert set(protocol.REFUSED) == set(REFUSED)


def test_plain_results_are_those_that_are_told():
    assert {name for name, unit, _ in CASES if unit is None or (isinstance(unit, tuple) and None in unit)} <= PLAIN


def test_functions_that_numpy_may_add_are_refused():
    def dispatcher(x):
        return (x,)

    added = np._core.overrides.array_function_dispatch(dispatcher, module="numpy")(lambda x: x)
    added.__name__ = "novelty"
    with pytest.raises(DimensionError, match=r"(?=.*novelty|.*lambda)(?=.*'km')"):
        added(DimArray([1.0], u.km))
    with pytest.raises(DimensionError, match=r"(?=.*sliding_window_view)(?=.*'km')"):
        np.lib.stride_tricks.sliding_window_view(DimArray([1.0, 2.0], u.km), 2)


# ---------------------------------------------------------------------------------------- every function

@each_case
def test_values_and_units(name, unit, call):
    agree(call(in_base_units), call(plain), unit)


@each_case
def test_torsors_functions_do_the_same(name, unit, call, monkeypatch):
    """With torsor in NumPy's place: what is no array of its own is handed over as it was given."""
    monkeypatch.setitem(globals(), "np", torsor)
    agree(call(in_base_units), call(plain), unit)
    test_no_uncertainty_is_lost_in_silence(name, unit, call)


@each_case
def test_change_of_units(name, unit, call):
    if name not in EXTREME:
        agree(call(in_other_units), call(plain), unit)


@each_case
def test_operands_are_not_changed(name, unit, call):
    made = []

    def q(values, unit="m"):
        made.append((in_other_units(values, unit), in_other_units(values, unit)))
        return made[-1][0]

    result = call(q)
    for given, copy in made:
        if given is not result:
            assert given.unit is copy.unit and np.array_equal(given.data, copy.data, equal_nan=True)


@each_case
def test_operands_of_another_dimension(name, unit, call):
    """The first operand in metres, the others in kilograms: refused, with the names of function and units."""
    made = []

    def mixed(values, unit="m"):
        made.append(unit)
        return DimArray(np.array(values), u.kg if len(made) > 1 and unit == made[0] else parse(unit))

    def bare(values, unit="m"):
        made.append(unit)
        return np.array(values) + 0 if len(made) > 1 and unit == made[0] else DimArray(np.array(values), parse(unit))

    call(lambda values, unit="m": made.append(unit) or plain(values))
    several = made.count(made[0]) > 1
    if not several or name in INDEPENDENT:
        return
    last = name.rpartition(".")[2]
    numbers = {"1"} >= set(made)
    for maker in (mixed, bare) if not numbers else (mixed,):
        made.clear()
        with pytest.raises(DimensionError, match="'kg'" if maker is mixed else "'m'") as caught:
            call(maker)
        assert last.removeprefix("a") in str(caught.value)          # amax is max


@each_case
def test_no_uncertainty_is_lost_in_silence(name, unit, call):
    def q(values, unit="m"):
        values = np.array(values)
        return DimArray(values, parse(unit), uncertainty=np.full(values.shape, 0.01))

    try:
        result = call(q)
    except UnitsError as error:
        assert "uncertaint" in str(error) and name.rpartition(".")[2] in str(error)
        return
    for part in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(part, DimArray):
            assert part.has_uncertainty or name in ("zeros_like", "empty_like", "ones_like"), name


@pytest.mark.parametrize("name, call", IN_THE_PRESENT_UNIT.items())
def test_functions_of_the_present_unit(name, call):
    for unit in (u.m, u.km):
        result = call(lambda values, unit=unit: DimArray(np.array(values), unit))
        if isinstance(result, str):
            array = DimArray(np.array(V), unit)
            assert result == (repr(array) if name == "array_repr" else str(array))
        else:
            assert result.unit is unit
            np.testing.assert_array_equal(result.data, call(plain))


@pytest.mark.parametrize("function, unit, args, options", [
    (np.sum, "m", (M,), {"axis": 0}), (np.mean, "m", (M,), {"axis": 0}), (np.std, "m", (M,), {"axis": 0}),
    (np.var, "m**2", (M,), {"axis": 0}), (np.max, "m", (M,), {"axis": 0}), (np.min, "m", (M,), {"axis": 0}),
    (np.prod, "m**2", (M,), {"axis": 0}), (np.cumsum, "m", (V,), {}), (np.ptp, "m", (M,), {"axis": 0}),
    (np.median, "m", (M,), {"axis": 0}), (np.percentile, "m", (M, 30), {"axis": 0}),
    (np.quantile, "m", (M, 0.3), {"axis": 0}), (np.nansum, "m", (N,), {"axis": 0}), (np.nanmax, "m", (N,), {"axis": 0}),
    (np.round, "m", (V,), {}), (np.take, "m", (V, [0, 1]), {}), (np.compress, "m", ([True, False, True], V[:3]), {}),
    (np.trace, "m", (S,), {}), (np.cumulative_sum, "m", (V,), {}), (np.nancumsum, "m", (V,), {}),
    (np.fix, "m", (V,), {}),
])
def test_out(function, unit, args, options):
    data = 1 if function is np.compress else 0
    plain_result = function(*args, **options)
    args = [DimArray(x, u.km) if k == data else x for k, x in enumerate(args)]
    expected = function(*args, **options)
    out = DimArray(np.full(plain_result.shape, 7.0), u.kg)
    memory = out.data
    assert function(*args, out=out, **options) is out
    assert out.unit == expected.unit and np.shares_memory(out.data, memory)
    np.testing.assert_allclose(out.data, plain_result, rtol=1e-14)
    values = np.full(plain_result.shape, 7.0)
    with pytest.raises(DimensionError, match="km"):
        function(*args, out=values, **options)
    with pytest.raises((ValueError, TypeError)):
        function(*args, out=DimArray(np.zeros((9, 9)), u.m), **options)
    assert (values == 7.0).all()


def test_out_by_position_and_of_joined_arrays():
    x, out = DimArray(M, u.km), DimArray(np.zeros(3), u.kg)
    np.sum(x, 0, None, out)
    assert out.unit is u.km and out.data.tolist() == [9.0, 6.0, 6.0]
    for call, unit in ((lambda out: np.concatenate([x, x], out=out), u.km),
                       (lambda out: np.stack([x[0], x[1]], out=out), u.km),
                       (lambda out: np.dot(x, np.eye(3), out=out), u.km),
                       (lambda out: np.clip(x, 0, DimArray(2.0, u.km), out=out), u.km),
                       (lambda out: np.einsum("ij->ij", x, out=out), u.km),
                       (lambda out: np.matmul(x, np.eye(3), out=out), u.km),
                       (lambda out: np.outer(x[0], x[1], out=out), u.km**2)):
        expected = call(None)
        out = DimArray(np.zeros(expected.shape), u.kg)
        assert call(out) is out and out.unit == unit
        np.testing.assert_array_equal(out.data, expected.data)
        with pytest.raises(DimensionError, match="km"):
            call(np.zeros(expected.shape))


def test_out_of_plain_results():
    x = DimArray(M, u.km)
    places, truths = np.zeros(3, np.intp), np.zeros(3, bool)
    np.argmax(x, axis=0, out=places)
    np.any(x, axis=0, out=truths)
    assert places.tolist() == [1, 1, 1] and truths.all()
    with pytest.raises(DimensionError, match="'m'"):
        np.any(x, axis=0, out=DimArray(truths, u.m))
    numbers = np.zeros(3)
    np.sum(x / DimArray(1.0, u.km), axis=0, out=numbers)
    assert numbers.tolist() == [9.0, 6.0, 6.0]


def test_clip_writes_only_where_it_is_told_to():
    out = DimArray([7.0, 7.0], u.m)
    np.clip(DimArray([1.0, 5.0], u.m), DimArray(2.0, u.m), DimArray(3.0, u.m), out=out, where=[True, False])
    assert out.data.tolist() == [2.0, 7.0]


# ---------------------------------------------------------------------------------------- what is refused

REFUSED = {
    "busday_count": lambda q: np.busday_count(q([1.0]), q([1.0])),
    "busday_offset": lambda q: np.busday_offset(q([1.0]), 1),
    "is_busday": lambda q: np.is_busday(q([1.0])), "datetime_as_string": lambda q: np.datetime_as_string(q([1.0])),
    "packbits": lambda q: np.packbits(q([1])), "unpackbits": lambda q: np.unpackbits(q([1])),
    "ravel_multi_index": lambda q: np.ravel_multi_index((q([1]), q([1])), (2, 2)),
    "unravel_index": lambda q: np.unravel_index(q([1]), (2, 2)), "ix_": lambda q: np.ix_(q([1]), q([1])),
    "save": lambda q: np.save("never-written", q([1.0])), "savez": lambda q: np.savez("never-written", q([1.0])),
    "savez_compressed": lambda q: np.savez_compressed("never-written", x=q([1.0])),
    "savetxt": lambda q: np.savetxt("never-written", q([1.0])),
    "apply_along_axis": lambda q: np.apply_along_axis(np.sum, 0, q(M)),
    "apply_over_axes": lambda q: np.apply_over_axes(np.sum, q(M), [0]),
    "piecewise": lambda q: np.piecewise(q(V), [np.array(V) > 2], [1, 2]),
    "polyfit": lambda q: np.polyfit(q(V), q(W), 1), "histogramdd": lambda q: np.histogramdd(q(S)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_functions_say_so(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for unit in (u.km, u.percent):
        with pytest.raises(DimensionError, match=f"(?=.*{name})(?=.*'{unit}')") as caught:
            REFUSED[name](lambda values, unit=unit: DimArray(values, unit))
        assert caught.value.operation == name and len(protocol.REFUSED[name]) > 10
    assert not list(tmp_path.iterdir())


#: Functions of numbers, and those whose results would have no unit, on metres.
WITHOUT_MEANING = [
    ("cumprod", lambda q: np.cumprod(q(V))), ("nancumprod", lambda q: np.nancumprod(q(V))),
    ("cumulative_prod", lambda q: np.cumulative_prod(q(V))), ("nanprod", lambda q: np.nanprod(q(V))),
    ("prod", lambda q: np.prod(q(V), where=np.array(V) > 2)), ("i0", lambda q: np.i0(q(V))),
    ("sinc", lambda q: np.sinc(q(V))),
    ("roots", lambda q: np.roots(q(V))), ("poly", lambda q: np.poly(q(V))), ("polyder", lambda q: np.polyder(q(V))),
    ("polyint", lambda q: np.polyint(q(V))), ("vander", lambda q: np.vander(q(V))),
    ("polyadd", lambda q: np.polyadd(q(V), V)),
    ("polysub", lambda q: np.polysub(V, q(V))), ("polymul", lambda q: np.polymul(q(V), V)),
    ("polydiv", lambda q: np.polydiv(q(V), V)),
    ("polyval", lambda q: np.polyval(V, q(V))), ("logspace", lambda q: np.logspace(q(1.0), q(2.0))),
    ("unwrap", lambda q: np.unwrap(q(V))), ("slogdet", lambda q: np.linalg.slogdet(q(S))),
    ("qr", lambda q: np.linalg.qr(q(S), "raw")), ("copyto", lambda q: np.copyto(np.zeros(5), q(V))),
    ("fill_diagonal", lambda q: np.fill_diagonal(np.zeros((2, 2)), q(1.0))),
    ("put", lambda q: np.put(np.zeros(5), [0], q(1.0))),
    ("place", lambda q: np.place(np.zeros(2), [True, False], q([1.0]))),
    ("putmask", lambda q: np.putmask(np.zeros(2), [True, False], q([1.0]))),
    ("put_along_axis", lambda q: np.put_along_axis(np.zeros((1, 2)), np.array([[0]]), q(1.0), 1)),
    ("ones_like", lambda q: np.ones_like(V) + np.ones_like(q(V))),
    ("prod", lambda q: np.prod(q(V), initial=q(1.0))),
    ("percentile", lambda q: np.percentile(V, q(50.0))), ("take", lambda q: np.take(V, q([1]))),
    ("roll", lambda q: np.roll(V, q(1))),
    ("repeat", lambda q: np.repeat(V, q(2))), ("linspace", lambda q: np.linspace(0, 1, q(5))),
    ("sum", lambda q: np.sum(q(V), axis=q(0))),
    ("where", lambda q: np.where(q(V), V, V)), ("pad", lambda q: np.pad(q(V), q(1))),
    ("pad", lambda q: np.pad(q(V), 1, constant_values=3.0)),
    ("insert", lambda q: np.insert(V, 0, q(1.0))), ("searchsorted", lambda q: np.searchsorted(V, q(1.0))),
    ("clip", lambda q: np.clip(V, q(1.0), q(2.0))), ("isclose", lambda q: np.isclose(q(V), q(V), atol=1e-3)),
    ("isclose", lambda q: np.isclose(q(V), q(V), rtol=q(1e-3))), ("bincount", lambda q: np.bincount(q([1, 2]))),
    ("choose", lambda q: np.choose(q([0]), [V, V])), ("compress", lambda q: np.compress(q([1.0]), V)),
]


@pytest.mark.parametrize("name, call", WITHOUT_MEANING, ids=lambda x: x if isinstance(x, str) else "")
def test_calls_without_a_meaning(name, call):
    with pytest.raises(UnitsError, match="'m'"):
        call(lambda values, unit=u.m: DimArray(values, unit))


def test_arrays_of_different_dimensions_are_not_equal():
    assert not np.array_equal(DimArray(V, u.m), DimArray(V, u.s)) and not np.array_equiv(DimArray(V, u.m), V)
    assert not np.array_equal(DimArray(V, u.m), V) and np.array_equal(DimArray([1.0], u.km), DimArray([1000.0], u.m))


def test_functions_that_make_arrays_like_another():
    x = DimArray(V, u.m)
    for call in (lambda: np.zeros(3, like=x), lambda: np.ones(3, like=x), lambda: np.empty(3, like=x),
                 lambda: np.full(3, 1, like=x), lambda: np.array([1.0], like=x), lambda: np.asarray([1.0], like=x),
                 lambda: np.arange(3, like=x),
                 lambda: np.eye(2, like=x), lambda: np.identity(2, like=x), lambda: np.tri(2, like=x),
                 lambda: np.fromiter([1.0], float, like=x), lambda: np.frombuffer(b"1" * 8, like=x)):
        with pytest.raises(DimensionError, match="'m'"):
            call()


def test_functions_that_numpy_does_not_dispatch():
    """They ask for a plain array, which only numbers give."""
    x, half = DimArray([1.0, 2.0], u.m), DimArray([50.0, 100.0], u.percent)
    for call in (np.asarray, np.asanyarray, np.ascontiguousarray, np.require, np.asarray_chkfinite, np.vectorize(float),
                 np.ma.array, lambda x: np.full(2, x), lambda x: np.array([x, x]), lambda x: np.fromiter(x, float),
                 lambda x: np.array(x, dtype="f4")):
        with pytest.raises((UnitsError, TypeError, ValueError)):
            call(x)
        assert np.max(np.asarray(call(half), complex).real) <= 1.0
    for call in (lambda: np.arange(x[0], x[1]), lambda: np.arange(3)[x], lambda: np.zeros(DimArray(2, u.m)),
                 lambda: np.random.default_rng(0).normal(x), lambda: [1, 2][x[0]], lambda: range(DimArray(3, u.m))):
        with pytest.raises((UnitsError, TypeError, IndexError, ValueError)):
            call()


@pytest.mark.parametrize("call", [
    lambda x, m: m * x, lambda x, m: m + x, lambda x, m: m == x, lambda x, m: x * m, lambda x, m: x + m,
    lambda x, m: x < m, lambda x, m: np.ma.add(x, x), lambda x, m: np.ma.sqrt(x), lambda x, m: np.ma.exp(x),
    lambda x, m: np.ma.getdata(x),
    lambda x, m: np.ma.concatenate([x, m]), lambda x, m: np.ma.median(x), lambda x, m: np.ma.sum(x),
    lambda x, m: np.ma.array(x), lambda x, m: np.ma.masked_where([True, False], x), lambda x, m: DimArray(m, u.m),
    lambda x, m: np.add(m, x), lambda x, m: np.concatenate([x, m]), lambda x, m: np.where([True, False], x, m),
])
def test_masked_arrays_lose_neither_units_nor_masks(call):
    x, masked = DimArray([1.0, 2.0], u.m), np.ma.masked_array([1.0, 2.0], [True, False])
    try:
        result = call(x, masked)
    except (UnitsError, TypeError):
        return
    assert isinstance(result, DimArray) and np.ma.isMaskedArray(np.asanyarray(result.magnitude()))


class Other:
    """An array of a class that takes no part."""

    def __array_function__(self, func, types, args, kwargs):
        return NotImplemented


class Host:
    """An array of a class that takes quantities."""

    def __array_function__(self, func, types, args, kwargs):
        return "host"


def test_other_classes():
    x = DimArray(V, u.m)
    with pytest.raises(TypeError, match="no implementation"):
        np.concatenate([x, Other()])
    assert np.concatenate([x, Host()]) == "host"


# ---------------------------------------------------------------------------------------- points on a scale

TEMPERATURES = np.array([20.0, 5.0, 35.0, 10.0])
OF_POINTS = {
    "mean": np.mean, "median": np.median, "max": np.max, "min": np.min, "sort": np.sort, "average": np.average,
    "concatenate": lambda x: np.concatenate([x, x]),
    "where": lambda x: np.where([True, False, True, False], x, x[::-1]),
    "percentile": lambda x: np.percentile(x, 40), "unique": np.unique, "reshape": lambda x: np.reshape(x, (2, 2)),
    "linspace": lambda x: np.linspace(x[0], x[2], 5), "interp": lambda x: np.interp([1.5, 2.5], [1, 2, 3, 4], x),
    "clip": lambda x: np.clip(x, x[3], x[0]), "nanmax": np.nanmax, "round": np.round,
    "take": lambda x: np.take(x, [0, 1]),
    "histogram_bin_edges": lambda x: np.histogram_bin_edges(x, 2), "quantile": lambda x: np.quantile(x, [0.1, 0.9]),
    "nan_to_num": lambda x: np.nan_to_num(x, nan=x[0]),
}
DIFFERENCES = {"diff": np.diff, "ptp": np.ptp, "std": np.std, "ediff1d": np.ediff1d, "gradient": np.gradient,
               "nanstd": np.nanstd}
NOT_OF_POINTS = {
    "sum": np.sum, "cumsum": np.cumsum, "prod": np.prod, "dot": lambda x: np.dot(x, x), "norm": np.linalg.norm,
    "trace": lambda x: np.trace(np.reshape(x, (2, 2))), "outer": lambda x: np.outer(x, x),
    "einsum": lambda x: np.einsum("i->", x),
    "fft": np.fft.fft, "convolve": lambda x: np.convolve(x, x), "det": lambda x: np.linalg.det(np.reshape(x, (2, 2))),
    "any": np.any, "all": np.all, "count_nonzero": np.count_nonzero, "nonzero": np.nonzero,
    "geomspace": lambda x: np.geomspace(x[0], x[1]),
    "trapezoid": np.trapezoid, "nansum": np.nansum, "vdot": lambda x: np.vdot(x, x), "kron": lambda x: np.kron(x, x),
    "cumprod": np.cumprod, "inv": lambda x: np.linalg.inv(np.reshape(x, (2, 2))), "pad": lambda x: np.pad(x, 1),
    "average": lambda x: np.average([1.0, 2.0, 3.0, 4.0], weights=x),
    "multi_dot": lambda x: np.linalg.multi_dot([x, x[:, None]]),
    "bincount": lambda x: np.bincount([0, 1, 2, 3], x), "tril": lambda x: np.tril(np.reshape(x, (2, 2))),
    "triu": lambda x: np.triu(np.reshape(x, (2, 2))), "diag": np.diag, "trim_zeros": np.trim_zeros, "angle": np.angle,
    "select": lambda x: np.select([[True] * 4], [x]), "nan_to_num": np.nan_to_num, "diagflat": np.diagflat,
    "linalg.eigvals": lambda x: np.linalg.eigvals(np.reshape(x, (2, 2))),
}


@pytest.mark.parametrize("name", OF_POINTS)
def test_functions_of_points(name):
    """Taken in °C, °F and K they are the same temperatures."""
    expected = OF_POINTS[name](TEMPERATURES)
    for unit in (u.degC, u.K, u.degF):
        result = OF_POINTS[name](DimArray(TEMPERATURES, u.degC).to(unit))
        assert result.unit is unit
        if name != "round":
            np.testing.assert_allclose(result.to(u.degC).data, expected, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_functions_that_give_differences(name):
    expected = DIFFERENCES[name](TEMPERATURES)
    for unit in (u.degC, u.K, u.degF):
        result = DIFFERENCES[name](DimArray(TEMPERATURES, u.degC).to(unit))
        assert result.unit is unit.difference
        np.testing.assert_allclose(result.to(u.K).data, expected, rtol=1e-12)


def test_squares_of_differences():
    x = DimArray(TEMPERATURES, u.degC)
    for function in (np.var, np.cov, np.nanvar):
        result = function(x.to(u.degF))
        assert result.dimension is (u.K**2).dimension
        np.testing.assert_allclose(result.to(u.K**2).data, function(TEMPERATURES))
    np.testing.assert_allclose(np.corrcoef(x, x.to(u.degF)).data, np.ones((2, 2)))
    edges = np.histogram(x, 2, density=True)
    np.testing.assert_allclose(edges[0].to(1 / u.K).data, np.histogram(TEMPERATURES, 2, density=True)[0])
    integral = np.trapezoid(DimArray(V[:4], u.W), x)
    np.testing.assert_allclose(integral.to(u.W * u.K).data, np.trapezoid(V[:4], TEMPERATURES))
    slope = np.gradient(DimArray(V[:4], u.m), np.sort(x))
    np.testing.assert_allclose(slope.to(u.m / u.K).data, np.gradient(V[:4], np.sort(TEMPERATURES)))
    assert np.isclose(x, x.to(u.K), atol=DimArray(0.1, u.delta_degC)).all()
    with pytest.raises(DimensionError, match="'°C'"):
        np.isclose(x, x, atol=DimArray(0.1, u.degC))


@pytest.mark.parametrize("unit", [u.degC, u.dBm], ids=str)
@pytest.mark.parametrize("name", NOT_OF_POINTS)
def test_functions_that_points_do_not_have(name, unit):
    """What counts from zero, puts zeros in, or adds up has no meaning where zero is arbitrary."""
    with pytest.raises(DimensionError, match=f"(?=.*{name})(?=.*'{unit}')"):
        NOT_OF_POINTS[name](DimArray(TEMPERATURES, unit))


def test_functions_that_levels_do_not_have():
    """Decibels add up; their squares and products mean nothing."""
    x = DimArray([3.0, 6.0], u.dB)
    for function, name in ((np.var, "var"), (np.prod, "prod"), (np.cov, "cov"), (lambda x: np.dot(x, x), "dot"),
                           (lambda x: np.outer(x, x), "outer"), (lambda x: np.kron(x, x), "kron")):
        with pytest.raises(DimensionError, match=f"(?=.*{name})(?=.*'dB')"):
            function(x)
    with pytest.raises(DimensionError, match=r"(?=.*var)(?=.*'dBm')"):
        np.var(DimArray([3.0, 6.0], u.dBm))
    assert np.sum(x) == DimArray(9.0, u.dB) and np.mean(x) == DimArray(4.5, u.dB)
    assert np.std(DimArray([3.0, 6.0], u.dBm)) == DimArray(1.5, u.dB)


def test_unwrap():
    turns = np.array([0.0, 350.0, 340.0])
    expected = np.unwrap(turns, period=360)
    x = DimArray(turns, u.deg)
    np.testing.assert_allclose(np.unwrap(x).to(u.deg).data, expected)
    np.testing.assert_allclose(np.unwrap(x, period=DimArray(360.0, u.deg)).to(u.deg).data, expected)
    np.testing.assert_allclose(np.unwrap(x, DimArray(180.0, u.deg)).to(u.deg).data, expected)
    with pytest.raises(DimensionError, match="'m'"):
        np.unwrap(x, period=DimArray(360.0, u.m))


# ---------------------------------------------------------------------------------------- details

def test_results_keep_numpys_types():
    x = DimArray(np.array(M, "f4"), u.km)
    for function in (np.sum, np.mean, np.max, np.sort, np.transpose, np.linalg.norm, np.fft.fft, np.std, np.cumsum):
        assert function(x).dtype == function(np.array(M, "f4")).dtype
    assert np.concatenate([x, x.astype("f8")]).dtype == np.float64
    assert np.sum(DimArray([1, 2], u.m)).dtype == np.int64
    assert type(np.unique_counts(x)).__name__ == "UniqueCountsResult"
    assert np.linalg.eigh(DimArray(S, u.m)).eigenvalues.unit is u.m


def test_views_share_memory():
    x = DimArray(np.array(M), u.km)
    for view in (np.transpose(x), np.ravel(x), np.reshape(x, 6), np.squeeze(x), np.split(x, 2)[0], np.real(x),
                 np.diagonal(x), np.broadcast_to(x, (2, 2, 3)), np.atleast_3d(x), np.flip(x)):
        assert np.shares_memory(view.data, x.data)


def test_zero_and_infinity_need_no_unit():
    x = DimArray([1.0, -2.0, np.nan], u.m)
    assert np.where([True, False, True], x, 0).unit is u.m and np.clip(x, 0, np.inf).unit is u.m
    assert np.nan_to_num(x, nan=0.0).data.tolist() == [1.0, -2.0, 0.0] and np.append(x, 0).shape == (4,)
    assert np.sum(x, initial=0).unit is u.m and np.max(x, initial=-np.inf).unit is u.m


def test_full_like():
    x = DimArray([1.0, 2.0], u.m)
    result = np.full_like(x, DimArray(5.0, u.km))
    assert result.unit is u.km and result.data.tolist() == [5.0, 5.0]
    assert np.full_like(x, 5.0).unit is u.dimensionless
    with pytest.raises(DimensionError, match="'km'"):
        np.full_like(np.ones(2), DimArray(5.0, u.km))               # of which NumPy asks the first only
    assert np.ones_like(x).unit is u.m and np.zeros_like(x).unit is u.m


def test_keywords_are_numpys():
    x = DimArray(M, u.m)
    assert np.sum(a=x, axis=0).shape == (3,) and np.sort(a=x, axis=0).unit is u.m
    assert np.clip(a=x, a_min=DimArray(2.0, u.m), a_max=DimArray(3.0, u.m)).max() == DimArray(3.0, u.m)
    assert np.trapezoid(y=DimArray(V, u.m), x=DimArray(V, u.s)).unit == u.m * u.s
    assert np.searchsorted(a=DimArray([1.0, 2.0], u.m), v=DimArray(0.0015, u.km)) == 1
    assert np.interp(x=DimArray(1.5, u.m), xp=DimArray([1.0, 2.0], u.m), fp=DimArray([1.0, 2.0], u.s)).unit is u.s
    assert np.linspace(start=DimArray(1.0, u.m), stop=DimArray(2.0, u.km), num=3)[-1] == DimArray(2.0, u.km)
    assert np.where([True, False], DimArray(1.0, u.m), DimArray(1.0, u.km)).data.tolist() == [1.0, 1000.0]
    for call in (lambda: np.sum(x, nonsense=1), lambda: np.sum(), lambda: np.sort(x, axis="a")):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(ValueError, match=r"axis|out of bounds"):
        np.sum(x, axis=5)


def test_lists_of_arrays_with_plain_ones():
    x = DimArray([1.0], u.m)
    for wrong in ([x, [1.0]], [[1.0], x], [x, np.array([1.0])], (x, 2.0)):
        for function in (np.concatenate, np.hstack, np.stack, np.vstack):
            with pytest.raises((DimensionError, ValueError), match=r"'m'|dimension|shape"):
                function([np.atleast_1d(part) if not isinstance(part, DimArray) else part for part in wrong])
    nested = np.block([[x, x], [x, x]])
    assert nested.shape == (2, 2) and nested.unit is u.m


def test_endless_lists():
    endless: list = []
    endless.append(endless)
    x = DimArray([1.0], u.m)
    for call in (lambda: np.concatenate([x, endless]), lambda: np.stack([x, endless]),
                 lambda: np.where([True], x, endless), lambda: np.block([x, endless]), lambda: np.append(x, endless)):
        with pytest.raises((RecursionError, ValueError, TypeError)):
            call()
