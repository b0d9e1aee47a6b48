/* Runs: training, sampling, evaluation, with a listener that asks Python for signals. */
#include "native.h"

typedef struct Run {
    PyObject_HEAD
    tightrope_run *handle;
    PyObject *density; /* a Density, or NULL */
    int busy;          /* a call is under way; guarded by the GIL */
} Run;

/* ---- The listener ----------------------------------------------------------------------- */

static int32_t on_event(const char *json, void *payload)
{
    const Listening *listening = payload;
    int32_t status = TIGHTROPE_OK;
    if (listening->event == Py_None)
        return status;
    const PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *result = PyObject_CallFunction(listening->event, "s", json);
    if (result == NULL)
        status = keep_exception(listening->state);
    Py_XDECREF(result);
    PyGILState_Release(gil);
    return status;
}

/* Runs the handlers of signals that arrived, so that Ctrl-C raises KeyboardInterrupt here. */
static int32_t on_poll(void *payload)
{
    const Listening *listening = payload;
    int32_t status = TIGHTROPE_OK;
    const PyGILState_STATE gil = PyGILState_Ensure();
    if (PyErr_CheckSignals() < 0)
        status = keep_exception(listening->state);
    PyGILState_Release(gil);
    return status;
}

tightrope_listener listener(Listening *listening)
{
    return (tightrope_listener){.event = on_event, .poll = on_poll, .payload = listening};
}

/* ---- Opening and closing ---------------------------------------------------------------- */

static PyObject *wrap(State *state, tightrope_run *handle, PyObject *density)
{
    Run *self = (Run *)PyType_GenericAlloc(state->run_type, 0);
    if (self == NULL) {
        tightrope_run_close(handle);
        return NULL;
    }
    self->handle = handle;
    self->density = density == Py_None ? NULL : Py_NewRef(density);
    return (PyObject *)self;
}

PyObject *run_open(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    PyObject *density;
    const char *config;
    tightrope_run *handle = NULL;
    int32_t status;
    if (!PyArg_ParseTuple(arguments, "O!z:run_open", state->density_type, &density, &config))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_open(&handle, ((Density *)density)->handle, config);
    Py_END_ALLOW_THREADS
    return check(state, status) < 0 ? NULL : wrap(state, handle, density);
}

PyObject *run_load(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    PyObject *path, *density;
    const char *config;
    tightrope_run *handle = NULL;
    int32_t status;
    if (!PyArg_ParseTuple(arguments, "O&Oz:run_load", PyUnicode_FSConverter, &path, &density,
                          &config))
        return NULL;
    if (density != Py_None && !Py_IS_TYPE(density, state->density_type)) {
        Py_DECREF(path);
        PyErr_SetString(PyExc_TypeError, "density: expected a Density or None");
        return NULL;
    }
    const tightrope_density *given = density == Py_None ? NULL : ((Density *)density)->handle;
    const char *name = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_load(&handle, name, given, config);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    return check(state, status) < 0 ? NULL : wrap(state, handle, density);
}

static int traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((Run *)object)->density);
    return 0;
}

static int clear(PyObject *object)
{
    Py_CLEAR(((Run *)object)->density);
    return 0;
}

