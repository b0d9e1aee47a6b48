"""Densities that are C functions: called without Python, from all threads."""

from __future__ import annotations

import ctypes
import gc
import shutil
import subprocess

import numpy as np
import pytest

import tightrope as tr
from tightrope.foreign import C_FUNCTION

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
NORMAL = -0.5 * np.sum(X**2, axis=1)

SOURCE = """
#include <stddef.h>
#include <stdint.h>
int32_t normal(const float *x, size_t n, float *log_density, float *score, void *payload)
{
    const float width = payload ? *(const float *)payload : 1;
    for (size_t row = 0; row < n; row++) {
        float sum = 0;
        for (int i = 0; i < 3; i++) {
            const float v = x[3 * row + i];
            sum += v * v;
            if (score) score[3 * row + i] = -v / (width * width);
        }
        log_density[row] = -0.5f * sum / (width * width);
    }
    return 0;
}
int32_t broken(const float *x, size_t n, float *log_density, float *score, void *payload)
{
    return 7;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("library")
    (folder / "density.c").write_text(SOURCE)
    place = folder / "density.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-ffp-contract=off", "density.c", "-o", place]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(place))


def open_normal(library, **options):
    return tr.Density.from_address(library.normal, 3, has_score=True, **options)


def test_a_function_of_a_library_is_a_density(library):
    density = open_normal(library)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)
    np.testing.assert_allclose(density.score(X), -X, rtol=1e-5)
    assert density.name == "normal"


def test_an_address_will_do(library):
    address = ctypes.cast(library.normal, ctypes.c_void_p).value
    density = tr.Density.from_address(address, 3)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)


def test_a_payload_reaches_the_function(library):
    width = ctypes.c_float(2.0)
    density = open_normal(library, payload=ctypes.addressof(width))
    np.testing.assert_allclose(density.log_density(X), NORMAL / 4, rtol=1e-5)


def test_turns_or_not_the_bits_are_the_same(library, tiny):
    together = tr.train(open_normal(library), **tiny)
    by_turns = tr.train(open_normal(library, concurrent=False), **tiny)
    assert together.checksum == by_turns.checksum


def test_threads_do_not_change_bits(library, tiny, python):
    script = f"""
import ctypes
library = ctypes.CDLL({library._name!r})
density = tr.Density.from_address(library.normal, 3, has_score=True)
print(tr.train(density, **TINY).checksum)
"""
    expected = tr.train(open_normal(library), **tiny).checksum
    for threads in ("1", "3"):
        assert python(script, TIGHTROPE_NUM_THREADS=threads).strip() == expected


def test_a_status_of_the_function_ends_the_run(library, tiny):
    for concurrent in (True, False):
        density = tr.Density.from_address(library.broken, 3, concurrent=concurrent)
        with pytest.raises(tr.TightropeError, match="returned 7"):
            tr.train(density, **tiny)


def test_a_python_function_can_be_a_c_function():
    @C_FUNCTION
    def flat(x, count, log_density, score, payload):
        for row in range(count):
            log_density[row] = x[3 * row]
        return 0

    density = tr.Density.from_address(flat, 3)
    del flat
    gc.collect()
    np.testing.assert_array_equal(density.log_density(X), X[:, 0])


@pytest.mark.parametrize("function", [0, -1, "normal", None, True, len])
def test_what_has_no_address_is_named(function):
    with pytest.raises(tr.errors.ConfigError, match="function: expected the address"):
        tr.Density.from_address(function, 3)


def test_cffi_functions_have_addresses(library):
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef("int32_t normal(const float *, size_t, float *, float *, void *);")
    opened = ffi.dlopen(library._name)
    pointer = ffi.addressof(opened, "normal")
    density = tr.Density.from_address(pointer, 3)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)


def test_numba_compiles_functions_of_a_point(tiny):
    pytest.importorskip("numba")

    def log_density(x):
        total = 0.0
        for value in x:
            total += value * value
        return -0.5 * total

    def score(x, out):
        for index in range(x.size):
            out[index] = -x[index]

    density = tr.Density.from_numba(log_density, 3, score=score)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)
    np.testing.assert_allclose(density.score(X), -X)
    assert tr.train(density, **tiny).step == tiny["steps"]
    with pytest.raises(tr.TightropeError, match="score"):
        tr.Density.from_numba(log_density, 3).score(X)


def test_cfuncs_of_numba_have_addresses():
    numba = pytest.importorskip("numba")
    types = numba.types
    numbers = types.CPointer(types.float32)

    @numba.cfunc(types.int32(numbers, types.size_t, numbers, numbers, types.voidptr))
    def first(x, count, log_density, score, payload):
        for row in range(count):
            log_density[row] = x[3 * row]
        return 0

    np.testing.assert_array_equal(tr.Density.from_address(first, 3).log_density(X), X[:, 0])


def test_limits_of_c_functions_are_kept_by_the_core(library, tiny):
    limits = tr.Limits(batch=4, cache=7)
    density = open_normal(library, limits=limits)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)
    np.testing.assert_allclose(density.log_density(X), NORMAL, rtol=1e-5)
    assert density.usage == tr.Usage(points=7, calls=2, cached=7)
    np.testing.assert_allclose(density.score(X), -X, rtol=1e-5)  # not known yet
    np.testing.assert_allclose(density.score(X), -X, rtol=1e-5)
    assert density.usage == tr.Usage(points=14, calls=4, cached=14)
    limited = tr.train(open_normal(library, limits=limits), **tiny)
    assert limited.checksum == tr.train(open_normal(library), **tiny).checksum


def test_a_budget_of_a_c_function_ends_training_and_can_be_raised(library, tiny):
    # With a score, the network asks for it at each of ten steps, too.
    density = open_normal(library, limits=tr.Limits(calls=1000))
    run = tr.train(density, **tiny)
    assert run.step == 3
    assert "1000 points" in run.stopped
    density.grant(10_000)
    run.train()
    assert run.checksum == tr.train(open_normal(library), **tiny).checksum
    with pytest.raises(tr.errors.ConfigError, match="no limit"):
        open_normal(library, limits=tr.Limits()).grant(3)


def test_a_function_of_numba_has_limits():
    pytest.importorskip("numba")
    density = tr.Density.from_numba(lambda x: -x[0], 3, limits=tr.Limits(batch=2))
    np.testing.assert_array_equal(density.log_density(X), -X[:, 0])
    assert density.usage.calls == 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_inside_a_compiled_function_is_no_number():
    pytest.importorskip("numba")

    def fails(x):
        if x[0] > 0.5:
            raise ValueError("no")
        return -x[0]

    density = tr.Density.from_numba(fails, 3)
    ones = np.ones((4, 3), dtype=np.float32)
    assert density.log_density(ones).tolist() == pytest.approx([np.nan] * 4, nan_ok=True)
    divided = tr.Density.from_numba(lambda x: -1 / x[0], 3)
    assert divided.log_density(np.zeros((1, 3)))[0] == -np.inf
    with pytest.raises(tr.errors.ConfigError, match="function: expected a function that Numba"):
        tr.Density.from_numba(3, 3)


def test_a_c_function_without_a_name_is_called_so(library):
    import ctypes

    address = ctypes.cast(library.normal, ctypes.c_void_p).value
    assert tr.Density.from_address(address, 3).name == "C function"
