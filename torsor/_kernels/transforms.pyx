"""Discrete Fourier transforms, along one axis or several; the lines are fourier.pyx's.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.fourier cimport transform
from torsor._kernels.tensor cimport call_plain, is_array

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

_OPPOSITE = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
_fft, _ifft, _rfft, _irfft = np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft


def fft(a, n=None, axis=-1, norm=None, out=None):
    """Discrete Fourier transform along an axis; see :func:`numpy.fft.fft`."""
    if out is None:
        result = transform(False, True, a, n, axis, norm)
        if result is not NotImplemented:
            return result
    return call_plain(_fft, (a, n, axis, norm, out), {})


def ifft(a, n=None, axis=-1, norm=None, out=None):
    """Inverse of :func:`fft`; see :func:`numpy.fft.ifft`."""
    if out is None:
        result = transform(False, False, a, n, axis, norm)
        if result is not NotImplemented:
            return result
    return call_plain(_ifft, (a, n, axis, norm, out), {})


def rfft(a, n=None, axis=-1, norm=None, out=None):
    """Transform of real values, the non-negative frequencies of it; see :func:`numpy.fft.rfft`."""
    if out is None:
        result = transform(True, True, a, n, axis, norm)
        if result is not NotImplemented:
            return result
    return call_plain(_rfft, (a, n, axis, norm, out), {})


def irfft(a, n=None, axis=-1, norm=None, out=None):
    """Inverse of :func:`rfft`; see :func:`numpy.fft.irfft`."""
    if out is None:
        result = transform(True, False, a, n, axis, norm)
        if result is not NotImplemented:
            return result
    return call_plain(_irfft, (a, n, axis, norm, out), {})


def hfft(a, n=None, axis=-1, norm=None, out=None):
    """Transform of a signal whose spectrum is real; see :func:`numpy.fft.hfft`."""
    if out is not None or not is_array(<PyObject *>a) or not _is_axis(a, axis) or not _is_norm(norm):
        return call_plain(np.fft.hfft, (a, n, axis, norm, out), {})
    return irfft(call_plain(np.conjugate, (a,), {}), (a.shape[axis] - 1) * 2 if n is None else n, axis, _OPPOSITE[norm])


def ihfft(a, n=None, axis=-1, norm=None, out=None):
    """Inverse of :func:`hfft`; see :func:`numpy.fft.ihfft`."""
    if out is not None or not is_array(<PyObject *>a) or not _is_axis(a, axis) or not _is_norm(norm):
        return call_plain(np.fft.ihfft, (a, n, axis, norm, out), {})
    result = rfft(a, n, axis, _OPPOSITE[norm])
    call_plain(np.conjugate, (result, result), {})
    return result


def fftn(a, s=None, axes=None, norm=None, out=None):
    """Discrete Fourier transform along several axes; see :func:`numpy.fft.fftn`."""
    return _transform("fftn", a, s, axes, norm, out)


def ifftn(a, s=None, axes=None, norm=None, out=None):
    """Inverse of :func:`fftn`; see :func:`numpy.fft.ifftn`."""
    return _transform("ifftn", a, s, axes, norm, out)


def rfftn(a, s=None, axes=None, norm=None, out=None):
    """Transform of real values along several axes; see :func:`numpy.fft.rfftn`."""
    return _transform("rfftn", a, s, axes, norm, out)


def irfftn(a, s=None, axes=None, norm=None, out=None):
    """Inverse of :func:`rfftn`; see :func:`numpy.fft.irfftn`."""
    return _transform("irfftn", a, s, axes, norm, out)


def fft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    """Discrete Fourier transform along two axes; see :func:`numpy.fft.fft2`."""
    return _transform("fft2", a, s, axes, norm, out)


def ifft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    """Inverse of :func:`fft2`; see :func:`numpy.fft.ifft2`."""
    return _transform("ifft2", a, s, axes, norm, out)


def rfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    """Transform of real values along two axes; see :func:`numpy.fft.rfft2`."""
    return _transform("rfft2", a, s, axes, norm, out)


def irfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    """Inverse of :func:`rfft2`; see :func:`numpy.fft.irfft2`."""
    return _transform("irfft2", a, s, axes, norm, out)


cdef bint _is_axis(a, axis):
    return type(axis) is int and -a.ndim <= axis < a.ndim


cdef bint _is_norm(norm):
    return norm is None or type(norm) is str and norm in _OPPOSITE


cdef object _transform(str name, a, s, axes, norm, out):
    """One axis after the other, in NumPy's order: the last first, but the last of an inverse to real values."""
    if not is_array(<PyObject *>a) or out is not None or not _is_norm(norm) or s is not None and (
            axes is None or type(s) not in (tuple, list) or any([type(n) is not int for n in s])):
        return call_plain(getattr(np.fft, name), (a, s, axes, norm, out), {})
    if axes is None:
        axes = range(-a.ndim, 0)
    elif type(axes) not in (tuple, list):
        return call_plain(getattr(np.fft, name), (a, s, axes, norm, out), {})
    if not axes or not all([_is_axis(a, axis) for axis in axes]) or s is not None and len(s) != len(axes):
        return call_plain(getattr(np.fft, name), (a, s, axes, norm, out), {})
    lengths = [a.shape[axis] if n == -1 else n for n, axis in zip([-1] * len(axes) if s is None else s, axes)]
    if s is None and name.startswith("ir"):
        lengths.append(2 * (lengths.pop() - 1))
    passes = list(zip(lengths, axes))
    if name.startswith("r"):
        a = rfft(a, *passes.pop(), norm)
    if name.startswith("ir"):
        last = passes.pop()
        for n, axis in passes:
            a = ifft(a, n, axis, norm)
        return irfft(a, *last, norm)
    one = ifft if name.startswith("if") else fft
    for n, axis in reversed(passes):
        a = one(a, n, axis, norm)
    return a
