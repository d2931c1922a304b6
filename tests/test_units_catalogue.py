"""The catalogue: every row makes the unit it says; values against pint, astropy and dimtensor's names and scales."""
import importlib
import itertools
import keyword
import re
import subprocess
import sys
from fractions import Fraction
from math import log10

import numpy as np
import pytest

import torsor.units as u
from torsor.units import DIMENSIONLESS, DimArray, Dimension, UnitParseError, domains, parse, registry
from torsor.units.catalogue import BINARY_PREFIXES, PREFIXES, ROWS, SOURCES

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.module}-{row.names.split()[0]}")
MODULES = list(dict.fromkeys(row.module for row in ROWS))
BASE_UNITS = {"m": "length", "kg": "mass", "s": "time", "A": "current", "K": "temperature", "mol": "amount",
              "cd": "luminosity"}


def module_of(row):
    return u if row.module in ("si", "common") else getattr(domains, row.module)


# ---------------------------------------------------------------------------------------- rows

@each_row
def test_rows_are_well_formed(row):
    assert row.source in SOURCES and row.prefixes in ("", "si", "binary")
    assert all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in row.names.split())
    assert not (row.offset and row.decades) and not (row.prefixes and (row.offset or row.decades))
    assert not row.value.startswith("=") or not (row.offset or row.decades or row.prefixes)
    if row.value and not row.value.startswith("="):
        assert re.fullmatch(r"[0-9.]+(e-?[0-9]+)?(/[0-9.]+(e-?[0-9]+)?)?( \S+)?", row.value), row.value


@each_row
def test_rows_make_units(row):
    unit = registry.make(row)
    assert unit is registry.make(row)
    for name in row.names.split():
        assert getattr(module_of(row), name) is unit
    if not row.value.startswith("="):
        assert unit.offset == float(row.offset or 0) and unit.decades == float(row.decades or 0)
        assert str(unit) == row.symbol
    assert unit.scale > 0


@each_row
def test_symbols_are_read_as_their_units(row):
    """In any text: whatever other modules have, a symbol means one unit."""
    unit = registry.make(row)
    again = parse(row.symbol)
    assert again == unit, f"{row.symbol!r} is {again!r}, not {unit!r}"
    assert parse(format(unit, "plain")) == unit


@each_row
def test_long_names_are_read_as_their_units(row):
    name = row.names.split()[0]
    found = parse(name)
    others = [registry.make(other) for other in ROWS if name in other.names.split()]
    assert found in others and (len(others) > 1 or found is registry.make(row))


class Size:
    """A scale and a dimension, in exact numbers: what the catalogue's products are reckoned with here."""

    def __init__(self, scale, dimension=DIMENSIONLESS):
        self.scale, self.dimension = Fraction(scale), dimension

    def __mul__(self, other):
        return Size(self.scale * other.scale, self.dimension * other.dimension)

    def __truediv__(self, other):
        return Size(self.scale / other.scale, self.dimension / other.dimension)

    def __pow__(self, power):
        whole = isinstance(power, int)
        return Size(self.scale**power if whole else float(self.scale) ** power, self.dimension**power)


class Names(dict):
    """The sizes of all names, looked up in the rows and prefixes themselves."""

    def __missing__(self, name):
        for row in ROWS:
            if name in row.names.split() and not row.value.startswith("="):
                return size_of(row)
        for symbol, (word, factor) in PREFIXES.items():
            for row in ROWS:
                if row.prefixes and name in (symbol + row.symbol, *[word + long for long in row.names.split()]):
                    return Size(factor) * size_of(row)
        raise KeyError(name)


def size_of(row):
    if row.symbol in BASE_UNITS and not row.value:
        return Size(1, Dimension(**{BASE_UNITS[row.symbol]: 1}))
    if row.value.startswith("="):
        return Names()[row.value[1:]]
    number, _, product = row.value.partition(" ")
    above, _, below = (number or "1").partition("/")
    size = Size(Fraction(above) / Fraction(below or 1))
    return size * eval(product, {"__builtins__": {}}, Names()) if product else size


@each_row
def test_scales_are_the_catalogues_numbers(row):
    """By another reading of the texts, in exact fractions."""
    size, unit = size_of(row), registry.make(row)
    assert unit.dimension is size.dimension and unit.scale == pytest.approx(float(size.scale), rel=1e-15, abs=0)


