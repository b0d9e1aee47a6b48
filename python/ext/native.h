/*
 * What the files of the extension share.
 *
 * The extension converts and nothing else: Python objects to the types of tightrope.h, statuses to
 * exceptions. Everything people read is in the Python files next to it. Three rules hold it up:
 *
 * - The GIL is released around every call that computes, and retaken inside callbacks, which run
 *   on threads of the core.
 * - An exception inside a callback is put aside under a positive code of its own (keep_exception);
 *   the core returns that code unchanged from the call that ran the callback, and `check` raises
 *   the very same object again. Two runs on one density cannot mix up their exceptions.
 * - There is no state but the module's and the objects'.
 */
#ifndef TIGHTROPE_NATIVE_H
#define TIGHTROPE_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tightrope.h"

/* A Python object that hears of events, or None. */
typedef struct Listening {
    struct State *state;
    PyObject *event; /* callable(json: str), or None */
} Listening;

typedef struct State {
    PyTypeObject *density_type;
    PyTypeObject *run_type;
    PyTypeObject *draws_type;
    PyTypeObject *array_type;
    PyObject *errors; /* the module tightrope.errors */
    PyObject *kept;   /* dict: code -> exception of a callback, until its call returns */
    int32_t last_code;
    Listening waiting; /* asks for signals while models that a density is made of train */
} State;

/* A Python callable that stands behind a density; owned by the core's density (see density.c). */
typedef struct Callback {
    PyObject *module; /* keeps State alive */
    PyObject *callable;
    size_t dimension;
    int conditional; /* whether it is given the points' conditions too */
    int running;
    unsigned long thread; /* the thread it runs on, while it runs */
} Callback;

typedef struct Density {
    PyObject_HEAD
    tightrope_density *handle;
    Callback *callback; /* NULL for a built-in density and for one made of another */
    PyObject *base;     /* the density that this one is made of, or NULL */
    PyThread_type_lock lock;
} Density;

extern PyType_Spec density_spec, run_spec, draws_spec, array_spec;

/* The state of the module that made `self`'s type. */
static inline State *state_of(PyObject *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

/* 0 for TIGHTROPE_OK, else -1 with the exception that belongs to `status`. */
int check(State *state, int32_t status);

/* Puts the current exception aside; its code is what a callback returns. */
int32_t keep_exception(State *state);

/* Sets tightrope.errors.<name>; returns NULL. */
PyObject *raise_error(State *state, const char *name, const char *message);

/* A text of the library's as str, freed; NULL with the exception if `status` is a failure. */
PyObject *take_text(State *state, int32_t status, char *text);

/* Borrows a dense array of one-letter `format` ("f", "d"): 0, or -1 with an exception. */
int borrow(Py_buffer *view, PyObject *array, char format, int writable, const char *name);

PyObject *density_open(PyObject *module, PyObject *arguments);
PyObject *density_from_callback(PyObject *module, PyObject *arguments);
PyObject *density_from_conditional(PyObject *module, PyObject *arguments);
PyObject *density_from_address(PyObject *module, PyObject *arguments);
PyObject *density_wrap(PyObject *module, PyObject *arguments);
PyObject *run_open(PyObject *module, PyObject *arguments);
PyObject *run_load(PyObject *module, PyObject *arguments);

/* A density of the core as a Python object, which owns it (closed here if there is no memory). */
PyObject *density_object(State *state, tightrope_density *handle, Callback *callback);

/* A listener that calls `event`, and asks Python for signals. */
tightrope_listener listener(Listening *listening);

/* Wraps draws of the core, which the new object owns (closed here if there is no memory for it). */
PyObject *draws_wrap(State *state, tightrope_draws *handle);

#endif
