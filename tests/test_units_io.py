"""DimArrays in files and in other libraries' tables: what goes in comes out, and what a stranger wrote is checked."""
import io as streams
import json
import math
import pickle
import sys
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from torsor.units import (
    DIMENSIONLESS,
    DimArray,
    Dimension,
    DimensionError,
    Unit,
    UnitConversionError,
    UnitParseError,
    UnitsError,
    dBm,
    degC,
    dimensionless,
    io,
    kg,
    km,
    m,
    parse,
    s,
)
from torsor.units.catalogue import ROWS
from torsor.units.io._definitions import unit_from_dict, unit_to_dict
from torsor.units.registry import make

try:
    import pandas
except ImportError:
    pandas = None
try:
    import pandas.tests.extension.base as suite
    from pandas.tests.extension.conftest import (  # noqa: F401
        all_boolean_reductions,
        all_data,
        all_numeric_accumulations,
        all_numeric_reductions,
        all_reductions,
        as_array,
        as_frame,
        as_series,
        box_in_series,
        comparison_op,
        data_repeated,
        fillna_method,
        groupby_apply_op,
        invalid_scalar,
        na_value,
        use_numpy,
        using_nan_is_na,
    )
except ImportError:                 # it is of pandas 3
    suite = None

WIBBLE = Unit("wibble", Dimension(length=1), Fraction(1, 3))         # of no catalogue
DTYPES = ["?", "b", "h", "i", "l", "B", "H", "I", "L", "e", "f", "d", "F", "D", ">i2", ">f4", ">f8", ">c8", ">c16"]


def spelt(unit):
    return [(str(atom), atom, power) for atom, power in unit.parts]


def assert_same(a, b):
    """That nothing tells two arrays apart."""
    assert type(b) is DimArray and (a.shape, a.dtype) == (b.shape, b.dtype)
    x, y = np.asarray(a.data), np.asarray(b.data)
    np.testing.assert_array_equal(x, y)
    if x.dtype.kind in "fc":
        np.testing.assert_array_equal(np.signbit(x.real), np.signbit(y.real))
        np.testing.assert_array_equal(np.signbit(x.imag), np.signbit(y.imag))
    assert a.unit == b.unit and str(a.unit) == str(b.unit) and spelt(a.unit) == spelt(b.unit)
    assert a.has_uncertainty == b.has_uncertainty
    if a.has_uncertainty:
        assert a._error.correlated is b._error.correlated
        for (source, p), (other, q) in zip(a._error.parts.items(), b._error.parts.items(), strict=True):
            p, q = np.asarray(p), np.asarray(q)
            assert p.dtype == q.dtype and np.broadcast_shapes(p.shape, a.shape) == a.shape
            for one, two in ((p.shape, q.shape), (source.shape, other.shape)):
                assert (1,) * (a.ndim - len(one)) + one == (1,) * (a.ndim - len(two)) + two
            np.testing.assert_array_equal(p.reshape(q.shape), q)


def correlated():
    x = DimArray([1.0, 2.0], m, uncertainty=[0.1, 0.2], correlated=True)
    y = DimArray(3.0, m, uncertainty=0.3, correlated=True)
    return x * y - x * x


ARRAYS = {
    "vector": DimArray([1.5, 2.0], km),
    "number": DimArray(3.25, km),
    "an element": DimArray([1.5, 2.0], km)[1],
    "empty": DimArray([], m),
    "empty rows": DimArray(np.zeros((0, 3)), m),
    "four axes": DimArray(np.random.default_rng(1).normal(size=(2, 3, 1, 4)), kg * m / s**2),
    "fortran": DimArray(np.asfortranarray(np.arange(6.0).reshape(2, 3)), km),
    "strided": DimArray(np.arange(10.0)[::-3], km),
    "not finite": DimArray([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7976931348623157e308], s),
    "complex": DimArray([1 + 2j, complex(np.nan, -np.inf), complex(-0.0, 0.0)], km),
    "an offset": DimArray([20.0, -273.15], degC),
    "a level": DimArray([30, -3], dBm),
    "rational powers": DimArray([1.0, 2.0], parse("m**(1/3)*kg/s**(3/2)")),
    "scaled": DimArray([1.0, 2.0], parse("0.1 km/h")),
    "plain": DimArray([1.0, 2.0]),
    "unknown unit": DimArray([1.0, 2.0], WIBBLE),
    "unknown parts": DimArray([1.0, 2.0], kg / WIBBLE ** Fraction(1, 2)),
    "order of parts": DimArray([1.0, 2.0], s**-1 * m * kg),
    "uncertain": DimArray([1.0, 2.0], m, uncertainty=[0.1, 0.2]),
    "single uncertainty": DimArray([1.0, 2.0], m, uncertainty=0.1),
    "uncertain number": DimArray(1.0, m, uncertainty=0.1),
    "uncertain rows": DimArray(np.ones((2, 3)), degC, uncertainty=np.array([[0.1], [0.2]], np.float32)),
    "correlated": correlated(),
    "shared": DimArray([1.0, 2.0], m, uncertainty=[0.1, 0.2], correlated=True) + DimArray(
        1.0, m, uncertainty=0.3, correlated=True),
    "shared along an axis": DimArray(np.ones((2, 1)), m, uncertainty=[[0.1], [0.2]], correlated=True) * np.ones(3),
    "sum": DimArray(np.ones((3, 2)), m, uncertainty=0.1, correlated=True).sum(axis=0),
    **{f"dtype {code}": DimArray(np.array([[0, 1, 1], [1, 0, 1]]).astype(code), km) for code in DTYPES},
}


def through_json(array, path):
    io.save_json(array, path)
    return io.load_json(path)


def through_npz(array, path):
    io.save_npz({"a name/ü": array}, path)
    return io.load_npz(path)["a name/ü"]


def through_hdf5(array, path):
    pytest.importorskip("h5py")
    io.save_hdf5(array, path)
    return io.load_hdf5(path)


def through_netcdf(array, path):
    pytest.importorskip("netCDF4")
    io.save_netcdf(array, path)
    return io.load_netcdf(path)


def through_parquet(array, path):
    pytest.importorskip("pyarrow")
    io.save_parquet(array, path)
    return io.load_parquet(path)


def through_series(array, path):
    pytest.importorskip("pandas")
    if array.ndim != 1:
        with pytest.raises(ValueError, match="arrays with one axis"):
            io.to_series(array)
        pytest.skip("a Series has one axis")
    return io.from_series(io.to_series(array))


def through_xarray(array, path):
    pytest.importorskip("xarray")
    return io.from_xarray(io.to_xarray(array))


def through_plain_xarray(array, path):
    pytest.importorskip("xarray")
    if array.has_uncertainty and any(source.shape != np.shape(part) for source, part in array._error.parts.items()):
        with pytest.raises(UnitsError, match="does not hold errors that elements share"):
            io.to_xarray(array, plain=True)
        pytest.skip("a plain DataArray does not hold errors that elements share")
    return io.from_xarray(io.to_xarray(array, plain=True))


FORMATS = [through_json, through_npz, through_hdf5, through_netcdf, through_parquet, through_series, through_xarray,
           through_plain_xarray]
FILES = [through_json, through_npz, through_hdf5, through_netcdf, through_parquet]


@pytest.mark.parametrize("through", FORMATS)
@pytest.mark.parametrize("name", ARRAYS)
def test_everything_survives(name, through, tmp_path):
    before = ARRAYS[name].copy()
    assert_same(ARRAYS[name], through(ARRAYS[name], tmp_path / "file"))
    assert_same(ARRAYS[name], before)


@pytest.mark.parametrize("through", FORMATS)
def test_what_comes_out_is_writable_and_shares_nothing(through, tmp_path):
    given = DimArray([1.0, 2.0], km)
    found = through(given, tmp_path / "file")
    found[0] = DimArray(5.0, m)
    assert found.data.tolist() == [0.005, 2.0] and given.data.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("through", FILES)
def test_plain_numbers_are_dimensionless(through, tmp_path):
    assert_same(DimArray([1, 2]), through([1, 2], tmp_path / "file"))
    with pytest.raises(TypeError, match="stores arrays of numbers"):
        through(["a"], tmp_path / "file")


@pytest.mark.parametrize("through", FILES)
def test_a_file_that_is_not_there(through, tmp_path):
    name = through.__name__.removeprefix("through_")
    if through not in (through_json, through_npz):
        pytest.importorskip({"hdf5": "h5py", "netcdf": "netCDF4", "parquet": "pyarrow"}[name])
    with pytest.raises(FileNotFoundError):
        getattr(io, f"load_{name}")(tmp_path / "none")


@pytest.mark.parametrize("name", ["json", "npz", "hdf5", "netcdf", "parquet", "csv"])
@pytest.mark.parametrize("content", [
    b"", b"\x00" * 100, b"PK\x03\x04" + b"\x00" * 100, b"\x89HDF\r\n\x1a\n" + b"\xff" * 200, b"CDF\x01" + b"\xff" * 50,
     b"PAR1" + b"\xff" * 50 + b"PAR1", b"\x80\x04K\x01.", b"\xff\xfe{}"], ids=range(8))
