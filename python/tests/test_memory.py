"""Nothing is left behind: neither memory of the core nor references of Python."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref

import numpy as np
import pytest

import tightrope as tr

SETTINGS = {"steps": 2, "batch_size": 10, "process": {"steps": 4}, "network": {"width": 16}}
CYCLES = 1000
ALLOWED = 50_000  # bytes in all: 50 a cycle would be seen


class HeapUse(ctypes.Structure):
    """What mallinfo2 tells."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def heap_in_use() -> int:
    """Return the bytes that are allocated in this process, wherever."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        pytest.skip("the C library does not count its heap")
    library.mallinfo2.restype = HeapUse
    use = library.mallinfo2()
    return use.uordblks + use.hblkhd


def cycle() -> None:
    density = tr.Density(lambda x: -np.sum(x**2, axis=1), dimension=2)
    run = tr.train(density, callbacks=[lambda event: None], **SETTINGS)
    draws = run.sample(2000)
    assert draws.x.shape == (2000, 2)


def test_a_thousand_runs_leave_nothing():
    for _ in range(50):
        cycle()
    gc.collect()
    memory, objects, blocks = heap_in_use(), len(gc.get_objects()), sys.getallocatedblocks()
    for _ in range(CYCLES):
        cycle()
    gc.collect()
    assert heap_in_use() - memory < ALLOWED
    assert len(gc.get_objects()) - objects < 100
    assert sys.getallocatedblocks() - blocks < CYCLES


class Normal:
    """A callable that knows its own density and run."""

    def __call__(self, x):
        return -np.sum(x**2, axis=1)


def test_cycles_through_a_callable_are_collected():
    function = Normal()
    function.density = tr.Density(function, dimension=2)
    function.run = tr.Run(function.density, SETTINGS)
    trace = weakref.ref(function)
    del function
    gc.collect()
    assert trace() is None


def test_a_run_keeps_its_density_alive():
    run = tr.Run(tr.Density(Normal(), dimension=2), SETTINGS)
    gc.collect()
    assert run.train().step == 2


def test_exceptions_are_not_kept():
    class Mine(Exception):
        pass

    def failing(x):
        raise Mine

    density = tr.Density(failing, dimension=2)
    trace = None
    for _ in range(3):
        try:
            density.log_density([[0.0, 0.0]])
        except Mine as error:
            trace = weakref.ref(error)
    gc.collect()
    assert trace is not None
    assert trace() is None


@pytest.mark.parametrize("value", [np.zeros((7, 2), dtype=np.float32)])
def test_borrowed_arrays_are_given_back(value):
    density = tr.densities.open("25gmm")
    before = sys.getrefcount(value)
    for _ in range(10):
        density.log_density(value)
        with pytest.raises(tr.TightropeError):
            density.log_density(value[:, :1])
    assert sys.getrefcount(value) == before