def test_names_are_unique():
    for module in MODULES:
        names = [name for row in ROWS if row.module == module for name in row.names.split()]
        assert len(names) == len(set(names))
        assert sorted(names) == sorted(registry.names(module))
    general = [name for row in ROWS if row.module in ("si", "common") for name in row.names.split()]
    assert len(general) == len(set(general))
    assert not set(u.__all__) & set(general) - {"dimensionless"}


def test_symbols_of_different_units_differ():
    for a, b in itertools.combinations(ROWS, 2):
        if a.symbol == b.symbol:
            assert registry.make(a) == registry.make(b), f"{a.module} and {b.module} have different {a.symbol!r}"


# ---------------------------------------------------------------------------------------- prefixes

@pytest.mark.parametrize("row", [row for row in ROWS if row.prefixes], ids=lambda row: f"{row.module}-{row.symbol}")
def test_prefixes(row):
    prefixes = PREFIXES if row.prefixes == "si" else BINARY_PREFIXES | {
        symbol: prefix for symbol, prefix in PREFIXES.items() if float(prefix[1]) >= 1000}
    base, module = registry.make(row), row.module
    others = {name for other in ROWS for name in (*other.names.split(), other.symbol)}
    for symbol, (word, factor) in prefixes.items():
        names = row.names.split()
        long = [word + name for name in names if name == names[0] or (len(name) > 3 and name != row.symbol)]
        short = [symbol + name for name in {row.symbol, *[name for name in names if len(name) <= 3]}]
        for name in long + short:
            if name in others:
                continue                        # a unit of its own: min, Pa, ...
            unit = registry.find(name, (module,))
            assert unit.dimension is base.dimension
            assert unit.scale == pytest.approx(base.scale * float(factor), rel=1e-15, abs=0)
            assert str(unit) == {"µ": "μ", "u": "μ"}.get(symbol, symbol) + row.symbol


def test_prefixed_units_are_one_object_each():
    for names in (("km", "kilometre", "kilometer"), ("um", "µm", "μm", "micrometer"), ("MPa", "megapascal"),
                  ("kohm", "kΩ", "kiloohm"), ("GeV", "gigaelectronvolt"), ("mL", "ml", "milliliter", "millilitre")):
        assert len({id(parse(name)) for name in names for _ in range(2)}) == 1, names


@pytest.mark.parametrize("name", ["kkm", "kilokm", "kmetre", "kkg", "mkg", "kmin", "khour", "kiloinch", "kft", "kdegC",
                                  "mdB", "kilodegree", "k", "kilo", "microμm", "dakm", "kpercent", "Kim", "Kig", "mbit",
                                  "millibit", "nB", "kilocelsius"])
def test_prefixes_that_units_do_not_take(name):
    assert registry.find(name, ("si", "common", "information")) is None
    with pytest.raises(UnitParseError, match="unknown unit"):
        parse(name)


def test_short_names_with_two_readings():
    """The unit that stands in the catalogue comes before a prefix; the SI before the fields."""
    assert u.min is u.minute and u.Pa is u.pascal and u.cd is u.candela and u.ft is u.foot and u.T is u.tesla
    assert parse("rad") is u.radian and domains.nuclear.rad is not u.radian and parse("rd") is domains.nuclear.rad
    assert parse("h") is u.hour and parse("d") is u.day and parse("g") is u.gram and parse("mol") is u.mole
    assert parse("PT") == 1e15 * u.T and parse("mT") == 0.001 * u.T and parse("dam") == 10 * u.m and parse("m") is u.m


# ---------------------------------------------------------------------------------------- modules

def test_modules_of_fields():
    assert {module for module in MODULES if module not in ("si", "common")} == set(domains.__all__)
    from torsor.units.domains import astronomy
    from torsor.units.domains.astronomy import ly, parsec

    assert astronomy is domains.astronomy is importlib.import_module("torsor.units.domains.astronomy")
    assert parsec is astronomy.pc and ly is astronomy.light_year and str(DimArray([1.0], parsec)) == "[1.] pc"
    for name in domains.__all__:
        module = getattr(domains, name)
        assert sorted(module.__all__) == sorted(registry.names(name)) and set(module.__all__) <= set(dir(module))
        for wrong in ("nonsense", "_private", "metre_nonsense"):
            with pytest.raises(AttributeError, match=wrong):
                getattr(module, wrong)
    with pytest.raises(AttributeError, match="nonsense"):
        getattr(domains, "nonsense")        # noqa: B009
    with pytest.raises(ImportError):
        importlib.import_module("torsor.units.domains.nonsense")


