"""DimArrays in binary files: NumPy's npz, HDF5, netCDF and Parquet.

Other programs find plain numbers in them, and the name of the unit where their conventions look for it; the
definition of the unit is a JSON text beside it.
"""
import os
import zipfile
from math import prod
from pathlib import Path

import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import UnitsError
from torsor.units.io import _definitions as stored
from torsor.units.io.text import array_content, array_from

#: The attribute, or key, of the description.
_ABOUT = "torsor_units"


# ---------------------------------------------------------------------------------------- npz

_UNITS = "units.json"


def save_npz(data, path, compress=False) -> None:
    """Write named arrays into one file of NumPy's format npz.

    :func:`numpy.load` reads the numbers; the units are in its member ``units.json``.

    Parameters
    ----------
    data : dict
        DimArrays and plain arrays by name.
    path : str or Path
        Is written as it is, without an extension added.
    compress : bool, optional
        Make the file smaller and the writing slower.

    Raises
    ------
    ValueError
        If a name is empty, cannot be printed, or is ``units.json``.
    """
    descriptions: dict = {}
    members: dict = {}
    for name, given in data.items():
        if not isinstance(name, str) or not name or not name.isprintable() or name == _UNITS:
            raise ValueError(f"an array in an npz file cannot be named {name!r}")
        taken = members.keys() | data.keys()
        descriptions[name], own = stored.dismantled(stored.quantity(given, "save_npz"), name, taken)
        members |= own
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as file:
        for name, values in members.items():
            with file.open(name + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)
        file.writestr(_UNITS, stored.json_text(descriptions, 2))


def load_npz(path) -> dict:
    """The arrays in a file that :func:`save_npz` wrote.

    Returns
    -------
    dict of DimArray
        By name.

    Raises
    ------
    UnitsError
        If the file is malformed; nothing in it is unpickled.
    """
    with stored.reading(path, "npz"), open(path, "rb") as opened:
        if not zipfile.is_zipfile(opened):
            raise UnitsError(f"{path} is no npz file")
        opened.seek(0)
        with np.load(opened, allow_pickle=False) as file:
            if _UNITS not in file.files:
                raise UnitsError(f"{path} says nothing about units; numpy.load reads it")
            descriptions = stored.json_content(file.zip.read(_UNITS), _UNITS)
            if not isinstance(descriptions, dict):
                raise UnitsError(f"{_UNITS} in {path} is no mapping of names")

            def read(name):
                if f"{name}.npy" not in file.zip.namelist():
                    raise UnitsError(f"{path} has no array {name!r}")
                return file[name]

            return {name: stored.rebuilt(about, name, read) for name, about in descriptions.items()}


# ---------------------------------------------------------------------------------------- HDF5

def save_hdf5(array, path, dataset_name="data", compression="gzip") -> None:
    """Write an array into a new HDF5 file.

    The attribute ``units`` of its dataset names the unit.  Uncertainties are datasets beside it.

    Parameters
    ----------
    array : DimArray or array_like
    path : str or Path
        A file there is replaced.
    dataset_name : str, optional
        Where in the file the array is.
    compression : {"gzip", "lzf", None}, optional

    Raises
    ------
    ImportError
        If h5py is missing.
    """
    h5py = stored.optional("h5py")
    array = stored.quantity(array, "save_hdf5")
    about, members = stored.dismantled(array, dataset_name)
    with h5py.File(path, "w") as file:
        for name, values in members.items():
            file.create_dataset(name, data=values, compression=compression if values.size and values.ndim else None)
        attributes = file[dataset_name].attrs
        attributes["units"] = format(array.unit, "plain")
        attributes[_ABOUT] = stored.json_text(about)


def load_hdf5(path, dataset_name="data") -> DimArray:
    """The array in a file that :func:`save_hdf5` wrote.

    Parameters
    ----------
    path : str or Path
    dataset_name : str, optional
        Where in the file the array is.

    Raises
    ------
    UnitsError
        If the file is malformed, its dataset says nothing of a unit, or its data are in other files.
    ImportError
        If h5py is missing.
    """
    h5py = stored.optional("h5py")
    size = os.stat(path).st_size
    with stored.reading(path, "HDF5"), h5py.File(path, "r") as file:
        def dataset(name):
            found = file.get(name)
            if not isinstance(found, h5py.Dataset):
                raise UnitsError(f"{path} has no dataset {name!r}")
            if found.file != file or found.external or found.is_virtual:
                raise UnitsError(f"the data of {name!r} are not in {path} but in another file")
            stored.refuse_bomb(prod(found.shape or ()) * found.dtype.itemsize, size, f"{name!r} in {path}")
            return found

        about = _about(dataset(dataset_name).attrs, dataset_name)
        return stored.rebuilt(about, dataset_name, lambda name: dataset(name)[()])


