"""The program at a terminal: colour where it is wanted, and quiet where that is."""

from __future__ import annotations

import io
import os
import pty
import subprocess

import numpy as np
import pytest

import tightrope as tr
from tightrope.program import PROGRAM

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="built without the command-line program"
)


def at_a_terminal(*arguments: str, **environment: str) -> bytes:
    """Return what the program shows, on both streams, when a person looks."""
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass  # Linux says so where the other end is closed.
    finally:
        os.close(ours)
    process.wait()
    return shown


def test_no_color_is_heeded():
    assert b"\x1b[1m25gmm" in at_a_terminal("describe", "25gmm")
    assert b"\x1b[" in at_a_terminal("describe", "25gm")
    for arguments in (("describe", "25gmm"), ("describe", "25gm")):
        assert b"\x1b[" not in at_a_terminal(*arguments, NO_COLOR="1")
        assert b"\x1b[" not in at_a_terminal(*arguments, TERM="dumb")


def test_quiet_training_shows_nothing():
    small = ["--steps", "4", "--set", "batch_size=30", "--set", "process.steps=5"]
    assert b"4/4" in at_a_terminal("train", "25gmm", *small)
    assert at_a_terminal("train", "25gmm", *small, "--quiet") == b""


def program(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)


def test_points_of_a_run_on_a_function_are_drawn_without_it(tmp_path, tiny, normal):
    folder = tmp_path / "run"
    run = tr.train(normal, dimension=2, out=str(folder), **tiny)
    drawn = program("sample", folder, "-n", 5, "--seed", 3)
    heading, *rows = drawn.stdout.splitlines()
    assert heading == "x0,x1"
    x = np.loadtxt(io.StringIO("\n".join(rows)), delimiter=",", dtype=np.float32)
    np.testing.assert_array_equal(x, run.sample(5, seed=3).x)
    for words in (["evaluate", folder], ["sample", folder, "--exact", "smc"]):
        refused = program(*words)
        assert refused.returncode == 2
        assert "function of dimension 2, which is needed here" in refused.stderr


def test_a_run_whose_network_asks_for_scores_says_so_where_the_function_is_absent(tmp_path, tiny):
    density = tr.Density(lambda x: -0.5 * np.sum(x**2, axis=1), lambda x: -x, dimension=2)
    tr.train(density, out=str(tmp_path / "run"), **tiny)
    refused = program("sample", tmp_path / "run", "-n", 5)
    assert refused.returncode == 2
    assert "asks for scores" in refused.stderr
