"""Densities that misbehave: every fault by every policy, of Python callables and of C functions."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import tightrope as tr
from conftest import TINY

TRAIN = """
import os, signal, sys
import numpy as np, tightrope as tr
calls = 0
def normal(x):
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return -0.5 * np.sum(x**2, axis=1)
run = tr.train(normal, dimension=2, out=sys.argv[1], resume=True, **SETTINGS)
print(run.checksum, run.history[-1]["energy_calls"])
"""


def train(folder, kill_at):
    """Train in a process that its density kills at one of its calls; 0 for never."""
    script = TRAIN.replace("SETTINGS", repr({**TINY, "checkpoint_every": 4}))
    words = [sys.executable, "-c", script, str(folder), str(kill_at)]
    return subprocess.run(words, capture_output=True, text=True)


def test_a_density_that_kills_its_process_loses_steps_and_no_bits(tmp_path):
    whole = train(tmp_path / "whole", 0)
    assert whole.returncode == 0, whole.stderr
    for call in (3, 7):
        assert train(tmp_path / "killed", call).returncode == -signal.SIGKILL
    resumed = train(tmp_path / "killed", 0)
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.split()[0] == whole.stdout.split()[0]
    # Steps since the last checkpoint are done again, and counted once.
    assert resumed.stdout.split()[1] == whole.stdout.split()[1]


def test_a_density_out_of_memory_is_heard_and_the_run_goes_on(normal, tmp_path):
    calls = 0

    def greedy(x):
        nonlocal calls
        calls += 1
        if calls == 5:
            raise MemoryError("no more")
        return normal(x)

    settings = {**TINY, "out": str(tmp_path / "run")}
    with pytest.raises(MemoryError, match="no more"):
        tr.train(greedy, dimension=2, **settings)
    resumed = tr.train(greedy, dimension=2, resume=True, **settings)
    assert resumed.checksum == tr.train(normal, dimension=2, **TINY).checksum


def test_a_density_that_changes_its_mind_is_counted_like_any_other(normal):
    rng = np.random.default_rng(1)
    asked = 0

    def fickle(x):
        nonlocal asked
        asked += len(x)
        return normal(x) + rng.normal(size=len(x))

    run = tr.train(fickle, dimension=2, **TINY)
    assert run.history[-1]["energy_calls"] == asked
    assert np.isfinite(run.sample(10).log_weights).all()


def test_a_density_that_asks_for_its_own_draws_is_refused(normal):
    def curious(x):
        run.sample(5)
        return normal(x)

    run = tr.Run(tr.Density(curious, dimension=2), dict(TINY))
    with pytest.raises(tr.errors.TightropeError, match="at work"):
        run.train()


# ---- Every fault, policy and front end ---------------------------------------------------------

SMALL = {"steps": 4, "batch_size": 5, "report_every": 1, "process": {"steps": 5}, "seed": 1}
EDGE = 1.0  # points whose first coordinate is beyond it are those that go wrong
FAULTS = ["fails", "is-nan", "is-infinite", "no-memory", "blocks"]
WRONG = {"is-nan": np.nan, "is-infinite": np.inf}

SOURCE = """
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
struct fault { int32_t kind; volatile int32_t released; };
int32_t normal(const float *x, size_t count, float *log_density, float *score, void *payload)
{
    struct fault *fault = payload;
    for (size_t row = 0; row < count; row++) {
        const float u = x[2 * row], v = x[2 * row + 1];
        log_density[row] = -0.5f * (u * u + v * v);
        if (score) {
            score[2 * row] = -u;
            score[2 * row + 1] = -v;
        }
        if (u <= 1)
            continue;
        void *memory = NULL;
        switch (fault->kind) {
        case 0: return 7;
        case 1: log_density[row] = NAN; break;
        case 2: log_density[row] = INFINITY; break;
        case 3: memory = malloc(SIZE_MAX / 4); free(memory); return memory ? 0 : 12;
        case 4: while (!fault->released) usleep(1000); break;
        case 5: if (++fault->released > 60) raise(SIGKILL); /* some steps on */
        }
    }
    return 0;
}
"""


class Fault(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int32), ("released", ctypes.c_int32))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "faulty.c").write_text(SOURCE)
    command = [compiler, "-O1", "-shared", "-fPIC", "faulty.c", "-o", "faulty.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "faulty.so"))


def python_density(fault, limits, released):
    """Return a density of Python with a fault."""

    def faulty(x):
        values = -0.5 * np.sum(x**2, axis=1)
        beyond = x[:, 0] > EDGE
        if fault == "fails" and beyond.any():
            raise ValueError("beyond the edge")
        if fault == "no-memory" and beyond.any():
            raise MemoryError("no more")
        if fault == "blocks" and beyond.any():
            released.wait(60)
        return np.where(beyond, WRONG[fault], values) if fault in WRONG else values

    return tr.Density(faulty, dimension=2, limits=limits)


@pytest.fixture
def faulty(request):
    """Make densities with a fault; what blocks is released after the test."""
    released = threading.Event()
    faults = []

    def make(front, fault, limits):
        if front == "python":
            return python_density(fault, limits, released)
        payload = Fault(FAULTS.index(fault), 0)
        faults.append(payload)
        function = request.getfixturevalue("library").normal
        place = ctypes.addressof(payload)
        by_turns = front == "c-by-turns"
        return tr.Density.from_address(
            function, 2, payload=place, concurrent=not by_turns, limits=limits
        )

    yield make
    released.set()
    for payload in faults:
        payload.released = 1


def limits_for(fault, failure):
    return tr.Limits(timeout=0.2 if fault == "blocks" else None, failure=failure)


def counts(run):
    """Return the energy calls that a run has counted, and the points that its density was asked."""
    return run.describe()["energy_calls"], run.density.usage.points


FRONTS = pytest.mark.parametrize("front", ["python", "c", "c-by-turns"])


@FRONTS
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_passed_on_stops_the_run_at_a_whole_step(faulty, front, fault):
    density = faulty(front, fault, limits_for(fault, "raise"))
    run = tr.Run(density, dict(SMALL))
    expected = {
        "fails": (ValueError, "beyond the edge") if front == "python" else (tr.TightropeError, "7"),
        "no-memory": (MemoryError, "no more") if front == "python" else (tr.TightropeError, "12"),
        "blocks": (tr.errors.CallTimeoutError, r"more than 0\.2 s for"),
    }
    error, message = expected.get(fault, (tr.errors.NumericalError, "density"))
    with pytest.raises(error, match=message):
        run.train()
    assert run.step < SMALL["steps"]
    assert all(np.isfinite(event["loss"]) for event in run.history)


@FRONTS
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_rejected_is_left_out_and_counted(faulty, front, fault):
    density = faulty(front, fault, limits_for(fault, "reject"))
    run = tr.train(density, **SMALL)
    calls, points = counts(run)
    last = run.history[-1]
    assert run.step == SMALL["steps"]
    assert calls == SMALL["steps"] * SMALL["batch_size"]
    assert 0 < last["rejected"] == density.usage.failures < calls
    # What is asked again to find the failing points is counted by the density, not by the run.
    assert points >= calls
    assert (points > calls) == (not fault.startswith("is-"))
    assert (density.usage.timeouts > 0) == (fault == "blocks")


@FRONTS
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_can_be_given_a_value(faulty, front, fault):
    density = faulty(front, fault, limits_for(fault, -50.0))
    run = tr.train(density, **SMALL)
    assert counts(run)[0] == SMALL["steps"] * SMALL["batch_size"]
    assert run.history[-1]["rejected"] == 0 < density.usage.failures
    assert (density.log_density(np.array([[2.0, 0.0]])) == -50.0).all()


@FRONTS
def test_a_density_that_blocks_for_ever_ends_the_run_whatever_the_policy(faulty, front):
    density = faulty(front, "blocks", tr.Limits(timeout=0.01, failure="reject"))
    run = tr.Run(density, {**SMALL, "batch_size": 60})
    with pytest.raises(tr.errors.CallTimeoutError, match=r"32 calls .* have not returned"):
        run.train()
    # Threads that asked at the same time make a few more.
    assert 32 <= density.usage.timeouts < 40


KILLED = """
import ctypes, sys
import tightrope as tr
fault = (ctypes.c_int32 * 2)(5 if sys.argv[3] == "fatal" else -1, 0)
density = tr.Density.from_address(
    ctypes.CDLL(sys.argv[1]).normal, 2, payload=ctypes.addressof(fault), limits=tr.Limits(batch=2))
print(tr.train(density, out=sys.argv[2], resume=True, **SETTINGS).checksum)
"""


def test_a_c_function_that_kills_its_process_leaves_a_whole_run(library, tmp_path):
    def train(folder, kind):
        script = KILLED.replace("SETTINGS", repr({**TINY, "checkpoint_every": 4}))
        words = [sys.executable, "-c", script, library._name, str(folder), kind]
        return subprocess.run(words, capture_output=True, text=True)

    whole = train(tmp_path / "whole", "harmless")
    assert whole.returncode == 0, whole.stderr
    assert train(tmp_path / "killed", "fatal").returncode == -signal.SIGKILL
    resumed = train(tmp_path / "killed", "harmless")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == whole.stdout
