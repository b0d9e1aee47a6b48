/* Densities that are functions of C: called by the core's threads, without the GIL. */
#include "native.h"

#include <string.h>

/* A function at an address; `owner` keeps alive what is there. */
typedef struct Function {
    PyObject *module; /* keeps State alive */
    PyObject *owner;
    tightrope_log_density call;
    void *payload;
    int tolerant; /* whether limits answer for its failures, so that no exception is wanted */
} Function;

/* A function's own status, which may be the code of any exception, becomes an exception of its own. */
static int32_t refuse(const Function *function, int32_t status)
{
    const PyGILState_STATE gil = PyGILState_Ensure();
    State *state = PyModule_GetState(function->module);
    char message[64];
    PyOS_snprintf(message, sizeof message, "the density's function returned %d", (int)status);
    raise_error(state, "TightropeError", message);
    const int32_t code = keep_exception(state);
    PyGILState_Release(gil);
    return code;
}

static int32_t evaluate(const float *x, size_t count, float *log_density, float *score,
                        void *payload)
{
    const Function *function = payload;
    const int32_t status = function->call(x, count, log_density, score, function->payload);
    if (status == TIGHTROPE_OK)
        return status;
    return function->tolerant ? TIGHTROPE_ERROR_UNKNOWN : refuse(function, status);
}

static void destroy(void *payload)
{
    Function *function = payload;
    const PyGILState_STATE gil = PyGILState_Ensure();
    Py_XDECREF(function->owner);
    Py_XDECREF(function->module);
    PyMem_Free(function);
    PyGILState_Release(gil);
}

/* Puts limits in front of a density, which is closed. */
static int limit(State *state, tightrope_density **density, const char *limits)
{
    tightrope_density *limited = NULL;
    const int32_t status = tightrope_density_limit(&limited, *density, limits);
    const int result = check(state, status);
    tightrope_density_close(*density);
    *density = limited;
    return result;
}

/* (dimension, address, payload, has_score, concurrent, owner, limits | None, tolerant) */
PyObject *density_from_address(PyObject *module, PyObject *arguments)
{
    State *state = PyModule_GetState(module);
    Py_ssize_t dimension;
    unsigned long long address, payload;
    int has_score, concurrent, tolerant;
    PyObject *owner;
    const char *limits;
    tightrope_density *handle = NULL;
    if (!PyArg_ParseTuple(arguments, "nKKppOzp:density_from_address", &dimension, &address,
                          &payload, &has_score, &concurrent, &owner, &limits, &tolerant))
        return NULL;
    if (dimension < 1 || address == 0)
        return raise_error(state, "ShapeError", "dimension, address: expected not 0");
    Function *function = PyMem_Calloc(1, sizeof(Function));
    if (function == NULL)
        return PyErr_NoMemory();
    function->module = Py_NewRef(module);
    function->owner = Py_NewRef(owner);
    const uintptr_t place = (uintptr_t)address;
    memcpy(&function->call, &place, sizeof place); /* C has no cast from data to code */
    function->payload = (void *)(uintptr_t)payload;
    function->tolerant = tolerant;
    const int32_t status =
        (concurrent ? tightrope_density_from_function : tightrope_density_from_callback)(
            &handle, (size_t)dimension, evaluate, has_score, function, destroy);
    if (check(state, status) < 0) {
        destroy(function);
        return NULL;
    }
    if (limits != NULL && limit(state, &handle, limits) < 0)
        return NULL;
    return density_object(state, handle, NULL);
}
