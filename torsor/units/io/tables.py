"""DimArrays in the tables of pandas and in the labelled arrays of xarray."""
import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import UnitsError
from torsor.units.io._definitions import dismantled, json_content, json_text, optional, quantity, rebuilt
from torsor.units.parsing import parse
from torsor.units.unit import dimensionless

#: The attribute of the description.
_ABOUT = "torsor_units"


# ---------------------------------------------------------------------------------------- pandas

def extension():
    """The module with the extension type, which registers it with pandas."""
    optional("pandas")
    from torsor.units.io import extension

    return extension


def to_series(array, name=None, index=None):
    """A pandas Series of an array with one axis; a copy.

    Its dtype is ``dim[km]``, and its elements stay quantities: slices, filters, arithmetic, reductions and groups of
    it have units.

    Parameters
    ----------
    array : DimArray or array_like
        With one axis.
    name : str, optional
    index : array_like, optional
        Labels of the rows.

    Returns
    -------
    pandas.Series

    Raises
    ------
    ValueError
        If the array has not one axis.
    ImportError
        If pandas is missing.
    """
    pandas = optional("pandas")
    values = extension().DimExtensionArray(quantity(array, "to_series"), copy=True)
    return pandas.Series(values, index=index, name=name, copy=False)


def from_series(series) -> DimArray:
    """The array of a pandas Series, a copy; plain numbers are dimensionless, and missing ones NaN.

    Raises
    ------
    TypeError
        If the Series holds anything but numbers and quantities.
    """
    return extension().DimExtensionArray._from_sequence(series.array, copy=True).quantity


def to_dataframe(arrays, index=None):
    """A pandas DataFrame with a column for each array; see :func:`to_series`.

    Parameters
    ----------
    arrays : dict
        DimArrays with one axis by name; plain columns stay as they are.
    index : array_like, optional
        Labels of the rows.

    Returns
    -------
    pandas.DataFrame
    """
    pandas = optional("pandas")
    columns = {name: to_series(array, index=index) if isinstance(array, DimArray) else array
               for name, array in arrays.items()}
    return pandas.DataFrame(columns, index=index)


def from_dataframe(df, columns=None) -> dict:
    """The columns of a pandas DataFrame as arrays; see :func:`from_series`.

    Parameters
    ----------
    df : pandas.DataFrame
    columns : list of str, optional
        All by default.

    Returns
    -------
    dict of DimArray

    Raises
    ------
    TypeError
        If a column holds anything but numbers and quantities; names it.
    """
    found = {}
    for name in df.columns if columns is None else columns:
        try:
            found[name] = from_series(df[name])
        except TypeError as error:
            raise TypeError(f"column {name!r}: {error}") from None
    return found


# ---------------------------------------------------------------------------------------- xarray

def to_xarray(array, name=None, dims=None, coords=None, attrs=None, plain=False):
    """An xarray DataArray.

    By default the DataArray holds the DimArray itself: what xarray computes with it has the right unit, and
    ``.data`` gives it back.  ``.values``, plots and files are not for arrays with units; with ``plain`` the
    DataArray holds numbers instead, their unit in attributes (``units`` as the CF conventions have it) and their
    uncertainty in coordinates, if elements share no errors.  xarray copies attributes, so that a plain array squared
    has the unit that it had before: convert back first.

    Parameters
    ----------
    array : DimArray or array_like
    name : str, optional
    dims : sequence of str, optional
        By default ``dim_0``, ``dim_1``, ...
    coords : dict, optional
        Coordinates; DimArrays among them become plain numbers with the attribute ``units``.
    attrs : dict, optional
        Further attributes.
    plain : bool, optional
        Plain numbers, for files and plots.

    Returns
    -------
    xarray.DataArray

    Raises
    ------
    UnitsError
        If a plain one would lose which errors elements share.
    ImportError
        If xarray is missing.
    """
    xarray = optional("xarray")
    array = quantity(array, "to_xarray")
    dims = tuple(dims or [f"dim_{k}" for k in range(array.ndim)])
    coords = _coordinates(xarray, coords, dims)
    if not plain:
        return xarray.DataArray(array, coords=coords, dims=dims, name=name, attrs=attrs)
    main = str(name or "data")
    about, members = dismantled(array, main, coords)
    for given in about.get("uncertainty", ()):
        if "source" in given:
            raise UnitsError("a plain DataArray does not hold errors that elements share; leave out plain=True")
        part = members[given["array"]]
        part = part.reshape((1,) * (array.ndim - part.ndim) + part.shape)
        own = [k for k in range(array.ndim) if part.shape[k] == array.shape[k]]
        coords[given["array"]] = xarray.Variable([dims[k] for k in own], part.reshape([part.shape[k] for k in own]))
    about["name"] = main
    attributes = {**(attrs or {}), "units": format(array.unit, "plain"), _ABOUT: json_text(about)}
    return xarray.DataArray(members[main], coords=coords, dims=dims, name=name, attrs=attributes)


