"""DimArrays in files and in other libraries' tables.

A file holds the definition of each unit beside its name, so that it says the same on every machine, whatever
units are known there.  Nothing in a file is evaluated or unpickled: one that is malformed raises UnitsError.
"""
from torsor.units.io.binary import (
    load_hdf5,
    load_netcdf,
    load_npz,
    load_parquet,
    save_hdf5,
    save_netcdf,
    save_npz,
    save_parquet,
)
from torsor.units.io.tables import (
    from_dataframe,
    from_dataset,
    from_series,
    from_xarray,
    to_dataframe,
    to_dataset,
    to_series,
    to_xarray,
)
from torsor.units.io.text import from_json, load_csv, load_json, save_csv, save_json, to_json


def __getattr__(name):
    if name in ("DimDtype", "DimExtensionArray"):       # pandas is imported only for those who want these
        from torsor.units.io import tables

        return getattr(tables.extension(), name)
    raise AttributeError(f"module 'torsor.units.io' has no name {name!r}")


__all__ = ["from_dataframe", "from_dataset", "from_json", "from_series", "from_xarray", "load_csv", "load_hdf5",
           "load_json", "load_netcdf", "load_npz", "load_parquet", "save_csv", "save_hdf5", "save_json", "save_netcdf",
           "save_npz", "save_parquet", "to_dataframe", "to_dataset", "to_json", "to_series", "to_xarray"]
