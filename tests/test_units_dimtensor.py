"""Programs written for dimtensor 5.1: with one import line changed they give the same numbers and dimensions.

What is different on purpose stands in ``DELIBERATE``, with reasons.  Its 501 units are test_units_catalogue.py's.
"""
import inspect
import textwrap
from fractions import Fraction

import numpy as np
import pytest

import torsor.units as u
from torsor.units import (
    DIMENSIONLESS,
    ConstraintError,
    DimArray,
    Dimension,
    DimensionError,
    Unit,
    UnitConversionError,
    config,
    constants,
    errors,
    functions,
    units,
    validation,
)

# ---------------------------------------------------------------------------------------- names

NAMES = {
    u: """DimArray Dimension Unit DIMENSIONLESS DimensionError UnitConversionError ConstraintError concatenate stack
        split dot matmul norm weighted_mean units constants domains validation config""",
    functions: "concatenate stack split dot matmul norm weighted_mean",
    errors: "DimTensorError DimensionError UnitConversionError ConstraintError",
    config: "DisplayOptions display precision options set_display reset_display",
    validation: """Constraint Positive NonNegative NonZero Bounded Finite NotNaN validate_all is_all_satisfied
        ConservationTracker""",
    DimArray: """data unit dimension shape ndim size dtype is_dimensionless uncertainty has_uncertainty
        relative_uncertainty validate to to_base_units magnitude sqrt sum mean std min max var argmin argmax reshape
        transpose flatten __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __pow__ __neg__
        __pos__ __abs__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __getitem__ __len__ __iter__ __repr__ __str__
        __format__ __array__ __array_priority__ __array_ufunc__""",
    Dimension: """length mass time current temperature amount luminosity is_dimensionless __mul__ __truediv__ __pow__
        __eq__ __hash__ __repr__ __str__""",
    Unit: """symbol dimension scale is_compatible conversion_factor simplified __mul__ __rmul__ __truediv__ __rtruediv__
        __pow__ __eq__ __hash__ __repr__ __str__""",
    constants.Constant: """value unit uncertainty is_exact relative_uncertainty dimension to_dimarray __mul__ __rmul__
        __truediv__ __rtruediv__ __pow__ __neg__ __pos__ __repr__ __str__ __format__""",
    constants: """E_h F G N_A R R_inf T_P a_0 alpha avogadro_constant bohr_radius boltzmann_constant c e electron_mass
        elementary_charge epsilon_0 faraday_constant fine_structure_constant gravitational_constant h hartree_energy
        hbar k_B l_P m_P m_e m_n m_p molar_gas_constant mu_0 neutron_mass planck_constant planck_length planck_mass
        planck_temperature planck_time proton_mass reduced_planck_constant rydberg_constant sigma speed_of_light
        stefan_boltzmann_constant t_P vacuum_permeability vacuum_permittivity""",
}
#: Names that are not there: of other parts of dimtensor (translations, accessibility, inference).
LEFT_OUT = """localized_name localized_symbol inference InferenceOptions inference_options set_inference reset_inference
    locale I18nOptions AccessibilityOptions accessibility accessibility_options set_accessibility reset_accessibility"""


@pytest.mark.parametrize("owner, name", [pytest.param(owner, name, id=f"{owner.__name__.rpartition('.')[2]}.{name}")
                                         for owner, names in NAMES.items() for name in names.split()])
def test_names(owner, name):
    assert hasattr(owner, name)


def test_names_that_are_left_out():
    assert not [name for name in LEFT_OUT.split() for owner in (Unit, config) if hasattr(owner, name)]


@pytest.mark.parametrize("function, parameters", [
    (DimArray.to, "self unit"), (DimArray.sum, "self axis keepdims"),
    (DimArray.mean, "self axis keepdims"), (DimArray.std, "self axis keepdims"), (DimArray.var, "self axis keepdims"),
    (DimArray.min, "self axis keepdims"), (DimArray.max, "self axis keepdims"), (DimArray.argmin, "self axis"),
    (DimArray.argmax, "self axis"), (DimArray.validate, "self constraints"),
    (Dimension, "length mass time current temperature amount luminosity"), (functions.concatenate, "arrays axis"),
    (functions.stack, "arrays axis"), (functions.split, "array indices_or_sections axis"), (functions.dot, "a b"),
    (functions.matmul, "a b"), (functions.norm, "array ord axis keepdims"), (functions.weighted_mean, "arrays"),
    (validation.Bounded, "min_val max_val"), (validation.validate_all, "data constraints"),
    (validation.ConservationTracker, "name"), (validation.ConservationTracker.is_conserved, "self rtol atol"),
    (constants.Constant, "symbol name value unit uncertainty"), (Unit.conversion_factor, "self other"),
    (config.DisplayOptions, "precision threshold edgeitems linewidth suppress_small"),
])
def test_parameters(function, parameters):
    assert set(parameters.split()) <= set(inspect.signature(function).parameters)


