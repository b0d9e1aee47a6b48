"""Train, draw, evaluate, save and load over and over in one process, and watch its memory.

Run as: python Tests/Endurance/soak.py --minutes 30

After the first fifth of the time the process's resident memory must stay within 1% (or 1 MB,
whichever is more): the median of the last tenth of the rounds is compared with that of the rounds
just after the first fifth.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import tightrope as tr

SMALL = {"steps": 20, "batch_size": 60, "process": {"steps": 10}, "network": {"width": 16}}
OFF_POLICY = {"off_policy": {"source": "local-search", "search_every": 5}}
MATCHING = {
    "method": "idem",
    "energy_matching": {
        "samples": 20,
        "generate_every": 5,
        "generate_count": 50,
        "generate_steps": 20,
        "initial_count": 50,
        "network": {"width": 16},
    },
}


def resident() -> int:
    """Return the bytes of this process that are in memory, without what the allocator keeps."""
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def normal(x: np.ndarray) -> np.ndarray:
    """Return the logarithm of a standard normal density, up to a constant."""
    return -0.5 * np.sum(x**2, axis=1)


def one_round(folder: Path, seed: int) -> None:
    """Do a little of everything once."""
    run = tr.train("25gmm", config={**SMALL, **OFF_POLICY}, seed=seed)
    run.save(folder / "run.safetensors")
    tr.load(folder / "run.safetensors").evaluate(samples=200, transport_samples=50)
    tr.train("dw4", config={**SMALL, **MATCHING}, seed=seed).sample(50)
    tr.train(normal, dimension=3, config=SMALL, seed=seed).sample(50)
    tr.mcmc("9gmm", method="hmc", draws=20, chains=2, seed=seed)


def watch(minutes: float) -> list[int]:
    """Return the memory after each round."""
    sizes: list[int] = []
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end or len(sizes) < 20:
            one_round(Path(folder), seed=len(sizes))
            gc.collect()
            sizes.append(resident())
    return sizes


def main() -> None:
    """Watch, and say whether memory stayed flat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    sizes = watch(parser.parse_args().minutes)
    tenth = max(1, len(sizes) // 10)
    before = statistics.median(sizes[2 * tenth : 3 * tenth])
    after = statistics.median(sizes[-tenth:])
    print(
        f"{len(sizes)} rounds; resident memory {before / 2**20:.1f} MB after a fifth, "
        f"{after / 2**20:.1f} MB at the end ({after / before - 1:+.2%})"
    )
    if after - before > max(0.01 * before, 2**20):
        sys.exit("memory grew")


if __name__ == "__main__":
    main()
