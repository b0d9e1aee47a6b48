"""The program at a terminal: colour where it is wanted, and quiet where that is."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

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