def test_arguments_by_name():
    x = DimArray(data=[1.0], unit=Unit(symbol="x", dimension=Dimension(length=1), scale=2.0), dtype=None, copy=True,
                 uncertainty=[0.1])
    assert x.to(u.m).data.tolist() == [2.0] and x.to(u.m).uncertainty.data.tolist() == [0.2]


# ---------------------------------------------------------------------------------------- values

A = "DimArray([1.0, 2.0, 4.0], units.km)"
B = "DimArray([3.0, 5.0, 7.0], units.m)"
T = "DimArray([2.0, 4.0, 8.0], units.minute)"
M = "DimArray([[1.0, 4.0, 2.0], [3.0, 5.0, 6.0]], units.cm)"
X = "DimArray([1.0, 2.0, 4.0], units.m, uncertainty=[0.1, 0.2, 0.1])"
Y = "DimArray([3.0, 5.0, 7.0], units.m, uncertainty=[0.3, 0.1, 0.2])"
P, Q = "DimArray([10.0], units.m, uncertainty=[1.0])", "DimArray([12.0], units.m, uncertainty=[2.0])"

#: Program text, magnitudes in SI units, exponents of the dimension; all as dimtensor 5.1 gives them.
VALUES = [
    ("DimArray([1, 2, 3], units.km)", [1000.0, 2000.0, 3000.0], "L"), ("DimArray(5.0, units.hour)", [18000.0], "T"),
    ("DimArray([1.5])", [1.5], ""), ("DimArray([1, 2], units.g, dtype=float)", [0.001, 0.002], "M"),
    (f"{A} + {B}", [1003.0, 2005.0, 4007.0], "L"), (f"{B} - {A}", [-997.0, -1995.0, -3993.0], "L"),
    (f"{A} * {T}", [120000.0, 480000.0, 1920000.0], "L T"), (f"{A} / {T}", [25 / 3, 25 / 3, 25 / 3], "L T-1"),
    (f"2 * {A}", [2000.0, 4000.0, 8000.0], "L"), (f"{A} * 2.5", [2500.0, 5000.0, 10000.0], "L"),
    (f"{A} / 4", [250.0, 500.0, 1000.0], "L"), (f"1 / {T}", [1 / 120, 1 / 240, 1 / 480], "T-1"),
    (f"{A} ** 2", [1e6, 4e6, 1.6e7], "L2"), (f"{A} ** -1", [1e-3, 5e-4, 2.5e-4], "L-1"),
    (f"{A} ** 0.5", [1000**0.5, 2000**0.5, 4000**0.5], "L1/2"), (f"({A} ** 2).sqrt()", [1000.0, 2000.0, 4000.0], "L"),
    (f"-{A}", [-1000.0, -2000.0, -4000.0], "L"), (f"+{A}", [1000.0, 2000.0, 4000.0], "L"),
    (f"abs(-{A})", [1000.0, 2000.0, 4000.0], "L"), (f"{A} * np.array([1, 2, 3])", [1000.0, 4000.0, 12000.0], "L"),
    (f"{A}[1:]", [2000.0, 4000.0], "L"), (f"{A}[[0, 2]]", [1000.0, 4000.0], "L"), (f"{A}[1]", [2000.0], "L"),
    (f"{A}[np.array([True, False, True])]", [1000.0, 4000.0], "L"), (f"{M}[:, 1]", [0.04, 0.05], "L"),
    (f"{M}.sum()", [0.21], "L"), (f"{M}.sum(axis=0)", [0.04, 0.09, 0.08], "L"),
    (f"{M}.mean(axis=1)", [0.07 / 3, 0.14 / 3], "L"),
    (f"{M}.mean()", [0.035], "L"), (f"{M}.std()", [0.0170782512765993], "L"),
    (f"{M}.var()", [0.000291666666666667], "L2"),
    (f"{M}.min()", [0.01], "L"), (f"{M}.max(axis=0)", [0.03, 0.05, 0.06], "L"),
    (f"{M}.max(axis=1)", [0.04, 0.06], "L"),
    (f"{M}.reshape((3, 2))", [[0.01, 0.04], [0.02, 0.03], [0.05, 0.06]], "L"),
    (f"{M}.flatten()", [0.01, 0.04, 0.02, 0.03, 0.05, 0.06], "L"),
    (f"{M}.transpose()", [[0.01, 0.03], [0.04, 0.05], [0.02, 0.06]], "L"),
    (f"{M}.transpose((1, 0))", [[0.01, 0.03], [0.04, 0.05], [0.02, 0.06]], "L"),
    (f"{M}.sum(axis=0, keepdims=True)", [[0.04, 0.09, 0.08]], "L"),
    (f"{A}.to(units.m)", [1000.0, 2000.0, 4000.0], "L"), (f"{A}.to(units.mile)", [1000.0, 2000.0, 4000.0], "L"),
    (f"{A}.to_base_units()", [1000.0, 2000.0, 4000.0], "L"),
    ("DimArray([1.0], units.N).to_base_units()", [1.0], "L M T-2"),
    ("np.sin(DimArray([0.0, 0.5], units.rad))", [0.0, 0.479425538604203], ""),
    ("np.exp(DimArray([1.0]))", [2.71828182845905], ""),
    ("np.log(DimArray([2.0]))", [0.693147180559945], ""), ("np.arctan(DimArray([1.0]))", [0.785398163397448], ""),
    ("np.sqrt(DimArray([4.0], units.km ** 2))", [2000.0], "L"),
    ("np.square(DimArray([4.0], units.km))", [1.6e7], "L2"),
    ("np.floor(DimArray([1.5], units.km))", [1000.0], "L"),
    ("np.absolute(DimArray([-1.5], units.km))", [1500.0], "L"),
    (f"np.add({A}, {B})", [1003.0, 2005.0, 4007.0], "L"), (f"np.multiply({A}, 2)", [2000.0, 4000.0, 8000.0], "L"),
    (f"np.divide({A}, {T})", [25 / 3] * 3, "L T-1"), (f"np.power({A}, 2)", [1e6, 4e6, 1.6e7], "L2"),
    (f"concatenate([{A}, {B}])", [1000.0, 2000.0, 4000.0, 3.0, 5.0, 7.0], "L"),
    (f"stack([{A}, {B}])", [[1000.0, 2000.0, 4000.0], [3.0, 5.0, 7.0]], "L"),
    (f"stack([{A}, {B}], axis=1)", [[1000.0, 3.0], [2000.0, 5.0], [4000.0, 7.0]], "L"),
    (f"split({A}, 3)[2]", [4000.0], "L"), (f"split({A}, [1])[1]", [2000.0, 4000.0], "L"),
    (f"dot({B}, {T})", [60 * 82.0], "L T"), (f"matmul({M}, {T})", [0.01 * 60 * 34, 0.01 * 60 * 74], "L T"),
    ("norm(DimArray([3.0, 4.0], units.km))", [5000.0], "L"),
    (f"norm({M}, axis=1)", [0.0458257569495584, 0.0836660026534076], "L"),
    (f"norm({B}, ord=1)", [15.0], "L"), (f"norm({B}, ord=np.inf)", [7.0], "L"),
    (f"weighted_mean([{P}, {Q}])", [10.4], "L"),
    ("constants.c * DimArray([2.0], units.s)", [599584916.0], "L"),
    ("constants.h * constants.c", [1.98644586e-25], "L3 M T-2"),
    ("constants.G * DimArray([5.0], units.kg)", [3.33715e-10], "L3 T-2"), ("2 * constants.c", [599584916.0], "L T-1"),
    ("constants.c ** 2", [299792458.0**2], "L2 T-2"),
    ("DimArray([1.0], units.kg) * constants.c ** 2", [299792458.0**2], "L2 M T-2"),
    ("constants.c.to_dimarray()", [299792458.0], "L T-1"),
    ("constants.e / constants.m_e", [175882001083.0], "M-1 T I"),
    ("1 / constants.c", [1 / 299792458.0], "L-1 T"), ("-constants.c", [-299792458.0], "L T-1"),
    ("DimArray([1.0], units.m / units.s ** 2 * units.kg)", [1.0], "L M T-2"),
    ("DimArray([1.0], 1000 * units.m)", [1000.0], "L"),
    ("DimArray([1.0], Unit('furlong', Dimension(length=1), 201.168))", [201.168], "L"),
]
#: Program text and the uncertainty of its result, in SI units.
UNCERTAINTIES = [
    (X, [0.1, 0.2, 0.1]), (f"{X} + {Y}", [0.1**0.5, 0.05**0.5, 0.05**0.5]),
    (f"{X} - {Y}", [0.1**0.5, 0.05**0.5, 0.05**0.5]),
    (f"{X} * {Y}", [0.18**0.5, 1.04**0.5, 1.13**0.5]),
    (f"{X} / {Y}", [0.02**0.5 / 3, 0.0416**0.5 / 5, 0.02306122448979592**0.5 / 7]),
    (f"2 * {X}", [0.2, 0.4, 0.2]), (f"{X} / 2", [0.05, 0.1, 0.05]), (f"{X} ** 2", [0.2, 0.8, 0.8]),
    (f"-{X}", [0.1, 0.2, 0.1]),
    (f"1 / {X}", [0.1, 0.05, 0.00625]), (f"{X}[1:]", [0.2, 0.1]), (f"{X}.sum()", [0.06**0.5]),
    (f"{X}.mean()", [0.06**0.5 / 3]),
    (f"{X}.max()", [0.1]), (f"{X}.min()", [0.1]), (f"{X}.to(units.km)", [0.1, 0.2, 0.1]),
    (f"{X}.reshape((3, 1))", [[0.1], [0.2], [0.1]]),
    (f"np.sqrt({X})", [0.05, 0.0707106781186548, 0.025]),
    (f"concatenate([{X}, {Y}])", [0.1, 0.2, 0.1, 0.3, 0.1, 0.2]),
    (f"stack([{X}, {Y}])", [[0.1, 0.2, 0.1], [0.3, 0.1, 0.2]]), (f"split({X}, 3)[1]", [0.2]),
    (f"{X}.flatten()", [0.1, 0.2, 0.1]),
    (f"dot({X}, {Y})", [(0.18 + 1.04 + 1.13) ** 0.5]), (f"abs({X})", [0.1, 0.2, 0.1]),
    (f"weighted_mean([{P}, {Q}])", [0.8**0.5]),
    ("constants.G.to_dimarray()", [1.5e-15]),
]


