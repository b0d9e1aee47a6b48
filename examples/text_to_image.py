"""Tune a small text-to-image model towards a reward of your own, and keep its diversity.

A diffusion model of pictures of coloured shapes, given captions that are often wrong, is the prior.
The reward below is a plain NumPy function of pictures and captions; ImageReward, or any other model
that scores pictures, could stand in its place. Relative trajectory balance learns a low-rank change
of the prior that draws from

    prior(picture | caption) x exp(reward(picture, caption)) / Z(caption)

for all captions at once, and is looked at on captions that it has not seen. Beside it stand the
prior, the prior's own draws resampled by the reward, and DDPO and DPOK, which make the reward
large.

    python examples/text_to_image.py                        # minutes on one processor
    python examples/text_to_image.py --preset smoke         # seconds

Pictures are written as pictures.png where matplotlib is installed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import tightrope as tr

Batch = npt.NDArray[np.float32]

PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {"edge": 6, "draws": 4, "choices": 4, "prior": 10, "posterior": 2, "width": 16},
    "laptop": {
        "edge": 8, "draws": 50, "choices": 32, "prior": 8000, "posterior": 300, "width": 192,
    },
    "paper": {
        "edge": 32, "draws": 200, "choices": 64, "prior": 300_000, "posterior": 10_000,
        "width": 1024,
    },
}  # fmt: skip

PALETTE = {
    "red": (0.9, 0.15, 0.15), "green": (0.15, 0.75, 0.25), "blue": (0.2, 0.35, 0.92),
    "yellow": (0.92, 0.85, 0.15),
}  # fmt: skip
PLACES = {
    "left": (0.28, 0.5), "right": (0.72, 0.5), "top": (0.5, 0.28), "bottom": (0.5, 0.72),
    "centre": (0.5, 0.5),
}  # fmt: skip


def reward(pictures: Batch, captions: list[str]) -> Batch:
    """Return how far colour and place of what is in a picture are what its caption says.

    Parameters
    ----------
    pictures : ndarray
        float32 [n, rows, columns, 3], from 0 to 1.
    captions : list of str
        One for each.

    Returns
    -------
    ndarray
        [n], at most 0, in nats.
    """
    ground = np.median(pictures, axis=(1, 2), keepdims=True)
    light = np.abs(pictures - ground).max(axis=3) ** 2
    weights = light / (light.sum(axis=(1, 2), keepdims=True) + 1e-6)
    colour = (weights[..., None] * pictures).sum(axis=(1, 2))
    axis = (np.arange(pictures.shape[1]) + 0.5) / pictures.shape[1]
    centre = np.stack([weights.sum(axis=1) @ axis, weights.sum(axis=2) @ axis], axis=1)
    words = [caption.split() for caption in captions]
    wrong_colour = np.abs(colour - [PALETTE[word[2]] for word in words]).sum(axis=1)
    wrong_place = np.abs(centre - [PLACES[word[6]] for word in words]).sum(axis=1)
    return -4 * wrong_colour - 12 * wrong_place


def diversity(pictures: Batch, captions: npt.NDArray[np.int32]) -> float:
    """Return the mean root-mean-square distance between pictures of one caption."""
    found = []
    for caption in np.unique(captions):
        own = pictures[captions == caption].reshape((captions == caption).sum(), -1)
        square = ((own[:, None] - own[None]) ** 2).mean(axis=2)
        found.append(np.sqrt(square).sum() / (len(own) * (len(own) - 1)))
    return float(np.mean(found))


def draw_sheet(rows: dict[str, Batch], captions: list[str], path: Path) -> bool:
    """Write the first pictures of each method; whether that was possible."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(14, 1.5 * len(rows)))
    for row, (name, pictures) in enumerate(rows.items()):
        for column in range(12):
            axes = figure.add_subplot(len(rows), 12, 12 * row + column + 1)
            axes.imshow(pictures[column])
            axes.set(xticks=[], yticks=[])
            if row == 0:
                axes.set_title("\n".join(captions[column].split(" at ")), fontsize=5)
            if column == 0:
                axes.set_ylabel(name, fontsize=6)
    figure.savefig(path, dpi=150)
    return True


def main() -> None:
    """Train the prior and each method, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", choices=list(PRESETS), default="laptop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="runs/text-to-image")
    arguments = parser.parse_args()
    preset, folder = PRESETS[arguments.preset], Path(arguments.out) / arguments.preset
    folder.mkdir(parents=True, exist_ok=True)
    shapes = tr.densities.CaptionedShapes(shapes={"edge": preset["edge"]})
    optimizer = {"learning_rate": 1e-3, "schedule": "cosine"}
    tr.train(
        shapes, method="denoising", steps=preset["prior"], batch_size=128, seed=arguments.seed,
        optimizer=optimizer, out=folder / "prior", resume=True,
        denoising={
            "steps": 16, "schedule": "cosine", "prediction": "data", "least_deviation": 0.05,
            "network": {"width": preset["width"]},
        },
    )  # fmt: skip
    constraint = shapes.constraint(reward)

    def tuned(name: str, steps: int, **prior: Any) -> tr.Run:
        return tr.train(
            constraint, steps=steps, batch_size=128, condition_repeats=16, seed=arguments.seed,
            objective="log-variance", optimizer={**optimizer, "clip_norm": 10.0},
            prior={"run": str(folder / "prior"), "initialize": "lora", "lora_rank": 16,
                   "lora_alpha": 16.0, **prior},
            out=folder / name, resume=True,
        )  # fmt: skip

    captions = shapes.captions
    n = preset["draws"] * (len(captions) - shapes.describe()["training_conditions"])
    start = tuned("start", 0).sample(n * preset["choices"], seed=1)
    # By turns, so that the choices of a draw have its caption.
    values = start.log_density.reshape(preset["choices"], n)
    best = (values + np.random.default_rng(0).gumbel(size=values.shape)).argmax(axis=0)
    numbers = start.conditions[:n]
    found: dict[str, tuple[Batch, npt.NDArray[Any]]] = {
        "prior": (start.x[:n], numbers),
        f"prior, one of {preset['choices']}": (start.x[best * n + np.arange(n)], numbers),
    }
    for name, policy in (
        ("RTB", {}), ("DPOK", {"policy": {"kind": "dpok", "penalty": 0.1}}),
        ("DDPO", {"policy": {"kind": "ddpo"}}),
    ):  # fmt: skip
        draws = tuned(name.lower(), preset["posterior"], **policy).sample(n, seed=1)
        found[name] = (draws.x, draws.conditions)
    table = {}
    print(f"{'':20} {'reward':>8} {'diversity':>10}")
    for name, (x, conditions) in found.items():
        pictures = shapes.pictures(x)
        own = float(np.mean(reward(pictures, [captions[number] for number in conditions])))
        table[name] = {"reward": own, "diversity": diversity(pictures, conditions)}
        print(f"{name:20} {own:8.3f} {table[name]['diversity']:10.4f}")
    (folder / "table.json").write_text(json.dumps(table, indent=2) + "\n")
    rows = {name: shapes.pictures(x[:12]) for name, (x, _) in found.items()}
    names = [captions[number] for number in start.conditions[:12]]
    if draw_sheet(rows, names, folder / "pictures.png"):
        print(f"pictures: {folder / 'pictures.png'}")


if __name__ == "__main__":
    main()
