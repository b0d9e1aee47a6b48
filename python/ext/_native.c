/* The module: statuses to exceptions, texts, catalogues and named functions. */
#include "native.h"

#include <limits.h>
#include <string.h>

/* ---- Errors ----------------------------------------------------------------------------- */

PyObject *raise_error(State *state, const char *name, const char *message)
{
    PyObject *type = PyObject_GetAttrString(state->errors, name);
    PyObject *text = PyUnicode_DecodeUTF8(message, (Py_ssize_t)strlen(message), "replace");
    if (type != NULL && text != NULL)
        PyErr_SetObject(type, text);
    Py_XDECREF(type);
    Py_XDECREF(text);
    return NULL;
}

int32_t keep_exception(State *state)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    state->last_code = state->last_code == INT32_MAX ? 1 : state->last_code + 1;
    int32_t status = state->last_code;
    PyObject *code = PyLong_FromLong(status);
    if (code == NULL || PyDict_SetItem(state->kept, code, value) < 0)
        PyErr_WriteUnraisable(value);
    Py_XDECREF(code);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return status;
}

/* Raises the exception kept under `status` as itself, with its traceback. */
static int raise_kept(State *state, int32_t status)
{
    PyObject *code = PyLong_FromLong(status);
    if (code == NULL)
        return -1;
    PyObject *value = PyDict_GetItemWithError(state->kept, code);
    Py_XINCREF(value);
    if (value == NULL) {
        if (!PyErr_Occurred())
            raise_error(state, "TightropeError", "a callback failed without an exception");
    } else if (PyDict_DelItem(state->kept, code) == 0) {
        PyObject *traceback = PyException_GetTraceback(value);
        PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(value)), Py_NewRef(value), traceback);
    }
    Py_XDECREF(value);
    Py_DECREF(code);
    return -1;
}

int check(State *state, int32_t status)
{
    if (status == TIGHTROPE_OK)
        return 0;
    if (status > 0)
        return raise_kept(state, status);
    /* Codes are grouped by tens, so that later ones fall into the right class. */
    static const char *const names[] = {"TightropeError", "ConfigError",    "ShapeError",
                                        "StorageError",   "NumericalError", "Cancelled"};
    const int32_t group = status > -60 ? -status / 10 : 0;
    const char *name = status == TIGHTROPE_ERROR_BUDGET    ? "BudgetError"
                       : status == TIGHTROPE_ERROR_TIMEOUT ? "CallTimeoutError"
                                                           : names[group];
    const char *message = tightrope_last_error();
    raise_error(state, name, message != NULL && *message ? message : "no message");
    return -1;
}

/* ---- Conversions ------------------------------------------------------------------------ */

PyObject *take_text(State *state, int32_t status, char *text)
{
    if (check(state, status) < 0)
        return NULL;
    PyObject *result = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "strict");
    tightrope_text_free(text);
    return result;
}

int borrow(Py_buffer *view, PyObject *array, char format, int writable, const char *name)
{
    const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, view, flags) < 0)
        return -1;
    const char *got = view->format != NULL ? view->format : "B";
    if (got[0] == format && got[1] == 0)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s: expected an array of format '%c', got '%s'", name, format,
                 got);
    PyBuffer_Release(view);
    return -1;
}

/* ---- Functions -------------------------------------------------------------------------- */

static PyObject *version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(tightrope_version());
}

static PyObject *environment(PyObject *module, PyObject *Py_UNUSED(unused))
{
    char *text = NULL;
    const int32_t status = tightrope_environment(&text);
    return take_text(PyModule_GetState(module), status, text);
}

static PyObject *names(PyObject *module, PyObject *arguments)
{
    const char *family;
    char *text = NULL;
    if (!PyArg_ParseTuple(arguments, "s:names", &family))
        return NULL;
    const int32_t status = tightrope_names(&text, family);
    return take_text(PyModule_GetState(module), status, text);
}

static PyObject *describe(PyObject *module, PyObject *arguments)
{
    const char *family, *name;
    char *text = NULL;
    if (!PyArg_ParseTuple(arguments, "ss:describe", &family, &name))
        return NULL;
    const int32_t status = tightrope_describe(&text, family, name);
    return take_text(PyModule_GetState(module), status, text);
}

/* The arrays of one side of a named function. */
typedef struct Arrays {
    size_t count;
    Py_buffer views[8];
    tightrope_array items[8];
} Arrays;

static void release_arrays(Arrays *arrays)
{
    while (arrays->count > 0)
        PyBuffer_Release(&arrays->views[--arrays->count]);
}