def run(text):
    names = {name: getattr(u, name) for name in NAMES[u].split()} | {"np": np}
    return eval(text, names)


def exponents(text):
    return {part[0]: Fraction(part[1:] or 1) for part in text.split()}


@pytest.mark.parametrize("text, values, dimension", VALUES, ids=[text for text, _, _ in VALUES])
def test_values(text, values, dimension):
    result = run(text)
    assert isinstance(result, DimArray)
    found = dict(zip("LMTIΘNJ", result.dimension.exponents))
    assert {symbol: power for symbol, power in found.items() if power} == exponents(dimension)
    magnitudes = np.asarray(result.to_base_units().data)
    np.testing.assert_allclose(magnitudes.reshape(np.shape(values)), values, rtol=1e-8)
    assert magnitudes.shape in (np.shape(values), ()) and isinstance(result.unit, Unit)


@pytest.mark.parametrize("text, sigma", UNCERTAINTIES, ids=lambda x: x if isinstance(x, str) else "")
def test_uncertainties(text, sigma):
    found = np.asarray(run(text).to_base_units().uncertainty.data)
    np.testing.assert_allclose(found.reshape(np.shape(sigma)), sigma, rtol=1e-9)


@pytest.mark.parametrize("text, value", [
    (f"{A}.shape", (3,)), (f"{A}.ndim", 1), (f"{A}.size", 3), (f"{A}.dtype", np.dtype(float)), (f"len({A})", 3),
    (f"{A}.is_dimensionless", False), ("DimArray([1.0]).is_dimensionless", True), (f"{M}.argmax()", 5),
    (f"{A}.has_uncertainty", False),
    (f"{A}.uncertainty", None), (f"{A}.relative_uncertainty", None), (f"{X}.has_uncertainty", True),
    (f"{M}.argmin()", 0),
    (f"[row.shape for row in {M}]", [(3,), (3,)]), ("units.km.scale", 1000.0), ("units.km.symbol", "km"),
    ("str(units.km)", "km"),
    ("units.km.conversion_factor(units.m)", 1000.0), ("units.m.is_compatible(units.km)", True),
    ("units.m.is_compatible(units.s)", False),
    ("(units.kg * units.m / units.s ** 2).simplified().symbol", "N"), ("(units.m / units.s).scale", 1.0),
    ("(units.m * 5).scale", 5.0),
    ("(5 * units.m).scale", 5.0), ("(units.m / 5).scale", 0.2), ("(1 / units.km).scale", 0.001),
    ("(units.km ** 2).scale", 1e6),
    ("units.N.dimension == Dimension(mass=1, length=1, time=-2)", True), ("Dimension().is_dimensionless", True),
    ("Dimension(length=1) * Dimension(time=-1) == Dimension(length=1, time=-1)", True),
    ("Dimension(length=2) ** 0.5 == Dimension(length=1)", True),
    ("Dimension(length=1) / Dimension(length=1) == DIMENSIONLESS", True), ("Dimension(length=1).length", Fraction(1)),
    ("Dimension(length=0.5).length", Fraction(1, 2)), ("hash(Dimension(mass=1)) == hash(Dimension(mass=1))", True),
    ("constants.c.value", 299792458.0), ("constants.c.is_exact", True), ("constants.G.is_exact", False),
    ("constants.G.uncertainty", 1.5e-15),
    ("constants.c.symbol", "c"), ("constants.c.unit.scale", 1.0), ("constants.c.relative_uncertainty", 0.0),
    ("str(constants.c)[:4]", "c = "),
    ("constants.planck_constant is constants.h", True),
    ("constants.h.dimension == Dimension(mass=1, length=2, time=-1)", True),
    (f"({A} > DimArray([1500.0], units.m)).tolist()", [False, True, True]),
    (f"({A} == DimArray([1000.0], units.m)).tolist()", [True, False, False]),
    (f"({A} != DimArray([1000.0], units.m)).tolist()", [False, True, True]),
    (f"({A} <= {A}).tolist()", [True, True, True]),
    ("(DimArray([1.0, 2.0]) < 1.5).tolist()", [True, False]), ("(DimArray([1.0, 2.0]) == 2).tolist()", [False, True]),
    ("f'{DimArray([1.23456], units.m):.2f}'.strip('[]').replace(']', '')", "1.23 m"),
    ("f'{DimArray(5.0, units.m):.1f}'", "5.0 m"),
    ("DimArray([1, 2, 3], units.m).magnitude().tolist()", [1, 2, 3]),
    ("DimArray([1.0], units.m).data.tolist()", [1.0]),
    ("DimArray([1.0, 0.0], uncertainty=[0.1, 0.1]).relative_uncertainty.tolist()", [0.1, np.inf]),
], ids=lambda x: x if isinstance(x, str) else "")
def test_answers(text, value):
    found = run(text)
    assert type(found) is type(value) or isinstance(value, (int, np.dtype)) or value is None
    assert found == value


