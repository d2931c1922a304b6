"""sum, mean, max, any, argmax... as callables, methods of Tensor and Ufunc.reduce: arguments and results.

Every one of them reads its arguments straight from the vector call.  What is out of the ordinary (other
dtypes, where=, subclasses, empty arrays, errors) goes to NumPy's own function with the arguments as they came.
"""
cimport numpy as cnp
from cpython.object cimport PyObject, PyTypeObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcmp
from torsor._kernels.engine cimport (FLOAT32, FLOAT64, INT64, MAX_DIMS, N_CODES, Nest, Ufunc, arrange,
                                     check_status, code_dtype, conflicts, item_size, order_axes,
                                     store_weak, take, take_array, type_code)
from torsor._kernels.face cimport Function
from torsor._kernels.reduce cimport (ALL, ANY, DIVIDE_DOUBLE, DIVIDE_FLOAT, DIVIDE_INT64, DIVIDE_UINT64, FMAX, FMIN,
                                     KEEP, MAX, MIN, PROD, SUM, Kernel, default_code, find_kernel, finish, locate,
                                     reduce_nest, search_nest)
from torsor._kernels.tensor cimport as_tensor, call_on_inputs, is_array, new_tensor, plain

import numpy as np
from torsor._kernels import tensor as _tensor
from torsor._kernels.operators import Tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_ArgMax(cnp.ndarray, int, void *) except NULL
    PyObject *PyArray_ArgMin(cnp.ndarray, int, void *) except NULL

cdef extern from "tensor.h":
    void *torsor_shared
    object torsor_number(const char *p, cnp.dtype descr, PyObject *array)

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "vectorcall.h":
    void enable_vectorcall(PyObject *type, Py_ssize_t offset)

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t)
    bint PyLong_CheckExact(PyObject *)
    long long PyLong_AsLongLongAndOverflow(PyObject *, int *) except? -1
    bint PyTuple_CheckExact(PyObject *)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *)
    PyObject *PyTuple_GET_ITEM(PyObject *, Py_ssize_t)
    int PyUnicode_Compare(PyObject *, PyObject *) except? -1
    PyObject *Py_True
    PyObject *Py_False
    PyObject *Py_None
    PyObject *Py_TYPE "(PyObject *)Py_TYPE"(PyObject *)
    int METH_FASTCALL, METH_KEYWORDS
    object PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *)
    void PyType_Modified(PyTypeObject *)

cdef extern from *:
    """
    #define TYPE_DICT(t) (((PyTypeObject *)(t))->tp_dict)
    """
    PyObject *TYPE_DICT(object)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

# ---------------------------------------------------------------------------------------- arguments

cdef PyObject *NAME[N_FIELDS]
_names = ("a", "axis", "dtype", "out", "keepdims", "initial", "where", "ddof", "mean", "correction")
_no_value = np._NoValue
cdef PyObject *NO_VALUE = <PyObject *>_no_value
for _k, _name in enumerate(_names):
    NAME[_k] = <PyObject *>_name


cdef bint read_arguments(const Signature *signature, PyObject **args, Py_ssize_t n, PyObject *kwnames,
                         PyObject **fields) except -1:
    """Sort the arguments of a call into fields; 0 where something does not fit."""
    cdef Py_ssize_t j, k
    cdef int field
    cdef PyObject *name
    if n > signature.positional:
        return False
    for k in range(n):
        fields[signature.field[k]] = args[k]
    if kwnames != NULL:
        for j in range(PyTuple_GET_SIZE(kwnames)):
            name = PyTuple_GET_ITEM(kwnames, j)
            for k in range(signature.size):
                if NAME[signature.field[k]] == name:
                    break
            else:
                for k in range(signature.size):
                    if PyUnicode_Compare(NAME[signature.field[k]], name) == 0:
                        break
                else:
                    return False
            field = signature.field[k]
            if fields[field] != NULL:
                return False
            fields[field] = args[n + j]
    return True


cdef bint is_default(PyObject *o) noexcept:
    return o == NULL or o == NO_VALUE


