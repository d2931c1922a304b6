"""DimArrays in files and in other libraries' tables."""
