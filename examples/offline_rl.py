"""Learn a policy from what others did, without trying anything.

Steps of an environment, or of a file in the format of D4RL, give a behaviour and critics. The prior
is a denoising model of the behaviour's actions in a state; critics learn what actions are worth
without asking for others (implicit Q-learning). The policy is prior x exp((Q - V) / alpha) / Z(s),
learned by relative trajectory balance. It is then followed in the environment, next to

- the behaviour and its copy by the prior (BC);
- advantage-weighted regression, the policy that implicit Q-learning extracts, with the prior's
  network;
- the best of 16 actions of the prior by Q, and one of 16 by exp(Q / alpha): guidance without
  training.

    python examples/offline_rl.py                                # minutes on one processor
    python examples/offline_rl.py --preset smoke                 # seconds
    python examples/offline_rl.py --collect-only                 # writes the steps, and stops
    python examples/offline_rl.py --environment Hopper-v5 --data hopper_medium-v2.hdf5 --alpha 0.1

The steps of Pendulum-v1 need no download: a controller, with more or less chance in it, swings the
pendulum up. They are kept in the folder and used again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import tightrope as tr

try:
    import gymnasium
except ImportError:
    sys.exit("This example needs gymnasium: pip install 'tightrope[gymnasium]'")

Batch = npt.NDArray[np.float32]

PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {
        "rows": 400, "critic": {"steps": 20, "width": 16}, "prior": 20, "posterior": 3,
        "width": 16, "episodes": 1,
    },
    "laptop": {
        "rows": 20_000, "critic": {"steps": 10_000, "width": 128}, "prior": 6000,
        "posterior": 300, "width": 64, "episodes": 20,
    },
    "paper": {
        "rows": 1_000_000, "critic": {"steps": 750_000, "width": 256}, "prior": 300_000,
        "posterior": 150_000, "width": 256, "episodes": 100,
    },
}  # fmt: skip


class SwingUp:
    """A controller of the pendulum that does as it likes in a part of its steps.

    It pumps energy until the pendulum is near the top, and holds it there. In each episode the
    chance of a random torque is drawn anew: 0.2, 0.5 or 0.8.
    """

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.chance = 0.5

    def begin(self) -> None:
        """Draw the chance of the next episode."""
        self.chance = self.random.choice([0.2, 0.5, 0.8])

    def __call__(self, states: Batch) -> Batch:
        """Return torques, [n, 1]."""
        angle, speed = np.arctan2(states[:, 1], states[:, 0]), states[:, 2]
        pump = (5 - speed**2 / 6 - 5 * np.cos(angle)) * speed
        torque = np.where(np.cos(angle) > 0.9, -10 * angle - 2 * speed, 2 * pump)
        torque = np.clip(torque + 0.3 * self.random.standard_normal(len(states)), -2, 2)
        anything = self.random.uniform(-2, 2, len(states))
        chosen = np.where(self.random.random(len(states)) < self.chance, anything, torque)
        return chosen[:, None].astype(np.float32)


def steps_of(arguments: argparse.Namespace, rows: int, folder: Path) -> tuple[Path, float | None]:
    """Return the file of the steps, and what the behaviour earned in an episode where known."""
    if arguments.data and not arguments.data.endswith(".hdf5"):
        return Path(arguments.data), None
    if arguments.data:
        path = folder / (Path(arguments.data).stem + ".npz")
        if not path.exists():
            tr.transitions.save(path, **tr.transitions.read_hdf5(arguments.data))
        return path, None
    if arguments.environment != "Pendulum-v1":
        sys.exit("Only Pendulum-v1 has a behaviour here; name a file with --data")
    path = folder / f"pendulum-{rows}.npz"
    with gymnasium.make(arguments.environment) as environment:
        if not path.exists():
            behaviour = SwingUp(arguments.seed)
            found = tr.transitions.collect(environment, behaviour, rows, seed=arguments.seed)
            tr.transitions.save(path, **found)
    return path, float(np.load(path)["rewards"].sum() / (rows / 200))


class Policy:
    """Actions of a trained run in any state.

    Parameters
    ----------
    run : Run
        A prior or a posterior.
    bound : float
        Of the actions; 0 for none.
    choices : int, default 1
        Actions drawn in each state.
    greedy : bool, default False
        Whether the best one is taken, and not one by its weight.
    """

    def __init__(self, run: tr.Run, bound: float, choices: int = 1, greedy: bool = False) -> None:
        self.run, self.bound, self.choices, self.greedy = run, bound, choices, greedy
        self.calls = 0

    def __call__(self, states: Batch) -> Batch:
        """Return actions, [n, a]."""
        n, k = len(states), self.choices
        self.calls += 1
        draws = self.run.sample(n * k, seed=self.calls, features=states)
        points = draws.x.reshape(k, n, -1)
        if k > 1:
            weights = draws.log_weights.reshape(k, n)
            chance = 0 if self.greedy else np.random.default_rng(self.calls).gumbel(size=(k, n))
            points = points[(weights + chance).argmax(axis=0), np.arange(n)]
        else:
            points = points[0]
        return self.bound * np.tanh(points) if self.bound else points


def policies(
    decisions: dict[str, Any], preset: dict[str, Any], alpha: float, seed: int, folder: Path
) -> dict[str, Policy]:
    """Train all policies; what is in the folder already is not trained again."""
    bound = decisions["bound"]
    denoising = {
        "steps": 25, "schedule": "cosine", "prediction": "velocity",
        "network": {"width": preset["width"], "layers": 2},
    }  # fmt: skip

    def train(name: str, density: tr.Density, **config: Any) -> tr.Run:
        begin = time.perf_counter()
        optimizer = {"learning_rate": 1e-3, "schedule": "cosine"}
        run = tr.train(
            density, seed=seed, batch_size=256, optimizer=optimizer, out=folder / name,
            resume=True, **config,
        )  # fmt: skip
        print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)
        return run

    actions = tr.densities.Actions(decisions=decisions)
    better = tr.densities.Actions(decisions=decisions, inverse_temperature=1 / alpha)
    value = tr.densities.ActionValue(decisions=decisions, temperature=alpha)
    prior = train("prior", actions, method="denoising", steps=preset["prior"], denoising=denoising)
    weighted = train(
        "weighted", better, method="denoising", steps=preset["prior"], denoising=denoising
    )
    common = {"prior": {"run": str(folder / "prior")}, "condition_repeats": 16}
    varied = {"objective": "log-variance", **common}
    steps = preset["posterior"]
    start = train("start", value, steps=0, **varied)
    own = train("rtb", value, steps=steps, **varied)
    mixed = train("rtb-prior", value, steps=steps, off_policy={"source": "prior"}, **varied)
    data = train("rtb-data", value, steps=steps, off_policy={"source": "samples"}, **common)
    return {
        "BC: the prior": Policy(prior, bound),
        "advantage-weighted regression": Policy(weighted, bound),
        "one of 16 by exp(Q / alpha)": Policy(start, bound, 16),
        "best of 16 by Q": Policy(start, bound, 16, greedy=True),
        "RTB, log-variance": Policy(own, bound),
        "RTB, log-variance, paths of the prior": Policy(mixed, bound),
        "RTB, log Z(s), actions of the data": Policy(data, bound),
        "RTB, one of 16 by weight": Policy(own, bound, 16),
    }


def followed(
    name: str, policy: Callable[[Batch], npt.ArrayLike], environment: str, episodes: int
) -> dict[str, Any]:
    """Follow a policy for some episodes, the same ones for all."""
    worlds = [gymnasium.make(environment) for _ in range(episodes)]
    earned = tr.transitions.returns(worlds, policy, seed=10_000)
    for world in worlds:
        world.close()
    error = earned.std(ddof=1) / np.sqrt(episodes) if episodes > 1 else None
    spread = "" if error is None else f" +- {error:.1f}"
    print(f"{name:42} {earned.mean():9.1f}{spread}", flush=True)
    return {"policy": name, "return": earned.mean(), "standard error": error}


def main() -> None:
    """Collect, train, follow, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--environment", default="Pendulum-v1")
    parser.add_argument("--data", help="an .npz or .hdf5 file of steps")
    parser.add_argument("--preset", choices=list(PRESETS), default="laptop")
    parser.add_argument("--alpha", type=float, default=1.0, help="temperature, in units of reward")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="runs/offline-rl")
    parser.add_argument("--collect-only", action="store_true")
    arguments = parser.parse_args()
    preset = PRESETS[arguments.preset]
    folder = Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)
    path, earned = steps_of(arguments, preset["rows"], folder)
    print(f"steps: {path}" + (f", {earned:.1f} an episode" if earned else ""))
    if arguments.collect_only:
        return
    with gymnasium.make(arguments.environment) as environment:
        bound = float(np.abs(environment.action_space.high).max())
    decisions = {"data": str(path), "bound": bound, "critic": preset["critic"]}
    found = policies(decisions, preset, arguments.alpha, arguments.seed, folder / arguments.preset)
    rows = [
        followed(name, policy, arguments.environment, preset["episodes"])
        for name, policy in found.items()
    ]
    table = {"behaviour": earned, "alpha": arguments.alpha, "policies": rows}
    (folder / f"{arguments.preset}.json").write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