def test_files_of_another_kind(name, content, tmp_path):
    pytest.importorskip({"hdf5": "h5py", "netcdf": "netCDF4", "parquet": "pyarrow"}.get(name, "numpy"))
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnitsError):
        getattr(io, f"load_{name}")(path)


@pytest.mark.parametrize("through", FILES)
@pytest.mark.parametrize("k", range(25))
def test_files_that_are_cut_short(through, k, tmp_path):
    path = tmp_path / "file"
    through(ARRAYS["uncertain rows"], path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * k // 25])
    with pytest.raises(UnitsError):
        getattr(io, "load_" + through.__name__.removeprefix("through_"))(path)


@pytest.mark.parametrize("through", [through_json, through_npz])
def test_files_that_are_damaged(through, tmp_path):
    path = tmp_path / "file"
    through(ARRAYS["uncertain rows"], path)
    content = path.read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(200):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            found = getattr(io, "load_" + through.__name__.removeprefix("through_"))(path)
        except UnitsError:
            continue
        assert type(found) in (DimArray, dict)


@pytest.mark.parametrize("module, extra, call", [
    ("h5py", "units", lambda path: io.save_hdf5(DimArray(1.0, m), path)),
    ("h5py", "units", io.load_hdf5),
    ("netCDF4", "units", lambda path: io.save_netcdf(DimArray(1.0, m), path)),
    ("netCDF4", "units", io.load_netcdf),
    ("pyarrow", "units", lambda path: io.save_parquet(DimArray(1.0, m), path)),
    ("pyarrow", "units", io.load_parquet),
    ("pandas", "units", lambda path: io.to_series(DimArray([1.0], m))),
    ("pandas", "units", lambda path: io.to_dataframe({"x": DimArray([1.0], m)})),
    ("pandas", "units", lambda path: io.from_series([1.0])),
    ("pandas", "units", lambda path: io.DimDtype),
    ("xarray", "units", lambda path: io.to_xarray(DimArray([1.0], m))),
    ("xarray", "units", lambda path: io.to_dataset({"x": DimArray([1.0], m)})),
])
def test_a_library_that_is_missing(module, extra, call, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{module} is needed for this: pip install 'torsor\[{extra}\]'") as caught:
        call(tmp_path / "file")
    assert caught.value.name == module and not (tmp_path / "file").exists()


def test_names_of_the_module():
    assert sorted(io.__all__) == io.__all__ and all(callable(getattr(io, name)) for name in io.__all__)
    with pytest.raises(AttributeError, match="no name 'save_pickle'"):
        getattr(io, "save_" + "pickle")


# ---------------------------------------------------------------------------------------- units

@pytest.mark.parametrize("unit", [make(row) for row in ROWS], ids=[f"{row.module}.{row.symbol}" for row in ROWS])
def test_every_unit_of_the_catalogue_comes_back(unit):
    found = unit_from_dict(json.loads(json.dumps(unit_to_dict(unit))))
    assert found == unit and str(found) == str(unit) and spelt(found) == spelt(unit)
    assert (found.decades, found.offset, found.scale) == (unit.decades, unit.offset, unit.scale)


@pytest.mark.parametrize("unit", [km, degC, dBm, dimensionless, parse("GHz")])
def test_known_units_come_back_as_the_same_object(unit):
    assert unit_from_dict(unit_to_dict(unit)) is unit


def test_definition():
    assert unit_to_dict(degC) == {"text": "°C", "dimension": {"temperature": "1"}, "scale": "1", "offset": "5463/20"}
    assert unit_to_dict(dBm)["decades"] == 0.1
    assert unit_to_dict(km / s ** Fraction(1, 2)) == {
        "text": "km/s**(1/2)", "dimension": {"length": "1", "time": "-1/2"}, "scale": "1000", "parts": [
            {"unit": {"text": "km", "dimension": {"length": "1"}, "scale": "1000"}, "power": "1"},
            {"unit": {"text": "s", "dimension": {"time": "1"}, "scale": "1"}, "power": "-1/2"}]}


def test_the_definition_decides():
    given = unit_to_dict(km)
    found = unit_from_dict(given | {"scale": "1001"})
    assert str(found) == "km" and found.scale == 1001.0 and found != km
    found = unit_from_dict({"text": "apples", "dimension": {"amount": "1"}, "scale": "1"})
    assert str(found) == "apples" and found.dimension == Dimension(amount=1)
    found = unit_from_dict({"text": "__import__('os')", "dimension": {}, "scale": "1/7"})
    assert str(found) == "__import__('os')" and found.scale == 1 / 7


def test_scales_that_are_no_fractions_keep_their_last_digit():
    unit = parse("wk") ** Fraction(1, 3)
    given = unit_to_dict(unit)
    given["scale"] = str(Fraction(given["scale"]) * (1 + Fraction(1, 2**52)))       # a power on another machine
    assert unit_from_dict(given)._ratio == Fraction(given["scale"]) != unit._ratio


@pytest.mark.parametrize("change, message", [
    ({"text": ...}, "a unit has no 'text'"),
    ({"text": 3}, "'text' of a unit is a str"),
    ({"text": "a\x1b[31m"}, "characters that can be printed"),
    ({"dimension": ...}, "has no 'dimension'"),
    ({"dimension": ["1"]}, "is a dict"),
    ({"dimension": {"width": "1"}}, "'width'; there are length"),
    ({"dimension": {"w" * 5000: "1"}}, "there are length"),
    ({"dimension": {"length": 1}}, "exponent of length in the unit 'm' is the text of a fraction"),
    ({"dimension": {"length": "1/0"}}, "divides by zero"),
    ({"dimension": {"length": "1.5"}}, "text of a fraction"),
    ({"dimension": {"length": "9" * 5000}}, "text of a fraction"),
    ({"scale": ...}, "scale of the unit 'm' is the text of a fraction, not None"),
    ({"scale": 1.0}, "text of a fraction"),
    ({"scale": "nan"}, "text of a fraction"),
    ({"scale": "1e3"}, "text of a fraction"),
    ({"scale": "٣"}, "text of a fraction"),
    ({"scale": "0"}, "positive and finite"),
    ({"scale": "-1"}, "positive and finite"),
    ({"scale": "9" * 400}, "too large"),
    ({"scale": "1/" + "9" * 400}, "positive and finite"),
    ({"scale": "1/0"}, "divides by zero"),
    ({"scale": "1" * 100_000}, "text of a fraction"),
    ({"offset": 273.15}, "text of a fraction"),
    ({"offset": "9" * 400}, "too large"),
    ({"offset": "1", "decades": 0.1}, "no offset"),
    ({"decades": "0.1"}, "finite decimal number"),
    ({"decades": True}, "finite decimal number"),
    ({"decades": math.inf}, "finite decimal number"),
    ({"decades": 10**400}, "finite decimal number"),
    ({"text": "a" * 1001}, "up to 1000 characters"),
    ({"parts": {}}, "list of up to 100 units and powers"),
    ({"parts": []}, "list of up to 100 units and powers"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(m)}] * 101}, "list of up to 100 units and powers"),
    ({"parts": [3]}, "are mappings"),
    ({"parts": [{}]}, "text of a fraction"),
    ({"parts": [{"power": "1"}]}, "a unit is stored as a mapping, not NoneType"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(s)}]}, "another product"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(km)}]}, "another product"),
    ({"parts": [{"power": "0", "unit": unit_to_dict(km)}]}, "powers of linear units"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(degC)}]}, "powers of linear units"),
    ({"parts": [{"power": "9" * 4000, "unit": unit_to_dict(m)}]}, "text of a fraction"),
    ({"parts": [{"power": "1001", "unit": unit_to_dict(m)}]}, "powers of linear units up to 1000"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(m)}], "scale": "0"}, "another product"),
    ({"parts": [{"power": "1", "unit": unit_to_dict(m)}], "scale": "9" * 400}, "another product"),
])
def test_malformed_units(change, message):
    given = {key: value for key, value in (unit_to_dict(m) | change).items() if value is not ...}
    with pytest.raises(UnitsError) as caught:
        unit_from_dict(given)
    assert message in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("given", [None, [], "m", 3, {}])
def test_units_that_are_no_mapping(given):
    with pytest.raises(UnitsError):
        unit_from_dict(given)


def test_parts_have_no_parts():
    given = unit_to_dict(m * s)
    inner = given
    for _ in range(5000):                               # nested as deep as one likes, and not looked at
        inner["parts"][0]["unit"]["parts"] = [{"unit": {}, "power": "1"}]
        inner = inner["parts"][0]["unit"]
    assert unit_from_dict(given) == m * s


def test_units_that_cannot_be_stored():
    with pytest.raises(UnitsError, match="characters that can be printed"):
        unit_to_dict(Unit("a\nb"))
    with pytest.raises(UnitsError, match="up to 1000 characters"):
        unit_to_dict(Unit("a" * 2000))
    with pytest.raises(UnitsError, match="too many digits"):
        unit_to_dict(m ** Fraction(1, 10**40))
    with pytest.raises(UnitsError, match="too many digits"):
        unit_to_dict(Unit("x", DIMENSIONLESS, Fraction(10**5000 + 1, 10**5000)))