@pytest.mark.parametrize("text, error", [
    (f"{A} + {T}", DimensionError), (f"{A} - {T}", DimensionError), (f"{A} < {T}", DimensionError),
    (f"{A} + 1", DimensionError),
    (f"1 - {A}", DimensionError), (f"{A} > 1", DimensionError), (f"{A}.to(units.s)", UnitConversionError),
    (f"np.sin({A})", DimensionError),
    (f"np.exp({A})", DimensionError), (f"np.log10({A})", DimensionError),
    (f"np.power({A}, DimArray([2.0], units.m))", DimensionError),
    (f"np.power({A}, np.array([1.0, 2.0, 3.0]))", DimensionError), (f"concatenate([{A}, {T}])", DimensionError),
    (f"stack([{A}, {T}])", DimensionError), ("concatenate([])", ValueError), ("weighted_mean([])", ValueError),
    (f"weighted_mean([{A}])", ValueError), ("DimArray([1.0], units.m, uncertainty=[0.1, 0.2])", ValueError),
    ("units.m.conversion_factor(units.s)", ValueError), ("Dimension(length='a')", (TypeError, ValueError)),
    ("units.m * 'a'", TypeError),
    ("DimArray([[1.0], [2.0, 3.0]])", ValueError), (f"{A}[7]", IndexError), (f"{A}.reshape((7,))", ValueError),
], ids=lambda x: x if isinstance(x, str) else "")
def test_errors(text, error):
    with pytest.raises(error):
        run(text)


