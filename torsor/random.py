"""Random numbers: NumPy's generators and streams, bit for bit, with Tensors as results."""
import numpy as np

from torsor import _face
from torsor._kernels.face import hand_over

_generator_methods = [name for name in dir(np.random.Generator)
                      if not name.startswith("_") and callable(getattr(np.random.Generator, name))]
_legacy_methods = [name for name in dir(np.random.RandomState)
                   if not name.startswith("_") and callable(getattr(np.random.RandomState, name))]


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


for _cls, _names in ((Generator, _generator_methods), (RandomState, _legacy_methods)):
    for _name in _names:
        if _name not in vars(_cls):
            setattr(_cls, _name, hand_over(getattr(np.random.RandomState if _cls is RandomState
                                                   else np.random.Generator, _name), _cls.__name__))


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