static void deallocate(PyObject *object)
{
    Run *self = (Run *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    tightrope_run_close(self->handle);
    Py_XDECREF(self->density);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

/* ---- Methods ---------------------------------------------------------------------------- */

/* A run serves one call at a time; waiting here could be a callback waiting for itself. */
static int begin(Run *self)
{
    if (self->busy) {
        raise_error(state_of((PyObject *)self), "TightropeError",
                    "the run is at work: another thread or the calling callback uses it");
        return -1;
    }
    self->busy = 1;
    return 0;
}

static int finish(Run *self, int32_t status)
{
    self->busy = 0;
    return check(state_of((PyObject *)self), status);
}

static PyObject *train(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    Listening listening = {.state = state_of(object)};
    const char *budget;
    if (!PyArg_ParseTuple(arguments, "zO:train", &budget, &listening.event) || begin(self) < 0)
        return NULL;
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_train_within(self->handle, budget, &given);
    Py_END_ALLOW_THREADS
    return finish(self, status) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *extend(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    Py_ssize_t steps;
    if (!PyArg_ParseTuple(arguments, "n:extend", &steps) || begin(self) < 0)
        return NULL;
    const int32_t status = tightrope_run_extend(self->handle, (size_t)steps);
    return finish(self, status) < 0 ? NULL : Py_NewRef(Py_None);
}

typedef int32_t (*Drawing)(tightrope_draws **, tightrope_run *, size_t, uint64_t, const char *,
                           const tightrope_listener *);

static PyObject *draw(Run *self, PyObject *arguments, Drawing function)
{
    Listening listening = {.state = state_of((PyObject *)self)};
    Py_ssize_t count;
    unsigned long long seed;
    const char *config;
    tightrope_draws *draws = NULL;
    if (!PyArg_ParseTuple(arguments, "nKzO", &count, &seed, &config, &listening.event))
        return NULL;
    if (count < 0)
        return raise_error(listening.state, "ShapeError", "count: expected at least 1");
    if (begin(self) < 0)
        return NULL;
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = function(&draws, self->handle, (size_t)count, seed, config, &given);
    Py_END_ALLOW_THREADS
    return finish(self, status) < 0 ? NULL : draws_wrap(listening.state, draws);
}

static PyObject *sample(PyObject *self, PyObject *arguments)
{
    return draw((Run *)self, arguments, tightrope_run_draw);
}

static PyObject *paths(PyObject *self, PyObject *arguments)
{
    return draw((Run *)self, arguments, tightrope_run_paths);
}

static PyObject *refine(PyObject *self, PyObject *arguments)
{
    return draw((Run *)self, arguments, tightrope_run_refine);
}

static PyObject *evaluate(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    Listening listening = {.state = state_of(object)};
    const char *config;
    char *text = NULL;
    if (!PyArg_ParseTuple(arguments, "zO:evaluate", &config, &listening.event) || begin(self) < 0)
        return NULL;
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_evaluate(&text, self->handle, config, &given);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    return take_text(listening.state, status, text);
}

/* (points or None, config, event): the likelihood report as JSON text. */
static PyObject *likelihood(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    Listening listening = {.state = state_of(object)};
    const char *config;
    char *text = NULL;
    PyObject *points;
    Py_buffer view = {0};
    if (!PyArg_ParseTuple(arguments, "OzO:likelihood", &points, &config, &listening.event))
        return NULL;
    if (points != Py_None && borrow(&view, points, 'f', 0, "points") < 0)
        return NULL;
    if (begin(self) < 0) {
        PyBuffer_Release(&view);
        return NULL;
    }
    const size_t count = view.ndim > 0 ? (size_t)view.shape[0] : 0;
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_likelihood(&text, self->handle, view.buf, count, config, &given);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    PyBuffer_Release(&view);
    return take_text(listening.state, status, text);
}

static PyObject *report(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    Listening listening = {.state = state_of(object), .event = Py_None};
    const char *config, *provenance;
    PyObject *path;
    if (!PyArg_ParseTuple(arguments, "O&zz:report", PyUnicode_FSConverter, &path, &config,
                          &provenance))
        return NULL;
    if (begin(self) < 0) {
        Py_DECREF(path);
        return NULL;
    }
    const char *place = PyBytes_AsString(path);
    const tightrope_listener given = listener(&listening);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_report(self->handle, place, config, provenance, &given);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    Py_DECREF(path);
    return check(listening.state, status) < 0 ? NULL : Py_NewRef(Py_None);
}

typedef int32_t (*Telling)(char **, const tightrope_run *);

static PyObject *tell(Run *self, Telling function)
{
    char *text = NULL;
    if (begin(self) < 0)
        return NULL;
    const int32_t status = function(&text, self->handle);
    self->busy = 0;
    return take_text(state_of((PyObject *)self), status, text);
}

static PyObject *describe(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return tell((Run *)self, tightrope_run_describe);
}

static PyObject *history(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return tell((Run *)self, tightrope_run_history);
}

static PyObject *save(PyObject *object, PyObject *arguments)
{
    Run *self = (Run *)object;
    PyObject *path;
    if (!PyArg_ParseTuple(arguments, "O&:save", PyUnicode_FSConverter, &path))
        return NULL;
    if (begin(self) < 0) {
        Py_DECREF(path);
        return NULL;
    }
    const char *name = PyBytes_AsString(path);
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = tightrope_run_save(self->handle, name);
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    return finish(self, status) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"train", train, METH_VARARGS, NULL},
    {"extend", extend, METH_VARARGS, NULL},
    {"sample", sample, METH_VARARGS, NULL},
    {"paths", paths, METH_VARARGS, NULL},
    {"refine", refine, METH_VARARGS, NULL},
    {"evaluate", evaluate, METH_VARARGS, NULL},
    {"likelihood", likelihood, METH_VARARGS, NULL},
    {"report", report, METH_VARARGS, NULL},
    {"describe", describe, METH_NOARGS, NULL},
    {"history", history, METH_NOARGS, NULL},
    {"save", save, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, deallocate}, {Py_tp_traverse, traverse}, {Py_tp_clear, clear},
    {Py_tp_methods, methods},    {0, NULL},
};

PyType_Spec run_spec = {
    .name = "tightrope._native.Run",
    .basicsize = sizeof(Run),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