def test_attributes_of_errors():
    error = DimensionError("text", left=Dimension(length=1), right=Dimension(time=1), operation="add")
    assert (str(error), error.operation) == ("text", "add")
    assert (error.left, error.right) == (Dimension(length=1), Dimension(time=1))
    error = DimensionError.incompatible(Dimension(length=1), Dimension(time=1), "add")
    assert error.operation == "add" and error.left == Dimension(length=1) and "add" in str(error)
    error = UnitConversionError.incompatible("m", "s")
    assert (error.from_unit, error.to_unit) == ("m", "s") and "m" in str(error) and "s" in str(error)
    error = ConstraintError("text", constraint="Positive", indices=[1])
    assert (str(error), error.constraint, error.indices) == ("text", "Positive", [1])
    assert issubclass(DimensionError, errors.UnitsError) and issubclass(ConstraintError, errors.UnitsError)


# ---------------------------------------------------------------------------------------- validation

@pytest.mark.parametrize("constraint, good, bad, indices", [
    (validation.Positive(), [1.0, 2.0], [1.0, 0.0, -1.0], [1, 2]),
    (validation.NonNegative(), [0.0, 1.0], [-1.0, 0.0], [0]),
    (validation.NonZero(), [1.0, -1.0], [1.0, 0.0], [1]),
    (validation.Finite(), [1.0], [1.0, np.inf, np.nan], [1, 2]),
    (validation.NotNaN(), [np.inf], [np.nan, 1.0], [0]),
    (validation.Bounded(0, 1), [0.0, 0.5, 1.0], [-0.1, 0.5, 1.1], [0, 2]),
], ids=repr)
def test_constraints(constraint, good, bad, indices):
    assert constraint.is_satisfied(np.array(good)) and not constraint.is_satisfied(np.array(bad))
    assert np.flatnonzero(~np.asarray(constraint.check(np.array(bad)))).tolist() == indices
    assert constraint.validate(np.array(good)) is None and type(constraint).__name__ in repr(constraint)
    assert isinstance(constraint.description, str) and constraint.name
    x = DimArray(good, u.m)
    assert x.validate([constraint]) is x and x.validate() is x and x.validate([]) is x
    for call in (lambda: constraint.validate(np.array(bad)), lambda: DimArray(bad, u.m).validate([constraint]),
                 lambda: validation.validate_all(np.array(bad), [constraint])):
        with pytest.raises(ConstraintError) as caught:
            call()
        assert caught.value.indices == indices and caught.value.constraint
    assert validation.is_all_satisfied(np.array(good), [constraint])
    assert not validation.is_all_satisfied(np.array(bad), [constraint])