# ---------------------------------------------------------------------------------------- JSON

def strict(text):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_strict(name, indent):
    text = io.to_json(ARRAYS[name], indent)
    assert strict(text)["format"] == "torsor.units" and ("\n" in text) is (indent is not None)


def test_json_says():
    content = strict(io.to_json(DimArray([[1.0, np.nan], [np.inf, -np.inf]], km)))
    assert content == {"format": "torsor.units", "version": 1, "unit": unit_to_dict(km), "dtype": "float64",
                       "shape": [2, 2], "data": [1.0, "NaN", "Infinity", "-Infinity"]}
    content = strict(io.to_json(DimArray(np.array(1 + 2j, np.complex64), m, uncertainty=0.5)))
    assert content["data"] == [[1.0, 2.0]] and content["dtype"] == "complex64" and content["shape"] == []
    assert content["uncertainty"] == {"correlated": False,
                                      "parts": [{"dtype": "float64", "shape": [], "data": [0.5]}]}
    assert strict(io.to_json(DimArray(np.array([True, False]))))["data"] == [True, False]
    assert strict(io.to_json(DimArray(np.array([2**64 - 1], np.uint64))))["data"] == [2**64 - 1]
    assert strict(io.to_json(DimArray(np.array([1], ">i4"))))["dtype"] == ">i4"
    content = strict(io.to_json(ARRAYS["correlated"]))
    assert [part.get("source") for part in content["uncertainty"]["parts"]] == [None, []]


CONTENT = {"format": "torsor.units", "version": 1, "unit": unit_to_dict(km), "dtype": "float64", "shape": [2],
           "data": [1.0, 2.0]}
PART = {"dtype": "float64", "shape": [2], "data": [1.0, 2.0]}


@pytest.mark.parametrize("change, message", [
    ({"format": "dimtensor"}, "not described as an array of torsor.units"),
    ({"version": 2}, "is of version 2 of the format; this torsor reads 1"),
    ({"version": "x" * 1000}, "is of version 'xxx"),
    ({"unit": ...}, "a unit is stored as a mapping, not NoneType"),
    ({"unit": "km"}, "a unit is stored as a mapping, not str"),
    ({"unit": {"text": "km"}}, "the unit 'km' has no 'dimension'"),
    ({"dtype": ...}, "of no known type: None"),
    ({"dtype": "object"}, "of no known type: 'object'"),
    ({"dtype": "O"}, "of no known type"),
    ({"dtype": "datetime64[s]"}, "of no known type"),
    ({"dtype": "<U9999999999"}, "of no known type"),
    ({"dtype": ["float64"]}, "of no known type"),
    ({"dtype": {"a": 1}}, "of no known type"),
    ({"dtype": "float128"}, "of no known type"),
    ({"shape": ...}, "is a list of lengths, not None"),
    ({"shape": 2}, "is a list of lengths, not 2"),
    ({"shape": [2.0]}, "is a list of lengths"),
    ({"shape": [True, 2]}, "is a list of lengths"),
    ({"shape": [-1, -2]}, "is a list of lengths"),
    ({"shape": [3]}, "of shape (3,) is a list of 3 elements"),
    ({"shape": [1]}, "is a list of 1 elements"),
    ({"shape": [10**18, 10**18]}, "elements"),
    ({"shape": [10**30]}, "is a list of lengths"),
    ({"shape": [0, 10**18, 10**18], "data": []}, "of shape"),
    ({"shape": [1] * 65 + [2]}, "is a list of lengths"),
    ({"data": ...}, "is a list of 2 elements"),
    ({"data": {}}, "is a list of 2 elements"),
    ({"data": [[1.0], [2.0]]}, "is a list, not of type float64"),
    ({"data": [1.0, None]}, "is a NoneType, not of type float64"),
    ({"data": [1.0, True]}, "is a bool, not of type float64"),
    ({"data": [1.0, "inf"]}, "is 'inf'; the texts for numbers are NaN, Infinity, -Infinity"),
    ({"data": [1.0, "x" * 5000]}, "the texts for numbers are"),
    ({"data": [1.0, 10**400]}, "out of range"),
    ({"dtype": "float32", "data": [1.0, 1e300]}, "out of range"),
    ({"dtype": "float16", "data": [1.0, 70000.0]}, "out of range"),
    ({"dtype": "int64"}, "is a float, not of type int64"),
    ({"dtype": "int8", "data": [1, 300]}, "out of range"),
    ({"dtype": "uint8", "data": [1, -1]}, "out of range"),
    ({"dtype": "int64", "data": [1, 10**30]}, "out of range"),
    ({"dtype": "int64", "data": [True, False]}, "is a bool"),
    ({"dtype": "bool", "data": [1, 0]}, "is a int"),
    ({"dtype": "complex128"}, "complex numbers of 'data' are pairs"),
    ({"dtype": "complex128", "data": [[1.0], [2.0]]}, "are pairs"),
    ({"dtype": "complex128", "data": [[1.0, 2.0], [1.0, [2.0]]]}, "is a list"),
    ({"uncertainty": 0.1}, "an uncertainty has a list of parts"),
    ({"uncertainty": {"parts": {}, "correlated": False}}, "an uncertainty has a list of parts"),
    ({"uncertainty": {"parts": [PART]}}, "'correlated' of 'data' is true or false"),
    ({"uncertainty": {"parts": [PART], "correlated": 1}}, "'correlated' of 'data' is true or false"),
    ({"uncertainty": {"parts": [3], "correlated": False}}, "described by a mapping"),
    ({"uncertainty": {"parts": [PART | {"source": 2}], "correlated": False}}, "is a list of lengths"),
    ({"uncertainty": {"parts": [PART | {"source": [3]}], "correlated": False}}, "a source of shape (3,) is none of"),
    ({"uncertainty": {"parts": [PART | {"shape": [2, 1]}], "correlated": False}}, "does not fit"),
    ({"uncertainty": {"parts": [PART | {"shape": [1, 2]}], "correlated": False}}, "does not fit"),
    ({"uncertainty": {"parts": [PART | {"shape": [3], "data": [1.0] * 3}], "correlated": False}}, "does not fit"),
])
def test_malformed_contents_of_json(change, message):
    given = {key: value for key, value in (CONTENT | change).items() if value is not ...}
    with pytest.raises(UnitsError) as caught:
        io.from_json(json.dumps(given))
    assert message in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("text, message", [
    ("", "no JSON"),
    ("{", "no JSON"),
    ("[1, 2]", "not described"),
    ("null", "not described"),
    ('"km"', "not described"),
    (json.dumps(CONTENT).replace("2.0", "NaN"), "NaN is no number of JSON"),
    (json.dumps(CONTENT).replace("2.0", "-Infinity"), "-Infinity is no number of JSON"),
    (json.dumps(CONTENT).replace("2.0", "9" * 5000), "no JSON"),
    ("[" * 100_000, "nested too deeply"),
    ('{"unit":' * 100_000, "nested too deeply"),
    (b"\xff", "no JSON"),
    (3, "no JSON"),
    (None, "no JSON"),
])
def test_texts_that_are_no_json(text, message):
    with pytest.raises(UnitsError, match=message):
        io.from_json(text)


def test_types_that_differ_between_machines(tmp_path):
    array = DimArray(np.array([1], np.longdouble), m)
    if array.dtype.itemsize == 8:
        pytest.skip("longdouble is float64 here")
    with pytest.raises(UnitsError, match="differs between machines"):
        io.to_json(array)
    for name, module in (("netcdf", "netCDF4"), ("parquet", "pyarrow")):
        pytest.importorskip(module)
        with pytest.raises(UnitsError, match="differs between machines"):
            getattr(io, f"save_{name}")(array, tmp_path / "file")


# ---------------------------------------------------------------------------------------- CSV

def test_csv_has_units_in_its_header(tmp_path):
    path = tmp_path / "table.csv"
    io.save_csv({"time": DimArray([0.5, 1.0], s), "length": DimArray([1, 2], km), "plain": [True, False],
                 "force": DimArray([1j, -2.5], kg * m / s**2)}, path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "time [s],length [km],plain,force [kg*m/s**2]", "0.5,1,True,1j", "1.0,2,False,(-2.5+0j)"]
    found = io.load_csv(path)
    assert list(found) == ["time", "length", "plain", "force"]
    for name, given in (("time", DimArray([0.5, 1.0], s)), ("length", DimArray([1, 2], km)),
                        ("plain", DimArray([True, False])), ("force", DimArray([1j, -2.5], kg * m / s**2))):
        assert_same(given, found[name])


@pytest.mark.parametrize("values", [
    [0.1, 1e300, -5e-324, -0.0], [np.nan, np.inf, -np.inf, 1.0], [0, -(2**63), 2**63 - 1, 5], [True, False, True, True],
    [1 + 2j, complex(np.nan, np.inf), complex(-0.0, -0.0), 1e-300j], [],
    np.array([1, 2**64 - 1], np.uint64)])
