"""Stages: what is done one after the other with values that are there."""
from torsor._kernels.programs cimport Fold as Kernel, Pass

cdef class Stage:
    cdef readonly tuple inputs      # numbers of values
    cdef readonly int results       # how many values it adds
    cdef readonly tuple instructions
    cdef bint go(self, list values, tuple outs) except -1

cdef class Run(Stage):
    cdef readonly Pass program
    cdef readonly int reduced

cdef class Fold(Stage):
    cdef readonly Pass program
    cdef readonly int root, ndim
    cdef readonly object what
    cdef Kernel kernel

cdef class Call(Stage):
    cdef readonly object function
    cdef readonly tuple arguments
    cdef readonly dict keywords

cdef class Count(Stage):
    cdef tuple operand              # ("value", number), ("join", ...) or ("fold", axes, keepdims, ...)
    cdef tuple shape(self, tuple of, list values)
    cdef readonly tuple axes
    cdef readonly object less

cdef class Way:
    cdef readonly list stages
    cdef readonly tuple outputs
    cdef int given                  # how many values there are at first
    cdef bint direct                # the outputs are the results of the last stage
    cdef bint repeated              # some output is there twice
    cdef readonly Pass alone        # the one program, where there is one stage, of the inputs in their order
    cdef object go(self, list values, tuple outs)
