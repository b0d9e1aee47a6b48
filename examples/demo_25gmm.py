"""Learn to sample a density of 25 modes, and see how well it went.

Prints the figures with the truth beside each, and writes a picture. Run it with `make demo`.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

import tightrope as tr

matplotlib.use("Agg")
from matplotlib import pyplot

# Noise on the paths of early training, and the density's score inside the network, are what finds
# all the modes; both are defaults, stated here because without them most modes are missed.
SETTINGS = {
    "steps": 5000,
    "exploration": {"standard_deviation": 0.2, "decay_fraction": 0.5},
    "network": {"langevin": "auto"},
}
PICTURE = Path("runs") / "demo-25gmm.png"


def mode_weights(x: np.ndarray) -> np.ndarray:
    """Return the share of the points that is nearest to each of the 25 modes, times 25."""
    nearest = np.clip(np.round(x / 5.0), -2, 2).astype(int) + 2
    return np.bincount(nearest[:, 0] * 5 + nearest[:, 1], minlength=25) * 25 / len(x)


def picture(run: tr.Run, draws: tr.Draws, density: tr.Density) -> pyplot.Figure:
    """Draw the samples over the density's contours, and the training curve."""
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4.8), layout="constrained", width_ratios=(1, 1.15)
    )
    tr.plot.samples(draws, density, axes=left, reach=13.0)
    left.set_title("Draws over the density", loc="left")
    tr.plot.training_curve(run, axes=right)
    right.set_title("Trajectory-balance loss", loc="left")
    return figure


def main() -> None:
    """Train, evaluate, draw."""
    density = tr.densities.GaussianMixture25()
    print(f"Training on {density.name}: 25 modes in the plane, log Z = {density.log_normalizer}")
    run = tr.train(density, objective="trajectory-balance", progress=True, **SETTINGS)
    draws = run.sample(10_000, seed=1)
    weights = mode_weights(draws.x)
    print(f"\n{run.evaluate()}\n")
    print(f"Modes found: {np.sum(weights > 0.5)} of 25; each mode's weight relative to its share:")
    print("\n".join("  " + "  ".join(f"{w:.2f}" for w in row) for row in weights.reshape(5, 5)))
    print(f"checksum of the run {run.checksum}, of the draws {draws.checksum}")
    PICTURE.parent.mkdir(exist_ok=True)
    picture(run, draws, density).savefig(PICTURE, dpi=160)
    print(f"Picture: {PICTURE.resolve()}")


if __name__ == "__main__":
    main()
