"""What holds for every test."""
import pytest

import torsor
from torsor._kernels.threads import set_waking

set_waking(0)       # work that is cut for threads runs on threads, however rarely it comes


@pytest.fixture(params=[1, 2, 3, 8])
def threads(request):
    """So many threads."""
    with torsor.threads(request.param):
        yield request.param
