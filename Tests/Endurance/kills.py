"""Kill training runs at random instants, resume them, and compare with runs that were left alone.

    python Tests/Endurance/kills.py --program .build/release/tightrope --kills 100

Each method trains in a folder of its own. The process is killed (SIGKILL) after a random time and
started again with --resume, until it was killed as often as asked and has finished; then
parameters and draws must have the checksums of a run that nobody killed. Points that chains and
particles draw are written at the end only: a kill must leave no file, or a whole one.
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
PRIOR = ["--set", "method=denoising", "--set", "denoising.steps=20"]
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


def check_method(program: str, method: str, kills: int, steps: int, place: Path) -> int:
    """Kill and resume until done; returns the number of kills."""
    if METHODS[method][1] is POSTERIOR:
        train_prior(program, place / "prior")
    begin = time.monotonic()
    run(train(program, method, place / "whole", steps))
    longest = time.monotonic() - begin
    truth = checksums(program, place / "whole")
    chance = random.Random(method)
    killed = rounds = 0
    while killed < kills:
        folder = place / f"killed-{rounds}"
        command = train(program, method, folder, steps)
        # A part of the run at a time, so that it is killed several times on its way.
        while is_killed(command, chance.uniform(0.01, 0.6 * longest)):
            killed += 1
        if checksums(program, folder) != truth:
            sys.exit(f"{method}: {folder} ended with other bits after {killed} kills")
        rounds += 1
    return killed


def check_particles(program: str, kills: int, place: Path) -> int:
    """Kill sequential Monte Carlo while it works and writes."""
    out = place / "points.npy"
    command = [program, "mcmc", "25gmm", "--method", "smc", "--draws", "2000", "--out", str(out)]
    begin = time.monotonic()
    run(command)
    longest = time.monotonic() - begin
    whole = out.read_bytes()
    chance, killed = random.Random(1), 0
    while killed < kills:
        out.unlink(missing_ok=True)
        killed += is_killed(command, chance.uniform(0.3 * longest, 1.1 * longest))
        if out.exists() and out.read_bytes() != whole:
            sys.exit(f"smc: {out} is not whole after a kill")
    return killed


def main() -> None:
    """Read the command line and check each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kills", type=int, default=100, help="of each method")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--methods", nargs="*", default=[*METHODS, "smc"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for method in options.methods:
            place = Path(folder) / method
            place.mkdir()
            if method == "smc":
                killed = check_particles(options.program, options.kills, place)
            else:
                killed = check_method(options.program, method, options.kills, options.steps, place)
            print(f"{method}: {killed} kills, same bits", flush=True)


if __name__ == "__main__":
    main()
