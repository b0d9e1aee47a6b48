"""Processes: forks, the three ways of multiprocessing, more threads than processors."""

from __future__ import annotations

import multiprocessing
import os

import pytest

import tightrope as tr

FORK = """
import os
before = tr.train("25gmm", **TINY)
draws = before.sample(200, seed=1).checksum
child = os.fork()
if child == 0:
    same = tr.train("25gmm", **TINY).checksum == before.checksum
    os._exit(0 if same and before.sample(200, seed=1).checksum == draws else 1)
print(os.waitpid(child, 0)[1], before.sample(200, seed=1).checksum == draws)
"""


def draws(seed: int) -> str:
    """Train a little, in whatever process, and return the checksum of some draws."""
    small = {"steps": 6, "batch_size": 65, "process": {"steps": 5}, "network": {"width": 8}}
    return tr.train("25gmm", config=small, seed=seed).sample(200, seed=1).checksum


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_has_threads_of_its_own(python):
    assert python(FORK, TIGHTROPE_NUM_THREADS="3") == "0 True\n"


@pytest.mark.parametrize("way", multiprocessing.get_all_start_methods())
def test_workers_of_multiprocessing_give_the_same_bits(way):
    truth = [draws(seed) for seed in range(2)]
    with multiprocessing.get_context(way).Pool(2) as pool:
        assert pool.map(draws, range(2)) == truth


def test_more_threads_than_processors_give_the_same_bits(python):
    script = 'print(tr.train("25gmm", **TINY).sample(200, seed=1).checksum)'
    one, many = (python(script, TIGHTROPE_NUM_THREADS=number) for number in ("1", "64"))
    assert one == many
