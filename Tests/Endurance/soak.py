"""Train, draw, evaluate, save and load over and over in one process, and watch its memory.

Run as: python Tests/Endurance/soak.py --minutes 30

After the first fifth of the time the process's resident memory must stay within 1%: the median of
the last tenth of the rounds is compared with that of the rounds just after the first fifth. So must
the heap in use and the objects of Python, which no allocator's habits blur: glibc counts as in use
what a thread keeps for its next call, up to half a megabyte for two threads, so that the process
begins again without such stores. What is noted of each round is in memory that was taken before the
first, and so does not count.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import statistics
import sys
import tempfile
import time
from array import array
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


WITHOUT_STORES = "glibc.malloc.tcache_count=0"
MOST_ROUNDS = 1 << 20
LIBRARY = ctypes.CDLL(None)


class HeapUse(ctypes.Structure):
    """What mallinfo2 tells."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


LIBRARY.mallinfo2.restype = HeapUse


def resident() -> int:
    """Return the bytes of this process that are in memory, without what the allocator keeps."""
    LIBRARY.malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def heap() -> int:
    """Return the bytes that are allocated."""
    use = LIBRARY.mallinfo2()
    return use.uordblks + use.hblkhd


MEASURES = {
    "resident memory": resident,
    "heap in use": heap,
    "blocks of Python": sys.getallocatedblocks,
}


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


def watch(minutes: float) -> dict[str, list[int]]:
    """Return what was measured after each round."""
    notes = {name: array("q", bytes(8 * MOST_ROUNDS)) for name in MEASURES}
    end, rounds = time.monotonic() + 60 * minutes, 0
    with tempfile.TemporaryDirectory() as folder:
        while rounds < MOST_ROUNDS and (time.monotonic() < end or rounds < 20):
            one_round(Path(folder), seed=rounds)
            gc.collect()
            for name, measure in MEASURES.items():
                notes[name][rounds] = measure()
            rounds += 1
    return {name: list(values[:rounds]) for name, values in notes.items()}


def growth(sizes: list[int]) -> tuple[float, float]:
    """Return the medians just after the first fifth of the rounds and in the last tenth."""
    tenth = max(1, len(sizes) // 10)
    return statistics.median(sizes[2 * tenth : 3 * tenth]), statistics.median(sizes[-tenth:])


def main() -> None:
    """Watch, and say whether memory stayed flat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args().minutes
    if os.environ.get("GLIBC_TUNABLES") != WITHOUT_STORES:
        environment = {**os.environ, "GLIBC_TUNABLES": WITHOUT_STORES}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    notes = watch(minutes)
    grown = False
    for name, sizes in notes.items():
        before, after = growth(sizes)
        grown |= after > 1.01 * before
        print(
            f"{len(sizes)} rounds; {name}: {before:,.0f} after a fifth, {after:,.0f} at the end "
            f"({after / before - 1:+.2%})"
        )
    if grown:
        sys.exit("memory grew")


if __name__ == "__main__":
    main()
