"""Ctrl-C: it stops a run within a poll, and what is left goes on with the same bits."""

from __future__ import annotations

import pytest

import tightrope as tr

# Each sends SIGINT to itself at a certain point, so that nothing here depends on the clock.
IN_A_CALLBACK = """
import os, signal, sys
calls = []
def interrupt(event):
    if event.get("step") == 9:
        os.kill(os.getpid(), signal.SIGINT)
try:
    tr.train("25gmm", out=sys.argv[1], callbacks=[interrupt], **TINY)
except KeyboardInterrupt:
    print("interrupted")
"""
IN_THE_DENSITY = """
import os, signal, sys
calls = []
def log_density(x):
    calls.append(len(x))
    if len(calls) == 9:
        os.kill(os.getpid(), signal.SIGINT)
    return -0.5 * np.sum(x**2, axis=1)
try:
    tr.train(log_density, dimension=2, out=sys.argv[1], **{**TINY, "steps": 4000})
except KeyboardInterrupt:
    print("interrupted")
"""
FROM_OUTSIDE = """
import os, signal, threading, time
run = tr.Run("25gmm", {**TINY, "steps": 10**7, "report_every": 10**6})
def interrupt():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    run.train()
except KeyboardInterrupt:
    print("interrupted", 0 < run.step < 10**7)
print(run.sample(10).x.shape)
"""
# Far more training than anybody waits for; the signal arrives at its first polls.
WHILE_A_DECODER_TRAINS = """
import signal
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    tr.densities.VAEPosterior(training={"epochs": 10**5})
except KeyboardInterrupt:
    print("interrupted")
print(tr.densities.VAEPosterior(training={"epochs": 1}).dimension)
"""


def test_an_interrupted_run_resumes_with_the_same_bits(python, tiny, tmp_path):
    assert python(IN_A_CALLBACK, tmp_path / "run") == "interrupted\n"
    assert 0 < tr.load(tmp_path / "run").step < tiny["steps"]
    run = tr.train("25gmm", out=tmp_path / "run", resume=True, **tiny)
    assert run.step == tiny["steps"]
    assert run.checksum == tr.train("25gmm", **tiny).checksum


def test_a_signal_during_a_callable_stops_the_run(python, normal, tmp_path):
    assert python(IN_THE_DENSITY, tmp_path / "run") == "interrupted\n"
    left = tr.load(tmp_path / "run", tr.Density(normal, dimension=2))
    assert 0 < left.step < 4000


def test_a_signal_stops_a_run_that_calls_no_python(python):
    assert python(FROM_OUTSIDE) == "interrupted True\n(10, 2)\n"


def test_a_signal_stops_what_a_density_waits_for(python):
    assert python(WHILE_A_DECODER_TRAINS) == "interrupted\n20\n"


@pytest.mark.parametrize("call", ["sample(10)", "evaluate(samples=100)"])
def test_a_later_call_is_not_interrupted_by_an_earlier_signal(call, python):
    script = FROM_OUTSIDE.replace("sample(10).x.shape", f"{call} is not None")
    assert python(script).endswith("True\n")