cdef bint read_axes(PyObject *axis, int nd, bint *reduced) except -1:
    """Mark the axes that are reduced; 0 where NumPy has to say what it thinks of them."""
    cdef Py_ssize_t k, n = 1
    cdef long long d
    cdef int overflow = 0
    cdef bint many = PyTuple_CheckExact(axis)
    if many:
        n = PyTuple_GET_SIZE(axis)
    for d in range(nd):
        reduced[d] = False
    for k in range(n):
        if not PyLong_CheckExact(PyTuple_GET_ITEM(axis, k) if many else axis):
            return False
        d = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(axis, k) if many else axis, &overflow)
        if overflow or d < -nd or d >= nd or reduced[d if d >= 0 else d + nd]:
            return False
        reduced[d if d >= 0 else d + nd] = True
    return n > 0


cdef int asked_code(PyObject **fields) except -2:
    """The engine's code of the dtype argument, -1 for any other; it may run code of the caller's."""
    cdef cnp.dtype descr
    if is_default(fields[DTYPE]) or fields[DTYPE] == Py_None:
        return ANY_CODE
    try:
        descr = np.dtype(<object>fields[DTYPE])
    except Exception:
        return -1
    return type_code(descr)


# ---------------------------------------------------------------------------------------- results

cdef bint read_request(PyObject **fields, bint everything, Request *r) except -1:
    """Everything but the dtype; 0 where NumPy has to do it."""
    cdef int d
    cdef PyObject *keepdims = fields[KEEPDIMS]
    if fields[MEAN] != NULL or not is_array(fields[ARRAY]) or not take_array(fields[ARRAY], &r.x):
        return False
    if not is_default(fields[WHERE]) and fields[WHERE] != Py_True:
        return False
    if not is_default(keepdims) and keepdims != Py_True and keepdims != Py_False:
        return False
    r.keepdims = keepdims == Py_True
    for d in range(r.x.nd):
        if r.x.shape[d] == 0:
            return False
    if fields[AXIS] == NULL:
        r.everything = everything
        if not everything:
            if r.x.nd == 0:
                return False
            for d in range(r.x.nd):
                r.reduced[d] = d == 0
    else:
        r.everything = fields[AXIS] == Py_None
        if not r.everything and not read_axes(fields[AXIS], r.x.nd, r.reduced):
            return False
    if r.everything:
        for d in range(r.x.nd):
            r.reduced[d] = True
    r.out.array = NULL
    if fields[OUT] != NULL and fields[OUT] != Py_None:
        if not is_array(fields[OUT]) or not take_array(fields[OUT], &r.out):
            return False
    return True


cdef bint read_initial(PyObject *initial, int code, Request *r) except -1:
    r.initial = NULL
    if is_default(initial):
        return True
    if initial == Py_None or is_array(initial) or not take(initial, &r.start):
        return False
    if r.start.code >= N_CODES:
        if not store_weak(&r.start, code):
            return False
    elif r.start.code != code:
        return False
    if code == FLOAT32 and (<unsigned int *>r.start.data)[0] == 1U << 31:
        return False                            # sums of negative zeros keep their sign from this one only
    if code == FLOAT64 and (<unsigned long long *>r.start.data)[0] == 1ULL << 63:
        return False
    r.initial = r.start.data
    return True


cdef object scalar(char *p, int code):
    return torsor_number(p, code_dtype(code), NULL)


cdef cnp.npy_intp reduced_size(Request *r) noexcept:
    cdef cnp.npy_intp n = 1
    cdef int d
    for d in range(r.x.nd):
        if r.reduced[d]:
            n *= r.x.shape[d]
    return n


cdef bint in_one_piece(Request *r) noexcept:
    """Whether all elements are reduced and lie next to each other."""
    cdef int flags = cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS
    return (r.everything or r.x.nd == 1 and r.reduced[0]) and r.x.flags & flags != 0


