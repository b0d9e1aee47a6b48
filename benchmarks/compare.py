"""Measures Tightrope beside its peers, alternately, and prints the ratios pair by pair.

    python benchmarks/compare.py --rows 25gmm-tb,unet --rounds 3 --threads 1,2
    python benchmarks/compare.py --kernels
    python benchmarks/compare.py --idem
    python benchmarks/compare.py --from runs/benchmarks-train.json --markdown

First every variant of a row runs once, with and without the malloc settings. The fastest of each
column goes on; its first time is forgotten, so that luck does not count. Then come the rounds: ours
and a peer, one right after the other, each in a fresh process, by turns in either order.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from programs import BENCH, PYTHON, ROOT, Programs, Seconds, processors
from tables import Comparison, Series, as_markdown, as_text, table

ROWS = [
    "25gmm-tb",
    "25gmm-rtb",
    "25gmm-tb-langevin",
    "many-well-32-tb",
    "many-well-32-tb-langevin",
    "funnel-fl-subtb",
    "many-well-32-pis",
    "egnn-lj13",
    "transformer",
    "unet",
]
VARIANTS = {
    "PyTorch, as published": ["torch-published"],
    "PyTorch, fastest": ["torch-published", "torch-best", "torch-compile"],
    "JAX, fastest": ["jax-published", "jax-best"],
}
# JAX has one version of these: nothing as published differs from the best.
ONE_JAX_VERSION = {"egnn-lj13", "transformer", "unet"}
LIBRARIES = {"NumPy": "numpy", "PyTorch": "torch"}
PROBLEMS = ["gmm40", "dw4", "lj13", "lj55"]
# With and without the malloc settings.
ALLOCATORS = {"PyTorch, as published": False, "PyTorch, as published + malloc": True}

Choice = tuple[str, bool]
# A column, and the rows of our program and of the peer.
Turn = tuple[str, Seconds, Seconds]


def label(choice: Choice) -> str:
    """Name a variant, and whether malloc was set for it."""
    variant, malloc = choice
    return variant.partition("-")[2] + (" + malloc" if malloc else "")


def screen(programs: Programs, name: str, threads: int) -> dict[str, Choice]:
    """Return the fastest variant of each column."""
    times: dict[Choice, float] = {}
    for variant in dict.fromkeys(itertools.chain(*VARIANTS.values())):
        if variant == "jax-published" and name in ONE_JAX_VERSION:
            continue
        for malloc in (False, True):
            seconds = programs.peer(name, variant, threads, malloc=malloc)
            if seconds is not None:
                times[variant, malloc] = seconds
    fastest = {}
    for column, variants in VARIANTS.items():
        choices = [choice for choice in times if choice[0] in variants]
        if choices:
            fastest[column] = min(choices, key=lambda choice: times[choice])
    return fastest


def compare_row(programs: Programs, name: str, threads: int, rounds: int) -> list[Comparison]:
    """Measure a row in pairs."""
    fastest = screen(programs, name, threads)
    pairs = {choice: Series(label(choice)) for choice in fastest.values()}
    for turn in range(rounds):
        for (variant, malloc), series in pairs.items():
            if turn % 2 == 0:
                ours = programs.ours(name, threads)
                peer = programs.peer(name, variant, threads, malloc=malloc)
            else:
                peer = programs.peer(name, variant, threads, malloc=malloc)
                ours = programs.ours(name, threads)
            series.add(ours, peer)
    columns = {column: pairs[choice] for column, choice in fastest.items()}
    if not columns:
        alone = [programs.ours(name, threads) for _ in range(rounds)]
        columns = {"Tightrope alone": Series("", alone, [None] * rounds)}
    return [Comparison(name, threads, columns)]


def compare_kernels(programs: Programs, _name: str, threads: int, rounds: int) -> list[Comparison]:
    """Measure all kernels in pairs of whole programs; our functions use one thread."""
    turns: list[Turn] = []
    for _ in range(rounds):
        for column, library in LIBRARIES.items():
            ours = programs.our_kernels(threads)
            turns.append((column, ours, programs.peer_kernels(library, threads)))
    return joined(turns, threads)


def compare_matching(programs: Programs, name: str, threads: int, rounds: int) -> list[Comparison]:
    """Measure a step of iDEM and a part of a generation in pairs of whole programs."""
    turns: list[Turn] = []
    for _ in range(rounds):
        for column, malloc in ALLOCATORS.items():
            ours = programs.our_matching(name, threads)
            turns.append((column, ours, programs.peer_matching(name, threads, malloc=malloc)))
    return joined(turns, threads)


def joined(turns: list[Turn], threads: int) -> list[Comparison]:
    """Return a comparison of each row that either program of a turn printed."""
    names = dict.fromkeys(name for _, ours, peer in turns for name in [*peer, *ours])
    found = {name: Comparison(name, threads) for name in names}
    for name, comparison in found.items():
        for column, ours, peer in turns:
            series = comparison.columns.setdefault(column, Series(""))
            series.add(ours.get(name), peer.get(name))
    return list(found.values())


# What is measured: the names of the rows, the columns of their table, and how a row is.
KINDS = {
    "train": (ROWS, VARIANTS, compare_row),
    "kernels": (["kernels"], LIBRARIES, compare_kernels),
    "idem": (PROBLEMS, ALLOCATORS, compare_matching),
}


def machine() -> dict[str, Any]:
    """Describe the machine and the moment."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.date.today().isoformat(),
        "processor": models[0] if models else platform.processor(),
        "processors": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "system": platform.platform(),
        "revision": revision.stdout.strip(),
    }


