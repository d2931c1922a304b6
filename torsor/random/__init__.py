"""Random numbers: NumPy's generators and streams, bit for bit, with Tensors as results.

Long arrays of uniform numbers are drawn from the one stream by several threads.  ``ParallelGenerator`` is for
those who want every distribution on every core.
"""
import numpy as np

from torsor import _face
from torsor._kernels.face import Method
from torsor.random import _streams
from torsor.random.parallel import ParallelGenerator


class Generator(np.random.Generator):
    """A generator whose distributions return Tensors; see :class:`numpy.random.Generator`."""

    def __reduce__(self):
        return Generator, (self.bit_generator,), None

    def spawn(self, n_children):
        """New independent generators; see :meth:`numpy.random.Generator.spawn`."""
        return [Generator(child.bit_generator) for child in super().spawn(n_children)]


class RandomState(np.random.RandomState):
    """The legacy generator with Tensors as results; see :class:`numpy.random.RandomState`."""

    def __reduce__(self):
        return _restore_legacy, (self.get_state(legacy=False),), None


def _restore_legacy(state):
    restored = RandomState(getattr(np.random, state["bit_generator"])())
    restored.set_state(state)
    return restored


for _cls, _numpys, _for_many in ((Generator, np.random.Generator, _streams.FOR_MANY),
                                 (RandomState, np.random.RandomState, {})):
    for _name in dir(_numpys):
        if not _name.startswith("_") and callable(getattr(_numpys, _name)) and _name not in vars(_cls):
            setattr(_cls, _name, Method(getattr(_numpys, _name), _cls.__name__, _for_many.get(_name)))


def default_rng(seed=None):
    """A Generator over PCG64, seeded as :func:`numpy.random.default_rng` is.

    Parameters
    ----------
    seed : None, int, array_like of ints, SeedSequence, BitGenerator, Generator or RandomState
        As NumPy's.

    Returns
    -------
    Generator
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(np.random.default_rng(seed).bit_generator)


__getattr__, __dir__, __all__ = _face.expose(np.random, __name__)
__all__ += ["ParallelGenerator"]
