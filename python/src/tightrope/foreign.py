"""Functions of C and of Numba, which the core calls without Python."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from tightrope import _native, arguments
from tightrope.errors import ConfigError
from tightrope.limits import Limits

C_FUNCTION = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.POINTER(ctypes.c_float),
    ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_float),
    ctypes.POINTER(ctypes.c_float),
    ctypes.c_void_p,
)
"""The type of `int32_t (const float *x, size_t count, float *log_density, float *score, void *)`,
for functions of a library that ctypes loads, and for Python functions as C functions."""


_FunctionPointer: type = type(ctypes.CFUNCTYPE(None)()).__mro__[1]
"""What all functions of ctypes have in common."""


def address_of(function: Any) -> int:
    """Return where a C function is.

    Parameters
    ----------
    function : int, ctypes function, cffi function pointer, or an object with an `address`
        As `Density.from_address` takes it.

    Raises
    ------
    ConfigError
        If it is none of these, or null.
    """
    address = getattr(function, "address", function)
    if isinstance(function, _FunctionPointer):
        address = ctypes.cast(function, ctypes.c_void_p).value
    elif type(function).__module__ in ("_cffi_backend", "cffi"):
        address = int(arguments.optional("cffi", "dev").FFI().cast("uintptr_t", function))
    if not isinstance(address, int) or isinstance(address, bool) or not 0 < address < 2**64:
        raise ConfigError(
            "function: expected the address of a C function, a ctypes function, a cffi function "
            f"pointer or a numba.cfunc, got {function!r}"
        )
    return address


def density_handle(
    function: Any,
    dimension: int,
    payload: int,
    has_score: bool,
    concurrent: bool,
    limits: Limits | None,
) -> _native.Density:
    """Open a density of the core on a C function, which it keeps alive."""
    number = arguments.whole_number(payload, "payload", 0, 2**64 - 1)
    address = address_of(function)
    allowed = Limits.checked(limits)
    given = None if allowed is None else arguments.json_text(allowed.settings())
    tolerant = allowed is not None and allowed.failure != "raise"
    return _native.density_from_address(
        dimension, address, number, has_score, concurrent, function, given, tolerant
    )


def name_of(function: Any) -> str:
    """Return the name by which messages call a C function."""
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else "C function"


def compiled(function: Any, score: Any, dimension: int) -> Any:
    """Compile functions of one point to one C function of a batch.

    An exception inside leaves NaN where its values would be: such a function cannot pass it on.
    """
    for role, given in (("function", function), ("score", score)):
        if not callable(given) and (given is not None or role == "function"):
            raise ConfigError(f"{role}: expected a function that Numba compiles, got {given!r}")
    numba = optional_numba()
    types = numba.types
    pointer = types.CPointer(types.float32)
    signature = types.int32(pointer, types.size_t, pointer, pointer, types.voidptr)
    value = _as_compiled(numba, function)

    if score is None:

        def batch(x, count, log_density, gradient, payload):  # noqa: ANN001, ANN202
            points = numba.carray(x, (count, dimension))
            values = numba.carray(log_density, count)
            values[:] = np.nan
            for row in range(count):
                values[row] = value(points[row])
            return 0

        return numba.cfunc(signature)(batch)

    slope = _as_compiled(numba, score)

    def batch_with_score(x, count, log_density, gradient, payload):  # noqa: ANN001, ANN202
        points = numba.carray(x, (count, dimension))
        values = numba.carray(log_density, count)
        values[:] = np.nan
        for row in range(count):
            values[row] = value(points[row])
        slopes = numba.carray(gradient, (count, dimension))
        if slopes.ctypes.data != 0:
            slopes[:] = np.nan
            for row in range(count):
                slope(points[row], slopes[row])
        return 0

    return numba.cfunc(signature)(batch_with_score)


def _as_compiled(numba: Any, function: Any) -> Any:
    """Compile a function that is not; it divides as NumPy does, without exceptions."""
    if hasattr(function, "py_func"):
        return function
    return numba.njit(function, error_model="numpy")


def optional_numba() -> Any:
    """Import Numba, or say how to install it."""
    return arguments.optional("numba", "numba")
