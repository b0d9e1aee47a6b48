"""Runs the programs that measure, each in a process of its own, all on the same terms."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BENCH = ROOT / ".build" / "release" / "tightrope-bench"
PYTHON = HERE / ".venv" / "bin" / "python"

# glibc hands large blocks back to the system and fetches them again, at a page fault for every
# 4 KiB; these keep them, which spares PyTorch much.
MALLOC = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "20000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
TIMEOUT = 3600
# "Error: ..." of our program, "package.SomeError: ..." of Python.
ERROR = re.compile(r"[\w.]*(Error|Exception)\b")

Seconds = dict[str, float]


def allowed() -> list[int]:
    """List the processors that this process may use."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count() or 1))
    return sorted(os.sched_getaffinity(0))


PROCESSORS = allowed()


def processors(threads: int) -> list[int]:
    """List the processors that programs on some threads may use."""
    return PROCESSORS[:threads]


def pin(threads: int) -> None:
    """Keep this process, and so every program it starts, on those processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors(threads))


def environment(threads: int, *, malloc: bool = False) -> dict[str, str]:
    """Return the variables that tell every program its number of threads."""
    names = ("TIGHTROPE_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    counts = {name: str(threads) for name in names}
    affinity = {"GOMP_CPU_AFFINITY": " ".join(map(str, processors(threads)))}
    return {**os.environ, **counts, **affinity, **(MALLOC if malloc else {})}


@dataclass
class Programs:
    """Where the programs are, what they said of themselves, and why some rows are missing."""

    bench: Path = BENCH
    python: Path = PYTHON
    seconds: float = 3.0
    environments: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def ours(self, name: str, threads: int) -> float | None:
        """Return our seconds for a training row."""
        subject = f"Tightrope: {name}"
        command = [self.bench, "train", "--json", "--only", name]
        return self._run(subject, command, threads).get(name)

    def our_kernels(self, threads: int) -> Seconds:
        """Return our seconds for all kernels."""
        return self._run("Tightrope: kernels", [self.bench, "kernels", "--json"], threads)

    def peer(self, name: str, variant: str, threads: int, *, malloc: bool) -> float | None:
        """Return a peer's seconds for a training row."""
        subject = f"{variant}{' + malloc' if malloc else ''}: {name}"
        module = [self.python, "-m", "peers", "--row", name, "--variant", variant]
        command = [*module, "--threads", threads, "--seconds", self.seconds]
        return self._run(subject, command, threads, malloc=malloc).get(name)

    def peer_kernels(self, library: str, threads: int) -> Seconds:
        """Return a library's seconds for all kernels."""
        module = [self.python, "-m", "peers.kernels", "--json", "--library", library]
        return self._run(f"{library}: kernels", [*module, "--threads", threads], threads)

    def our_matching(self, name: str, threads: int) -> Seconds:
        """Return our seconds for a step and a hundredth of a generation of iDEM."""
        command = [self.bench, "idem", "--json", "--repeats", 3, "--only", name]
        return self._run(f"Tightrope: iDEM, {name}", command, threads)

    def peer_matching(self, name: str, threads: int, *, malloc: bool) -> Seconds:
        """Return PyTorch's seconds for the same."""
        subject = f"PyTorch{' + malloc' if malloc else ''}: iDEM, {name}"
        module = [self.python, "-m", "peers.torch_energy", "--case", name, "--repeats", 3]
        return self._run(subject, [*module, "--threads", threads], threads, malloc=malloc)

    def versions(self) -> dict[str, str]:
        """Return the versions of what is installed for the peers."""
        script = (
            "import json, platform\n"
            "from importlib.metadata import distributions\n"
            "names = ('torch', 'jax', 'jaxlib', 'numpy', 'scipy')\n"
            "found = {d.name: d.version for d in distributions() if d.name in names}\n"
            "print(json.dumps({'python': platform.python_version(), **found}))"
        )
        try:
            done = subprocess.run(
                [self.python, "-c", script], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return {}
        return json.loads(done.stdout)

    def _run(
        self, subject: str, command: list[Any], threads: int, *, malloc: bool = False
    ) -> Seconds:
        """Run a program that prints rows as JSON; note why, if it does not. Once is enough."""
        if f"{subject}, {threads} threads" in self.notes:
            return {}
        print(f"  {subject}, {threads} threads", file=sys.stderr, flush=True)
        pin(threads)
        try:
            done = subprocess.run(
                list(map(str, command)),
                cwd=HERE,
                env=environment(threads, malloc=malloc),
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            if done.returncode != 0:
                raise ValueError(reason(done.stderr) or f"status {done.returncode}")
            found = json.loads(done.stdout)
            self.environments.setdefault(subject.partition(":")[0], found["environment"])
            return {row["name"]: row["seconds"] for row in found["rows"]}
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
            self.notes[f"{subject}, {threads} threads"] = str(error)
            print(f"    not measured: {error}", file=sys.stderr, flush=True)
            return {}


def reason(stderr: str) -> str:
    """Return the line that says what went wrong: the last that names an error, else the last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if ERROR.match(line)]
    return (errors or lines or [""])[-1]