def test_limits():
    with pytest.raises(ValueError):
        validation.Bounded(2, 1)
    unit_interval = validation.Bounded(0, 1)
    assert "0" in repr(unit_interval) and (unit_interval.min_val, unit_interval.max_val) == (0, 1)
    lengths = validation.Bounded(DimArray(1.0, u.m), DimArray(1.0, u.km))
    assert lengths.is_satisfied(DimArray([10.0, 100.0], u.m))
    assert not lengths.is_satisfied(DimArray([10.0, 100.0], u.km))
    with pytest.raises(DimensionError, match="'s'"):
        lengths.check(DimArray([1.0], u.s))
    with pytest.raises(ValueError):
        validation.Bounded(np.nan, 1.0)


def test_constraints_of_ones_own():
    class Even(validation.Constraint):
        """Every value is even."""

        def check(self, data):
            return np.asarray(data) % 2 == 0

    assert Even().is_satisfied(np.array([2, 4]))
    with pytest.raises(ConstraintError, match="Even"):
        Even().validate(np.array([2, 3]))
    with pytest.raises((NotImplementedError, TypeError)):
        validation.Constraint().check(np.array([1]))


def test_conservation():
    tracker = validation.ConservationTracker("energy")
    assert tracker.name == "energy" and len(tracker) == 0 and tracker.drift() == 0.0 and tracker.max_drift() == 0.0
    assert tracker.is_conserved()
    for value in (100.0, 102.0, 99.0, 101.0):
        tracker.record(DimArray(value, u.J))
    assert len(tracker) == 4 and not tracker.is_conserved() and tracker.is_conserved(rtol=0.05)
    assert tracker.drift() == pytest.approx(0.01) and tracker.max_drift() == pytest.approx(0.02)
    tracker.reset()
    assert len(tracker) == 0
    tracker.record(DimArray([1.0, 2.0], u.kJ))
    tracker.record(DimArray([1500.0, 1500.0], u.J))
    assert tracker.is_conserved()
    with pytest.raises(errors.UnitsError, match="'s'"):
        tracker.record(DimArray(1.0, u.s))
    assert len(tracker) == 2
    plain = validation.ConservationTracker()
    plain.record(0.0)
    plain.record(1e-3)
    assert plain.is_conserved(atol=1e-2) and not plain.is_conserved() and plain.drift() == 1e-3
    plain.record(np.array([0.0, 0.0]))
    assert len(plain) == 3


