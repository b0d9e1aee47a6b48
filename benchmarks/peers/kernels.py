"""Measures matrix products and functions of arrays in NumPy (with SciPy) and in PyTorch.

    python -m peers.kernels --library torch --threads 2 --json

Rows have the names of `tightrope-bench kernels`: a product is rows x depth x columns.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

PRODUCTS = [
    (30, 64, 64),
    (300, 64, 64),
    (30_000, 64, 64),
    (512, 256, 256),
    (51_200, 256, 256),
    (2048, 2048, 2048),
    (4096, 4096, 4096),
]
COUNT = 16_384
# Measurements of a row, at least three, and then not more seconds than this.
REPEATS = 15
BUDGET = 3.0
# Seconds of one measurement, at least.
LENGTH = 0.02

Row = dict[str, Any]


def measure(name: str, call: Callable[[], object]) -> Row:
    """Time a call in blocks long enough for the clock, after a warm-up."""
    start = time.perf_counter()
    calls = 0
    while time.perf_counter() - start < LENGTH or calls == 0:
        call()
        calls += 1
    times: list[float] = []
    while len(times) < 3 or (len(times) < REPEATS and sum(times) * calls < BUDGET):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - start) / calls)
    return {
        "name": name,
        "seconds": statistics.median(times),
        "minimum": min(times),
        "maximum": max(times),
    }


def product_row(shape: tuple[int, int, int], make: Callable, multiply: Callable) -> Row:
    """Time a product of matrices that `make` fills."""
    rows, depth, columns = shape
    a, b, c = make(rows * depth), make(depth * columns), make(rows * columns)
    a, b, c = a.reshape(rows, depth), b.reshape(depth, columns), c.reshape(rows, columns)
    row = measure(f"product-{rows}x{depth}x{columns}", lambda: multiply(a, b, c))
    row["gflops"] = 2e-9 * rows * depth * columns / row["seconds"]
    return row


def function_rows(functions: dict[str, Callable], make: Callable) -> list[Row]:
    """Time each function on arrays that fit into the second cache."""
    found = []
    for name, function in functions.items():
        x, y = make(COUNT), make(COUNT)
        found.append(measure(name, lambda f=function, x=x, y=y: f(x, y)))
    return found


def numpy_rows() -> list[Row]:
    """Measure NumPy with the BLAS it comes with; SciPy where NumPy lacks the function."""
    numpy = importlib.import_module("numpy")
    special = importlib.import_module("scipy.special")

    def make(count: int) -> Any:
        return (numpy.arange(count) % 17 * 0.1 + 0.05).astype(numpy.float32)

    def gelu(x: Any, out: Any) -> None:
        numpy.multiply(x, numpy.float32(2**-0.5), out=out)
        special.erf(out, out=out)
        numpy.add(out, numpy.float32(1), out=out)
        numpy.multiply(out, x, out=out)
        numpy.multiply(out, numpy.float32(0.5), out=out)

    functions = {
        "exponential": numpy.exp,
        "logarithm": numpy.log,
        "hyperbolic-tangent": numpy.tanh,
        "error-function": special.erf,
        "sine": numpy.sin,
        "cosine": numpy.cos,
    }
    calls = {name: lambda x, y, f=f: f(x, out=y) for name, f in functions.items()}
    products = [product_row(s, make, lambda a, b, c: numpy.matmul(a, b, out=c)) for s in PRODUCTS]
    return products + function_rows(calls | {"gelu": gelu}, make)


def torch_rows(threads: int) -> list[Row]:
    """Measure PyTorch, results written into given arrays."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)

    def make(count: int) -> Any:
        return torch.arange(count).remainder(17) * 0.1 + 0.05

    functions = {
        "exponential": torch.exp,
        "logarithm": torch.log,
        "hyperbolic-tangent": torch.tanh,
        "error-function": torch.erf,
        "sine": torch.sin,
        "cosine": torch.cos,
    }
    calls = {name: lambda x, y, f=f: f(x, out=y) for name, f in functions.items()}
    calls["gelu"] = lambda x, y: torch.ops.aten.gelu.out(x, out=y)
    products = [product_row(s, make, lambda a, b, c: torch.mm(a, b, out=c)) for s in PRODUCTS]
    return products + function_rows(calls, make)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="peers.kernels", description=__doc__.splitlines()[0])
    parser.add_argument("--library", choices=("numpy", "torch"), required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    # Before NumPy is loaded: OpenBLAS reads it then.
    os.environ["OPENBLAS_NUM_THREADS"] = str(arguments.threads)
    rows = numpy_rows() if arguments.library == "numpy" else torch_rows(arguments.threads)
    environment = {
        arguments.library: version(arguments.library),
        "threads": arguments.threads,
    }
    if arguments.json:
        print(json.dumps({"environment": environment, "rows": rows}))
        return
    for row in rows:
        rate = f"  {row['gflops']:.0f} GFLOP/s" if "gflops" in row else ""
        print(f"{row['name']:32} {row['seconds'] * 1e6:12.2f} us{rate}")


if __name__ == "__main__":
    main()
