"""A user's program: mypy holds it against the installed stubs, and Python runs it."""
from typing import TYPE_CHECKING, Any, assert_type

import numpy
from numpy.typing import NDArray

import torsor as np
from torsor import units
from torsor.units import DimArray, Unit

x: NDArray[np.float64] = np.linspace(0.0, 1.0, 5)
assert_type(np.sort(x), NDArray[np.float64])
y: Any = np.relu(x) + np.exp(x)
assert isinstance(y, np.Tensor) and issubclass(np.Tensor, numpy.ndarray)

assert_type(np.linalg.inv(numpy.eye(2)), NDArray[np.floating])
assert np.linalg.expm(x[:1]).shape == (1, 1)
assert_type(np.get_num_threads(), int)
assert_type(np.__version__, str)
np.show_config()
with np.threads(1):
    assert np.get_num_threads() == 1



@np.fuse
def area(width: Any, height: float) -> Any:
    return width * height


assert area(numpy.ones(3), 2.0).tolist() == [2.0, 2.0, 2.0]
twice = 2 * np.lazy.array([1.0, 2.0])
assert twice.compute().tolist() == [2.0, 4.0]
assert np.evaluate("2 * a", a=numpy.ones(2)).tolist() == [2.0, 2.0]
with np.lazy():
    kept = twice + 1
assert kept.shape == (2,)

length, time = DimArray([1.0, 2.0], units.m), DimArray([1.0, 4.0], units.s)
assert_type(units.km, Unit)
assert_type(units.km / units.hour, Unit)
assert_type(length / time, DimArray)
assert_type(2.0 * length + length * x[:2], DimArray)
assert_type(length**2, DimArray)
assert_type(length[0].to(units.km), DimArray)
assert_type(length.sum().unit, Unit)
assert_type(length.magnitude(), np.Tensor)
length += DimArray(1.0, units.km)
for item in length:
    assert_type(item, DimArray)

if TYPE_CHECKING:       # what must not pass: an ignored error that is none is an error itself
    np.set_num_threads("two")  # type: ignore[arg-type]
    np.threads()  # type: ignore[call-arg]
    np.show_config("xml")  # type: ignore[call-overload]
    np.relu(np.absent)  # type: ignore[attr-defined]
    DimArray([1.0], "m")  # type: ignore[arg-type]
    length.to(1.0)  # type: ignore[arg-type]
