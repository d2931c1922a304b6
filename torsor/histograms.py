"""Counts of elements: bincount, histograms and their edges.

The work is done in torsor/_kernels/counting.pyx and histograms.pyx.
"""
from torsor._kernels import face
from torsor._kernels.counting import bincount
from torsor._kernels.histograms import histogram, histogram2d, histogram_bin_edges

#: name -> function.
FUNCTIONS = {"bincount": bincount, "histogram": histogram, "histogram2d": histogram2d,
             "histogram_bin_edges": histogram_bin_edges}
face.present(FUNCTIONS)
