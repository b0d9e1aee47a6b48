"""Kill training runs at random instants, resume them, and compare with runs that were left alone.

    python Tests/Endurance/kills.py --program .build/release/tightrope --kills 100

Each method trains in a folder of its own. The process is killed (SIGKILL) after a random time and
started again with --resume, until it has finished; then parameters and draws must have the
checksums of a run that nobody killed. Its report, which evaluates it, is killed likewise: a kill
must leave no page or a whole one, and the run as it was. That goes on until there were as many
kills as asked.
Particles are drawn again until the file is there: a kill must leave no file, or a whole one.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SMALL = ["--set", "batch_size=60", "--set", "report_every=5", "--seed", "3"]
OFF_POLICY = [
    *("--set", "off_policy.source=local-search"),
    *("--set", "off_policy.search_every=20"),
    *("--set", "exploration.standard_deviation=0.1"),
]
MATCHING = [
    *("--set", "method=idem"),
    *("--set", "energy_matching.samples=50"),
    *("--set", "energy_matching.generate_every=10"),
    *("--set", "energy_matching.generate_count=200"),
    *("--set", "energy_matching.generate_steps=50"),
    *("--set", "energy_matching.initial_count=200"),
    *("--set", "energy_matching.network.width=32"),
    *("--set", "energy_matching.average_decay=0.99"),
]
POSTERIOR = [
    *("--set", "method=denoising"),
    *("--density-set", "base=9gmm"),
    *("--density-set", "denominator=25gmm"),
    *("--set", "prior.run={prior}"),
    *("--set", "off_policy.source=visited"),
]
PRIOR = [
    *("--set", "method=denoising"),
    *("--set", "denoising.steps=20"),
    *("--set", "denoising.network.width=32"),
]
# Density, settings, steps to each checkpoint.
METHODS = {
    "trajectory-balance": ("25gmm", OFF_POLICY, 20),
    "idem": ("dw4", MATCHING, 20),
    "relative-trajectory-balance": ("ratio", POSTERIOR, 20),
}


def train(program: str, method: str, folder: Path, steps: int) -> list[str]:
    """Return the command that begins or resumes a run."""
    density, settings, cadence = METHODS[method]
    chosen = [setting.format(prior=folder.parent / "prior") for setting in settings]
    return [
        *(program, "train", density, "--steps", str(steps), *SMALL, *chosen),
        *("--set", f"checkpoint_every={cadence}", "--out", str(folder), "--resume", "--quiet"),
    ]


def report(program: str, folder: Path, page: Path) -> list[str]:
    """Return the command that evaluates a run and writes a page about it."""
    return [program, "report", str(folder), "--samples", "300", "--out", str(page)]


def run(command: list[str]) -> str:
    """Return what a command prints; its failure is ours."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def train_prior(program: str, folder: Path) -> None:
    """Train what posteriors start from."""
    run(
        [
            program,
            "train",
            "25gmm",
            "--steps",
            "50",
            *SMALL,
            *PRIOR,
            "--out",
            str(folder),
            "--quiet",
        ]
    )


def checksums(program: str, folder: Path) -> tuple[str, str]:
    """Return the checksums of a run's parameters and draws."""
    report = json.loads(run([program, "sample", str(folder), "-n", "300", "--json"]))
    return report["parameters"], report["checksum"]


def is_killed(command: list[str], after: float) -> bool:
    """Start a command and kill it after some seconds; False if it has ended by then."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, message = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"{' '.join(command)}\nended with {process.returncode}:\n{message.decode()}")
    return False


def kill_until_done(
    command: list[str], longest: float, chance: random.Random, whole: Callable[[], bool]
) -> int:
    """Start a command again after each kill, until it ends by itself; returns the kills."""
    kills = 0
    # A part of its time, so that it is killed several times on its way; ever more, so that it ends.
    while is_killed(command, chance.uniform(0.01, (0.6 + 0.05 * kills) * longest)):
        kills += 1
        if not whole():
            sys.exit(f"{' '.join(command)}\nleft a part of a file after {kills} kills")
    return kills


def timed(command: list[str]) -> float:
    """Return the seconds that a command takes."""
    begin = time.monotonic()
    run(command)
    return time.monotonic() - begin


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a run."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def check_report(
    program: str, folder: Path, page: Path, longest: float, chance: random.Random
) -> int:
    """Kill a report until it is done; returns the kills."""
    before = contents(folder)

    def whole() -> bool:
        is_page = not page.exists() or page.read_text().rstrip().endswith("</html>")
        return is_page and contents(folder) == before

    kills = kill_until_done(report(program, folder, page), longest, chance, whole)
    if not (whole() and page.exists()):
        sys.exit(f"{page} is not whole after {kills} kills")
    page.unlink()
    return kills


def check_method(program: str, method: str, kills: int, steps: int, place: Path) -> str:
    """Kill and resume until done; returns how often."""
    if METHODS[method][1] is POSTERIOR:
        train_prior(program, place / "prior")
    training = timed(train(program, method, place / "whole", steps))
    judging = timed(report(program, place / "whole", place / "whole.html"))
    truth = checksums(program, place / "whole")
    chance = random.Random(method)
    rounds = trained = judged = 0
    while trained < kills:
        folder = place / f"killed-{rounds}"
        trained += kill_until_done(
            train(program, method, folder, steps), training, chance, lambda: True
        )
        if checksums(program, folder) != truth:
            sys.exit(f"{method}: {folder} ended with other bits after {trained} kills")
        judged += check_report(program, folder, place / "page.html", judging, chance)
        rounds += 1
    return f"{trained} kills of training, {judged} of reports, {rounds} runs"


def check_particles(program: str, kills: int, place: Path) -> str:
    """Kill sequential Monte Carlo while it works and writes, until done; returns how often."""
    out = place / "points.npy"
    command = [program, "mcmc", "25gmm", "--method", "smc", "--draws", "2000", "--out", str(out)]
    longest = timed(command)
    whole = out.read_bytes()
    chance, killed, rounds = random.Random(1), 0, 0
    while killed < kills:
        out.unlink()
        killed += kill_until_done(
            command, 1.6 * longest, chance, lambda: not out.exists() or out.read_bytes() == whole
        )
        if out.read_bytes() != whole:
            sys.exit(f"smc: {out} is not whole after {killed} kills")
        rounds += 1
    return f"{killed} kills, {rounds} files"


def main() -> None:
    """Read the command line and check each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kills", type=int, default=100, help="of each method")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--methods", nargs="*", default=[*METHODS, "smc"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for method in options.methods:
            place = Path(folder) / method
            place.mkdir()
            if method == "smc":
                done = check_particles(options.program, options.kills, place)
            else:
                done = check_method(options.program, method, options.kills, options.steps, place)
            print(f"{method}: {done}; same bits", flush=True)


if __name__ == "__main__":
    main()
