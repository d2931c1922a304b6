"""The constants of nature: values, uncertainties and units against SciPy's CODATA table and against each other."""
import copy
import operator
import pickle
import re

import numpy as np
import pytest

import torsor.units as u
from torsor.units import DimArray, DimensionError, constants, parse
from torsor.units.catalogue import ROWS, SOURCES
from torsor.units.codata import VALUES
from torsor.units.constants import Constant

each_value = pytest.mark.parametrize("row", VALUES, ids=lambda row: row.names.split()[0])


def get(row):
    return getattr(constants, row.names.split()[0])


# ---------------------------------------------------------------------------------------- rows

@each_value
def test_rows_make_constants(row):
    found = get(row)
    assert isinstance(found, Constant) and isinstance(found, DimArray) and found.ndim == 0
    assert all(getattr(constants, name) is found and name in constants.__all__ for name in row.names.split())
    assert (found.symbol, found.name, found.value) == (row.symbol, row.name, float(row.value))
    assert found.uncertainty == float(row.uncertainty or 0) and found.is_exact == (not row.uncertainty)
    assert found.unit == parse(row.unit) and row.source in SOURCES


@each_value
def test_digits(row):
    """The last digit of an uncertainty stands where the last digit of its value stands."""
    if row.uncertainty:
        zeros = len(row.uncertainty) - len(row.uncertainty.rstrip("0")) if row.uncertainty.isdigit() else 0
        assert 0 <= last_digit(row.value) - last_digit(row.uncertainty) <= zeros
        assert 0 < float(row.uncertainty) < 0.01 * abs(float(row.value))


def last_digit(text):
    """The power of ten of the last digit that a number is written with."""
    digits, _, exponent = text.partition("e")
    return int(exponent or 0) - len(digits.partition(".")[2])


def test_names_are_unique():
    names = [name for row in VALUES for name in row.names.split()]
    assert len(names) == len(set(names)) and all(name.isidentifier() for name in names)
    assert {"Constant", *names} == set(constants.__all__) and set(names) <= set(dir(constants))
    with pytest.raises(AttributeError, match="nonsense"):
        constants.nonsense  # noqa: B018
    assert constants.c is constants.speed_of_light and constants.G is constants.gravitational_constant


# ---------------------------------------------------------------------------------------- other tables

def scipys_name(name):
    """A name as SciPy's copy of the table shortens it."""
    for word, short in (("gyromagnetic", "gyromag."), ("magnetic ", "mag. "), ("hbar", "h-bar")):
        name = name.replace(word, short)
    return re.sub(r"\bmoment\b", "mom.", name)


@each_value
def test_values_are_scipys(row):
    scipy = pytest.importorskip("scipy.constants")
    value, unit, uncertainty = scipy.physical_constants[scipys_name(row.name)]
    if uncertainty:
        assert (float(row.value), float(row.uncertainty)) == (value, uncertainty)
    else:
        assert float(row.value) == pytest.approx(value, rel=1e-14, abs=0) and not row.uncertainty
    assert parse(unit) == parse(row.unit), f"{unit!r} for {row.unit!r}"


def test_values_are_astropys():
    theirs = pytest.importorskip("astropy.constants.codata2022")
    compared = 0
    names = {"Ryd": "R_inf", "a0": "a_0", "mu0": "mu_0", "eps0": "epsilon_0", "sigma_sb": "sigma"} | {
        name: name for name in "c h hbar G k_B e N_A m_e m_p m_n R alpha".split()}
    for name, own in names.items():
        found, mine = getattr(theirs, name, None), getattr(constants, own)
        if found is not None:
            assert (mine.value, mine.uncertainty) == (pytest.approx(found.value, rel=1e-12, abs=0), found.uncertainty)
            compared += 1
    assert compared > 12