cdef object lay_out(Request *r, int code, Nest *nest):
    """Fill a nest with the elements and a result array, which is returned (None: out= does not fit)."""
    cdef cnp.npy_intp shape[MAX_DIMS]
    cdef cnp.npy_intp strides[MAX_DIMS]
    cdef int perm[MAX_DIMS]
    cdef int d, e, nd = 0
    cdef cnp.npy_intp step = item_size(code)
    cdef object out
    nest.nd, nest.nargs = r.x.nd, 1                     # the elements decide on the order of axes
    nest.data[0] = r.x.data
    for d in range(r.x.nd):
        nest.shape[d], nest.strides[0][d] = r.x.shape[d], r.x.strides[d]
        if not r.reduced[d] or r.keepdims:
            shape[nd] = 1 if r.reduced[d] else r.x.shape[d]
            nd += 1
    order_axes(nest, perm)
    nest.nargs = 2
    if r.out.array == NULL:
        for d in range(r.x.nd - 1, -1, -1):             # laid out as the elements are
            e = perm[d]
            nest.strides[1][e] = 0 if r.reduced[e] else step
            if not r.reduced[e]:
                step *= r.x.shape[e]
        e = 0
        for d in range(r.x.nd):
            if not r.reduced[d] or r.keepdims:
                strides[e] = nest.strides[1][d] if not r.reduced[d] else step
                e += 1
        out = new_tensor(nd, shape, strides, code_dtype(code))
        nest.data[1] = <char *>cnp.PyArray_DATA(<cnp.ndarray>out)
    else:
        if (r.out.code != code or not r.out.flags & cnp.NPY_ARRAY_WRITEABLE or r.out.nd != nd
                or memcmp(r.out.shape, shape, nd * sizeof(cnp.npy_intp)) != 0
                or r.out.data == r.x.data or conflicts(&r.x, &r.out)):
            return None
        e = 0
        for d in range(r.x.nd):
            nest.strides[1][d] = 0 if r.reduced[d] else r.out.strides[e]
            if not r.reduced[d] or r.keepdims:
                if not r.reduced[d] and shape[e] > 1 and r.out.strides[e] == 0:
                    return None
                e += 1
        out = <object>r.out.array
        nest.data[1] = r.out.data
    return out


cdef void straighten(Nest *nest, bint in_order) noexcept nogil:
    """Sort and merge a nest's axes; where order does not matter, walk reduced ones forwards."""
    cdef int perm[MAX_DIMS]
    cdef int d
    if not in_order:
        for d in range(nest.nd):
            if nest.strides[0][d] < 0 and nest.strides[1][d] == 0:
                nest.data[0] += (nest.shape[d] - 1) * nest.strides[0][d]
                nest.strides[0][d] = -nest.strides[0][d]
    nest.nargs = 1
    order_axes(nest, perm)
    nest.nargs = 2
    arrange(nest, perm)


cdef object outcome(object out, Request *r):
    if r.out.array == NULL and cnp.PyArray_NDIM(<cnp.ndarray>out) == 0:
        return out[()]
    return out


