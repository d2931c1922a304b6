from types import ModuleType

from torsor.units import backend as backend
from torsor.units import config as config
from torsor.units import constants as constants
from torsor.units import domains as domains
from torsor.units import errors as errors
from torsor.units import functions as functions
from torsor.units import io as io
from torsor.units import plotting as plotting
from torsor.units import validation as validation
from torsor.units.dimarray import DimArray as DimArray
from torsor.units.dimension import DIMENSIONLESS as DIMENSIONLESS
from torsor.units.dimension import Dimension as Dimension
from torsor.units.errors import (
    ConstraintError as ConstraintError,
)
from torsor.units.errors import (
    DimensionError as DimensionError,
)
from torsor.units.errors import (
    UnitConversionError as UnitConversionError,
)
from torsor.units.errors import (
    UnitParseError as UnitParseError,
)
from torsor.units.errors import (
    UnitsError as UnitsError,
)
from torsor.units.functions import (
    concatenate as concatenate,
)
from torsor.units.functions import (
    dot as dot,
)
from torsor.units.functions import (
    matmul as matmul,
)
from torsor.units.functions import (
    norm as norm,
)
from torsor.units.functions import (
    split as split,
)
from torsor.units.functions import (
    stack as stack,
)
from torsor.units.functions import (
    weighted_mean as weighted_mean,
)
from torsor.units.parsing import parse as parse
from torsor.units.unit import Unit as Unit
from torsor.units.unit import dimensionless as dimensionless

units: ModuleType

def __getattr__(name: str) -> Unit: ...  # every unit of the catalogue