# ---------------------------------------------------------------------------------------- display

@pytest.fixture(autouse=True)
def display():
    config.reset_display()
    yield
    config.reset_display()


def test_display_options():
    x = DimArray([1.23456789, 2.3456789], units.m)
    assert str(x) == "[1.2346 2.3457] m"
    config.set_display(precision=2)
    assert str(x) == "[1.23 2.35] m"
    with config.precision(6):
        assert str(x) == "[1.234568 2.345679] m"
    with config.options(precision=1, threshold=2, edgeitems=1, linewidth=60, suppress_small=True):
        assert str(DimArray(np.arange(9.0), units.m)) == "[0. ... 8.] m"
    assert str(x) == "[1.23 2.35] m"
    config.reset_display()
    assert str(x) == "[1.2346 2.3457] m"


# ---------------------------------------------------------------------------------------- a whole program

def test_a_program_with_its_import_line_changed():
    program = """
        from torsor.units import DimArray, Dimension, DimensionError, Unit, config, constants, units    # was: dimtensor
        from torsor.units import concatenate, dot, norm, stack, weighted_mean
        from torsor.units.domains.astronomy import AU, solar_mass
        from torsor.units.validation import Bounded, Positive

        velocity = DimArray([10.0, 20.0, 30.0], units.m / units.s)
        time = DimArray([1.0, 2.0, 3.0], units.s)
        distance = velocity * time
        assert str(distance) == "[10. 40. 90.] m"
        try:
            velocity + DimArray([9.8], units.m / units.s**2)
            raise AssertionError
        except DimensionError as error:
            assert "m/s" in str(error)

        mass = DimArray([2.0], units.kg).validate([Positive()])
        energy = 0.5 * mass * velocity**2
        assert energy.dimension == Dimension(mass=1, length=2, time=-2)
        assert abs(energy.to(units.kilocalorie).data[0] - 100 / 4184) < 1e-12

        earth = (constants.G * DimArray(1.0, solar_mass) / DimArray(1.0, AU)) ** 0.5
        assert abs(earth.to(units.km / units.s).data / 29.78 - 1) < 1e-3

        lab = Unit("tick", Dimension(time=1), 0.25)
        assert DimArray([4.0], lab).to(units.s).data.tolist() == [1.0]
        g = weighted_mean([DimArray([9.79], units.m / units.s**2, uncertainty=[0.02]),
                           DimArray([9.82], units.m / units.s**2, uncertainty=[0.01])])
        assert 9.79 < g.data.item() < 9.82 and g.has_uncertainty
        path = concatenate([distance, DimArray([1.0], units.km)])
        assert path.max() == DimArray([1.0], units.km) and stack([path, path]).shape == (2, 4)
        work = dot(DimArray([1.0, 2.0], units.N), DimArray([3.0, 4.0], units.m))
        assert abs(float(work.to(units.J).data) - 11.0) < 1e-12
        assert float(norm(DimArray([3.0, 4.0], units.m)).data) == 5.0
        for item in path:
            item.validate([Bounded(0.0, 2000.0)])
        with config.precision(2):
            assert f"{path[0]}" == "10. m"
    """
    exec(textwrap.dedent(program), {})


# ---------------------------------------------------------------------------------------- what is different on purpose

