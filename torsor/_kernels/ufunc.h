/* The inner loops of NumPy's ufuncs. */
#ifndef TORSOR_UFUNC_H
#define TORSOR_UFUNC_H

#include <Python.h>
#include <numpy/ndarraytypes.h>
#include <numpy/ufuncobject.h>

static inline int ufunc_types(PyObject *u) { return ((PyUFuncObject *)u)->ntypes; }
static inline void *ufunc_loop(PyObject *u, int k) { return (void *)((PyUFuncObject *)u)->functions[k]; }
static inline void *ufunc_data(PyObject *u, int k)
{
    PyUFuncObject *f = (PyUFuncObject *)u;
    return f->data ? f->data[k] : NULL;
}

#endif
