/* Densities: built in, or a Python callable behind a callback. */
#include "native.h"

#include <string.h>

/* ---- The callback ----------------------------------------------------------------------- */

/* Copies what the callable returned into an array of the core's. */
static int copy_out(float *out, size_t count, PyObject *array, const char *name)
{
    Py_buffer view;
    if (borrow(&view, array, 'f', 0, name) < 0)
        return -1;
    const int matches = (size_t)view.len == count * sizeof(float);
    if (matches)
        memcpy(out, view.buf, (size_t)view.len);
    else
        PyErr_Format(PyExc_ValueError, "%s: expected %zu numbers", name, count);
    PyBuffer_Release(&view);
    return matches ? 0 : -1;
}

/* The arguments of a callable: points and conditions are copies, so that keeping or changing them harms nobody. */
static PyObject *batch(const Callback *callback, const float *x, const int32_t *conditions,
                       size_t count, int wants_score)
{
    const Py_ssize_t bytes = (Py_ssize_t)(count * callback->dimension * sizeof(float));
    PyObject *points = PyByteArray_FromStringAndSize((const char *)x, bytes);
    if (points == NULL)
        return NULL;
    PyObject *wanted = wants_score ? Py_True : Py_False;
    if (!callback->conditional)
        return Py_BuildValue("(NnO)", points, (Py_ssize_t)count, wanted);
    PyObject *numbers = PyByteArray_FromStringAndSize((const char *)conditions,
                                                      (Py_ssize_t)(count * sizeof(int32_t)));
    if (numbers == NULL) {
        Py_DECREF(points);
        return NULL;
    }
    return Py_BuildValue("(NnON)", points, (Py_ssize_t)count, wanted, numbers);
}

/*
 * Calls callable(points: bytearray, count: int, wants_score: bool[, conditions: bytearray])
 * -> (log_density, score | None).
 */
static int call_back(Callback *callback, const float *x, const int32_t *conditions, size_t count,
                     float *log_density, float *score)
{
    const size_t numbers = count * callback->dimension;
    PyObject *given = batch(callback, x, conditions, count, score != NULL);
    if (given == NULL)
        return -1;
    PyObject *result = PyObject_CallObject(callback->callable, given);
    Py_DECREF(given);
    PyObject *values, *gradients;
    int failed = -1;
    if (result != NULL && PyArg_ParseTuple(result, "OO", &values, &gradients))
        failed = (log_density != NULL && copy_out(log_density, count, values, "log_density") < 0) ||
                 (score != NULL && copy_out(score, numbers, gradients, "score") < 0);
    Py_XDECREF(result);
    return failed ? -1 : 0;
}

static int32_t evaluate_conditional(const float *x, const int32_t *conditions, size_t count,
                                    float *log_density, float *score, void *payload)
{
    Callback *callback = payload;
    int32_t status = TIGHTROPE_OK;
    const PyGILState_STATE gil = PyGILState_Ensure();
    callback->thread = PyThread_get_thread_ident();
    callback->running = 1;
    if (call_back(callback, x, conditions, count, log_density, score) < 0)
        status = keep_exception(PyModule_GetState(callback->module));
    callback->running = 0;
    PyGILState_Release(gil);
    return status;
}

static int32_t evaluate_callback(const float *x, size_t count, float *log_density, float *score,
                                 void *payload)
{
    return evaluate_conditional(x, NULL, count, log_density, score, payload);
}

static void destroy_callback(void *payload)
{
    Callback *callback = payload;
    const PyGILState_STATE gil = PyGILState_Ensure();
    Py_XDECREF(callback->callable);
    Py_XDECREF(callback->module);
    PyMem_Free(callback);
    PyGILState_Release(gil);
}

/* ---- Opening and closing ---------------------------------------------------------------- */

