"""Fourier transforms: NumPy's, to the bit, on every core.

The work is done in torsor/_kernels/transforms.pyx and fourier.pyx; what is not listed below is NumPy's own.
"""
import numpy as np

from torsor import _face
from torsor._kernels import face
from torsor._kernels.transforms import (
                                        fft,
                                        fft2,
                                        fftn,
                                        hfft,
                                        ifft,
                                        ifft2,
                                        ifftn,
                                        ihfft,
                                        irfft,
                                        irfft2,
                                        irfftn,
                                        rfft,
                                        rfft2,
                                        rfftn,
)

#: name -> function.
FUNCTIONS = {function.__name__: function for function in (
    fft, ifft, rfft, irfft, hfft, ihfft, fftn, ifftn, rfftn, irfftn, fft2, ifft2, rfft2, irfft2)}
face.present(FUNCTIONS, np.fft, "torsor.fft")
__getattr__, __dir__, __all__ = _face.expose(np.fft, __name__)