def _about(attributes, name):
    """The description among attributes."""
    if _ABOUT not in attributes:
        raise UnitsError(f"{name!r} has no attribute {_ABOUT!r}, by which torsor.units defines a unit")
    return stored.json_content(attributes[_ABOUT], f"the attribute {_ABOUT!r} of {name!r}")


# ---------------------------------------------------------------------------------------- netCDF

def save_netcdf(array, path, variable_name="data", compression=True) -> None:
    """Write an array into a new netCDF file.

    The attribute ``units`` of its variable names the unit.  netCDF has no complex numbers, which get a last axis of
    length two, no truth values (8-bit integers) and no half precision (single).

    Parameters
    ----------
    array : DimArray or array_like
    path : str or Path
        A file there is replaced.
    variable_name : str, optional
        Name of the variable.
    compression : bool, optional

    Raises
    ------
    UnitsError
        If the type of the elements differs between machines (longdouble).
    ImportError
        If netCDF4 is missing.
    """
    netcdf = stored.optional("netCDF4")
    array = stored.quantity(array, "save_netcdf")
    about, members = stored.dismantled(array, variable_name)
    about["dtypes"] = {name: stored.dtype_to_text(values.dtype) for name, values in members.items()}
    with netcdf.Dataset(path, "w") as file:
        for name, values in members.items():
            values = _for_netcdf(values)
            dimensions = [f"{name}_dim_{k}" for k in range(values.ndim)]
            for dimension, length in zip(dimensions, values.shape):
                file.createDimension(dimension, length)
            variable = file.createVariable(name, values.dtype, dimensions, fill_value=False,
                                           zlib=bool(compression and values.size and values.ndim))
            variable.set_auto_maskandscale(False)
            if values.size:
                variable[...] = values
        main = file[variable_name]
        main.units = format(array.unit, "plain")
        main.setncattr(_ABOUT, stored.json_text(about))
        if "uncertainty" in about:
            main.ancillary_variables = " ".join(part["array"] for part in about["uncertainty"])


def load_netcdf(path, variable_name="data") -> DimArray:
    """The array in a file that :func:`save_netcdf` wrote.

    Parameters
    ----------
    path : str or Path
    variable_name : str, optional
        Name of the variable.

    Raises
    ------
    UnitsError
        If the file is malformed or its variable says nothing of a unit.
    ImportError
        If netCDF4 is missing.
    """
    netcdf = stored.optional("netCDF4")
    size = os.stat(path).st_size
    with stored.reading(path, "netCDF"), netcdf.Dataset(Path(path), "r") as file:
        if variable_name not in file.variables:
            raise UnitsError(f"{path} has no variable {variable_name!r}")
        about = _about(file[variable_name].__dict__, variable_name)
        dtypes = about.get("dtypes") if isinstance(about, dict) else None
        if not isinstance(dtypes, dict):
            raise UnitsError(f"the description of {variable_name!r} has no 'dtypes'")

        def read(name):
            if name not in file.variables or name not in dtypes:
                raise UnitsError(f"{path} has no variable {name!r}")
            variable, dtype = file.variables[name], stored.dtype_from_text(dtypes[name], name)
            variable.set_auto_maskandscale(False)
            expected = _for_netcdf(np.empty(0, dtype)).dtype
            if variable.dtype != expected:
                raise UnitsError(f"{name!r} holds {variable.dtype}, not {expected} as its description says")
            stored.refuse_bomb(prod(variable.shape) * expected.itemsize, size, f"{name!r} in {path}")
            return _from_netcdf(np.asarray(variable[...]), dtype, name)

        return stored.rebuilt(about, variable_name, read)


def _for_netcdf(values):
    """Numbers of a type that netCDF has."""
    values = np.asarray(values, values.dtype.newbyteorder("="))
    if values.dtype.kind == "c":
        return np.stack([values.real, values.imag], axis=-1)
    smaller = {"bool": np.int8, "float16": np.float32}
    return values.astype(smaller.get(values.dtype.name, values.dtype))