@pytest.mark.parametrize("unit", [dimensionless, km, degC, dBm, parse("m**(1/3)/s**2"), parse("%")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
def test_columns_come_back(values, unit, delimiter, tmp_path):
    path = tmp_path / "table.csv"
    io.save_csv({"a b, c": DimArray(values, unit), "x": np.arange(len(values)) * 0.5}, path, delimiter)
    found = io.load_csv(path, delimiter)
    assert_same(DimArray(values, unit), found["a b, c"])
    assert_same(DimArray(np.arange(len(values)) * 0.5), found["x"])


@pytest.mark.parametrize("dtype", ["e", "f", "b", "B", ">f8", "F"])
def test_columns_keep_their_values_and_not_their_types(dtype, tmp_path):
    given = DimArray(np.array([0.1, 100.25, 3]).astype(dtype), km)
    io.save_csv({"x": given}, tmp_path / "table.csv")
    found = io.load_csv(tmp_path / "table.csv")["x"]
    assert found.dtype == {"i": np.int64, "u": np.int64, "c": np.complex128}.get(given.dtype.kind, np.float64)
    assert found.data.tolist() == given.data.tolist() and found.unit is km


@pytest.mark.parametrize("name", ["x [m]", "x [", "[m]", "a\nb", 'say "x"', "über", "x [m] [s]", "1"])
@pytest.mark.parametrize("unit", [dimensionless, km])
def test_names_of_columns(name, unit, tmp_path):
    io.save_csv({name: DimArray([1.0], unit)}, tmp_path / "table.csv")
    found = io.load_csv(tmp_path / "table.csv")
    assert list(found) == [name] and found[name].unit is unit


def test_uncertainties_are_columns(tmp_path):
    path = tmp_path / "table.csv"
    t = DimArray([20.0, 30.0], degC, uncertainty=[0.5, 0.25])
    x = DimArray([1, 2], km, uncertainty=0.1)
    io.save_csv({"t": t, "x": x}, path)
    assert path.read_text(encoding="utf-8").splitlines()[:2] == ["t [°C],± t [Δ°C],x [km],± x [km]", "20.0,0.5,1,0.1"]
    found = io.load_csv(path)
    assert list(found) == ["t", "x"]
    assert_same(t, found["t"])
    assert_same(DimArray([1, 2], km, uncertainty=[0.1, 0.1]), found["x"])


def test_tables_of_other_programs(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("\ufefftime[s], length [m/s] ,± other [m]\r\n1 , 2.5,3\r\n,nan,4\r\n\r\n", encoding="utf-8")
    found = io.load_csv(path)
    assert_same(DimArray([1.0, np.nan], s), found["time"])
    assert_same(DimArray([2.5, np.nan], m / s), found["length"])
    assert_same(DimArray([3, 4], m), found["± other"])


@pytest.mark.parametrize("data, message", [
    ({"x": [1.0], "y": [1.0, 2.0]}, "1 of 'x', 2 of 'y'"),
    ({"x": DimArray(1.0, m)}, "a column has one axis; 'x' is of shape ()"),
    ({"x": DimArray([[1.0]], m)}, r"is of shape (1, 1)"),
    ({"": [1.0]}, "cannot be named ''"),
    ({" x": [1.0]}, "cannot be named"),
    ({"± x": [1.0]}, "cannot be named"),
    ({3: [1.0]}, "cannot be named 3"),
    ({"x": DimArray([1.0], WIBBLE)}, "is in 'wibble', which a text alone does not define; use save_json"),
    ({"x": DimArray([1.0], Unit("km", Dimension(length=1), 1001))}, "which a text alone does not define"),
])
def test_columns_that_make_no_table(data, message, tmp_path):
    with pytest.raises(ValueError) as caught:
        io.save_csv(data, tmp_path / "table.csv")
    assert message in str(caught.value) and not (tmp_path / "table.csv").exists()


@pytest.mark.parametrize("text, message", [
    ("", "has no line with names"),
    ("\n\n", "has no line with names"),
    ("x [furlongs per fortnight]\n1\n", "unknown unit"),
    ("x [__import__('os')]\n1\n", "unexpected character"),
    ("x,x\n1,2\n", "two columns named 'x'"),
    ("x [m],x [s]\n1,2\n", "two columns named 'x'"),
    ("x,\n1,2\n", "a column named ''"),
    ("x,y\n1\n", "row 1 of"),
    ("x\n1\n1,2\n", "has 2 cells, its header 1"),
    ("x\n1\nabc\n", "row 2 of column 'x' is no number: 'abc'"),
    ("x\n1_000\n", "row 1 of column 'x' is no number"),
    ("x\n0x10\n", "is no number"),
    ("x\n" + "9" * 30 + "\n", "no CSV file"),
    ("x\n" + "9" * 5000 + "\n", "no CSV file"),
    ("x\n" + "a" * 200_000 + "\n", "no CSV file"),
    ('x\n"1\n', "no CSV file"),
    ("x [m],± x [s]\n1,2\n", "cannot convert"),
    ("x [m],± x [m]\n1,-2\n", "real numbers from 0 on"),
    ("x [m],± x [m]\n1,2j\n", "real numbers from 0 on"),
])
def test_malformed_tables(text, message, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnitsError) as caught:
        io.load_csv(path)
    assert message in str(caught.value)


# ---------------------------------------------------------------------------------------- npz

def test_npz_holds_several_arrays_and_numpy_reads_them(tmp_path):
    path = tmp_path / "arrays.npz"
    given = {"x": ARRAYS["uncertain"], "x_uncertainty": ARRAYS["vector"], "file": ARRAYS["complex"],
             "rows": ARRAYS["uncertain rows"], "plain": DimArray([1, 2])}
    for compress in (False, True):
        io.save_npz(given | {"plain": [1, 2]}, path, compress=compress)
        found = io.load_npz(path)
        assert list(found) == list(given)
        for name in given:
            assert_same(given[name], found[name])
        with np.load(path) as file:
            assert file["x"].tolist() == [1.0, 2.0] and file["x_uncertainty"].tolist() == [1.5, 2.0]
            assert json.loads(file["units.json"])["x"]["uncertainty"] == [{"array": "x_uncertainty_1"}]


@pytest.mark.parametrize("name", ["", "a\x00b", "units.json", 3])
def test_names_that_npz_does_not_have(name, tmp_path):
    with pytest.raises(ValueError, match="cannot be named"):
        io.save_npz({name: [1.0]}, tmp_path / "arrays.npz")


def rewritten(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            if isinstance(content, np.ndarray):
                stream = streams.BytesIO()
                np.lib.format.write_array(stream, content)
                content = stream.getvalue()
            file.writestr(name, content)


ABOUT = {"format": "torsor.units", "version": 1, "unit": unit_to_dict(km)}
OF_Y = {"uncertainty": [{"array": "y"}]}
HUGE = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }"
HUGE = b"\x93NUMPY\x01\x00v\x00" + HUGE.ljust(117) + b"\n"


@pytest.mark.parametrize("members, message", [
    ({"x.npy": np.ones(2)}, "says nothing about units"),
    ({"units.json": "[]"}, "no mapping of names"),
    ({"units.json": "{"}, "no JSON"),
    ({"units.json": b"\xff\xff"}, "no JSON"),
    ({"units.json": json.dumps({"x": ABOUT})}, "has no array 'x'"),
    ({"units.json": json.dumps({"x": 3}), "x.npy": np.ones(2)}, "not described"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": b"text"}, "holds |S4, not numbers"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": HUGE}, "no npz file"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": np.array(["a"])}, "holds <U1, not numbers"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": np.array([{}, []], object)}, "Object arrays cannot be loaded"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": np.zeros(2, [("a", "f8")])}, "not numbers"),
    ({"units.json": json.dumps({"x": ABOUT}), "x.npy": np.zeros(2, "M8[s]")}, "not numbers"),
    ({"units.json": json.dumps({"x": ABOUT | {"uncertainty": "y"}}), "x.npy": np.ones(2)}, "is a list of arrays"),
    ({"units.json": json.dumps({"x": ABOUT | {"uncertainty": ["y"]}}), "x.npy": np.ones(2)}, "is a list of arrays"),
    ({"units.json": json.dumps({"x": ABOUT | {"uncertainty": [{"array": 3}]}}), "x.npy": np.ones(2)},
     "is a list of arrays"),
    ({"units.json": json.dumps({"x": ABOUT | OF_Y}), "x.npy": np.ones(2)}, "has no array 'y'"),
    ({"units.json": json.dumps({"x": ABOUT | OF_Y}), "x.npy": np.ones(2), "y.npy": np.ones(3)},
     "of shape (3,) does not fit 'x' of shape (2,)"),
    ({"units.json": json.dumps({"x": ABOUT | {"uncertainty": [{"array": "y", "source": [2]}]}}), "x.npy": np.ones(3),
      "y.npy": np.ones(3)},
     "a source of shape (2,) is none of 'x' of shape (3,)"),
    ({"units.json": json.dumps({"x": ABOUT | {"correlated": 1}}), "x.npy": np.ones(2)}, "is true or false"),
])
def test_malformed_npz(members, message, tmp_path):
    path = tmp_path / "arrays.npz"
    rewritten(path, members)
    with pytest.raises(UnitsError) as caught:
        io.load_npz(path)
    assert message in str(caught.value)


def test_npz_is_not_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return pytest.fail, ("unpickled",)

    path = tmp_path / "arrays.npz"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UnitsError, match="no npz file"):
        io.load_npz(path)
    np.savez(path, **{"x": np.array([Trap()], object), "units.json": np.array([Trap()], object)})
    with pytest.raises(UnitsError):
        io.load_npz(path)
    np.save(tmp_path / "x.npy", np.ones(2))
    with pytest.raises(UnitsError, match="no npz file"):
        io.load_npz(tmp_path / "x.npy")


# ---------------------------------------------------------------------------------------- HDF5

@pytest.mark.parametrize("compression", ["gzip", "lzf", None])
@pytest.mark.parametrize("name", ["data", "a group/x"])
def test_hdf5_as_others_see_it(compression, name, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "file.h5"
    io.save_hdf5(ARRAYS["uncertain rows"], path, name, compression)
    with h5py.File(path) as file:
        assert file[name].attrs["units"] == "°C" and file[name].compression == compression
        assert file[name].shape == file[f"{name}_uncertainty"].shape == (2, 3)
    assert_same(ARRAYS["uncertain rows"], io.load_hdf5(path, name))
    with pytest.raises(UnitsError, match="has no dataset 'other'"):
        io.load_hdf5(path, "other")


def test_malformed_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "file.h5"

    def refused(change, message, array=ARRAYS["uncertain"]):
        io.save_hdf5(array, path)
        with h5py.File(path, "a") as file:
            change(file)
        with pytest.raises(UnitsError) as caught:
            io.load_hdf5(path)
        assert message in str(caught.value)

    def replace(file, name, **options):
        attributes = dict(file[name].attrs)
        del file[name]
        file.create_dataset(name, **options).attrs.update(attributes)

    refused(lambda file: file["data"].attrs.pop("torsor_units"), "has no attribute 'torsor_units'")
    refused(lambda file: file["data"].attrs.__setitem__("torsor_units", "{"), "is no JSON")
    refused(lambda file: file["data"].attrs.__setitem__("torsor_units", 3.0), "is no JSON")
    refused(lambda file: file["data"].attrs.__setitem__("torsor_units", [1.0, 2.0]), "is no JSON")
    refused(lambda file: file.pop("data_uncertainty"), "has no dataset 'data_uncertainty'")
    refused(lambda file: replace(file, "data", data=["a", "b"]), "not numbers")
    refused(lambda file: replace(file, "data", data=h5py.Empty("f8")), "not")
    refused(lambda file: replace(file, "data", data=np.zeros(2, [("a", "f8")])), "not numbers")
    refused(lambda file: replace(file, "data", shape=(10**15,), dtype="f8", chunks=(1000,)),
            "claims 8000000000000000 bytes")
    refused(lambda file: replace(file, "data", shape=(3,), dtype="f8"), "does not fit")
    refused(lambda file: (file.pop("data"), file.create_group("data")), "has no dataset 'data'")


def test_hdf5_reads_no_other_files(tmp_path):
    h5py = pytest.importorskip("h5py")
    other, path = tmp_path / "other.h5", tmp_path / "file.h5"
    io.save_hdf5(ARRAYS["vector"], other)
    with h5py.File(path, "w") as file:
        file["data"] = h5py.ExternalLink(str(other), "data")
        file["gone"] = h5py.ExternalLink(str(tmp_path / "none.h5"), "data")
        layout = h5py.VirtualLayout((2,), "f8")
        layout[:] = h5py.VirtualSource(str(other), "data", (2,))
        file.create_virtual_dataset("virtual", layout)
        raw = [(str(other), 0, 16)]
        file.create_dataset("raw", (2,), "f8", external=raw)
        for name in ("virtual", "raw"):
            file[name].attrs["torsor_units"] = json.dumps(ABOUT)
    for name in ("data", "virtual", "raw"):
        with pytest.raises(UnitsError, match="but in another file"):
            io.load_hdf5(path, name)
    with pytest.raises(UnitsError):
        io.load_hdf5(path, "gone")


def test_zeros_are_no_bomb(tmp_path):
    pytest.importorskip("h5py")
    pytest.importorskip("netCDF4")
    given = DimArray(np.zeros(2_000_000), m)
    for name in ("hdf5", "netcdf"):
        getattr(io, f"save_{name}")(given, tmp_path / name)
        assert (tmp_path / name).stat().st_size < 100_000
        assert getattr(io, f"load_{name}")(tmp_path / name).shape == given.shape


# ---------------------------------------------------------------------------------------- netCDF

@pytest.mark.parametrize("compression", [True, False])
def test_netcdf_as_others_see_it(compression, tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    path = tmp_path / "file.nc"
    io.save_netcdf(ARRAYS["uncertain rows"], path, "temperature", compression)
    with netcdf.Dataset(path) as file:
        variable = file["temperature"]
        assert variable.units == "°C" and variable.ancillary_variables == "temperature_uncertainty"
        assert variable.shape == file["temperature_uncertainty"].shape == (2, 3)
        assert variable.filters()["zlib"] is compression
    assert_same(ARRAYS["uncertain rows"], io.load_netcdf(path, "temperature"))
    with pytest.raises(UnitsError, match="has no variable 'data'"):
        io.load_netcdf(path)


def test_malformed_netcdf(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    path = tmp_path / "file.nc"

    def refused(message, dtype="f8", length=2, values=(1.0, 2.0), dtypes=(("data", "float64"),), about=ABOUT):
        with netcdf.Dataset(path, "w") as file:
            file.createDimension("x", length)
            variable = file.createVariable("data", dtype, ("x",))
            if values is not None:
                variable[:] = np.array(values)
            if about is not None:
                text = about if isinstance(about, str) else json.dumps(about | {"dtypes": dict(dtypes)})
                variable.setncattr("torsor_units", text)
        with pytest.raises(UnitsError) as caught:
            io.load_netcdf(path)
        assert message in str(caught.value)

    refused("has no attribute 'torsor_units'", about=None)
    refused("is no JSON", about="{")
    refused("has no 'dtypes'", about=json.dumps(ABOUT))
    refused("has no 'dtypes'", about="[]")
    refused("has no variable 'data'", dtypes=())
    refused("of no known type", dtypes=(("data", "object"),))
    refused("'data' holds float64, not float32", dtypes=(("data", "float32"),))
    refused("last axis of two", dtypes=(("data", "complex128"),), length=3, values=(1.0, 2.0, 3.0))
    refused("others than 0 and 1", dtype="i1", values=(0, 7), dtypes=(("data", "bool"),))
    refused("not float64", dtype=str, values=None)
    refused("claims", length=10**14, values=None)
    refused("has no variable 'y'", about=ABOUT | OF_Y)


# ---------------------------------------------------------------------------------------- Parquet

@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", None])
def test_parquet_as_others_see_it(compression, tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "file.parquet"
    for name, columns in (("correlated", ["data", "data_uncertainty", "data_uncertainty_1"]),
                          ("complex", ["data.real", "data.imag"]), ("vector", ["data"]),
                          ("uncertain rows", ["data", "data_uncertainty"]), ("shared", ["data", "data_uncertainty"])):
        io.save_parquet(ARRAYS[name], path, compression)
        table = parquet.read_table(path)
        assert table.column_names == columns and len(table) == ARRAYS[name].size
        assert table.schema.metadata[b"units"].decode() == format(ARRAYS[name].unit, "plain")
        assert_same(ARRAYS[name], io.load_parquet(path))


def test_malformed_parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "file.parquet"

    def refused(message, columns=None, **change):
        about = ABOUT | {"shape": [2], "dtypes": {"data": "float64"}, "shared": {}} | change
        about = {key: value for key, value in about.items() if value is not ...}
        table = arrow.table({"data": [1.0, 2.0]} if columns is None else columns)
        parquet.write_table(table.replace_schema_metadata({"torsor_units": json.dumps(about)}), path)
        with pytest.raises(UnitsError) as caught:
            io.load_parquet(path)
        assert message in str(caught.value)

    refused("a list of lengths", shape=...)
    refused("a list of lengths", shape=[-2])
    refused("has 2 rows for an array of shape (3,)", shape=[3])
    refused("has 2 rows", shape=[10**9, 10**9])
    refused("no 'dtypes'", dtypes=...)
    refused("no 'dtypes'", dtypes=[])
    refused("of no known type", dtypes={})
    refused("of no known type", dtypes={"data": "object"})
    refused("no column 'data' of float", dtypes={"data": "float32"})
    refused("no column 'data.real'", dtypes={"data": "complex128"})
    refused("no 'shared'", shared=...)
    refused("described by a mapping", shared={"data": 3})
    refused("has missing elements", columns={"data": [1.0, None]})
    refused("no column 'data' of double", columns={"data": ["a", "b"]})
    refused("no column 'data' of double", columns={"other": [1.0, 2.0]})
    refused("not described", format="other")
    refused("of no known type", **OF_Y)
    parquet.write_table(arrow.table({"data": [1.0]}), path)
    with pytest.raises(UnitsError, match="has no attribute 'torsor_units'"):
        io.load_parquet(path)
    metadata = {b"torsor_units": b"[]", b"\xff": b"\xff"}
    parquet.write_table(arrow.table({"data": [1.0]}).replace_schema_metadata(metadata), path)
    with pytest.raises(UnitsError, match="a list of lengths"):
        io.load_parquet(path)


# ---------------------------------------------------------------------------------------- xarray

def test_xarray_computes_with_units():
    xarray = pytest.importorskip("xarray")
    da = io.to_xarray(DimArray([[1.0, 2.0], [3.0, 4.0]], km), "x", ("t", "z"), {"t": [10, 20]}, {"made": "up"})
    assert isinstance(da, xarray.DataArray) and da.name == "x" and da.attrs == {"made": "up"}
    assert_same(DimArray([[1.0, 4.0], [9.0, 16.0]], km**2), io.from_xarray(da**2))
    assert_same(DimArray([1.0, 2.0], km), io.from_xarray(da.sel(t=10)))
    assert_same(DimArray([2.0, 3.0], km), io.from_xarray(da.mean("t")))
    assert_same(DimArray(10.0, km), io.from_xarray(da.sum()))
    assert_same(DimArray([[1.0, 2.0]] * 2, km), io.from_xarray(xarray.concat([da.isel(t=0)] * 2, "t")))
    assert (da > DimArray(2500.0, m)).values.tolist() == [[False, False], [True, True]]
    with pytest.raises(DimensionError):
        np.asarray(da)
    with pytest.raises(DimensionError):
        da + io.to_xarray(DimArray([[1.0, 2.0], [3.0, 4.0]], s), dims=("t", "z"))


def test_plain_xarray_is_for_files_and_plots(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("netCDF4")
    given = DimArray([[1.0, 2.0], [3.0, 4.0]], km / s, uncertainty=[[0.1, 0.2], [0.3, 0.4]])
    da = io.to_xarray(given, "v", ("t", "z"), {"t": DimArray([10.0, 20.0], s)}, {"made": "up"}, plain=True)
    assert type(da.data) is np.ndarray and da.attrs["units"] == "km/s" and da.attrs["made"] == "up"
    assert da.coords["t"].attrs == {"units": "s"} and da.coords["v_uncertainty"].dims == ("t", "z")
    assert_same(given, io.from_xarray(da))
    assert_same(DimArray([3.0, 4.0], km / s, uncertainty=[0.3, 0.4]), io.from_xarray(da.sel(t=20.0)))
    assert_same(DimArray(given.data.T, km / s, uncertainty=given.uncertainty.data.T), io.from_xarray(da.T))
    assert_same(given, io.from_xarray(da.rename("w")))
    da.to_netcdf(tmp_path / "file.nc")
    with xarray.open_dataarray(tmp_path / "file.nc") as loaded:
        assert_same(given, io.from_xarray(loaded))
    with pytest.raises(UnitsError, match="'v_uncertainty' is not among the coordinates any more"):
        io.from_xarray(da.drop_vars("v_uncertainty"))


def test_xarrays_of_other_programs():
    xarray = pytest.importorskip("xarray")
    da = xarray.DataArray([1.0, 2.0])
    assert_same(DimArray([1.0, 2.0]), io.from_xarray(da))
    assert_same(DimArray([1.0, 2.0], km / s), io.from_xarray(da.assign_attrs(units="km s**-1")))
    for units, error in (("furlongs", UnitParseError), (3, UnitsError)):
        with pytest.raises(error):
            io.from_xarray(da.assign_attrs(units=units))
    for about in ("{", "[]", "{}", json.dumps(ABOUT | {"name": "data", "uncertainty": 3})):
        with pytest.raises(UnitsError):
            io.from_xarray(da.assign_attrs(torsor_units=about))
    with pytest.raises(UnitsError, match="not numbers"):
        io.from_xarray(xarray.DataArray(["a"], attrs={"torsor_units": json.dumps(ABOUT | {"name": "data"})}))
    with pytest.raises(TypeError):
        io.from_xarray(xarray.DataArray(["a"]))


@pytest.mark.parametrize("plain", [False, True])
def test_datasets(plain):
    xarray = pytest.importorskip("xarray")
    given = {"x": DimArray([1.0, 2.0], km, uncertainty=[0.1, 0.2]), "y": DimArray([3, 4], degC), "plain": [1.0, 2.0]}
    ds = io.to_dataset(given, {"dim_0": [5, 6]}, {"title": "both"}, plain=plain)
    assert isinstance(ds, xarray.Dataset) and ds.attrs == {"title": "both"} and list(ds.data_vars) == list(given)
    found = io.from_dataset(ds)
    assert list(found) == list(given)
    for name in given:
        assert_same(DimArray(given[name]), found[name])
    assert list(io.from_dataset(ds, ["y"])) == ["y"]
    found = io.from_dataset(ds.isel(dim_0=[1]))
    assert_same(DimArray([2.0], km, uncertainty=[0.2]), found["x"])
    ds = io.to_dataset({"x": ("t", given["x"]), "z": (("t", "u"), DimArray([[1.0], [2.0]], s))}, plain=plain)
    assert dict(ds.sizes) == {"t": 2, "u": 1}


# ---------------------------------------------------------------------------------------- pandas

def series(values, unit, **options):
    pytest.importorskip("pandas")
    return io.to_series(DimArray(values, unit, **options))


def assert_series(found, values, unit):
    assert isinstance(found, pandas.Series) and found.dtype == io.DimDtype(unit), found.dtype
    np.testing.assert_allclose(np.asarray(found.array.quantity.data), values, rtol=1e-14)


def test_dtype():
    pd = pytest.importorskip("pandas")
    dtype = io.DimDtype(km)
    assert dtype.name == str(dtype) == "dim[km]" and repr(dtype) == "DimDtype('km')" and dtype.type is DimArray
    assert dtype == "dim[km]" and dtype == io.DimDtype("km") and dtype != io.DimDtype(m) and dtype != "dim[m]"
    assert hash(dtype) == hash(io.DimDtype("1000 m")) and dtype == io.DimDtype("1000 m")
    assert pickle.loads(pickle.dumps(dtype)) == dtype
    assert pd.api.types.pandas_dtype("dim[kg*m/s**2]") == io.DimDtype(kg * m / s**2)
    assert pd.Series([1, 2], dtype="dim[°C]").sum is not None
    with pytest.raises(UnitParseError):
        pd.Series([1], dtype="dim[furlongs]")
    with pytest.raises(TypeError):
        io.DimDtype.construct_from_string("category")


def test_series_keep_their_unit():
    pd = pytest.importorskip("pandas")
    x = series([3.0, 1.0, np.nan, 2.0], km)
    assert_series(x[1:3], [1.0, np.nan], km)
    assert_series(x[x > DimArray(1500.0, m)], [3.0, 2.0], km)
    assert_series(x.dropna().sort_values(), [1.0, 2.0, 3.0], km)
    assert_series(pd.concat([x, series([500.0], m)]), [3.0, 1.0, np.nan, 2.0, 0.5], km)
    assert_series(x.reindex([0, 9]), [3.0, np.nan], km)
    assert_series(series([1, 2], km).reindex([0, 9]), [1.0, np.nan], km)
    assert_series(x.fillna(DimArray(700.0, m)), [3.0, 1.0, 0.7, 2.0], km)
    assert_series(x.ffill(), [3.0, 1.0, 1.0, 2.0], km)
    assert_series(x.shift(1, fill_value=DimArray(5.0, m)), [0.005, 3.0, 1.0, np.nan], km)
    assert_series(x.where(x.notna(), DimArray(0.0, m)), [3.0, 1.0, 0.0, 2.0], km)
    assert_series(series([1, 2], km).where([True, False]), [1.0, np.nan], km)
    assert_series(x.diff(), [np.nan, -2.0, np.nan, np.nan], km)
    assert_series(x.cumsum(), [3.0, 4.0, np.nan, 6.0], km)
    assert_series(x.quantile([0.25, 0.5]), [1.5, 2.0], km)
    assert_series((x / 3).round(1), [1.0, 0.3, np.nan, 0.7], km)
    assert_series(x.astype("dim[m]"), [3000.0, 1000.0, np.nan, 2000.0], m)
    assert_series(x.map(lambda value: value * 2, na_action="ignore"), [6.0, 2.0, np.nan, 4.0], km)
    assert_series(x.map(lambda value: value**2, na_action="ignore"), [9.0, 1.0, np.nan, 4.0], km**2)
    assert_series(pickle.loads(pickle.dumps(x)), [3.0, 1.0, np.nan, 2.0], km)
    assert x.rank().tolist()[:2] == [3.0, 1.0] and x.isna().tolist() == [False, False, True, False]
    assert x.isin([DimArray(1000.0, m)]).tolist() == [False, True, False, False]
    assert list(x.unique().quantity.data[:2]) == [3.0, 1.0] and x.argmax() == 0 and x.idxmin() == 1


def test_elements_are_quantities():
    x = series([3.0, np.nan], km)
    assert type(x[0]) is DimArray and x[0].shape == () and x[0] == DimArray(3000.0, m)
    assert isinstance(x[1], float) and math.isnan(x[1])
    assert [type(value) for value in x] == [DimArray, float]
    x[1] = DimArray(250.0, m)
    assert_series(x, [3.0, 0.25], km)
    x.loc[5] = DimArray(250.0, m)
    assert_series(x, [3.0, 0.25, 0.25], km)
    x[:2] = [DimArray(1.0, m), None]
    assert_series(x, [0.001, np.nan, 0.25], km)
    for value in (5.0, DimArray(1.0, s), [1.0, 2.0, 3.0], "a"):
        with pytest.raises((ValueError, TypeError)):
            x[:] = value
    with pytest.raises(DimensionError):
        x.fillna(7.0)
    with pytest.raises(ValueError, match="uncertainties cannot be assigned"):
        series([1.0, 2.0], m, uncertainty=0.1).array[0] = DimArray(1.0, m)


def test_arithmetic_of_series():
    pd = pytest.importorskip("pandas")
    x, t = series([3.0, 1.0], km), series([2.0, 4.0], s)
    assert_series(x / t, [1.5, 0.25], km / s)
    assert_series(x * 2 + x, [9.0, 3.0], km)
    assert_series(2 / t, [1.0, 0.5], s**-1)
    assert_series(x + DimArray(500.0, m), [3.5, 1.5], km)
    assert_series(x - DimArray([500.0, 1.0], m), [2.5, 0.999], km)
    assert_series(x - x.iloc[0], [0.0, -2.0], km)
    assert_series(x * km, [3.0, 1.0], km**2)
    assert_series(x**2, [9.0, 1.0], km**2)
    assert_series(-x, [-3.0, -1.0], km)
    assert_series(abs(-x), [3.0, 1.0], km)
    assert_series(np.sqrt(x * x), [3.0, 1.0], km)
    assert_series(np.maximum(x, series([2000.0, 2000.0], m)), [3.0, 2.0], km)
    assert_series(x // DimArray(2.0, km), [1.0, 0.0], dimensionless)
    assert_series(x + x[::-1], [6.0, 2.0], km)              # by labels
    assert (x == DimArray(1000.0, m)).tolist() == [False, True] and (x >= x).tolist() == [True, True]
    assert (x != DimArray(1000.0, m)).dtype == bool
    assert np.asarray(x / km).tolist() == [3.0, 1.0] and (x / km).astype(float).tolist() == [3.0, 1.0]
    assert_series(x.array.quantity.to(m).data * pd.Series([1.0, 2.0], dtype="dim[m]"), [3000.0, 2000.0], m)
    for operation in (lambda: x + t, lambda: x + 1.0, lambda: x < t, lambda: np.exp(x), lambda: x.astype(float),
                      lambda: np.asarray(x, float), lambda: x.to_numpy(float), lambda: x.clip("a")):
        with pytest.raises((ValueError, TypeError)):
            operation()
    with pytest.raises(ValueError, match="Lengths must match"):
        x.array + x.array[:1]
    _, rest = divmod(x, DimArray(2.0, km))
    assert_series(rest, [1.0, 1.0], km)
    assert_series(pd.DataFrame({"x": x}).mul(2)["x"], [6.0, 2.0], km)


def test_quantities_on_the_left_of_series():
    pd = pytest.importorskip("pandas")
    x = series([3.0, 1.0], km)
    assert_series(DimArray(2.0, m) * x, [6.0, 2.0], m * km)
    assert_series(DimArray([500.0, 1.0], m) + x, [3500.0, 1001.0], m)
    assert_series(DimArray(6.0, m) / x, [2.0, 6.0], m / km)
    assert_series(np.add(DimArray([500.0, 1.0], m), x), [3500.0, 1001.0], m)
    assert (DimArray(2.0, km) < x).tolist() == [True, False]
    assert (DimArray([3.0, 2.0], km) == x).tolist() == [True, False]
    assert_series((DimArray(2.0, m) * pd.DataFrame({"x": x}))["x"], [6.0, 2.0], m * km)
    assert_series(pd.Series(DimArray(2.0, m) * x.array), [6.0, 2.0], m * km)
    with pytest.raises(DimensionError):
        DimArray(2.0, s) + x


def test_quantities_on_the_left_of_xarrays():
    xarray = pytest.importorskip("xarray")
    da = io.to_xarray(DimArray([3.0, 1.0], km))
    found = DimArray(500.0, m) + da
    assert isinstance(found, xarray.DataArray)
    assert_same(DimArray([3500.0, 1500.0], m), io.from_xarray(found))
    assert (DimArray(2000.0, m) < da).values.tolist() == [True, False]


def test_units_on_the_left():
    pytest.importorskip("xarray")
    x, da = series([3.0, 1.0], km), io.to_xarray(DimArray([3.0, 1.0], km))
    try:
        found = km * x
    except TypeError:
        pytest.skip("units do not leave operators to pandas and xarray")
    assert_series(found, [3.0, 1.0], km**2)
    assert_series(km / x, [1 / 3.0, 1.0], dimensionless)
    assert_same(DimArray([3.0, 1.0], km * km), io.from_xarray(km * da))
    assert_same(DimArray([0.25, 0.75], km * km), io.from_xarray(km / (4 / da[::-1])))


def test_reductions_of_series():
    x = series([3.0, 1.0, np.nan], km)
    for name, value, unit in (("sum", 4.0, km), ("mean", 2.0, km), ("min", 1.0, km), ("max", 3.0, km),
                              ("median", 2.0, km), ("std", math.sqrt(2.0), km), ("var", 2.0, km**2),
                              ("sem", 1.0, km), ("skew", None, None)):
        found = getattr(x, name)()
        if value is not None:
            assert type(found) is DimArray and found.unit == unit and float(found.data) == pytest.approx(value)
        assert math.isnan(getattr(x, name)(skipna=False))
    assert x.std(ddof=0).data == 1.0 and math.isnan(x[:1].std()) and x.count() == 2
    assert x[:0].sum() == DimArray(0.0, km) and math.isnan(x[:0].mean()) and math.isnan(x.sum(min_count=3))
    assert x.any() and not series([1.0, 0.0], km).all()
    with pytest.raises(TypeError, match="does not support operation 'prod'"):
        x.prod()
    t = series([20.0, 30.0], degC)
    assert t.mean() == DimArray(25.0, degC) and t.std().unit == degC.difference
    with pytest.raises(DimensionError, match="points on the scale"):
        t.sum()
    u = series([1.0, 2.0], m, uncertainty=[0.3, 0.4])
    assert float(u.sum().uncertainty.data) == pytest.approx(0.5)
    assert_same(DimArray([2.0], m, uncertainty=[0.4]), io.from_series(u[u > DimArray(1.5, m)]))
    assert math.isnan(u.reindex([0, 5]).array.quantity.uncertainty.data[1])
    with pytest.raises(UnitsError, match="does not propagate uncertainties"):
        u.cumsum()


def test_groups_keep_units():
    pd = pytest.importorskip("pandas")
    df = io.to_dataframe({"x": DimArray([3.0, 1.0, np.nan, 2.0], km), "t": DimArray([1, 2, 3, 4], s),
                          "c": DimArray([20.0, 30.0, 25.0, 15.0], degC), "key": ["a", "b", "a", "b"]})
    groups = df.groupby("key")
    for how, values, unit in (("sum", [3.0, 3.0], km), ("mean", [3.0, 1.5], km), ("min", [3.0, 1.0], km),
                              ("max", [3.0, 2.0], km), ("first", [3.0, 1.0], km), ("last", [3.0, 2.0], km),
                              ("median", [3.0, 1.5], km), ("var", [np.nan, 0.5], km**2),
                              ("std", [np.nan, 0.5**0.5], km)):
        assert_series(getattr(groups["x"], how)(), values, unit)
    assert_series(groups["t"].sum(), [4, 6], s)
    assert_series(groups["x"].quantile(0.5), [3.0, 1.5], km)
    assert_series(groups["t"].cumsum(), [1, 2, 4, 6], s)
    assert_series(groups["t"].transform("mean"), [2.0, 3.0, 2.0, 3.0], s)
    assert_series(groups["c"].mean(), [22.5, 22.5], degC)
    assert_series(groups["c"].std(), [12.5**0.5, 112.5**0.5], degC.difference)
    assert groups["x"].count().tolist() == [1, 2] and groups["t"].rank().tolist() == [1.0, 1.0, 2.0, 2.0]
    assert groups["x"].any().tolist() == [True, True]
    assert_series(df.groupby(["a", None, "a", "b"])["t"].sum(), [4, 4], s)
    lonely = df.groupby(pd.Categorical(["a"] * 4, categories=["a", "b"]), observed=False)
    assert_series(lonely["t"].sum(), [10, 0], s)
    assert_series(lonely["t"].mean(), [2.5, np.nan], s)
    assert df.groupby("x")["t"].sum().tolist() == [DimArray(2, s), DimArray(4, s), DimArray(1, s)]
    for how, column, error in (("sum", "c", DimensionError), ("prod", "x", TypeError), ("ohlc", "x", TypeError)):
        with pytest.raises(error):
            getattr(groups[column], how)()
    with pytest.raises(UnitsError, match="does not propagate uncertainties"):
        series([1.0, 2.0], m, uncertainty=0.1).groupby([0, 0]).sum()


def test_dataframes():
    pd = pytest.importorskip("pandas")
    given = {"t": DimArray([0.0, 1.0], s), "x": DimArray([1, 2], km), "plain": [5, 6]}
    df = io.to_dataframe(given, index=["a", "b"])
    assert df.dtypes.astype(str).tolist() == ["dim[s]", "dim[km]", "int64"] and list(df.index) == ["a", "b"]
    found = io.from_dataframe(df)
    for name in given:
        assert_same(DimArray(given[name]), found[name])
    assert list(io.from_dataframe(df, ["x"])) == ["x"]
    df["v"] = df["x"] / df["t"]
    assert io.from_dataframe(df)["v"].unit == km / s
    with pytest.raises(TypeError, match="column 'name'"):
        io.from_dataframe(pd.DataFrame({"x": [1.0], "name": ["a"]}))
    with pytest.raises(TypeError, match="column 'day'"):
        io.from_dataframe(pd.DataFrame({"day": pd.to_datetime(["2000-01-01"])}))
    with pytest.raises(KeyError):
        io.from_dataframe(df, ["y"])
    assert df.to_json() == json.dumps({"t": {"a": "0.0 s", "b": "1.0 s"}, "x": {"a": "1 km", "b": "2 km"},
                                       "plain": {"a": 5, "b": 6}, "v": {"a": "inf km/s", "b": "2.0 km/s"}}).replace(
                                           ", ", ",").replace(": ", ":").replace("/", "\\/")


@pytest.mark.parametrize("values, expected", [
    (lambda pd: pd.Series([1, 2]), DimArray([1, 2])),
    (lambda pd: pd.Series([1.5, None]), DimArray([1.5, np.nan])),
    (lambda pd: pd.Series([1, None], dtype="Int64"), DimArray([1.0, np.nan])),
    (lambda pd: pd.Series([1, 2], dtype="Int8"), DimArray(np.array([1, 2], np.int8))),
    (lambda pd: pd.Series([1.5], dtype="Float32"), DimArray(np.array([1.5], np.float32))),
    (lambda pd: pd.Series([True, False]), DimArray([True, False])),
    (lambda pd: pd.Series([DimArray(1.0, km), DimArray(500.0, m), None]), DimArray([1.0, 0.5, np.nan], km)),
    (lambda pd: pd.Series([DimArray(1.0, km, uncertainty=0.5), DimArray(500.0, m)]),
     DimArray([1.0, 0.5], km, uncertainty=[0.5, 0.0])),
    (lambda pd: pd.Series([], dtype=object), DimArray([])),
    (lambda pd: pd.Series([1, 2], dtype="dim[km]"), DimArray([1, 2], km)),
    (lambda pd: pd.Series([1, 2]).astype("dim[km]"), DimArray([1, 2], km)),
    (lambda pd: pd.Series([DimArray(500.0, m), np.nan], dtype="dim[km]"), DimArray([0.5, np.nan], km)),
    (lambda pd: pd.Series(["1.5 km", "2.5", None, "nan"], dtype="dim[m]"), DimArray([1500.0, 2.5, np.nan, np.nan], m)),
    (lambda pd: pd.Series(["(1+2j) km"], dtype="dim[km]"), DimArray([1 + 2j], km)),
    (lambda pd: pd.read_csv(streams.StringIO("x\n1.5\n2 m\n"), dtype={"x": "dim[km]"})["x"],
     DimArray([1.5, 0.002], km)),
])
def test_what_makes_a_series(values, expected):
    pd = pytest.importorskip("pandas")
    assert_same(expected, io.from_series(values(pd)))


@pytest.mark.parametrize("values, error", [
    (["a"], ValueError), (["1 s"], UnitConversionError), (["1 furlongs"], UnitParseError), ([object()], TypeError),
    ([[1.0]], (TypeError, ValueError)), ([DimArray(1.0, s)], UnitConversionError),
    ([np.datetime64("2000-01-01")], TypeError)])
def test_what_makes_none(values, error):
    pd = pytest.importorskip("pandas")
    with pytest.raises(error):
        pd.Series(values, dtype=io.DimDtype(km))


def test_text_of_series():
    x = series([1.0, 0.1 + 0.2, np.nan], km)
    assert str(x).splitlines() == ["0                    1.0", "1    0.30000000000000004", "2                    NaN",
                                   "dtype: dim[km]"]
    assert x.astype("string").tolist()[:2] == ["1.0 km", "0.30000000000000004 km"]
    assert_series(x.astype("string").astype("dim[m]"), [1000.0, 300.00000000000006, np.nan], m)
    assert "1.0 ± 0.5" in str(series([1.0], km, uncertainty=0.5))
    assert repr(x.array).splitlines()[0] == "<DimExtensionArray>"


if suite is not None:
    from torsor.units.io import DimDtype, DimExtensionArray

    @pytest.fixture
    def dtype():
        return DimDtype(km)

    @pytest.fixture
    def data():
        return DimExtensionArray(np.arange(1.0, 11.0) / 4.0, km)

    @pytest.fixture
    def data_for_twos():
        return DimExtensionArray(np.full(10, 2.0), km)

    @pytest.fixture
    def data_missing():
        return DimExtensionArray([np.nan, 1.0], km)

    @pytest.fixture
    def data_for_sorting():
        return DimExtensionArray([2.0, 3.0, 1.0], km)

    @pytest.fixture
    def data_missing_for_sorting():
        return DimExtensionArray([2.0, np.nan, 1.0], km)

    @pytest.fixture
    def data_for_grouping():
        return DimExtensionArray([2.0, 2.0, np.nan, np.nan, 1.0, 1.0, 2.0, 3.0], km)

    @pytest.fixture
    def na_cmp():
        return lambda a, b: pandas.isna(a) and pandas.isna(b)

    def not_for_us(reason):
        @pytest.mark.skip(reason=reason)
        def test(self):
            pass

        return test

    class TestPandas(suite.BaseAccumulateTests, suite.BaseCastingTests, suite.BaseConstructorsTests,
                     suite.BaseDtypeTests, suite.BaseGetitemTests, suite.BaseGroupbyTests, suite.BaseIndexTests,
                     suite.BaseInterfaceTests, suite.BaseParsingTests, suite.BaseMethodsTests, suite.BaseMissingTests,
                     suite.BaseComparisonOpsTests, suite.BaseUnaryOpsTests, suite.BasePrintingTests,
                     suite.BaseReduceTests, suite.BaseReshapingTests, suite.BaseSetitemTests):
        """pandas' own tests of extension types, but for arithmetic, which they check by plain arrays of elements."""

        test_combine_add = not_for_us("it assigns a list of quantities to a plain array")
        test_array_interface = not_for_us("it makes a plain array of a list of quantities")
        test_invert = not_for_us("bits of a quantity are refused by a DimensionError, not by a TypeError")
        test_astype_string = not_for_us("the text of an element is shorter than what a text column holds")
        test_groupby_extension_apply = not_for_us("a group is named by a quantity, which has no hash")
        test_groupby_extension_transform = test_groupby_extension_apply
        test_readonly_propagates_to_numpy_array_method = not_for_us("an array of objects is always a new one")

        def _supports_accumulation(self, ser, op_name):
            return op_name != "cumprod"

        def _supports_reduction(self, ser, op_name):
            return op_name != "prod"

        def _get_expected_reduction_dtype(self, arr, op_name, skipna):
            return {"var": DimDtype(km**2), "skew": DimDtype(), "kurt": DimDtype()}.get(op_name, arr.dtype)

        def _of_numbers(self, ser, name, skipna):
            options = {} if name == "count" else {"skipna": skipna}
            plain = pandas.Series(np.asarray(ser.array.quantity.data))
            return getattr(ser, name)(**options), getattr(plain, name)(**options)

        def check_accumulate(self, ser, op_name, skipna):
            found, expected = self._of_numbers(ser, op_name, skipna)
            assert_series(found, expected.to_numpy(), km)

        def check_reduce(self, ser, op_name, skipna):
            found, expected = self._of_numbers(ser, op_name, skipna)
            np.testing.assert_allclose(found.data if isinstance(found, DimArray) else found, expected, rtol=1e-12)
