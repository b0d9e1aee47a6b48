/* Draws and their arrays: buffers that keep the draws alive, so that NumPy views copy nothing. */
#include "native.h"

typedef struct Draws {
    PyObject_HEAD
    tightrope_draws *handle;
} Draws;

/* One read-only array inside draws, for the buffer protocol. */
typedef struct Array {
    PyObject_HEAD
    PyObject *draws;
    const void *data;
    char *format;
    int rank;
    Py_ssize_t size;
    Py_ssize_t shape[2];
    Py_ssize_t strides[2];
} Array;

/* ---- Arrays ----------------------------------------------------------------------------- */

static int get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    Array *self = (Array *)object;
    if (flags & PyBUF_WRITABLE) {
        PyErr_SetString(PyExc_BufferError, "draws are read-only: copy them to change them");
        return -1;
    }
    *view = (Py_buffer){
        .buf = (void *)self->data,
        .obj = Py_NewRef(object),
        .len = self->shape[0] * self->strides[0],
        .itemsize = self->size,
        .readonly = 1,
        .ndim = self->rank,
        .format = flags & PyBUF_FORMAT ? self->format : NULL,
        .shape = flags & PyBUF_ND ? self->shape : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? self->strides : NULL,
    };
    return 0;
}

static void deallocate_array(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(((Array *)object)->draws);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *array(PyObject *draws, const void *data, char *format, Py_ssize_t size,
                       Py_ssize_t count, Py_ssize_t width)
{
    Array *self = (Array *)PyType_GenericAlloc(state_of(draws)->array_type, 0);
    if (self == NULL)
        return NULL;
    self->draws = Py_NewRef(draws);
    self->data = data;
    self->format = format;
    self->size = size;
    self->rank = width > 0 ? 2 : 1;
    self->shape[0] = count;
    self->shape[1] = width;
    self->strides[0] = size * (width > 0 ? width : 1);
    self->strides[1] = size;
    return (PyObject *)self;
}

/* ---- Draws ------------------------------------------------------------------------------ */

PyObject *draws_wrap(State *state, tightrope_draws *handle)
{
    Draws *self = (Draws *)PyType_GenericAlloc(state->draws_type, 0);
    if (self == NULL)
        tightrope_draws_close(handle);
    else
        self->handle = handle;
    return (PyObject *)self;
}

static void deallocate(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    tightrope_draws_close(((Draws *)object)->handle);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *x(PyObject *object, void *Py_UNUSED(closure))
{
    const tightrope_draws *handle = ((Draws *)object)->handle;
    return array(object, tightrope_draws_x(handle), "f", sizeof(float),
                 (Py_ssize_t)tightrope_draws_count(handle),
                 (Py_ssize_t)tightrope_draws_dimension(handle));
}

static PyObject *log_weights(PyObject *object, void *Py_UNUSED(closure))
{
    const tightrope_draws *handle = ((Draws *)object)->handle;
    return array(object, tightrope_draws_log_weights(handle), "d", sizeof(double),
                 (Py_ssize_t)tightrope_draws_count(handle), 0);
}

static PyObject *log_density(PyObject *object, void *Py_UNUSED(closure))
{
    const tightrope_draws *handle = ((Draws *)object)->handle;
    return array(object, tightrope_draws_log_density(handle), "d", sizeof(double),
                 (Py_ssize_t)tightrope_draws_count(handle), 0);
}

static PyObject *conditions(PyObject *object, void *Py_UNUSED(closure))
{
    const tightrope_draws *handle = ((Draws *)object)->handle;
    const int32_t *data = tightrope_draws_conditions(handle);
    if (data == NULL)
        Py_RETURN_NONE;
    return array(object, data, "i", sizeof(int32_t), (Py_ssize_t)tightrope_draws_count(handle), 0);
}

static PyObject *checksum(PyObject *object, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(tightrope_draws_checksum(((Draws *)object)->handle));
}

static PyObject *report(PyObject *object, void *Py_UNUSED(closure))
{
    char *text = NULL;
    const int32_t status = tightrope_draws_report(&text, ((Draws *)object)->handle);
    return take_text(state_of(object), status, text);
}

static PyGetSetDef attributes[] = {
    {"x", x, NULL, NULL, NULL},
    {"log_weights", log_weights, NULL, NULL, NULL},
    {"log_density", log_density, NULL, NULL, NULL},
    {"conditions", conditions, NULL, NULL, NULL},
    {"checksum", checksum, NULL, NULL, NULL},
    {"report", report, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot draws_slots[] = {
    {Py_tp_dealloc, deallocate}, {Py_tp_getset, attributes}, {0, NULL}};

PyType_Spec draws_spec = {
    .name = "tightrope._native.Draws",
    .basicsize = sizeof(Draws),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = draws_slots,
};

static PyType_Slot array_slots[] = {
    {Py_tp_dealloc, deallocate_array}, {Py_bf_getbuffer, get_buffer}, {0, NULL}};

PyType_Spec array_spec = {
    .name = "tightrope._native.Array",
    .basicsize = sizeof(Array),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = array_slots,
};