def _from_netcdf(values, dtype, name):
    """Numbers of the type that they had."""
    if dtype.kind == "c":
        if values.shape[-1:] != (2,):
            raise UnitsError(f"{name!r} of complex numbers has a last axis of two, not the shape {values.shape}")
        pairs = np.ascontiguousarray(values, np.empty(0, dtype).real.dtype)
        return pairs.view(dtype)[..., 0]
    if dtype.kind == "b" and not np.isin(values, (0, 1)).all():
        raise UnitsError(f"{name!r} of truth values holds others than 0 and 1")
    return values.astype(dtype)


# ---------------------------------------------------------------------------------------- Parquet

def save_parquet(array, path, compression="snappy") -> None:
    """Write an array into a Parquet file, as one column in C order.

    Complex numbers make two columns, ``data.real`` and ``data.imag``.  Uncertainties of elements are columns too; those
    that elements share, and the shape, are in the metadata of the schema.

    Parameters
    ----------
    array : DimArray or array_like
    path : str or Path
    compression : {"snappy", "gzip", "lz4", "zstd", None}, optional

    Raises
    ------
    UnitsError
        If the type of the elements differs between machines (longdouble).
    ImportError
        If pyarrow is missing.
    """
    arrow, parquet = stored.optional("pyarrow"), stored.optional("pyarrow.parquet")
    array = stored.quantity(array, "save_parquet")
    about, members = stored.dismantled(array, "data")
    about |= {"shape": list(array.shape), "dtypes": {}, "shared": {}}
    columns: dict = {}
    for name, values in members.items():
        if values.shape == array.shape:
            about["dtypes"][name] = stored.dtype_to_text(values.dtype)
            columns |= _columns(name, values.reshape(-1))
        else:
            about["shared"][name] = array_content(values)
    table = arrow.table({name: arrow.array(column) for name, column in columns.items()},
                        metadata={_ABOUT: stored.json_text(about), "units": format(array.unit, "plain")})
    parquet.write_table(table, path, compression=compression or "none")


def load_parquet(path) -> DimArray:
    """The array in a file that :func:`save_parquet` wrote.

    Raises
    ------
    UnitsError
        If the file is malformed or says nothing of a unit.
    ImportError
        If pyarrow is missing.
    """
    arrow, parquet = stored.optional("pyarrow"), stored.optional("pyarrow.parquet")
    with stored.reading(path, "Parquet"), open(path, "rb") as opened, parquet.ParquetFile(opened) as file:
        metadata = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()
                    if key == _ABOUT.encode()}
        about = _about(metadata, str(path))
        shape = stored.shape_from(about.get("shape") if isinstance(about, dict) else None, "data")
        dtypes, shared = (about.get(key) for key in ("dtypes", "shared"))
        if not isinstance(dtypes, dict) or not isinstance(shared, dict):
            raise UnitsError(f"{path} has no 'dtypes' or no 'shared' in its description")
        if file.metadata.num_rows != prod(shape):
            raise UnitsError(f"{path} has {file.metadata.num_rows} rows for an array of shape {shape}")

        def read(name):
            if name in shared:
                return array_from(shared[name], name)
            dtype = stored.dtype_from_text(dtypes.get(name), name)
            native = {column: arrow.from_numpy_dtype(empty.dtype)
                      for column, empty in _columns(name, np.empty(0, dtype)).items()}
            for column, kind in native.items():
                index = file.schema_arrow.get_field_index(column)
                if index < 0 or file.schema_arrow.field(index).type != kind:
                    raise UnitsError(f"{path} has no column {column!r} of {kind}")
            table = file.read(list(native))
            if any(column.null_count for column in table.columns):
                raise UnitsError(f"{name!r} in {path} has missing elements")
            flat = [column.to_numpy() for column in table.columns]
            values = np.empty(prod(shape), dtype)
            if dtype.kind == "c":
                values.real, values.imag = flat
            else:
                values[...] = stored.numbers(flat[0], name)
            return values.reshape(shape)

        return stored.rebuilt(about, "data", read)


def _columns(name, flat) -> dict:
    """The columns of numbers: two for complex ones."""
    parts = {f"{name}.real": flat.real, f"{name}.imag": flat.imag} if flat.dtype.kind == "c" else {name: flat}
    return {key: np.ascontiguousarray(part, part.dtype.newbyteorder("=")) for key, part in parts.items()}