def show(result: dict[str, Any], *, markdown: bool) -> None:
    """Print a result as a table."""
    lines = table([Comparison.from_json(row) for row in result["rows"]], result["columns"])
    print(as_markdown(lines) if markdown else as_text(lines))
    about = {**result["environment"]["machine"], **result["environment"]["versions"]}
    print("\n" + ", ".join(f"{name} {value}" for name, value in about.items()))
    for subject, note in result["notes"].items():
        print(f"not measured: {subject}: {note}", file=sys.stderr)


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure everything asked for; the file grows row by row, so that an end is no loss."""
    programs = Programs(arguments.bench, arguments.python, arguments.seconds)
    _, columns, compare = KINDS[arguments.kind]
    start = machine()
    result: dict[str, Any] = {"columns": list(columns), "rows": []}
    for threads in arguments.threads:
        if len(processors(threads)) < threads:
            sys.exit(f"{threads} threads were asked for; {len(processors(threads))} may be used")
        for name in arguments.rows:
            print(f"{name}, {threads} threads", file=sys.stderr, flush=True)
            found = compare(programs, name, threads, arguments.rounds)
            result["rows"] += [comparison.to_json() for comparison in found]
            about = {"machine": start, "versions": programs.versions()}
            result["environment"] = {**about, "programs": programs.environments}
            result["notes"] = programs.notes
            arguments.json.parent.mkdir(parents=True, exist_ok=True)
            arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written to {arguments.json}", file=sys.stderr)
    return result


def names(text: str, known: list[str]) -> list[str]:
    """Read names of rows, separated by commas; all where there is no text."""
    found = text.split(",") if text else known
    for name in found:
        if name not in known:
            sys.exit(f"no row {name!r}; there are {', '.join(known)}")
    return found


def counts(text: str) -> list[int]:
    """Read numbers of threads, separated by commas."""
    found = [int(word) for word in text.split(",")]
    if min(found) < 1:
        raise ValueError("a number of threads must be positive")
    return found


def main() -> None:
    """Read the arguments, measure or take up a result, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="", help="which, separated by commas; all unless given")
    parser.add_argument("--rounds", type=int, default=3, help="pairs for each peer")
    parser.add_argument("--threads", type=counts, default=[2], help="for example 1,2")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one peer's measurement")
    kinds = parser.add_mutually_exclusive_group()
    for kind, words in (("kernels", "kernels"), ("idem", "steps of iDEM")):
        help_text = f"{words}, not training iterations"
        kinds.add_argument(
            f"--{kind}", dest="kind", action="store_const", const=kind, help=help_text
        )
    parser.set_defaults(kind="train")
    parser.add_argument("--markdown", action="store_true", help="print a table to paste")
    parser.add_argument("--json", type=Path, help="where every pair is written")
    parser.add_argument("--from", dest="earlier", type=Path, help="print this earlier result")
    parser.add_argument("--bench", type=Path, default=BENCH, help="our program")
    parser.add_argument("--python", type=Path, default=PYTHON, help="the peers' Python")
    arguments = parser.parse_args()
    if arguments.earlier:
        show(json.loads(arguments.earlier.read_text(encoding="utf-8")), markdown=arguments.markdown)
        return
    arguments.rows = names(arguments.rows, KINDS[arguments.kind][0])
    arguments.json = arguments.json or ROOT / "runs" / f"benchmarks-{arguments.kind}.json"
    show(measured(arguments), markdown=arguments.markdown)


if __name__ == "__main__":
    main()