cdef object reduce(int kind, bint mean, bint everything, PyObject **fields):
    """A reduction of values; NotImplemented, before anything is written, where NumPy has to do it."""
    cdef Request r
    cdef Nest nest
    cdef Kernel *kernel
    cdef int code, result, status
    cdef int how = KEEP, asked = asked_code(fields)
    cdef double count = 1
    cdef cnp.npy_intp n
    cdef double complex value
    if not read_request(fields, everything, &r):
        return NotImplemented
    code = default_code(kind, r.x.code)
    if code < 0:
        return NotImplemented
    result = FLOAT64 if mean and code < FLOAT32 else code
    if asked != ANY_CODE:
        result = asked
        if result < 0 or result != code and not (kind == SUM and result == FLOAT64):
            return NotImplemented
        if mean and result < FLOAT32:
            return NotImplemented
    if mean:
        count = <double>reduced_size(&r)
    if result != code or mean:
        if code >= FLOAT32:
            code = result                       # float32 elements added up in float64
            how = KEEP if not mean else DIVIDE_FLOAT if code == FLOAT32 else DIVIDE_DOUBLE
        elif r.x.code >= INT64:
            code = FLOAT64                           # 64-bit integers as well
            how = DIVIDE_DOUBLE if mean else KEEP
        elif reduced_size(&r) >= 1 << 31:
            return NotImplemented
        else:                                   # shorter ones are exact as integers
            how = DIVIDE_INT64 if code == INT64 else DIVIDE_UINT64
    kernel = find_kernel(kind, r.x.code, code)
    if kernel == NULL or not read_initial(fields[INITIAL], result, &r):
        return NotImplemented
    if r.initial != NULL and how != KEEP:
        return NotImplemented

    if in_one_piece(&r) and r.out.array == NULL and not r.keepdims and r.initial == NULL:
        n = reduced_size(&r)
        if n <= 4096:
            if not kernel.checked:
                kernel.rows(r.x.data, 1, 0, n, kernel.in_size, <char *>&value)
                if how != KEEP:
                    finish(how, count, <char *>&value, 1)
                return scalar(<char *>&value, result)
            fp_clear()
            kernel.rows(r.x.data, 1, 0, n, kernel.in_size, <char *>&value)
            if how != KEEP:
                finish(how, count, <char *>&value, 1)
            status = fp_status()
            if status:
                check_status("reduce", status)
            return scalar(<char *>&value, result)
        nest.nd, nest.nargs = 1, 2
        nest.shape[0], nest.strides[0][0], nest.strides[1][0] = n, kernel.in_size, 0
        nest.data[0], nest.data[1] = r.x.data, <char *>&value
        status = reduce_nest(kernel, &nest, how, count, NULL)
        if status:
            check_status("reduce", status)
        return scalar(<char *>&value, result)

    out = lay_out(&r, result, &nest)
    if out is None:
        return NotImplemented
    straighten(&nest, False)
    status = reduce_nest(kernel, &nest, how, count, r.initial)
    if status:
        check_status("reduce", status)
    return outcome(out, &r)


cdef enum:
    ALONE = 1 << 18             # bytes that one thread looks through
    SHORT_ROW = 1024            # elements
    FEW = 400000


cdef object search(int kind, PyObject **fields):
    """argmin or argmax; NotImplemented where NumPy has to do it."""
    cdef Request r
    cdef Nest nest
    cdef Kernel *kernel
    cdef int d, reduced = 0
    cdef cnp.npy_intp index, n
    cdef double complex value
    if not read_request(fields, True, &r):
        return NotImplemented
    if fields[AXIS] != NULL and PyTuple_CheckExact(fields[AXIS]):
        return NotImplemented
    kernel = find_kernel(kind, r.x.code, r.x.code)
    if kernel == NULL:
        return NotImplemented
    if r.everything and r.x.nd > 1 and not r.x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        return NotImplemented                   # places count in C order
    if r.out.array == NULL and not r.keepdims and in_one_piece(&r):
        n = reduced_size(&r)
        if n * kernel.in_size <= ALONE:
            locate(kernel, r.x.data, n, kernel.in_size, <char *>&value, &index)
        else:
            nest.nd, nest.nargs = 1, 2
            nest.shape[0], nest.strides[0][0], nest.strides[1][0] = n, kernel.in_size, 0
            nest.data[0], nest.data[1] = r.x.data, <char *>&index
            search_nest(kernel, &nest)
        return scalar(<char *>&index, INT64)
    d = r.x.nd - 1
    if kind <= MAX and d > 0 and r.reduced[d] and r.x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS and (
            r.x.shape[d] < SHORT_ROW and cnp.PyArray_SIZE(<cnp.ndarray>r.x.array) < FEW):
        if r.out.array != NULL or r.keepdims:
            return NotImplemented
        view = plain(<object>r.x.array)         # NumPy reads short rows once, we twice
        return as_tensor(PyArray_ArgMax(view, d, NULL) if kind == MAX else PyArray_ArgMin(view, d, NULL), False)
    out = lay_out(&r, INT64, &nest)
    if out is None:
        return NotImplemented
    straighten(&nest, True)
    for d in range(nest.nd):
        reduced += nest.strides[1][d] == 0
    if reduced > 1:
        return NotImplemented
    search_nest(kernel, &nest)
    return outcome(out, &r)