def test_units_are_attributes_of_the_package():
    names = {name for row in ROWS if row.module in ("si", "common") for name in row.names.split()}
    assert names <= set(dir(u)) and {"parse", "DimArray", "constants"} <= set(dir(u))
    assert u.km is u.kilometre and u.GHz.scale == 1e9 and u.hectopascal is u.hPa
    for wrong in ("nonsense", "_m", "__nonsense__", "kkm", "astronomy", "parsec_nonsense"):
        with pytest.raises(AttributeError, match=wrong):
            getattr(u, wrong)
    assert u.units is u and hasattr(u, "m") and not hasattr(u, "nonsense")


def test_units_are_made_when_they_are_asked_for():
    """Importing the package makes no unit of the catalogue but the few it needs itself, and reads no other library."""
    code = ("import sys, torsor.units; from torsor.units import registry; "
            "assert len(registry._made) < 20, len(registry._made); "
            "assert not {'pint', 'astropy', 'scipy', 'pandas'} & set(sys.modules)")
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_every_source_is_cited():
    from torsor.units.codata import VALUES

    cited = {row.source for row in ROWS} | {value.source for value in VALUES}
    assert cited == set(SOURCES) and all(len(text) > 10 for text in SOURCES.values())


# ---------------------------------------------------------------------------------------- levels, scales, numbers

@pytest.mark.parametrize("row", [row for row in ROWS if row.decades], ids=lambda row: row.symbol)
def test_levels(row):
    """A level of L stands for value * 10**(decades * L)."""
    unit = registry.make(row)
    for level in (-20.0, 0.0, 3.0):
        found = DimArray([level], unit).to_base_units()
        assert found.unit.is_linear
        value = float(size_of(row).scale) * 10 ** (float(row.decades) * level)
        assert found.data[0] == pytest.approx(value, rel=1e-12, abs=0)


def test_well_known_values():
    """Numbers that everybody can look up."""
    for unit, other, factor in (
            (u.mile, u.km, "1.609344"), (u.lb, u.kg, "0.45359237"), (u.atm, u.Pa, "101325"), (u.cal, u.J, "4.184"),
            (u.eV, u.J, "1.602176634e-19"), (u.c, u.m / u.s, "299792458"), (u.nmi, u.m, "1852"), (u.day, u.s, "86400"),
            (u.au, u.m, "149597870700"), (u.psi, u.Pa, "6894.757293168361"), (domains.nuclear.curie, u.Bq, "3.7e10"),
            (domains.astronomy.ly, u.m, "9460730472580800"), (domains.imperial.acre, u.m**2, "4046.8564224"),
            (domains.imperial.gallon, u.L, "3.785411784"), (domains.information.byte, domains.information.bit, "8"),
            (domains.engineering.horsepower, u.W, "745.69987158227022"),
            (u.Torr, u.Pa, "133.32236842105263"), (u.year, u.day, "365.25"), (u.t, u.kg, "1000"),
            (u.turn, u.deg, "360")):
        assert unit.conversion_factor(other) == pytest.approx(float(factor), rel=1e-15, abs=0)
    assert DimArray([-40.0], u.degF).to(u.degC).data == pytest.approx([-40.0])
    assert log10(domains.planck.l_P.scale) == pytest.approx(-34.79, abs=0.01)
    assert np.isclose(DimArray(94.0, domains.acoustics.dB_SPL).to(u.Pa).data, 1.0, rtol=0.01)


# ---------------------------------------------------------------------------------------- pint

