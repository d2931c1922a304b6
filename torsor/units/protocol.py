"""NumPy's functions on DimArrays (NEP 18): what each does with units, in one table.

Every function that NumPy dispatches stands in exactly one of the lists below, or in ``REFUSED`` with a reason.
A rule (propagation.py, individual.py) takes the values out of the arguments (calls.py), in units that fit each other,
runs the function on them, and says which units the results have.
"""
import numpy as np

from torsor.units import individual, propagation
from torsor.units.calls import Call, quantities
from torsor.units.errors import DimensionError, named


def call(func, *args, **kwargs):
    """A function of NumPy's on arguments of which some have units.

    Raises
    ------
    DimensionError
        If it has no meaning for these units, or none at all for units.
    """
    return dispatched(None, func, args, kwargs)


def dispatched(owner, func, args, kwargs):
    """The same; ``owner`` is an array that NumPy has found, perhaps as ``like=``, which it takes away."""
    rule = RULES.get(func)
    given = Call(func, args, kwargs)
    if rule is None:
        reason = REFUSED.get(given.name, "no rule says what it does with units")
        found = [*given.quantities(), *quantities(owner)]
        units = ", ".join(sorted({named(x.unit) for x in found}))
        raise DimensionError(f"numpy.{given.name} refuses {units}: {reason}", None, None, given.name)
    try:
        return rule(given)
    except DimensionError as error:
        if given.name in str(error):
            raise
        raise DimensionError(f"numpy.{given.name}: {error}", error.left, error.right, given.name) from None


_TABLE = {
    propagation.moved(0): """
        broadcast_to copy delete diagonal expand_dims flip fliplr flipud
        matrix_transpose moveaxis permute_dims ravel real_if_close repeat reshape resize roll rollaxis rot90
        squeeze swapaxes take take_along_axis tile transpose
        block concat concatenate stack vstack hstack dstack column_stack
        linalg.diagonal linalg.matrix_transpose array_split split hsplit vsplit dsplit unstack""",
    propagation.same(0): "sort sort_complex partition unique_values fft.fftshift fft.ifftshift",
    propagation.same(0, 1): "union1d setdiff1d setxor1d",
    propagation.moved(0, 1): "append",
    propagation.moved(0, 2): "insert",
    propagation.moved(1): "choose compress extract",
    lambda given: given.get(0).real: "real",
    lambda given: given.get(0).imag: "imag",
    propagation.rounded: "around round fix astype",
    propagation.no_points(propagation.moved(0)): "diagflat tril triu",
    propagation.no_points(propagation.same(0)): "trim_zeros",
    individual.diag: "diag",
    individual.select: "select",
    individual.clip: "clip",
    propagation.each: "atleast_1d atleast_2d atleast_3d broadcast_arrays meshgrid",
    individual.where: "where",
    individual.full_like: "full_like",
    individual.like: "zeros_like empty_like ones_like",
    individual.pad: "pad",
    individual.nan_to_num: "nan_to_num",
    propagation.reduction("initial"): "max min amax amin nanmax nanmin",
    propagation.reduction(): "mean nanmean median nanmedian percentile nanpercentile quantile nanquantile",
    propagation.reduction("initial", points=False): "sum nansum",
    propagation.reduction(points=False): "cumsum nancumsum cumulative_sum trace linalg.trace",
    propagation.reduction(of=lambda unit: unit.difference): "std nanstd ptp",
    propagation.reduction(p=2, of=lambda unit: unit.difference): "var nanvar",
    propagation.differences(0, "prepend", "append"): "diff",
    propagation.differences(0, 1, 2): "ediff1d",
    individual.average: "average",
    individual.prod: "prod nanprod",
    propagation.numbers(0): """
        cumprod nancumprod cumulative_prod i0 sinc roots poly polyder polyint vander linalg.slogdet""",
    propagation.numbers(0, 1): "polyadd polysub polymul polydiv polyval logspace",
    individual.unwrap: "unwrap",
    individual.angle: "angle",
    individual.close: "isclose allclose",
    individual.equal: "array_equal array_equiv",
    propagation.looked_at(0): """
        argmax argmin nanargmax nanargmin argpartition argsort iscomplex isreal isposinf isneginf""",
    propagation.looked_at(0, points=False): """
        argwhere nonzero flatnonzero count_nonzero any all linalg.matrix_rank linalg.cond""",
    propagation.looked_at(0, 1): "digitize searchsorted isin",
    propagation.looked_at_as_is: """
        iscomplexobj isrealobj shape size ndim may_share_memory shares_memory result_type can_cast common_type
        min_scalar_type diag_indices_from tril_indices_from triu_indices_from einsum_path""",
    individual.lexsort: "lexsort",
    individual.text: "array2string array_repr array_str",
    individual.linspace: "linspace",
    individual.geomspace: "geomspace",
    individual.interp: "interp",
    individual.trapezoid: "trapezoid",
    individual.gradient: "gradient",
    propagation.products(0, 1): """
        convolve correlate cross dot inner outer vdot kron tensordot linalg.cross linalg.matmul linalg.outer
        linalg.tensordot linalg.vecdot""",
    individual.einsum: "einsum",
    individual.multi_dot: "linalg.multi_dot",
    individual.covariance: "cov",
    individual.correlation: "corrcoef",
    individual.norm: "linalg.norm linalg.vector_norm",
    propagation.reduction(points=False): "linalg.matrix_norm",
    individual.determinant: "linalg.det",
    individual.matrix_power: "linalg.matrix_power",
    propagation.to_power(-1): "linalg.inv linalg.pinv linalg.tensorinv",
    propagation.to_power(0.5): "linalg.cholesky",
    propagation.to_power(1, None): "linalg.eig linalg.eigh",
    propagation.to_power(1): """
        linalg.eigvals linalg.eigvalsh linalg.svdvals fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn
        fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn""",
    individual.solve: "linalg.solve linalg.tensorsolve",
    individual.lstsq: "linalg.lstsq",
    individual.svd: "linalg.svd",
    individual.qr: "linalg.qr",
    individual.unique: "unique",
    individual.named_unique(4): "unique_all",
    individual.named_unique(2): "unique_counts unique_inverse",
    individual.intersect: "intersect1d",
    individual.histogram: "histogram histogram_bin_edges",
    individual.histogram2d: "histogram2d",
    propagation.no_points(individual.bincount): "bincount",
    propagation.into(0, 1): "copyto fill_diagonal",
    propagation.into(0, 2): "put put_along_axis place putmask",
}

#: Functions that units are refused by, each with the reason.
REFUSED = dict.fromkeys(
    "busday_count busday_offset is_busday datetime_as_string packbits unpackbits ravel_multi_index unravel_index "
    "ix_".split(),
    "its arguments are dates, bits or indices",
) | dict.fromkeys(
    "save savetxt savez savez_compressed".split(), "its files hold no units; see torsor.units.io",
) | dict.fromkeys(
    "apply_along_axis apply_over_axes piecewise".split(),
    "the unit of what the function given to it returns is unknown; loop over the array",
) | {
    "polyfit": "each coefficient would have a unit of its own; fit magnitudes",
    "histogramdd": "the axes share one array, and with it one unit; see numpy.histogram2d",
}

RULES = {}
for _rule, _names in _TABLE.items():
    for _name in _names.split():
        _name = _name.partition(":")[0]
        _module, _, _last = _name.rpartition(".")
        _function = getattr(getattr(np, _module) if _module else np, _last, None)
        if _function is not None:           # older NumPy lacks some
            RULES[_function] = _rule