# ---------------------------------------------------------------------------------------- callables

cdef enum:
    MAX_GIVEN = 64              # arguments; no reduction has so many


cdef object compute_reduction(const Recipe *recipe, PyObject **fields):
    return reduce(recipe.kind, recipe.mean, True, fields)


cdef object compute_place(const Recipe *recipe, PyObject **fields):
    return search(recipe.kind, fields)


cdef object hand_over(object function, PyObject *first, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    """NumPy's function with the arguments as they came."""
    cdef PyObject *given[MAX_GIVEN]
    cdef Py_ssize_t k, total = n + (0 if kwnames == NULL else len(<tuple>kwnames))
    cdef bint method = first != NULL
    if method:
        if total >= MAX_GIVEN:
            raise TypeError(f"{function.__name__}() takes fewer arguments")
        given[0] = first
        for k in range(total):
            given[k + 1] = args[k]
        args = given
    return call_on_inputs(function, args, n + method, kwnames)


cdef object vectorcall(PyObject *self, PyObject **args, size_t nargsf, PyObject *kwnames):
    cdef Py_ssize_t n = PyVectorcall_NARGS(nargsf)
    cdef const Recipe *recipe = (<Reduction>self).recipe
    cdef PyObject *fields[N_FIELDS]
    cdef int k
    for k in range(N_FIELDS):
        fields[k] = NULL
    if read_arguments(&recipe.function, args, n, kwnames, fields) and fields[ARRAY] != NULL:
        result = recipe.compute(recipe, fields)
        if result is not NotImplemented:
            return result
    return hand_over((<Reduction>self).__wrapped__, NULL, args, n, kwnames)


cdef class Reduction(Function):
    """A function that reduces axes, with NumPy's signature.

    Parameters
    ----------
    function : callable
        NumPy's function.
    module : str
        Where it is found in torsor.
    """

    def __cinit__(self, function, str module):
        self.vectorcall = <void *>vectorcall
        self.recipe = <const Recipe *><Py_ssize_t>_recipe_of[function.__name__]


cdef object method(const Recipe *recipe, PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    cdef PyObject *fields[N_FIELDS]
    cdef int k
    for k in range(N_FIELDS):
        fields[k] = NULL
    fields[ARRAY] = self
    if read_arguments(&recipe.method, args, n, kwnames, fields):
        result = recipe.compute(recipe, fields)
        if result is not NotImplemented:
            return result
    return hand_over(<object>recipe.numpys, self, args, n, kwnames)


cdef object sum_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[0], self, args, n, kwnames)


cdef object prod_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[1], self, args, n, kwnames)


cdef object mean_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[2], self, args, n, kwnames)


cdef object min_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[3], self, args, n, kwnames)


cdef object max_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[4], self, args, n, kwnames)


cdef object any_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[5], self, args, n, kwnames)


cdef object all_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[6], self, args, n, kwnames)


cdef object argmin_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[7], self, args, n, kwnames)


cdef object argmax_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    return method(&_recipes[8], self, args, n, kwnames)


cdef object reduce_method(PyObject *self, PyObject **args, Py_ssize_t n, PyObject *kwnames):
    """Ufunc.reduce."""
    cdef PyObject *fields[N_FIELDS]
    cdef int k
    cdef Ufunc f = <Ufunc>self
    kind = _kinds.get(f.__name__)
    for k in range(N_FIELDS):
        fields[k] = NULL
    if kind is not None:
        if read_arguments(&_ufunc_signature, args, n, kwnames, fields) and fields[ARRAY] != NULL:
            result = reduce(kind, False, False, fields)
            if result is not NotImplemented:
                return result
    return hand_over(f.numpy.reduce, NULL, args, n, kwnames)