#: dimtensor 5.1's constants: value in SI units and standard uncertainty.
DIMTENSOR = {
    "speed_of_light c": (299792458.0, 0.0), "planck_constant h": (6.62607015e-34, 0.0),
    "reduced_planck_constant hbar": (1.0545718176461565e-34, 0.0),
    "gravitational_constant G": (6.6743e-11, 1.5e-15), "boltzmann_constant k_B": (1.380649e-23, 0.0),
    "avogadro_constant N_A": (6.02214076e23, 0.0),
    "elementary_charge e": (1.602176634e-19, 0.0), "electron_mass m_e": (9.1093837139e-31, 2.8e-40),
    "proton_mass m_p": (1.67262192595e-27, 5.2e-37),
    "neutron_mass m_n": (1.67492750056e-27, 8.5e-37), "vacuum_permeability mu_0": (1.25663706127e-06, 2e-16),
    "vacuum_permittivity epsilon_0": (8.8541878188e-12, 1.4e-21),
    "fine_structure_constant alpha": (0.0072973525643, 1.1e-12),
    "rydberg_constant R_inf": (10973731.568157, 1.2e-05), "bohr_radius a_0": (5.29177210544e-11, 8.2e-21),
    "molar_gas_constant R": (8.31446261815324, 0.0), "stefan_boltzmann_constant sigma": (5.6703744191844294e-08, 0.0),
    "faraday_constant F": (96485.33212331001, 0.0), "planck_length l_P": (1.616255e-35, 1.8e-40),
    "planck_mass m_P": (2.176434e-08, 2.4e-13),
    "planck_time t_P": (5.391247e-44, 6e-49), "planck_temperature T_P": (1.416784e32, 1.6e27),
    "hartree_energy E_h": (4.3597447222e-18, 4.8e-30),
}


@pytest.mark.parametrize("names", DIMTENSOR)
def test_constants_of_dimtensor(names):
    """To the last digit but one; its uncertainty of the Hartree energy, 8.5e-28, is not that of 2022."""
    value, sigma = DIMTENSOR[names]
    for name in names.split():
        found = getattr(constants, name)
        assert found.value * found.unit.scale == pytest.approx(value, rel=1e-11, abs=0) and found.uncertainty == sigma


# ---------------------------------------------------------------------------------------- physics

K = constants


@pytest.mark.parametrize("left, right, digits", [
    (lambda: K.h / (2 * np.pi), lambda: K.hbar, 15), (lambda: 1 / (K.mu_0 * K.epsilon_0) ** 0.5, lambda: K.c, 9),
    (lambda: K.e**2 / (4 * np.pi * K.epsilon_0 * K.hbar * K.c), lambda: K.alpha, 9),
    (lambda: K.N_A * K.k_B, lambda: K.R, 15),
    (lambda: K.N_A * K.e, lambda: K.F, 15), (lambda: K.m_e * K.c**2 * K.alpha**2, lambda: K.E_h, 9),
    (lambda: K.m_e * K.e**4 / (8 * K.epsilon_0**2 * K.h**3 * K.c), lambda: K.R_inf, 9),
    (lambda: 4 * np.pi * K.epsilon_0 * K.hbar**2 / (K.m_e * K.e**2), lambda: K.a_0, 9),
    (lambda: 2 * np.pi**5 * K.k_B**4 / (15 * K.h**3 * K.c**2), lambda: K.sigma, 15),
    (lambda: (K.hbar * K.c / K.G) ** 0.5, lambda: K.m_P, 6),
    (lambda: (K.hbar * K.G / K.c**3) ** 0.5, lambda: K.l_P, 6), (lambda: K.l_P / K.c, lambda: K.t_P, 6),
    (lambda: K.m_P * K.c**2 / K.k_B, lambda: K.T_P, 6), (lambda: K.h / K.e**2, lambda: K.von_klitzing_constant, 15),
    (lambda: 2 * K.e / K.h, lambda: K.josephson_constant, 15),
    (lambda: K.e * K.hbar / (2 * K.m_e), lambda: K.bohr_magneton, 9),
    (lambda: K.e * K.hbar / (2 * K.m_p), lambda: K.nuclear_magneton, 9),
    (lambda: K.h / (K.m_e * K.c), lambda: K.compton_wavelength, 9),
    (lambda: K.alpha**2 * K.a_0, lambda: K.classical_electron_radius, 9),
    (lambda: K.mu_0 * K.c, lambda: K.vacuum_impedance, 9),
    (lambda: K.R_inf * K.h * K.c, lambda: K.rydberg_energy, 9),
    (lambda: K.m_e * K.c**2, lambda: K.electron_mass_energy_MeV, 9),
    (lambda: 8 * np.pi / 3 * K.r_e**2, lambda: K.thomson_cross_section, 9),
])
def test_relations_of_physics(left, right, digits):
    """Values and units at once: what one formula says about two constants."""
    result, expected = left(), right()
    assert result.dimension is expected.dimension
    assert result.to(expected.unit).data == pytest.approx(expected.value, rel=10.0**-digits, abs=0)


def test_constants_are_those_of_the_catalogue():
    """The catalogue's units that rest on CODATA have its values."""
    assert u.c.scale == K.c.value and u.eV.scale == K.e.value
    by_name = {name: row for row in ROWS for name in row.names.split() if not row.value.startswith("=")}
    for unit, constant in (("dalton", K.atomic_mass_constant), ("planck_length", K.l_P), ("planck_mass", K.m_P),
                           ("planck_time", K.t_P), ("planck_temperature", K.T_P)):
        assert float(by_name[unit].value.split()[0]) == constant.value