#: What dimtensor 5.1 does, what torsor does, and why; each with a statement that holds here.
DELIBERATE = [
    ("x[0], x.sum() have the shape (1,)", "they have the shape (), as in NumPy",
     lambda: DimArray([1.0, 2.0], u.m)[0].shape == DimArray([1.0, 2.0], u.m).sum().shape == ()),
    ("x == y is False where dimensions differ", "an array of False, as NumPy's == is always an array",
     lambda: (DimArray([1.0, 2.0], u.m) == DimArray([1.0, 2.0], u.s)).tolist() == [False, False]),
    ("DimArray(x, unit) gives the numbers of x another unit", "it converts: 1 km in metres is 1000 m",
     lambda: DimArray(DimArray(1.0, u.km), u.m).data == 1000.0),
    ("np.asarray(x) drops the unit", "it raises: a unit is never dropped in silence",
     lambda: raises(DimensionError, np.asarray, DimArray([1.0], u.m))),
    ("np.sin of 90 degrees is the sine of 90", "it is 1: angles are converted",
     lambda: np.sin(DimArray(90.0, u.deg)).data == 1.0),
    ("np.arctan gives a pure number", "an angle, in radians", lambda: np.arctan(DimArray([1.0])).unit is u.rad),
    ("functions of numbers lose uncertainties", "they propagate them",
     lambda: np.exp(DimArray([1.0], uncertainty=[0.1])).has_uncertainty),
    ("std, var and norm lose uncertainties", "std and var propagate them, norm raises",
     lambda: DimArray([1.0, 2.0], u.m, uncertainty=[0.1, 0.1]).std().has_uncertainty
     and raises(errors.UnitsError, functions.norm, DimArray([1.0], u.m, uncertainty=[0.1]))),
    ("celsius is another name of kelvin", "a scale with its own zero: 20 °C is 293.15 K",
     lambda: DimArray(20.0, u.celsius).to(u.K).data == 293.15),
    ("x * y of metres and seconds by second is m·s/s", "units that cancel are left out",
     lambda: str((DimArray(1.0, u.m) * DimArray(1.0, u.s) / DimArray(1.0, u.s)).unit) == "m"),
    ("5 * m is printed as m", "as 5·m: the text of a unit says how large it is", lambda: str(5 * u.m) == "5·m"),
    ("kg·m/s² is printed as N, and is not equal to N", "it is printed as it is written, equals N; .simplified() is N",
     lambda: u.kg * u.m / u.s**2 == u.N and str(DimArray(1.0, u.kg * u.m / u.s**2)) == "1. kg·m/s²"),
    ("magnitude() is a copy, data is read-only", "both are the numbers themselves, as ndarray's attributes are",
     lambda: np.shares_memory((x := DimArray([1.0], u.m)).magnitude(), x.data) and x.data.flags.writeable),
    ("uncertainty is a plain array", "it has the unit of the values",
     lambda: DimArray([1.0], u.m, uncertainty=[0.1]).uncertainty.unit is u.m),
    ("an uncertainty has the shape of the values", "one number stands for all of them",
     lambda: DimArray([1.0, 2.0], u.m, uncertainty=0.1).uncertainty.shape == (2,)),
    ("a negative uncertainty is taken", "it is a ValueError",
     lambda: raises(ValueError, DimArray, [1.0], u.m, uncertainty=[-0.1])),
    ("weighted_mean with a certain value is that value", "it is an error: a measurement has an uncertainty",
     lambda: raises(ValueError, functions.weighted_mean, [DimArray([1.0], u.m, uncertainty=[0.0])])),
    ("90° + 1 is 91°", "a plain number is a number: 1 is 57.3°",
     lambda: (DimArray(90.0, u.deg) + 1).data == pytest.approx(90 + 180 / np.pi)),
    ("constants carry their uncertainties into products", "they go in with their values; to_dimarray() has more",
     lambda: not (constants.G * DimArray(1.0, u.kg)).has_uncertainty and constants.G.to_dimarray().has_uncertainty),
    ("an exponent is rounded to a fraction of 1000", "floats that are no small fractions are refused",
     lambda: raises(ValueError, lambda: u.m**0.12345)),
    ("str(Dimension) is LMT⁻²", "L·M·T⁻²", lambda: str(u.N.dimension) == "L·M·T⁻²"),
    ("errors are Exceptions", "they are ValueErrors as well", lambda: issubclass(DimensionError, ValueError)),
    ("arrays of more than 10 elements are abbreviated", "of more than 1000, as in NumPy",
     lambda: "..." not in str(DimArray(np.arange(99), u.m))),
    ("separators are commas in str()", "blanks, as in NumPy", lambda: str(DimArray([1, 2], u.m)) == "[1 2] m"),
]


def raises(error, function, *args, **options):
    with pytest.raises(error):
        function(*args, **options)
    return True


@pytest.mark.parametrize("there, here, holds", DELIBERATE, ids=[here for _, here, _ in DELIBERATE])
def test_deliberate_differences(there, here, holds):
    assert holds() and there and here


def test_dimensionless_is_one_object():
    assert DIMENSIONLESS is Dimension() and units.dimensionless.dimension is DIMENSIONLESS
