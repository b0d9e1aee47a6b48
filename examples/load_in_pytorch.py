"""A sampler that Tightrope has trained, as a PyTorch module.

    run.export("sampler.safetensors")          # in Python, after training
    python examples/load_in_pytorch.py sampler.safetensors

The mapping, for pinned Brownian motion, the default process:

    state.weight, state.bias          Linear(dimension, width), of the state
    time.phases, time.0, time.1       sinusoids of time, Linear(2 width, width), GELU, Linear
    hidden.0, hidden.1, ...           Linear(width, width), with GELU before and after
    output                            Linear(width, 2 dimension): drift, and raw log-variance
    langevin.phases, langevin.0-3     the same kind of network as of time: the factor on the score

Weights are [inputs, outputs], the transpose of PyTorch's. One step of a path goes from x to

    x + drift / T + sqrt(variance exp(range tanh(raw)) / T) noise.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn.functional import gelu


class TimeNetwork(nn.Module):
    """A small network of sinusoids of time."""

    def __init__(self, width: int, layers: int, outputs: int) -> None:
        super().__init__()
        self.phases = nn.Parameter(torch.zeros(width))
        self.register_buffer("frequencies", torch.linspace(0.1, 100, width), persistent=False)
        sizes = [2 * width] + [width] * layers + [outputs]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(sizes))

    def forward(self, time: Tensor) -> Tensor:
        """Encode times [n, 1]."""
        angles = time * self.frequencies + self.phases
        h = self.layers[0](torch.cat([angles.sin(), angles.cos()], dim=1))
        for layer in self.layers[1:]:
            h = layer(gelu(h))
        return h


class PathNetwork(nn.Module):
    """Drift and variance of a path."""

    def __init__(self, config: dict[str, Any], dimension: int, langevin_columns: int) -> None:
        super().__init__()
        width = config["network"]["width"]
        self.config = config
        self.dimension = dimension
        learned = 2 if config["process"]["learned_variance"] else 1
        self.state = nn.Linear(dimension, width)
        self.time = TimeNetwork(width, 1, width)
        self.hidden = nn.ModuleList(
            nn.Linear(width, width) for _ in range(config["network"]["layers"])
        )
        self.output = nn.Linear(width, learned * dimension)
        self.langevin = TimeNetwork(width, 3, langevin_columns) if langevin_columns else None

    def forward(self, x: Tensor, time: Tensor, score: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return drift and raw log-variance at states [n, dimension] and times [n, 1]."""
        h = gelu(self.state(x) + self.time(time))
        for layer in self.hidden:
            h = gelu(layer(h))
        output = self.output(h)
        drift = output[:, : self.dimension]
        if self.langevin is not None and score is not None:
            bound = self.config["network"]["score_bound"]
            drift = drift + self.langevin(time) * score.clamp(-bound, bound)
        raw = output[:, self.dimension :]
        return drift, raw if raw.shape[1] else torch.zeros_like(drift)


def load(path: str) -> PathNetwork:
    """Load a network that `run.export` wrote."""
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if config["method"] != "paths" or config["process"]["kind"] != "pinned-brownian":
        raise SystemExit("this example is of pinned Brownian motion")
    columns = tensors["langevin.3.bias"].numel() if "langevin.3.bias" in tensors else 0
    network = PathNetwork(config, tensors["state.weight"].shape[0], columns)
    state = {}
    for name, tensor in tensors.items():
        if name == "log_z":
            continue
        first, *rest = name.split(".")
        inner = ["layers", *rest] if first in ("time", "langevin") and len(rest) > 1 else rest
        state[".".join([first, *inner])] = tensor.T if name.endswith("weight") else tensor
    network.load_state_dict(state)
    return network


@torch.no_grad()
def sample(
    network: PathNetwork,
    count: int,
    score: Callable[[Tensor], Tensor] | None = None,
    seed: int = 0,
) -> Tensor:
    """Draw points; a network with a Langevin part wants the density's score."""
    process = network.config["process"]
    steps, bound = process["steps"], process["log_variance_range"]
    generator = torch.Generator().manual_seed(seed)
    x = torch.zeros(count, network.dimension)
    for step in range(steps):
        time = torch.full((count, 1), step / steps)
        slope = score(x) if score is not None and network.langevin is not None else None
        drift, raw = network(x, time, slope)
        variance = process["variance"] * torch.exp(bound * torch.tanh(raw))
        noise = torch.randn(x.shape, generator=generator)
        x = x + drift / steps + (variance / steps).sqrt() * noise
    return x


if __name__ == "__main__":
    network = load(sys.argv[1])
    if network.langevin is not None:
        raise SystemExit("this sampler uses the score: call sample(network, count, score)")
    points = sample(network, 1000)
    print("mean", points.mean(dim=0), "deviation", points.std(dim=0))
