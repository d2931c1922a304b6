/* Fast calls for extension types: Cython's own __call__ builds a tuple and a dict first. */
#ifndef TORSOR_VECTORCALL_H
#define TORSOR_VECTORCALL_H

#include <Python.h>

/* To be called before the type has instances that are called; the field at offset is a vectorcallfunc. */
static inline void enable_vectorcall(PyObject *type, Py_ssize_t offset)
{
    PyTypeObject *t = (PyTypeObject *)type;
    t->tp_vectorcall_offset = offset;
    t->tp_call = PyVectorcall_Call;
    t->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    PyType_Modified(t);
}

/* The same for a descriptor: called as a method it gets the instance as its first argument. */
static inline void enable_method_call(PyObject *type, Py_ssize_t offset)
{
    enable_vectorcall(type, offset);
    ((PyTypeObject *)type)->tp_flags |= Py_TPFLAGS_METHOD_DESCRIPTOR;
}

/* Give a type a method that it is not declared with. */
static inline int set_method(PyObject *type, const char *name, PyObject *method)
{
    PyTypeObject *t = (PyTypeObject *)type;
    if (PyDict_SetItemString(t->tp_dict, name, method) < 0) return -1;
    PyType_Modified(t);
    return 0;
}

#endif
