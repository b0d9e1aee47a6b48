"""Densities that misbehave in ways that no check of their values sees."""

from __future__ import annotations

import signal
import subprocess
import sys

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