#: Names under which pint means something else, or the same less exactly.
PINT_DIFFERS = {
    "revolutions_per_minute rpm rps": "an angle in time there; ISO 80000-3: a frequency of rotation, 1/60 s⁻¹",
    "gauss G maxwell Mx oersted Oe statcoulomb statC franklin esu Fr statampere statA statvolt statV statohm statmho "
    "statfarad statF stathenry statH": "of the Gaussian system there, which has no ampere; of the SI here",
    "gal D mil link ac R PS RT Nm rad ph fc fL dpt ppt nat AU barrel bbl": "another unit of that name",
    "fathom rod chain furlong fur league acre acre_foot": "of the US survey foot there; here of the foot of 1959",
    "BTU british_thermal_unit therm quad": "the ISO 31-4 Btu there, 1055.056 J; here the IT Btu of SP 811",
    "boiler_horsepower": "33475 Btu/h there; SP 811 has 9809.50 W",
    "planck_length planck_mass planck_time planck_temperature planck_current": "computed there; here as published",
    "tropical_year": "of another epoch there",
}
BASES = {"[length]": "meter", "[mass]": "kilogram", "[time]": "second", "[current]": "ampere",
         "[temperature]": "kelvin", "[substance]": "mole", "[luminosity]": "candela"}


def test_scales_are_pints():
    pint = pytest.importorskip("pint")
    ureg = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    defined, differing, compared = set(dir(ureg)), set(" ".join(PINT_DIFFERS).split()), 0
    for row in ROWS:
        unit = registry.make(row)
        for name in set(row.names.split()) & defined - differing:
            theirs = ureg.Quantity(1.0, name)
            powers = {key: float(power) for key, power in zip(BASES, unit.dimension.exponents) if power}
            assert theirs.dimensionality == powers, name
            if unit.is_linear:
                value = theirs.m_as("*".join(f"{base}**{float(power)}" for base, power in zip(
                    BASES.values(), unit.dimension.exponents)))
                assert value == pytest.approx(unit.scale, rel=1e-9, abs=0), name
                compared += 1
    assert compared > 250


def test_prefixed_scales_are_pints():
    pint = pytest.importorskip("pint")
    ureg = pint.UnitRegistry()
    names = ["meter", "gram", "second", "joule", "pascal", "electronvolt", "liter", "hertz"]
    for prefix, name in itertools.product(["kilo", "mega", "milli", "micro", "nano", "femto", "quetta", "deca"], names):
        factor = ureg.Quantity(1.0, prefix + name).m_as(name)
        assert parse(prefix + name).conversion_factor(parse(name)) == pytest.approx(factor, rel=1e-14, abs=0)


@pytest.mark.parametrize("name, theirs", [("degC", "degC"), ("degF", "degF"), ("K", "kelvin")])
def test_temperatures_are_pints(name, theirs):
    pint = pytest.importorskip("pint")
    ureg = pint.UnitRegistry()
    for other in ("degC", "degF", "kelvin"):
        for value in (-40.0, 0.0, 25.0, 1000.0):
            mine = DimArray(value, parse(name)).to("K" if other == "kelvin" else other).data
            assert mine == pytest.approx(ureg.Quantity(value, theirs).m_as(other), rel=1e-12, abs=1e-9)


# ---------------------------------------------------------------------------------------- astropy

ASTROPY_DIFFERS = {
    "statcoulomb statC esu Fr statampere statA abampere abA Bi abcoulomb abC": "of a system without the ampere there",
    "debye D PS RT gal pk rad ph fL R ct rayleigh kph mph": "another unit of that name",
    "bit byte B kilobyte kB b": "bits have a dimension of their own there",
}


def test_scales_are_astropys():
    theirs = pytest.importorskip("astropy.units")
    bases = [theirs.m, theirs.kg, theirs.s, theirs.A, theirs.K, theirs.mol, theirs.cd]
    differing, compared = set(" ".join(ASTROPY_DIFFERS).split()), 0
    for row in ROWS:
        unit = registry.make(row)
        for name in set(row.names.split()) - differing if unit.is_linear else ():
            found = next((getattr(module, name) for module in (theirs, theirs.imperial, theirs.cgs)
                          if hasattr(module, name)), None)
            if not isinstance(found, theirs.UnitBase):
                continue
            found = found.decompose(bases=[*bases, theirs.rad])
            powers = {base.name: power for base, power in zip(found.bases, found.powers) if base != theirs.rad}
            mine = {base.name: float(power) for base, power in zip(bases, unit.dimension.exponents) if power}
            assert powers == mine, name
            assert found.scale == pytest.approx(unit.scale, rel=2e-8, abs=0), name  # its pound of force is rounded
            compared += 1
    assert compared > 200


