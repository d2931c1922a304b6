"""DimArrays in Matplotlib's plots: axes have one unit, name it, and convert to it."""
import sys

import numpy as np
import pytest

from process import run
from torsor.units import (
    DimArray,
    DimensionError,
    K,
    Unit,
    UnitParseError,
    cm,
    degC,
    dimensionless,
    hour,
    kg,
    km,
    m,
    parse,
    plotting,
    s,
)
from torsor.units.catalogue import ROWS
from torsor.units.registry import make

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")
units = pytest.importorskip("matplotlib.units")

T = DimArray(np.arange(5.0), s)
X = DimArray(np.arange(5.0) ** 2, km)
INSTANT, PLACE = T[1], X[2]


def becomes_objects():
    try:
        return np.asarray(X, dtype=object).shape == X.shape
    except DimensionError:
        return False


needs_objects = pytest.mark.skipif(not becomes_objects(), reason="DimArrays do not become arrays of objects")


@pytest.fixture(autouse=True)
def registered():
    """Matplotlib knows DimArrays, for as long as a test."""
    plotting.register()
    yield
    plotting.deregister()
    plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots()[1]


def drawn(ax):
    """The labels of an Axes after everything is drawn."""
    ax.figure.canvas.draw()
    return ax.get_xlabel(), ax.get_ylabel()


# ---------------------------------------------------------------------------------------- units of axes

def test_axes_name_their_units(ax):
    (line,) = ax.plot(T, X)
    assert drawn(ax) == ("[s]", "[km]")
    assert line.get_xydata().tolist() == [[0, 0], [1, 1], [2, 4], [3, 9], [4, 16]]


def test_other_units_are_converted_to_the_axis(ax):
    ax.plot(T, X)
    (line,) = ax.plot(T.to(hour), X.to(cm))
    assert drawn(ax) == ("[s]", "[km]")
    np.testing.assert_allclose(line.get_xydata(), [[0, 0], [1, 1], [2, 4], [3, 9], [4, 16]], rtol=1e-14)


def test_points_on_a_scale_are_converted(ax):
    ax.plot(T, DimArray(np.arange(5.0), degC))
    (line,) = ax.plot(T, DimArray(np.arange(5.0), K))
    assert drawn(ax) == ("[s]", "[°C]")
    np.testing.assert_allclose(line.get_ydata(orig=False), np.arange(5.0) - 273.15)


def test_plain_numbers_are_in_the_unit_of_the_axis(ax):
    (before,) = ax.plot([0.0, 1.0], [5.0, 6.0])
    ax.plot(T, X)
    (after,) = ax.plot([2.0, 3.0], [7.0, 8.0])
    assert drawn(ax) == ("[s]", "[km]")
    assert before.get_ydata(orig=False).tolist() == [5.0, 6.0] and after.get_ydata(orig=False).tolist() == [7.0, 8.0]


def test_an_axis_changes_its_unit(ax):
    (line,) = ax.plot(T, X)
    ax.yaxis.set_units(m)
    assert drawn(ax) == ("[s]", "[m]") and line.get_ydata(orig=False).tolist() == [0, 1000, 4000, 9000, 16000]
    ax.yaxis.set_units("cm")
    assert drawn(ax) == ("[s]", "[cm]") and line.get_ydata(orig=False)[1] == 100_000.0
    with pytest.raises(UnitParseError):
        ax.yaxis.set_units("furlongs")


