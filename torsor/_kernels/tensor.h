/* What several extension modules must agree on about Tensors, and what Cython cannot say. */
#ifndef TORSOR_TENSOR_H
#define TORSOR_TENSOR_H

#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <string.h>

typedef struct {
    PyTypeObject *type; /* class Tensor */
    int adoptable;      /* its instances are laid out as numpy.ndarray's */
} TorsorShared;

static TorsorShared torsor_home;            /* in tensor.pyx; other modules point there */
static TorsorShared *torsor_shared = &torsor_home;

#define torsor_is_tensor(o) (Py_TYPE(o) == torsor_shared->type)
#define torsor_is_ndarray(o) (Py_TYPE(o) == &PyArray_Type)
#define torsor_is_array(o) (torsor_is_tensor(o) || torsor_is_ndarray(o))

/* An array over memory of the pool, which it owns from now on. */
static inline PyObject *torsor_wrap_memory(PyTypeObject *type, PyArray_Descr *descr, int nd,
                                           const npy_intp *shape, const npy_intp *strides, void *data,
                                           PyObject *handler)
{
    Py_INCREF(descr);
    /* Made as an ndarray: NumPy then asks no class for an __array_finalize__. */
    PyTypeObject *first = torsor_shared->adoptable && torsor_shared->type == type ? &PyArray_Type : type;
    PyObject *a = PyArray_NewFromDescr(first, descr, nd, (npy_intp *)shape, (npy_intp *)strides, data,
                                       NPY_ARRAY_CARRAY, NULL);
    if (a == NULL) return NULL;
    if (first != type) {
        Py_INCREF(type);
        Py_SET_TYPE(a, type);
    }
    Py_INCREF(handler);
    ((PyArrayObject_fields *)a)->mem_handler = handler;
    PyArray_ENABLEFLAGS((PyArrayObject *)a, NPY_ARRAY_OWNDATA);
    return a;
}

/* A view of a's memory as an instance of type. */
static inline PyObject *torsor_view(PyObject *array, PyTypeObject *type)
{
    PyArrayObject *a = (PyArrayObject *)array;
    PyArray_Descr *descr = PyArray_DESCR(a);
    Py_INCREF(descr);
    PyObject *v = PyArray_NewFromDescr(type, descr, PyArray_NDIM(a), PyArray_DIMS(a), PyArray_STRIDES(a),
                                       PyArray_DATA(a), PyArray_FLAGS(a) & ~NPY_ARRAY_OWNDATA, NULL);
    if (v == NULL) return NULL;
    Py_INCREF(a);
    if (PyArray_SetBaseObject((PyArrayObject *)v, (PyObject *)a) < 0) {
        Py_DECREF(v);
        return NULL;
    }
    return v;
}

/* A Tensor over part of a Tensor's memory; strides NULL is C order.  The class must be adoptable. */
static inline PyObject *torsor_part(PyObject *array, int nd, const npy_intp *shape, const npy_intp *strides,
                                    char *data)
{
    PyArrayObject *a = (PyArrayObject *)array;
    PyArray_Descr *descr = PyArray_DESCR(a);
    PyObject *base = PyArray_BASE(a), *owner = base && torsor_is_tensor(base) ? base : array;
    Py_INCREF(descr);
    PyObject *v = PyArray_NewFromDescr(&PyArray_Type, descr, nd, (npy_intp *)shape, (npy_intp *)strides, data,
                                       PyArray_FLAGS(a) & NPY_ARRAY_WRITEABLE, NULL);
    if (v == NULL) return NULL;
    Py_INCREF(owner);
    ((PyArrayObject_fields *)v)->base = owner;
    Py_INCREF(torsor_shared->type);
    Py_SET_TYPE(v, torsor_shared->type);
    return v;
}

/* tensor[start : start + step * n : step], for a Tensor with a first axis. */
static inline PyObject *torsor_slice(PyObject *array, npy_intp start, npy_intp step, npy_intp n)
{
    PyArrayObject *a = (PyArrayObject *)array;
    int nd = PyArray_NDIM(a);
    npy_intp shape[NPY_MAXDIMS], strides[NPY_MAXDIMS];
    memcpy(shape, PyArray_DIMS(a), (size_t)nd * sizeof *shape);
    memcpy(strides, PyArray_STRIDES(a), (size_t)nd * sizeof *strides);
    char *data = PyArray_BYTES(a) + (n ? start * strides[0] : 0);
    shape[0] = n;
    strides[0] *= step;
    return torsor_part(array, nd, shape, strides, data);
}