# ---------------------------------------------------------------------------------------- dimtensor

#: The names of dimtensor 5.1 with its scales, by module and dimension.
DIMTENSOR = {
    "units": """
        I: 1.0 A ampere
        T I: 1.0 C coulomb
        L-2 M-1 T4 I2: 1.0 F farad
        L2 M T-2 I-2: 1.0 H henry
        T-1: 1.0 Hz hertz
        L2 M T-2: 1.0 J joule; 4.184 calorie; 1.602176634e-19 eV electronvolt; 4184.0 kilocalorie
        Θ: 1.0 K kelvin celsius
        L M T-2: 1.0 N newton
        L-1 M T-2: 1.0 Pa pascal; 101325.0 atm atmosphere; 100000.0 bar; 100.0 hPa hectopascal; 6894.757 psi;
            133.322 torr
        M T-2 I-1: 1.0 T tesla
        L2 M T-3 I-1: 1.0 V volt
        L2 M T-3: 1.0 W watt
        L2 M T-2 I-1: 1.0 Wb weber
        L: 1e-10 angstrom; 0.01 cm centimeter; 0.3048 foot; 0.0254 inch; 1000.0 km kilometer; 1.0 m meter;
            1609.344 mile; 0.001 mm millimeter; 0.9144 yard
        L T-1: 299792458.0 c speed_of_light; 1.0 m_per_s meters_per_second
        J: 1.0 cd candela
        T: 86400.0 day; 3600.0 hour; 1e-06 microsecond; 0.001 ms millisecond; 60.0 minute; 1e-09 nanosecond;
            1.0 s second
        1: 0.017453292519943295 deg degree; 1.0 rad radian dimensionless
        M: 0.001 g gram; 1.0 kg kilogram; 1e-06 mg milligram; 0.028349523125 ounce; 0.45359237 pound; 1000.0 tonne
        N: 1.0 mol mole
        L2 M T-3 I-2: 1.0 ohm
    """,
    "acoustics": """
        T-1: 1.0 Hz hertz; 1000.0 kHz kilohertz
        L-1 M T-2: 1.0 Pa pascal; 1e-06 uPa micropascal
        L2 M T-3: 1.0 W watt acoustic_watt
        1: 1.0 dB phon sone decibel
        L-2 M T-1: 1.0 rayl
    """,
    "astronomy": """
        L: 149597870700.0 AU astronomical_unit; 3.085677581491367e+22 Mpc megaparsec; 6378100.0 R_earth earth_radius;
            71492000.0 R_jup jupiter_radius; 695700000.0 R_sun solar_radius; 3.085677581491367e+19 kpc kiloparsec;
            9460730472580800.0 ly light_year; 3.085677581491367e+16 pc parsec
        L2 M T-3: 3.828e+26 L_sun solar_luminosity
        M: 5.9722e+24 M_earth earth_mass; 1.8982e+27 M_jup jupiter_mass; 1.98841e+30 M_sun solar_mass
        1: 4.84813681109536e-06 arcsec arcsecond; 4.84813681109536e-09 mas milliarcsecond;
            4.84813681109536e-12 uas microarcsecond
        T: 31557600.0 yr julian_year
    """,
    "biophysics": """
        M: 1.66053906892e-27 Da dalton
        L-3 N: 1000.0 M molar; 1.0 mM millimolar
        T-1 N: 1.66666667e-08 U enzyme_unit; 1.0 kat katal
        L-3: 1000000.0 cells_per_mL; 1000000000.0 cells_per_uL
        L2 M T-3 I-1: 0.001 mV millivolt
    """,
    "cgs": """
        L-1 M T-2: 0.1 Ba barie barye
        T I: 3.33564095198152e-10 Fr esu statC franklin statcoulomb
        M T-2 I-1: 0.0001 G gauss; 0.1 kG kilogauss
        L T-2: 0.01 Gal gal; 1e-05 mGal milligal
        L2 M T-2 I-1: 1e-08 Mx maxwell
        L-1 I: 79.5774715459 Oe oersted
        L-1 M T-1: 0.1 P poise; 0.001 cP centipoise
        L2 T-1: 0.0001 St stokes; 1e-06 cSt centistokes
        L M T-2: 1e-05 dyn dyne
        L2 M T-2: 1e-07 erg
        I: 3.33564095198152e-10 statA statampere
        L-2 M-1 T4 I2: 1.11265005605362e-12 statF statfarad
        L2 M T-2 I-2: 898755178736.818 statH stathenry
        L2 M T-3 I-1: 299.792458 statV statvolt
        L2 M T-3 I-2: 898755178736.818 statohm
    """,
    "chemistry": """
        L T I: 3.33564e-30 D debye
        M: 1.66053906892e-27 u Da dalton atomic_mass_unit
        L2 M T-2: 4.359744722206e-18 E_h hartree
        L-3 N: 1000.0 M molar; 1.0 mM millimolar; 0.001 uM micromolar; 1e-06 nM nanomolar; 1e-09 pM picomolar
        L: 5.29177210544e-11 a0 bohr_radius; 1e-10 angstrom
        L2 M T-2 N-1: 1000.0 kJ_per_mol; 4184.0 kcal_per_mol
        M-1 N: 1.0 molal
        1: 0.01 percent; 1e-09 ppb; 1e-06 ppm; 1e-12 ppt
    """,
    "engineering": """
        L2 M T-2: 1055.05585262 BTU btu; 3600000000.0 MWh megawatt_hour; 1.0 Nm newton_meter;
            1.3558179483314 ft_lb ft_lbf foot_pound_energy foot_pound_torque; 0.1129848290276 in_lb inch_pound;
            3600000.0 kWh kilowatt_hour; 105505590.0 therm
        L2 M T-3: 0.29307107017222 BTU_per_hour; 735.49875 PS metric_horsepower;
            3516.8528420667 RT ton_refrigeration; 745.6998715822702 hp horsepower
        M T-3: 3.15459074506 BTU_per_hour_ft2
        L2 T-2: 2326.0 BTU_per_pound
        L-1 M T-2: 1000000000.0 GPa gigapascal; 1000000.0 MPa megapascal; 1000.0 kPa kilopascal; 6894757.0 ksi;
            100.0 mbar millibar
        L3 T-1: 0.000471947443 cfm cubic_feet_per_minute; 6.30901964e-05 gpm gallon_per_minute;
            1.66666667e-05 lpm liters_per_minute
        L: 1e-06 um micron micrometer; 2.54e-05 mil
        T-1: 0.016666666666666666 rpm; 1.0 rps
    """,
    "geophysics": """
        T-2: 1e-09 E eotvos
        L T-2: 0.01 Gal gal; 1e-05 mGal milligal
        L-1 I: 79.5774715 Oe oersted
        L2: 9.869233e-13 darcy; 9.869233e-16 mD millidarcy
        M T-2 I-1: 1e-09 gamma
    """,
    "imperial": """
        L2 M T-2: 1055.05585262 BTU btu; 1.3558179483314003 ft_lb foot_pound; 105505585.26 therm
        L: 0.0254 In inch; 0.3048 ft foot; 201.168 fur furlong; 1609.344 mi mile; 2.54e-05 mil thou;
            1852.0 nmi nautical_mile; 0.9144 yd yard
        Θ: 0.5555555555555556 R degF rankine fahrenheit
        L2: 4046.8564224 ac acre; 0.09290304 sq_ft square_foot; 2589988.110336 sq_mi square_mile;
            0.83612736 sq_yd square_yard
        L3: 0.158987294928 bbl barrel; 0.0002365882365 cup; 2.95735295625e-05 fl_oz fluid_ounce;
            0.003785411784 gal gallon; 0.000473176473 pt pint; 0.000946352946 qt quart;
            1.478676478125e-05 tbsp tablespoon; 4.92892159375e-06 tsp teaspoon
        M: 0.0017718451953125 dr dram; 6.479891e-05 gr grain; 0.45359237 lb pound; 1016.0469088 long_ton;
            0.028349523125 oz ounce; 907.18474 ton short_ton; 6.35029318 st stone
        L-1 M T-2: 249.082 inH2O inches_of_water; 3386.389 inHg inches_of_mercury; 6894.757293168 psi
        L T-1: 0.514444444444444 kt knot; 0.44704 mph mile_per_hour
        L M T-2: 4.4482216152605 lbf pound_force; 0.138254954376 pdl poundal
    """,
    "information": """
        1: 8.0 B byte octet; 8589934592.0 GB GiB gibibyte gigabyte; 8192.0 KB KiB kibibyte kilobyte;
            8388608.0 MB MiB mebibyte megabyte; 1.0 Sh bit shannon bit_per_symbol;
            8796093022208.0 TB TiB tebibyte terabyte; 0.6931471805599453 nat nat_per_symbol
        T-1: 1.0 Bd bps baud bit_per_second; 8.0 Bps byte_per_second; 1000000000.0 Gbps gigabit_per_second;
            8192.0 KBps kilobyte_per_second; 8388608.0 MBps megabyte_per_second; 1000000.0 Mbps megabit_per_second;
            1000.0 kbps kilobit_per_second
        L-2: 1550003100000.0 Gbit_per_in2 gigabit_per_square_inch; 1.0 bit_per_m2 bit_per_square_meter
        L-3: 1.0 bit_per_m3 bit_per_cubic_meter
    """,
    "materials": """
        L-1 M T-2: 1000000000.0 GPa gigapascal; 1000000.0 MPa megapascal; 1000.0 kPa kilopascal
        1: 1.0 HB HV HRB HRC strain brinell vickers rockwell_B rockwell_C; 1e-06 microstrain; 0.01 percent_strain
        L-1/2 M T-2: 1000000.0 MPa_sqrt_m; 1098843.4473854064 ksi_sqrt_in
        L-3 M-1 T3 I2: 1000000.0 MS_per_m; 1.0 S_per_m
        L M T-3 Θ-1: 100.0 W_per_cm_K; 1.0 W_per_m_K
        L3 M T-3 I-2: 1e-08 microohm_cm; 0.01 ohm_cm; 1.0 ohm_m
    """,
    "natural": """
        L2 M T-2: 1.602176634e-10 GeV GeV_mass GeV_momentum; 1.602176634e-13 MeV MeV_mass MeV_momentum;
            1.602176634e-07 TeV; 1.602176634e-19 eV eV_mass
        L-2 M-1 T2: 1.973269804e-16 GeV_inv_length; 6.582119569e-25 GeV_inv_time; 1.973269804e-13 MeV_inv_length;
            6.582119569e-22 MeV_inv_time; 1e-15 fm_natural fermi_natural
    """,
    "nuclear": """
        T-1: 1.0 Bq becquerel per_second; 37000000000.0 Ci curie
        L2 M T-2: 1.602176634e-10 GeV gigaelectronvolt; 1.602176634e-13 MeV megaelectronvolt;
            1.602176634e-19 eV electronvolt; 1.602176634e-16 keV kiloelectronvolt
        L2 T-2: 1.0 Gy Sv gray sievert; 0.01 rad rem
        L2: 1e-28 b barn; 1e-31 mb millibarn; 1e-34 ub microbarn
    """,
    "photometry": """
        L-2 J: 3183.098861837907 La lambert; 1.0 lx lux nit cd_per_m2; 10.763910416709722 fc foot_candle;
            10000.0 ph sb phot stilb
        J: 1.0 cd lm lumen candela
        L-2 M-1 T3 J: 1.0 lm_per_W lumen_per_watt
        T J: 1.0 talbot lumen_second
    """,
    "planck": """
        L2: 2.612280303974872e-70 A_P planck_area
        L2 M T-2: 1956081636.6983728 E_P planck_energy
        L M T-2: 1.2102555643382063e+44 F_P planck_force
        L2 M T-3: 3.6282549044112803e+52 P_P planck_power
        Θ: 1.4167841621573426e+32 T_P planck_temperature
        L3: 4.222111166502471e-105 V_P planck_volume
        L T-2: 5.560726278684141e+51 a_P planck_acceleration
        L: 1.6162550244237053e-35 l_P planck_length
        M: 2.1764343427178984e-08 m_P planck_mass
        L M T-1: 6.524786012790131 p_P planck_momentum
        T I: 1.8755460384151476e-18 q_P planck_charge
        L-3 M: 5.154848503244934e+96 rho_P planck_density
        T: 5.391246448313605e-44 t_P planck_time
    """,
}
#: What is different on purpose, and why; the largest relative difference, or None for another quantity.
DELIBERATE = [
    ("units", "celsius", None, "a point on a scale with its own zero, no other name of the kelvin"),
    ("imperial", "degF fahrenheit", None, "a point on a scale with its own zero"),
    ("acoustics", "dB decibel", None, "a level, which is logarithmic"),
    ("units", "psi torr", 3e-6, "exact here, rounded there"),
    ("biophysics", "U enzyme_unit", 3e-9, "exact here, rounded there"),
    ("chemistry", "D debye", 3e-7, "exact here, rounded there"),
    ("engineering", "cfm cubic_feet_per_minute ksi liters_per_minute lpm", 5e-8, "exact here, rounded there"),
    ("engineering", "therm", 5e-8, "SP 811: 1e5 IT Btu, rounded there"),
    ("imperial", "therm", 2e-11, "SP 811: 1e5 IT Btu, rounded there"),
    ("geophysics", "Oe oersted darcy mD millidarcy", 4e-8, "exact here, rounded there"),
    ("imperial", "inH2O inches_of_water inHg inches_of_mercury", 3e-5, "SP 811: conventional densities, all digits"),
    ("information", "Gbit_per_in2 gigabit_per_square_inch", 1e-11, "exact here, rounded there"),
    ("materials", "ksi_sqrt_in", 5e-8, "exact here, rounded there"),
    ("astronomy", "M_sun solar_mass M_earth earth_mass M_jup jupiter_mass", 5e-5, "IAU 2015 B3: the nominal GM over G"),
    ("information", "KB kilobyte MB megabyte GB gigabyte TB terabyte KBps kilobyte_per_second MBps "
     "megabyte_per_second", None, "IEC 80000-13: kilo is 1000; 1024 is kibi"),
    ("information", "nat nat_per_symbol", None, "1 nat is 1/ln 2 bits, not ln 2"),
    ("natural", "GeV_mass MeV_mass eV_mass GeV_momentum MeV_momentum GeV_inv_length MeV_inv_length GeV_inv_time "
     "MeV_inv_time fermi_natural fm_natural", None, "with the factors of c and hbar that the name asks for"),
    ("planck", "planck_length l_P planck_mass m_P planck_time t_P planck_temperature T_P planck_charge q_P "
     "planck_energy E_P planck_momentum p_P planck_force F_P planck_power P_P planck_density rho_P "
     "planck_acceleration a_P planck_area A_P planck_volume V_P", 4e-7, "CODATA 2022 as published; from G there"),
]