static int add_array(Arrays *arrays, PyObject *object, int writable)
{
    Py_buffer *view = &arrays->views[arrays->count];
    if (borrow(view, object, 'd', writable, writable ? "outputs" : "inputs") < 0)
        return -1;
    tightrope_array *item = &arrays->items[arrays->count++];
    if (view->ndim > 4) {
        PyErr_SetString(PyExc_ValueError, "arrays have at most 4 axes");
        return -1;
    }
    *item = (tightrope_array){.data = view->buf, .rank = (size_t)view->ndim};
    for (int axis = 0; axis < view->ndim; axis++)
        item->shape[axis] = (size_t)view->shape[axis];
    return 0;
}

static int borrow_arrays(Arrays *arrays, PyObject *tuple, int writable)
{
    const Py_ssize_t count = PyTuple_Size(tuple);
    if (count > 8) {
        PyErr_SetString(PyExc_ValueError, "a function has at most 8 arrays on a side");
        return -1;
    }
    for (Py_ssize_t index = 0; index < count; index++)
        if (add_array(arrays, PyTuple_GetItem(tuple, index), writable) < 0)
            return -1;
    return 0;
}

static PyObject *call(PyObject *module, PyObject *arguments)
{
    const char *name, *config;
    PyObject *input_tuple, *output_tuple;
    Arrays inputs = {0}, outputs = {0};
    int failed = -1;
    if (!PyArg_ParseTuple(arguments, "szO!O!:call", &name, &config, &PyTuple_Type, &input_tuple,
                          &PyTuple_Type, &output_tuple))
        return NULL;
    if (borrow_arrays(&inputs, input_tuple, 0) == 0 &&
        borrow_arrays(&outputs, output_tuple, 1) == 0) {
        int32_t status;
        Py_BEGIN_ALLOW_THREADS
        status = tightrope_call(name, config, inputs.items, inputs.count, outputs.items,
                                outputs.count);
        Py_END_ALLOW_THREADS
        failed = check(PyModule_GetState(module), status);
    }
    release_arrays(&inputs);
    release_arrays(&outputs);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *remark(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(tightrope_last_remark());
}

/* ---- Module ----------------------------------------------------------------------------- */

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, NULL},
    {"environment", environment, METH_NOARGS, NULL},
    {"names", names, METH_VARARGS, NULL},
    {"describe", describe, METH_VARARGS, NULL},
    {"call", call, METH_VARARGS, NULL},
    {"remark", remark, METH_NOARGS, NULL},
    {"density_open", density_open, METH_VARARGS, NULL},
    {"density_from_callback", density_from_callback, METH_VARARGS, NULL},
    {"density_from_conditional", density_from_conditional, METH_VARARGS, NULL},
    {"density_from_address", density_from_address, METH_VARARGS, NULL},
    {"density_wrap", density_wrap, METH_VARARGS, NULL},
    {"run_open", run_open, METH_VARARGS, NULL},
    {"run_load", run_load, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_type(PyObject *module, PyTypeObject **slot, PyType_Spec *spec)
{
    *slot = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *slot == NULL ? -1 : PyModule_AddType(module, *slot);
}

static int execute(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->errors = PyImport_ImportModule("tightrope.errors");
    state->kept = PyDict_New();
    if (state->errors == NULL || state->kept == NULL ||
        add_type(module, &state->density_type, &density_spec) < 0 ||
        add_type(module, &state->run_type, &run_spec) < 0 ||
        add_type(module, &state->draws_type, &draws_spec) < 0 ||
        add_type(module, &state->array_type, &array_spec) < 0)
        return -1;
    state->waiting = (Listening){.state = state, .event = Py_None};
    const tightrope_listener waiting = listener(&state->waiting);
    tightrope_set_thread_listener(&waiting);
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->density_type);
    Py_VISIT(state->run_type);
    Py_VISIT(state->draws_type);
    Py_VISIT(state->array_type);
    Py_VISIT(state->errors);
    Py_VISIT(state->kept);
    return 0;
}

static int clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->density_type);
    Py_CLEAR(state->run_type);
    Py_CLEAR(state->draws_type);
    Py_CLEAR(state->array_type);
    Py_CLEAR(state->errors);
    Py_CLEAR(state->kept);
    return 0;
}

static void release(void *module)
{
    tightrope_set_thread_listener(NULL);
    clear(module);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tightrope._native",
    .m_doc = "Conversions between Python and the C interface of the core (see _native.pyi).",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