/* Flags of arrays that are more than elements in memory, such as those that warn when written to. */
#define TORSOR_UNUSUAL (~(NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_F_CONTIGUOUS | NPY_ARRAY_OWNDATA \
                          | NPY_ARRAY_ALIGNED | NPY_ARRAY_WRITEABLE))

/* The NumPy number that an element is; array is what it belongs to, or NULL. */
static inline PyObject *torsor_number(const char *p, PyArray_Descr *descr, PyObject *array)
{
    PyObject *number;
#define TORSOR_NUMBER(CODE, Kind, T)                                                    \
    case CODE:                                                                          \
        number = PyArrayScalar_New(Kind);                                               \
        if (number) memcpy(&((Py##Kind##ScalarObject *)number)->obval, p, sizeof(T));   \
        return number;
    if (PyArray_ISNBO(descr->byteorder))
        switch (descr->type_num) {
        TORSOR_NUMBER(NPY_DOUBLE, Double, npy_double)
        TORSOR_NUMBER(NPY_FLOAT, Float, npy_float)
        TORSOR_NUMBER(NPY_LONG, Long, npy_long)
        TORSOR_NUMBER(NPY_INT, Int, npy_int)
        case NPY_BOOL: PyArrayScalar_RETURN_BOOL_FROM_LONG(*p != 0);
        default: break;
        }
#undef TORSOR_NUMBER
    return PyArray_Scalar((void *)p, descr, array);
}

/* Turn an ndarray that nobody else holds into a Tensor; any other becomes a view.  Steals r.
 *
 * A Tensor is an ndarray with other methods: same size, same fields, same destructor.  So a new result
 * of NumPy's needs no second object, keeps owning its memory, and costs a pointer assignment.
 */
static inline PyObject *torsor_adopt(PyObject *r)
{
    PyArrayObject_fields *f = (PyArrayObject_fields *)r;
    PyTypeObject *type = torsor_shared->type;
    if (Py_REFCNT(r) != 1 || !torsor_shared->adoptable) {
        PyObject *v = torsor_view(r, type);
        Py_DECREF(r);
        return v;
    }
    Py_INCREF(type);
    Py_SET_TYPE(r, type);
    /* A view made through a passing ndarray of ours is a view of the Tensor behind it. */
    while (f->base && Py_TYPE(f->base) == &PyArray_Type) {
        PyObject *behind = PyArray_BASE((PyArrayObject *)f->base);
        if (behind == NULL || !torsor_is_tensor(behind)) break;
        Py_INCREF(behind);
        Py_SETREF(f->base, behind);
    }
    while (f->base && torsor_is_tensor(f->base)) {
        PyObject *behind = PyArray_BASE((PyArrayObject *)f->base);
        if (behind == NULL || !torsor_is_tensor(behind)) break;
        Py_INCREF(behind);
        Py_SETREF(f->base, behind);
    }
    return r;
}

/* What the destructor of a class made at run time does, without its search for what there is to do: a Tensor holds
 * what an ndarray holds, and its class. */
static inline void torsor_dealloc(PyObject *tensor)
{
    PyTypeObject *type = Py_TYPE(tensor);
    PyArray_Type.tp_dealloc(tensor);
    Py_DECREF(type);
}

static inline void torsor_set_type(PyObject *type)
{
    PyTypeObject *t = (PyTypeObject *)type;
    Py_INCREF(type);
    torsor_home.type = t;
    torsor_home.adoptable = t->tp_basicsize == PyArray_Type.tp_basicsize && t->tp_itemsize == 0
        && t->tp_dictoffset == PyArray_Type.tp_dictoffset
        && t->tp_weaklistoffset == PyArray_Type.tp_weaklistoffset
        && PyType_IS_GC(t) == PyType_IS_GC(&PyArray_Type) && t->tp_free == PyArray_Type.tp_free;
}

#endif