def dimtensors():
    """``(module, name, scale, dimension)`` of every unit of dimtensor."""
    for module, lines in DIMTENSOR.items():
        for line in re.sub(r";\s+", "; ", lines.strip()).splitlines():
            powers, _, groups = line.strip().partition(": ")
            dimension = DIMENSIONLESS
            for symbol, power in re.findall(r"([LMTIΘNJ])(\S*)", powers):
                name = dict(zip("LMTIΘNJ", BASE_UNITS.values()))[symbol]
                dimension *= Dimension(**{name: Fraction(power or 1)})
            for group in groups.split("; "):
                scale, *names = group.split()
                for name in names:
                    yield module, name, float(scale), dimension


def test_the_table_is_whole():
    assert len(list(dimtensors())) == 501


def test_every_name_of_dimtensor_is_there():
    missing = [(module, name) for module, name, _, _ in dimtensors()
               if not hasattr(u if module == "units" else getattr(domains, module), name)]
    assert not missing


def test_scales_are_dimtensors_where_those_are_right():
    deliberate = {(module, name): limit for module, names, limit, _ in DELIBERATE for name in names.split()}
    for module, name, scale, dimension in dimtensors():
        unit = getattr(u if module == "units" else getattr(domains, module), name)
        same = unit.dimension is dimension and unit.is_linear and unit.scale == pytest.approx(scale, rel=1e-12, abs=0)
        if (module, name) not in deliberate:
            assert same, f"{module}.{name} is {unit!r}, there {scale!r} {dimension}"
            continue
        assert not same, f"{module}.{name} is no difference"
        limit = deliberate.pop((module, name))
        if limit is not None:
            assert unit.dimension is dimension and unit.scale == pytest.approx(scale, rel=limit, abs=0)
    assert not deliberate
