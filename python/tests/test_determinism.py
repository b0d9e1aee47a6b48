"""Same seed, same bits: for any number of threads and any instruction set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tightrope as tr

SCRIPT = """
density = tr.Density(lambda x: -0.5 * np.sum(x.astype(float) ** 2, axis=1), dimension=3)
for what in ("25gmm", density):
    run = tr.train(what, **{**TINY, "steps": 6, "batch_size": 130})
    print(run.checksum, run.sample(300, seed=2).checksum)
"""
NEEDED = {"avx512": "avx512f", "avx2": "fma", "portable": ""}


@pytest.fixture(scope="module")
def expected():
    return {}


def same_as_before(output: str, expected: dict) -> bool:
    return expected.setdefault("output", output) == output


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_any_number_of_threads(threads, python, expected):
    assert same_as_before(python(SCRIPT, TIGHTROPE_NUM_THREADS=str(threads)), expected)


@pytest.mark.parametrize("instructions", ["avx2", "avx512"])
def test_any_instruction_set(instructions, python, expected):
    flags = Path("/proc/cpuinfo").read_text()
    if NEEDED[instructions] not in flags:
        pytest.skip(f"this processor has no {instructions}")
    assert same_as_before(python(SCRIPT, TIGHTROPE_ISA=instructions), expected)


@pytest.mark.parametrize("steps", [1, 6])
def test_events_do_not_change_bits(steps, python):
    quiet = f"print(tr.train('25gmm', **{{**TINY, 'steps': {steps}}}).checksum)"
    heard = quiet.replace("**{", "callbacks=[lambda event: None], **{", 1)
    assert python(quiet) == python(heard)


def test_the_program_gives_the_same_bits(tmp_path):
    if not (Path(tr.__file__).parent / "bin" / "tightrope").exists():
        pytest.skip("built without the command-line program")
    program = [sys.executable, "-m", "tightrope"]
    settings = ["--steps", "6", "--seed", "3", "--set", "batch_size=40"]
    train = [*program, "train", "25gmm", *settings, "--out", tmp_path / "run", "--json"]
    sample = [*program, "sample", tmp_path / "run", "-n", "50", "--seed", "2", "--json"]
    checksums = [
        json.loads(subprocess.run(line, capture_output=True, check=True).stdout)["checksum"]
        for line in (train, sample)
    ]
    run = tr.train("25gmm", steps=6, seed=3, batch_size=40)
    assert checksums == [run.checksum, run.sample(50, seed=2).checksum]