cdef Signature _ufunc_signature
cdef Recipe _recipes[9]
cdef PyMethodDef _methods[10]
_recipe_of = {}                 # name of a function -> address of its recipe
_order = ("sum", "prod", "mean", "min", "max", "any", "all", "argmin", "argmax")
_kinds = {"add": SUM, "multiply": PROD, "minimum": MIN, "maximum": MAX, "fmin": FMIN, "fmax": FMAX,
          "logical_or": ANY, "logical_and": ALL}
_kept = []                      # bytes that the method table points into


cdef Signature make_signature(str names, int positional):
    cdef Signature s
    s.size = 0
    s.positional = positional
    for name in names.split():
        s.field[s.size] = _names.index(name)
        s.size += 1
    return s


cdef void publish(str name, Recipe *recipe, str arguments, int positional) except *:
    """Complete a recipe, whose kind and compute are set, with what it takes; it is kept for ever."""
    cdef int k
    recipe.function = make_signature(arguments, positional)
    recipe.method = recipe.function
    recipe.method.size -= 1
    for k in range(recipe.method.size):
        recipe.method.field[k] = recipe.function.field[k + 1]
    recipe.method.positional = positional - 1
    numpys = getattr(np.ndarray, name, None)
    _kept.append(numpys)
    recipe.numpys = <PyObject *>numpys
    _recipe_of[name] = <Py_ssize_t>recipe


cdef object make_method(str name, PyMethodDef *entry, void *function):
    """A method of Tensor that is compiled, with the words of NumPy's."""
    numpys = getattr(np.ndarray, name)
    describe(entry, name, function, f"{name}{numpys.__text_signature__}\n--\n\n{numpys.__doc__}")
    return PyDescr_NewMethod(<PyTypeObject *>Tensor, entry)


cdef void describe(PyMethodDef *entry, str name, void *function, str doc):
    cdef bytes c_name = name.encode(), c_doc = doc.encode()
    _kept.extend((c_name, c_doc))
    entry.ml_name, entry.ml_doc = c_name, c_doc
    entry.ml_meth, entry.ml_flags = function, METH_FASTCALL | METH_KEYWORDS


cdef void *METHODS[9]
METHODS[:] = [<void *>sum_method, <void *>prod_method, <void *>mean_method, <void *>min_method, <void *>max_method,
              <void *>any_method, <void *>all_method, <void *>argmin_method, <void *>argmax_method]


def _prepare():
    global _ufunc_signature
    cdef int k
    cdef Recipe *recipe
    kinds = (SUM, PROD, SUM, MIN, MAX, ANY, ALL, MIN, MAX)
    methods = {}
    for k, name in enumerate(_order):
        recipe = &_recipes[k]
        recipe.kind, recipe.mean = kinds[k], name == "mean"
        recipe.compute = compute_place if name.startswith("arg") else compute_reduction
        if name in ("sum", "prod"):
            publish(name, recipe, "a axis dtype out keepdims initial where", 7)
        elif name == "mean":
            publish(name, recipe, "a axis dtype out keepdims where", 5)
        elif name in ("min", "max"):
            publish(name, recipe, "a axis out keepdims initial where", 6)
            _recipe_of["a" + name] = _recipe_of[name]
        elif name.startswith("arg"):
            publish(name, recipe, "a axis out keepdims", 3)
        else:
            publish(name, recipe, "a axis out keepdims where", 4)
            recipe.method.positional = 1
        methods[name] = make_method(name, &_methods[k], METHODS[k])
    _ufunc_signature = make_signature("a axis dtype out keepdims initial where", 7)
    describe(&_methods[9], "reduce", <void *>reduce_method, np.add.reduce.__doc__)
    (<dict>TYPE_DICT(Ufunc))["reduce"] = PyDescr_NewMethod(<PyTypeObject *>Ufunc, &_methods[9])
    PyType_Modified(<PyTypeObject *>Ufunc)
    return methods


cdef Py_ssize_t _offset(Reduction f):
    return <char *>&f.vectorcall - <char *><PyObject *>f


#: The methods of Tensor by name, ready to be its attributes.
METHODS_OF_TENSOR = _prepare()
enable_vectorcall(<PyObject *>Reduction, _offset(Reduction(np.sum, "torsor")))