def test_pure_numbers_have_no_label(ax):
    (line,) = ax.plot(X / km, DimArray([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert drawn(ax) == ("", "") and line.get_xdata(orig=False).tolist() == [0, 1, 4, 9, 16]
    (line,) = ax.plot(X / m, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert line.get_xdata(orig=False).tolist() == [0, 1000, 4000, 9000, 16000]


def test_labels_of_ones_own_stay(ax):
    ax.set_ylabel("height")
    ax.plot(T, X)
    ax.set_xlabel("time")
    assert drawn(ax) == ("time", "height")


def test_composed_units_are_legible(ax):
    ax.plot(DimArray([1.0, 2.0], kg * m / s**2), DimArray([1.0, 2.0], parse("m**(1/3)")))
    assert drawn(ax) == ("[kg·m/s²]", "[m¹ᐟ³]")


@pytest.mark.parametrize("family", ["DejaVu Sans"])
def test_every_unit_can_be_printed(family):
    from matplotlib.font_manager import findfont, get_font

    known = set(get_font(findfont(family)).get_charmap())
    text = "".join(str(make(row) ** p if make(row).is_linear else make(row)) for row in ROWS for p in (1, -2, 0.5))
    assert {c for c in text if ord(c) not in known} == set()


@pytest.mark.parametrize("draw", [
    lambda ax: ax.plot(X, T), lambda ax: ax.scatter(X, T), lambda ax: ax.axvline(PLACE), lambda ax: ax.axhline(INSTANT),
    lambda ax: ax.bar(X, X), lambda ax: ax.fill_between(T, T), lambda ax: ax.vlines(T, T, T),
    lambda ax: plotting.hist(X, ax=ax)])
def test_units_that_do_not_fit(draw, ax):
    ax.plot(T, X)
    with pytest.raises((DimensionError, units.ConversionError)) as caught:
        draw(ax)
    reason = caught.value.__cause__ or caught.value         # Matplotlib wraps what conversions raise
    assert str(reason) in ("cannot draw 'km' [L] on an axis in 's' [T]", "cannot draw 's' [T] on an axis in 'km' [L]",
                           "cannot convert 'km' [L] to 's' [T]", "cannot convert 's' [T] to 'km' [L]")


@pytest.mark.parametrize("call", [lambda ax: ax.set_xlim(PLACE, PLACE), lambda ax: ax.set_ylim(T[:2]),
                                  lambda ax: ax.set_xticks(X), lambda ax: ax.xaxis.set_units(m)])
def test_limits_that_do_not_fit(call, ax):
    ax.plot(T, X)
    with pytest.raises((DimensionError, units.ConversionError)):
        call(ax)
        drawn(ax)


def test_axes_of_categories(ax):
    ax.bar(["a", "b"], DimArray([1.0, 2.0], km))
    assert drawn(ax) == ("", "[km]")
    with pytest.warns(UserWarning, match="converter"), pytest.raises(DimensionError, match="whose unit is a UnitData"):
        ax.plot(T, X)


# ---------------------------------------------------------------------------------------- what is drawn

DRAWN = {
    "plot": (lambda ax: ax.plot(T, X, "o--"), "[s]", "[km]"),
    "plot one": (lambda ax: ax.plot(X), "", "[km]"),
    "plot points": (lambda ax: ax.plot(INSTANT, PLACE, "o"), "[s]", "[km]"),
    "plot columns": (lambda ax: ax.plot(T, DimArray(np.ones((5, 2)), km)), "[s]", "[km]"),
    "plot nothing": (lambda ax: ax.plot(T[:0], X[:0]), "[s]", "[km]"),
    "plot integers": (lambda ax: ax.plot(DimArray([1, 2], s), DimArray([1, 2], km)), "[s]", "[km]"),
    "plot NaN": (lambda ax: ax.plot(T, DimArray([np.nan, 1.0, np.inf, 2.0, 3.0], km)), "[s]", "[km]"),
    "loglog": (lambda ax: ax.loglog(T[1:], X[1:]), "[s]", "[km]"),
    "semilogy": (lambda ax: ax.semilogy(T[1:], X[1:]), "[s]", "[km]"),
    "step": (lambda ax: ax.step(T, X), "[s]", "[km]"),
    "stem": (lambda ax: ax.stem(T, X), "[s]", "[km]"),
    "scatter": (lambda ax: ax.scatter(T, X, c=np.arange(5)), "[s]", "[km]"),
    "scatter a point": (lambda ax: ax.scatter(INSTANT, PLACE), "[s]", "[km]"),
    "bar": (lambda ax: ax.bar(T, X), "[s]", "[km]"),
    "bar of a width": (lambda ax: ax.bar(T, X, width=DimArray(500.0, parse("ms")), bottom=X), "[s]", "[km]"),
    "bar of an error": (lambda ax: ax.bar(T, X, yerr=X * 0.1), "[s]", "[km]"),
    "barh": (lambda ax: ax.barh(T, X), "[km]", "[s]"),
    "axhline": (lambda ax: ax.axhline(PLACE), "", "[km]"),
    "axvline": (lambda ax: ax.axvline(INSTANT), "[s]", ""),
    "axhspan": (lambda ax: ax.axhspan(X[1], X[2]), "", "[km]"),
    "axvspan": (lambda ax: ax.axvspan(T[1], T[2]), "[s]", ""),
    "hlines": (lambda ax: ax.hlines(X, T * 0, T), "[s]", "[km]"),
    "vlines": (lambda ax: ax.vlines(T, X * 0, X), "[s]", "[km]"),
    "fill_between": (lambda ax: ax.fill_between(T, X, X * 2), "[s]", "[km]"),
    "fill_between a level": (lambda ax: ax.fill_between(T, X, DimArray(100.0, m)), "[s]", "[km]"),
    "fill_between where": (lambda ax: ax.fill_between(T, X, where=PLACE > X), "[s]", "[km]"),
    "fill_betweenx": (lambda ax: ax.fill_betweenx(X, T), "[s]", "[km]"),
    "fill": (lambda ax: ax.fill(T, X), "[s]", "[km]"),
    "stackplot": (lambda ax: ax.stackplot(T, X, X), "[s]", "[km]"),
    "hist2d": (lambda ax: ax.hist2d(T, X), "[s]", "[km]"),
    "pcolormesh": (lambda ax: ax.pcolormesh(T, X, np.ones((5, 5))), "[s]", "[km]"),
    "contour": (lambda ax: ax.contour(T, X, np.arange(25.0).reshape(5, 5)), "[s]", "[km]"),
    "quiver": (lambda ax: ax.quiver(T, X, np.ones(5), np.ones(5)), "[s]", "[km]"),
    "stairs": (lambda ax: ax.stairs(X[:4], T), "[s]", "[km]"),
    "text": (lambda ax: (ax.plot(T, X), ax.text(INSTANT, PLACE, "here")), "[s]", "[km]"),
    "annotate": (lambda ax: (ax.plot(T, X), ax.annotate("here", (INSTANT, PLACE))), "[s]", "[km]"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_has_units(name, ax):
    draw, *labels = DRAWN[name]
    draw(ax)
    assert drawn(ax) == tuple(labels)


def test_limits_and_ticks(ax):
    ax.plot(T, X)
    ax.set_xlim(DimArray(-1.0, s), DimArray(1.0, hour))
    ax.set_ylim(DimArray([-500.0, 20_000.0], m))
    ax.set_xticks(DimArray([0.0, 1.0], hour))
    drawn(ax)
    assert ax.get_xlim() == (-1.0, 3600.0) and ax.get_ylim() == (-0.5, 20.0)
    assert ax.get_xticks().tolist() == [0.0, 3600.0]


def test_levels_are_where_they_belong(ax):
    ax.plot(T, X)
    line = ax.axhline(DimArray(2500.0, m))
    band = ax.axvspan(DimArray(1000.0, parse("ms")), T[2])
    drawn(ax)
    assert list(line.get_ydata(orig=False)) == [2.5, 2.5]
    assert (band.get_x(), band.get_width()) == (1.0, 1.0)


def test_widths_are_differences(ax):
    bars = ax.bar(DimArray([10.0, 20.0], degC), X[:2], width=DimArray(4.0, degC.difference))
    assert [bar.get_width() for bar in bars] == pytest.approx([4.0, 4.0])
    assert [bar.get_x() for bar in bars] == pytest.approx([8.0, 18.0])


@needs_objects
@pytest.mark.parametrize("y, error", [
    (X, X * 0.1), (X, DimArray(100.0, m)), (X, [X * 0.1, X * 0.2]),
    (DimArray(np.arange(5.0), degC), DimArray(np.full(5, 0.5), degC.difference))])
def test_errorbar(y, error, ax):
    _, _, (bars,) = ax.errorbar(T, y, yerr=error, capsize=3)
    assert drawn(ax) == ("[s]", f"[{y.unit}]")
    low, high = np.array(bars.get_segments())[:, :, 1].T
    below, above = error if isinstance(error, list) else (error, error)
    np.testing.assert_allclose(low, (y - below).to(y.unit).data)
    np.testing.assert_allclose(high, (y + above).to(y.unit).data)


@needs_objects
def test_errors_have_units_too(ax):
    with pytest.raises(DimensionError):
        ax.errorbar(T, X, yerr=0.1)
    with pytest.raises(DimensionError):
        ax.errorbar(T, X, yerr=T)
    ax.errorbar(T, X, xerr=T * 0.1, yerr=X * 0.1)
    assert drawn(ax) == ("[s]", "[km]")


def test_uncertain_values(ax):
    (line,) = ax.plot(T, DimArray(X.data, km, uncertainty=0.1))
    assert drawn(ax) == ("[s]", "[km]") and line.get_ydata(orig=False).tolist() == [0, 1, 4, 9, 16]


def test_series_of_pandas(ax):
    pytest.importorskip("pandas")
    from torsor.units import io

    x = io.to_series(DimArray([1.0, np.nan, 3.0], km))
    (line,) = ax.plot(io.to_series(T[:3]), x)
    ax.scatter(T[:3], x)
    assert drawn(ax) == ("[s]", "[km]")
    np.testing.assert_array_equal(line.get_ydata(orig=False), [1.0, np.nan, 3.0])
    counts, edges, _ = plt.subplots()[1].hist(x.dropna())
    assert counts.sum() == 2 and (edges[0], edges[-1]) == (1.0, 3.0)


# ---------------------------------------------------------------------------------------- histograms

def test_hist(ax):
    counts, edges, _ = plotting.hist(X, bins=4, ax=ax)
    assert drawn(ax)[0] == "[km]" and edges.tolist() == [0, 4, 8, 12, 16] and counts.tolist() == [2, 1, 1, 1]
    counts, edges, _ = plotting.hist(X.to(m), bins=DimArray([0.0, 4500.0, 16_000.0], m), ax=ax, color="red")
    assert drawn(ax)[0] == "[km]" and edges.tolist() == [0.0, 4.5, 16.0] and counts.tolist() == [3, 2]
    counts, edges, _ = plotting.hist(X, bins=2, range=(DimArray(0.0, m), DimArray(10_000.0, m)), ax=ax)
    assert edges.tolist() == [0.0, 5.0, 10.0] and counts.tolist() == [3, 1]
    counts, edges, _ = plotting.hist(X, bins=[0, 5, 10], ax=ax)
    assert counts.tolist() == [3, 1]


def test_horizontal_hist():
    plt.figure()
    plotting.hist(X, orientation="horizontal")
    assert drawn(plt.gca())[1] == "[km]"


@pytest.mark.parametrize("options", [{"bins": T}, {"range": (T[0], T[1])}])
def test_bins_of_another_dimension(options, ax):
    with pytest.raises((DimensionError, units.ConversionError)):
        plotting.hist(X, ax=ax, **options)


# ---------------------------------------------------------------------------------------- the converter

def test_register_and_deregister():
    converter = units.registry[DimArray]
    plotting.register()
    assert units.registry[DimArray] is converter
    plotting.deregister()
    plotting.deregister()
    assert DimArray not in units.registry
    plotting.register_if_used()
    assert DimArray not in units.registry
    with pytest.raises((DimensionError, units.ConversionError)):
        plt.plot(T, X)
    plotting.register()
    plotting.register_if_used()
    assert DimArray in units.registry


def test_nothing_is_imported_that_is_not_used():
    assert run("""
        import sys
        from torsor.units import DimArray, plotting
        plotting.register_if_used()
        plotting.deregister()
        print([name for name in sys.modules if name.startswith(("matplotlib", "pandas", "xarray", "h5py"))])
    """) == "[]"


def test_matplotlib_is_missing(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    for call in (plotting.register, lambda: plotting.hist(X)):
        with pytest.raises(ImportError, match=r"matplotlib is needed for this: pip install 'torsor\[plot\]'"):
            call()
    monkeypatch.undo()


@pytest.mark.skipif(not hasattr(DimArray, "__getattr__"), reason="DimArrays do not register themselves")
@pytest.mark.parametrize("imports", ["torsor.units, matplotlib.pyplot", "matplotlib.pyplot, torsor.units"])
def test_registration_by_itself(imports):
    assert run(f"""
        import {imports}
        import matplotlib, matplotlib.pyplot as plt
        from torsor.units import DimArray, km, s
        matplotlib.use("Agg")
        plt.plot(DimArray([1.0, 2.0], s), DimArray([1.0, 2.0], km))
        print(plt.gca().get_ylabel())
    """) == "[km]"


@pytest.mark.parametrize("value, expected", [
    (X, [0, 1, 4, 9, 16]), (PLACE, 4), ([PLACE, X[1]], [4, 1]), ((PLACE, 7.0), [4, 7]),
    ([[PLACE], [PLACE]], [[4], [4]]), (3.5, 3.5), (np.arange(3), [0, 1, 2]), (np.fromiter(X, object), [0, 1, 4, 9, 16]),
    (np.array([PLACE, np.nan, None, 2][1:2], object), [np.nan]), ([], [])])
def test_values_of_many_kinds(value, expected, ax):
    ax.xaxis.update_units(X)
    np.testing.assert_array_equal(np.asarray(units.registry[DimArray].convert(value, km, ax.xaxis), float), expected)


def test_units_of_many_kinds(ax):
    converter = units.registry[DimArray]
    assert converter.default_units(X, ax.xaxis) is km and converter.default_units([1.0, PLACE], ax.xaxis) is km
    assert converter.default_units(np.fromiter(X, object), ax.xaxis) is km
    assert converter.default_units([1.0, "a"], ax.xaxis) is None and converter.default_units(3, ax.xaxis) is None
    assert converter.axisinfo(None, ax.xaxis) is None and converter.axisinfo(dimensionless, ax.xaxis) is None
    assert converter.axisinfo(Unit("wibble"), ax.xaxis).label == "[wibble]"