# ---------------------------------------------------------------------------------------- behaviour

def test_arithmetic():
    energy = DimArray([2.0], u.kg) * K.c**2
    assert type(energy) is DimArray and energy.unit == u.kg * (u.m / u.s) ** 2 and energy.data[0] == 2 * 299792458.0**2
    for result in (K.c * 2, 2 * K.c, K.c / 2, 1 / K.c, -K.c, +K.c, K.c**2, K.c * K.h, K.c + K.c, abs(K.c),
                   np.sqrt(K.c), K.c * u.s, u.m / K.c, K.c.to(u.km / u.s), K.c.to_base_units(), K.G * K.G,
                   np.multiply(K.c, [1.0, 2.0])):
        assert type(result) is DimArray and not result.has_uncertainty
    assert K.c == DimArray(299792.458, u.km / u.s) and K.c > DimArray(1.0, u.m / u.s)
    assert float(K.alpha) == K.alpha.value
    with pytest.raises(DimensionError, match="'m/s'"):
        K.c + K.h
    assert DimArray(1.0, u.m) / K.c < DimArray(1.0, u.s) and sum([K.m_e, K.m_p]).unit is u.kg


def test_uncertainties():
    G = K.G.to_dimarray()
    assert type(G) is DimArray and G.uncertainty.data == 1.5e-15 and G.uncertainty.unit == K.G.unit
    assert (G * DimArray(2.0, u.kg)).uncertainty.data == 3e-15
    assert not K.c.to_dimarray().has_uncertainty and K.c.relative_uncertainty == 0.0
    assert K.G.relative_uncertainty == pytest.approx(1.5e-15 / 6.6743e-11)
    assert K.electron_magnetic_moment.relative_uncertainty > 0 > K.electron_magnetic_moment.value


def test_constants_cannot_be_changed():
    other, value = DimArray(1.0, u.m / u.s), K.c.value
    calls = [lambda: operator.setitem(K.c, ..., other), lambda: operator.setitem(K.c, (), 0), lambda: K.c.fill(0),
             lambda: np.add(other, other, out=K.c), lambda: np.add.at(K.c, (), other), lambda: np.copyto(K.c, other),
             lambda: np.put(K.c, 0, other), lambda: np.putmask(K.c, True, other), lambda: np.sum(other, out=K.c)]
    calls += [lambda name=name: getattr(operator, name)(K.c, 2)
              for name in ("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow")]
    for call in calls:
        with pytest.raises(TypeError, match="constant"):
            call()
    K.c.data[...] = 0.0
    K.c.magnitude()[...] = 0.0
    assert K.c.value == value == float(K.c.data) and K.c == DimArray(299792458.0, u.m / u.s)


def test_copies():
    assert copy.copy(K.G) is K.G and copy.deepcopy(K.G) is K.G and copy.deepcopy([K.G])[0].uncertainty == 1.5e-15
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for constant in (K.c, K.G, K.alpha):
            again = pickle.loads(pickle.dumps(constant, protocol))
            assert isinstance(again, Constant) and repr(again) == repr(constant) and str(again) == str(constant)
            assert (again.value, again.uncertainty, again.name) == (constant.value, constant.uncertainty, constant.name)


def test_texts():
    assert str(K.c) == "c = 299792458.0 m/s" and repr(K.c) == (
        "Constant('c', 'speed of light in vacuum', 299792458.0, 'm/s', exact)")
    assert repr(K.G).endswith("uncertainty=1.5e-15)") and str(K.G).startswith("G = 6.6743e-11 m³/(kg·s²)")
    assert f"{K.c:.2e}" == "3.00e+08 m/s" and f"{K.c}"


def test_constants_of_ones_own():
    mine = Constant("X", "some constant", 2, u.m, 0.1)
    assert (mine.value, mine.uncertainty, mine.unit, mine.is_exact) == (2.0, 0.1, u.m, False)
    assert Constant("X", "exact", 2.0, u.m).is_exact and (mine * 2).data == 4.0
    for args, error in ((("X", "x", 1.0, u.m, -0.1), ValueError), (("X", "x", 1.0, u.m, np.nan), ValueError),
                        (("X", "x", "1a", u.m), ValueError), (("X", "x", 1.0, "m"), TypeError),
                        (("X", "x", [1.0, 2.0], u.m), TypeError)):
        with pytest.raises(error):
            Constant(*args)