def from_xarray(da) -> DimArray:
    """The array of an xarray DataArray.

    Parameters
    ----------
    da : xarray.DataArray
        Of a DimArray, or of plain numbers with a unit in attributes: that of :func:`to_xarray`, or else a text
        ``units``; without both they are dimensionless.

    Raises
    ------
    UnitsError
        If the attributes are malformed, or the coordinates with the uncertainty are gone.
    """
    if isinstance(da.data, DimArray):
        return da.data.copy()
    values = da.to_numpy()
    if _ABOUT not in da.attrs:
        text = da.attrs.get("units", "")
        if not isinstance(text, str):
            raise UnitsError(f"the attribute 'units' is a text, not {type(text).__name__}")
        return DimArray(values, parse(text) if text else dimensionless, copy=True)
    about = json_content(da.attrs[_ABOUT], f"the attribute {_ABOUT!r}")
    main = str(about.get("name") if isinstance(about, dict) else None)

    def read(member):
        if member == main:
            return values.copy()
        if member not in da.coords:
            raise UnitsError(f"the uncertainty {member!r} is not among the coordinates any more")
        part = da.coords[member].variable
        return part.to_numpy().reshape([da.sizes[dim] if dim in part.dims else 1 for dim in da.dims]).copy()

    return rebuilt(about, main, read)


def to_dataset(arrays, coords=None, attrs=None, plain=False):
    """An xarray Dataset with a variable for each array; see :func:`to_xarray`.

    Parameters
    ----------
    arrays : dict
        DimArrays and plain arrays by name, or pairs of dims and such an array.
    coords : dict, optional
        Coordinates of all.
    attrs : dict, optional
        Attributes of the Dataset.
    plain : bool, optional
        Plain numbers, for files and plots.

    Returns
    -------
    xarray.Dataset
    """
    xarray = optional("xarray")
    variables = {}
    for name, given in arrays.items():
        dims, array = given if isinstance(given, tuple) else (None, given)
        variables[name] = to_xarray(array, name, (dims,) if isinstance(dims, str) else dims, plain=plain)
    return xarray.Dataset(variables, coords=_coordinates(xarray, coords, ()), attrs=attrs)


def from_dataset(ds, variable_names=None) -> dict:
    """The variables of an xarray Dataset as arrays; see :func:`from_xarray`.

    Parameters
    ----------
    ds : xarray.Dataset
    variable_names : list of str, optional
        All by default.

    Returns
    -------
    dict of DimArray
    """
    return {name: from_xarray(ds[name]) for name in (ds.data_vars if variable_names is None else variable_names)}


def _coordinates(xarray, coords, dims) -> dict:
    """Coordinates with plain numbers in the place of DimArrays: xarray's indexes hold nothing else."""
    found = {}
    for name, given in dict(coords or {}).items():
        own, array = given if isinstance(given, tuple) and len(given) == 2 else (name, given)
        if isinstance(array, DimArray):
            own = () if array.ndim == 0 else own
            given = xarray.Variable(own, np.asarray(array.data), {"units": format(array.unit, "plain")})
        found[name] = given
    return found