PyObject *density_object(State *state, tightrope_density *handle, Callback *callback)
{
    Density *self = (Density *)PyType_GenericAlloc(state->density_type, 0);
    if (self == NULL) {
        tightrope_density_close(handle);
        return NULL;
    }
    self->handle = handle;
    self->callback = callback;
    self->lock = PyThread_allocate_lock();
    if (self->lock == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

PyObject *density_open(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    const char *name, *config;
    tightrope_density *handle = NULL;
    int32_t status;
    if (!PyArg_ParseTuple(arguments, "sz:density_open", &name, &config))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_density_open(&handle, name, config);
    Py_END_ALLOW_THREADS
    return check(state, status) < 0 ? NULL : density_object(state, handle, NULL);
}

static Callback *new_callback(PyObject *module, PyObject *callable, Py_ssize_t dimension)
{
    Callback *callback = PyMem_Calloc(1, sizeof(Callback));
    if (callback == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    callback->module = Py_NewRef(module);
    callback->callable = Py_NewRef(callable);
    callback->dimension = (size_t)dimension;
    return callback;
}

PyObject *density_from_callback(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    Py_ssize_t dimension;
    PyObject *callable;
    int has_score;
    tightrope_density *handle = NULL;
    if (!PyArg_ParseTuple(arguments, "nOp:density_from_callback", &dimension, &callable,
                          &has_score))
        return NULL;
    if (dimension < 1)
        return raise_error(state, "ShapeError", "dimension: expected at least 1");
    Callback *callback = new_callback(module, callable, dimension);
    if (callback == NULL)
        return NULL;
    const int32_t status = tightrope_density_from_callback(
        &handle, callback->dimension, evaluate_callback, has_score, callback, destroy_callback);
    if (check(state, status) < 0) {
        destroy_callback(callback);
        return NULL;
    }
    return density_object(state, handle, callback);
}

/* (dimension, callable, has_score, features [conditions, columns], training) */
PyObject *density_from_conditional(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    Py_ssize_t dimension, training;
    PyObject *callable, *features;
    int has_score;
    Py_buffer view;
    tightrope_density *handle = NULL;
    if (!PyArg_ParseTuple(arguments, "nOpOn:density_from_conditional", &dimension, &callable,
                          &has_score, &features, &training))
        return NULL;
    if (dimension < 1 || training < 1)
        return raise_error(state, "ShapeError", "dimension, training: expected at least 1");
    if (borrow(&view, features, 'f', 0, "features") < 0)
        return NULL;
    Callback *callback = view.ndim == 2 ? new_callback(module, callable, dimension) : NULL;
    if (callback == NULL) {
        if (view.ndim != 2)
            PyErr_SetString(PyExc_ValueError, "features: expected [conditions, columns]");
        PyBuffer_Release(&view);
        return NULL;
    }
    callback->conditional = 1;
    const int32_t status = tightrope_density_from_conditional_callback(
        &handle, callback->dimension, evaluate_conditional, has_score, view.buf,
        (size_t)view.shape[0], (size_t)view.shape[1], (size_t)training, callback, destroy_callback);
    PyBuffer_Release(&view);
    if (check(state, status) < 0) {
        destroy_callback(callback);
        return NULL;
    }
    return density_object(state, handle, callback);
}

PyObject *density_wrap(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    const char *name, *config;
    PyObject *base;
    tightrope_density *handle = NULL;
    if (!PyArg_ParseTuple(arguments, "sO!z:density_wrap", &name, state->density_type, &base,
                          &config) ||
        check(state, tightrope_density_wrap(&handle, name, ((Density *)base)->handle, config)) < 0)
        return NULL;
    PyObject *self = density_object(state, handle, NULL);
    if (self != NULL)
        ((Density *)self)->base = Py_NewRef(base);
    return self;
}

/*
 * The callable is owned by the core's density. Every run on it is owned by a Python object that
 * holds this one, so when this one is unreachable, so is the callable: it is visited from here.
 */
static int traverse(PyObject *object, visitproc visit, void *arg)
{
    Density *self = (Density *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->base);
    if (self->callback != NULL)
        Py_VISIT(self->callback->callable);
    return 0;
}

static int clear(PyObject *object)
{
    Density *self = (Density *)object;
    Py_CLEAR(self->base);
    if (self->callback != NULL)
        Py_CLEAR(self->callback->callable);
    return 0;
}

static void deallocate(PyObject *object)
{
    Density *self = (Density *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    tightrope_density_close(self->handle);
    Py_CLEAR(self->base);
    if (self->lock != NULL)
        PyThread_free_lock(self->lock);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

/* ---- Methods ---------------------------------------------------------------------------- */

/* Waits for the handle: it serves one thread at a time. A callable cannot wait for itself. */
static int begin(Density *self)
{
    const Density *innermost = self;
    while (innermost->base != NULL)
        innermost = (const Density *)innermost->base;
    const Callback *callback = innermost->callback;
    if (callback != NULL && callback->running &&
        callback->thread == PyThread_get_thread_ident()) {
        raise_error(state_of((PyObject *)self), "TightropeError",
                    "a density's callable cannot evaluate the density it defines");
        return -1;
    }
    if (!PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
        Py_BEGIN_ALLOW_THREADS
        PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    }
    return 0;
}

static PyObject *finish(Density *self, int32_t status)
{
    PyThread_release_lock(self->lock);
    return check(state_of((PyObject *)self), status) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *dimension(PyObject *self, void *Py_UNUSED(closure))
{
    size_t result = 0;
    if (check(state_of(self), tightrope_density_dimension(&result, ((Density *)self)->handle)) < 0)
        return NULL;
    return PyLong_FromSize_t(result);
}

static PyObject *describe(PyObject *object, PyObject *Py_UNUSED(unused))
{
    char *text = NULL;
    const int32_t status = tightrope_density_describe(&text, ((Density *)object)->handle);
    return take_text(state_of(object), status, text);
}

static PyObject *usage(PyObject *object, PyObject *Py_UNUSED(unused))
{
    char *text = NULL;
    const int32_t status = tightrope_density_usage(&text, ((Density *)object)->handle);
    return take_text(state_of(object), status, text);
}

static PyObject *grant(PyObject *object, PyObject *arguments)
{
    Py_ssize_t points;
    if (!PyArg_ParseTuple(arguments, "n:grant", &points))
        return NULL;
    const int32_t status = tightrope_density_grant(((Density *)object)->handle, (size_t)points);
    return check(state_of(object), status) < 0 ? NULL : Py_NewRef(Py_None);
}

typedef int32_t (*Evaluation)(float *, const tightrope_density *, const float *, size_t, size_t);

/* (out, x): float32 arrays; x is [count, dimension], out [count], or like x for a vector. */
static PyObject *evaluate(Density *self, PyObject *arguments, Evaluation function, int vector)
{
    PyObject *out_array, *x_array;
    Py_buffer out, x;
    if (!PyArg_ParseTuple(arguments, "OO", &out_array, &x_array) ||
        borrow(&x, x_array, 'f', 0, "x") < 0)
        return NULL;
    if (borrow(&out, out_array, 'f', 1, "out") < 0) {
        PyBuffer_Release(&x);
        return NULL;
    }
    PyObject *result = NULL;
    if (x.ndim != 2 || out.len != (vector ? x.len : x.shape[0] * (Py_ssize_t)sizeof(float))) {
        PyErr_SetString(PyExc_ValueError, "x and out do not match");
    } else if (begin(self) == 0) {
        int32_t status;
        Py_BEGIN_ALLOW_THREADS
        status = function(out.buf, self->handle, x.buf, (size_t)x.shape[0], (size_t)x.shape[1]);
        Py_END_ALLOW_THREADS
        result = finish(self, status);
    }
    PyBuffer_Release(&out);
    PyBuffer_Release(&x);
    return result;
}

/* (log_density, score | None, x, conditions | None): float32 arrays and one of int32. */
static PyObject *evaluate_all(PyObject *object, PyObject *arguments)
{
    Density *self = (Density *)object;
    PyObject *arrays[4], *result = NULL;
    Py_buffer views[4] = {{0}};
    static const char *const names[] = {"log_density", "score", "x", "conditions"};
    if (!PyArg_ParseTuple(arguments, "OOOO:evaluate", &arrays[0], &arrays[1], &arrays[2],
                          &arrays[3]))
        return NULL;
    int ready = 1;
    for (int i = 0; i < 4 && ready; i++)
        if (arrays[i] != Py_None)
            ready = borrow(&views[i], arrays[i], i == 3 ? 'i' : 'f', i < 2, names[i]) == 0;
    const Py_buffer *out = &views[0], *score = &views[1], *x = &views[2], *numbers = &views[3];
    if (ready) {
        const Py_ssize_t bytes = x->ndim == 2 ? x->shape[0] * (Py_ssize_t)sizeof(float) : -1;
        if (out->len != bytes || (score->buf != NULL && score->len != x->len) ||
            (numbers->buf != NULL && numbers->len != bytes)) {
            PyErr_SetString(PyExc_ValueError, "log_density, score, x, conditions do not match");
        } else if (begin(self) == 0) {
            int32_t status;
            Py_BEGIN_ALLOW_THREADS
            status = tightrope_density_evaluate(out->buf, score->buf, self->handle, x->buf,
                                                numbers->buf, (size_t)x->shape[0],
                                                (size_t)x->shape[1]);
            Py_END_ALLOW_THREADS
            result = finish(self, status);
        }
    }
    for (int i = 0; i < 4; i++)
        if (views[i].obj != NULL)
            PyBuffer_Release(&views[i]);
    return result;
}

static PyObject *log_density(PyObject *self, PyObject *arguments)
{
    return evaluate((Density *)self, arguments, tightrope_density_log_density, 0);
}

static PyObject *score(PyObject *self, PyObject *arguments)
{
    return evaluate((Density *)self, arguments, tightrope_density_score, 1);
}

static PyObject *base_points(PyObject *self, PyObject *arguments)
{
    return evaluate((Density *)self, arguments, tightrope_density_base_points, 1);
}

/* (out, seed): out is a float32 array [count, dimension]. */
static PyObject *sample(PyObject *object, PyObject *arguments)
{
    Density *self = (Density *)object;
    PyObject *out_array, *result = NULL;
    unsigned long long seed;
    size_t width = 0;
    Py_buffer out;
    if (!PyArg_ParseTuple(arguments, "OK:sample", &out_array, &seed) ||
        check(state_of(object), tightrope_density_dimension(&width, self->handle)) < 0 ||
        borrow(&out, out_array, 'f', 1, "out") < 0)
        return NULL;
    if (out.ndim != 2 || (size_t)out.shape[1] != width) {
        PyErr_SetString(PyExc_ValueError, "out: expected [count, dimension]");
    } else if (begin(self) == 0) {
        int32_t status;
        Py_BEGIN_ALLOW_THREADS
        status = tightrope_density_sample(out.buf, self->handle, (size_t)out.shape[0], seed);
        Py_END_ALLOW_THREADS
        result = finish(self, status);
    }
    PyBuffer_Release(&out);
    return result;
}

static PyObject *save_model(PyObject *object, PyObject *arguments)
{
    Density *self = (Density *)object;
    PyObject *path, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "O&:save_model", PyUnicode_FSConverter, &path))
        return NULL;
    if (begin(self) == 0) {
        const char *name = PyBytes_AsString(path);
        int32_t status;
        Py_BEGIN_ALLOW_THREADS
        status = tightrope_density_save_model(self->handle, name);
        Py_END_ALLOW_THREADS
        result = finish(self, status);
    }
    Py_DECREF(path);
    return result;
}

static PyObject *mcmc(PyObject *object, PyObject *arguments)
{
    Density *self = (Density *)object;
    Listening listening = {.state = state_of(object), .event = Py_None};
    const char *config;
    tightrope_draws *draws = NULL;
    if (!PyArg_ParseTuple(arguments, "z:mcmc", &config) || begin(self) < 0)
        return NULL;
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_mcmc(&draws, self->handle, config, &given);
    Py_END_ALLOW_THREADS
    PyThread_release_lock(self->lock);
    return check(listening.state, status) < 0 ? NULL : draws_wrap(listening.state, draws);
}

static PyMethodDef methods[] = {
    {"describe", describe, METH_NOARGS, NULL},
    {"usage", usage, METH_NOARGS, NULL},
    {"grant", grant, METH_VARARGS, NULL},
    {"log_density", log_density, METH_VARARGS, NULL},
    {"score", score, METH_VARARGS, NULL},
    {"base_points", base_points, METH_VARARGS, NULL},
    {"evaluate", evaluate_all, METH_VARARGS, NULL},
    {"sample", sample, METH_VARARGS, NULL},
    {"save_model", save_model, METH_VARARGS, NULL},
    {"mcmc", mcmc, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"dimension", dimension, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, deallocate}, {Py_tp_traverse, traverse}, {Py_tp_clear, clear},
    {Py_tp_methods, methods},    {Py_tp_getset, attributes}, {0, NULL},
};

PyType_Spec density_spec = {
    .name = "tightrope._native.Density",
    .basicsize = sizeof(Density),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
