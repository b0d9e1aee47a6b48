"""Measures one row in one variant, or checks that all variants compute the same.

python -m peers --row 25gmm-tb --variant torch-best --threads 2 --json
python -m peers --check
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import time
from importlib.metadata import version
from typing import Any

from peers.definitions import ROWS

VARIANTS = ("torch-published", "torch-best", "torch-compile", "jax-published", "jax-best")


def iteration(row: str, variant: str, threads: int) -> Any:
    """Set a variant of a row up on some threads."""
    framework, _, way = variant.partition("-")
    if framework == "torch":
        torch = importlib.import_module("torch")
        torch.set_num_threads(threads)
        return importlib.import_module("peers.torch_rows").TorchIteration(row, way)
    return importlib.import_module("peers.jax_rows").JaxIteration(row, way)


def bind(threads: int) -> None:
    """Keep this process on the first processors; JAX takes its number of threads from that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def measure(name: str, variant: str, threads: int, seconds: float) -> dict[str, Any]:
    """Time iterations one by one, after a warm-up, for about some seconds."""
    work = iteration(name, variant, threads)
    for _ in range(3):
        work.run()
    times = []
    while sum(times) < seconds or len(times) < 5:
        start = time.perf_counter()
        work.run()
        times.append(time.perf_counter() - start)
    times = [value / work.length for value in times]
    return {
        "name": name,
        "seconds": statistics.median(times),
        "minimum": min(times),
        "maximum": max(times),
    }


def main() -> None:
    """Read the arguments and print one JSON object, or the result of the check."""
    parser = argparse.ArgumentParser(prog="peers", description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, help="what to measure, or to check alone")
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--check", action="store_true", help="compare losses and gradients")
    arguments = parser.parse_args()
    bind(arguments.threads)
    if arguments.check:
        names = [arguments.row] if arguments.row else list(ROWS)
        raise SystemExit(importlib.import_module("peers.check").check(names, arguments.threads))
    if not arguments.row or not arguments.variant:
        parser.error("--row and --variant are needed")
    row = measure(arguments.row, arguments.variant, arguments.threads, arguments.seconds)
    framework = arguments.variant.partition("-")[0]
    environment = {framework: version(framework), "threads": arguments.threads}
    print(json.dumps({"environment": environment, "rows": [row]}))


if __name__ == "__main__":
    main()
