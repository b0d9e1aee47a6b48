"""Times a step of iterated denoising energy matching, and a part of a generation, as published.

python -m peers.torch_energy --case gmm40 --threads 2
A step draws points, noises them, estimates the score from K noised points each by automatic
differentiation, and updates the network by Adam. A generation draws points in 1000 steps of the
reverse equation, of which 10 are timed. Compare with `tightrope-bench idem`. The published step on
13 particles takes 16 GB; --batch and --samples make it smaller.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Case:
    """The published settings of a density."""

    particles: int
    space: int
    samples: int
    batch: int
    layers: int
    smallest: float
    largest: float
    bound: float
    generated: int

    @property
    def dimension(self) -> int:
        """Coordinates of a point."""
        return self.particles * self.space


CASES = {
    "gmm40": Case(1, 2, 500, 512, 3, 1e-5, 1, 70, 1000),
    "dw4": Case(4, 2, 1000, 512, 3, 1e-5, 3, 20, 1000),
    "lj13": Case(13, 3, 1000, 512, 5, 0.01, 2, 20, 1000),
    "lj55": Case(55, 3, 100, 128, 5, 0.5, 4, 20, 128),
}
WIDTH = 128


def sinusoids(x: Tensor, scale: float) -> Tensor:
    """Return sines and cosines of every column, [rows, WIDTH * columns]."""
    steps = torch.arange(WIDTH // 2) * (-math.log(10_000) / (WIDTH // 2 - 1))
    angles = scale * x[..., None] * steps.exp()
    return torch.cat([angles.sin(), angles.cos()], -1).flatten(1)


class ResidualMLP(nn.Module):
    """The network of the mixture."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.first = nn.Linear((case.dimension + 1) * WIDTH, WIDTH)
        self.blocks = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(case.layers))
        self.last = nn.Linear(WIDTH, case.dimension)

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        """Return the score, [rows, D]."""
        h = self.first(torch.cat([sinusoids(x, 25), sinusoids(t, 1)], 1))
        h = nn.functional.gelu(h)
        for block in self.blocks:
            h = h + nn.functional.gelu(block(h))
        return self.last(h)


def silu_pair(inputs: int, outputs: int = WIDTH) -> nn.Sequential:
    """Return two linear layers with SiLU between."""
    return nn.Sequential(nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, outputs))


class EGNN(nn.Module):
    """The network of particles, all pairs of a row at once."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.embed = nn.Linear(1, WIDTH)
        self.edge = nn.ModuleList(silu_pair(2 * WIDTH + 2) for _ in range(case.layers))
        self.gate = nn.ModuleList(nn.Linear(WIDTH, 1) for _ in range(case.layers))
        self.move = nn.ModuleList(silu_pair(WIDTH, 1) for _ in range(case.layers))
        self.node = nn.ModuleList(silu_pair(2 * WIDTH) for _ in range(case.layers))

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        """Return the score, [rows, D]."""
        case = self.case
        start = x.view(-1, case.particles, case.space)
        others = ~torch.eye(case.particles, dtype=torch.bool)
        i, j = others.nonzero(as_tuple=True)
        points, h = start, self.embed(t)[:, None].expand(-1, case.particles, -1)
        attribute = (start[:, i] - start[:, j]).square().sum(-1, keepdim=True)
        for edge, gate, move, node in zip(self.edge, self.gate, self.move, self.node, strict=True):
            difference = points[:, i] - points[:, j]
            square = difference.square().sum(-1, keepdim=True)
            m = nn.functional.silu(edge(torch.cat([h[:, i], h[:, j], square, attribute], -1)))
            m = m * gate(m).sigmoid()
            length = move(m).tanh() * (15 / case.layers)
            step = difference / ((square + 1e-8).sqrt() + 1) * length
            grid = (len(x), case.particles, case.particles - 1, -1)
            points = points + step.view(grid).sum(2)
            h = h + node(torch.cat([h, m.view(grid).sum(2)], -1))
        y = points - start
        return (y - y.mean(1, keepdim=True)).flatten(1)


def log_density(name: str, case: Case, x: Tensor) -> Tensor:
    """Return log rho of the rows of x."""
    if name == "gmm40":
        generator = torch.Generator().manual_seed(0)
        means = (torch.rand((40, 2), generator=generator) - 0.5) * 80
        width = math.log1p(math.e)
        square = (50 * x[..., None, :] - means).square().sum(-1)
        return torch.logsumexp(-0.5 * square / width**2, -1)
    points = x.unflatten(-1, (case.particles, case.space))
    i, j = torch.triu_indices(case.particles, case.particles, 1)
    square = (points[..., i, :] - points[..., j, :]).square().sum(-1)
    if name == "dw4":
        v = square.sqrt() - 4
        return -(0.9 * v**4 - 4 * v**2).sum(-1)
    s = (square + 1e-6) ** -3
    centred = points - points.mean(-2, keepdim=True)
    return -2 * (s * s - 2 * s).sum(-1) - 0.5 * centred.square().sum((-1, -2))


class Step:
    """An inner step."""

    def __init__(self, name: str, case: Case) -> None:
        self.name, self.case = name, case
        self.network = (ResidualMLP if name == "gmm40" else EGNN)(self.case)
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-3, fused=True)
        self.buffer = torch.randn(10_000, self.case.dimension) * self.case.largest

    def estimate(self, x: Tensor, deviation: Tensor) -> Tensor:
        """Return S_K at the rows of x, differentiated through log-mean-exp."""
        x = x.detach().requires_grad_()
        noise = torch.randn(self.case.samples, *x.shape)
        values = log_density(self.name, self.case, x + deviation * noise)
        return torch.autograd.grad(values.logsumexp(0).sum(), x)[0]

    def run(self) -> None:
        """Make one step."""
        case = self.case
        t = torch.rand(case.batch, 1)
        ratio = case.largest / case.smallest
        deviation = (case.smallest**2 * (ratio ** (2 * t) - 1)).sqrt()
        x = self.buffer[torch.randint(len(self.buffer), (case.batch,))]
        x = x + deviation * torch.randn_like(x)
        score = self.estimate(x, deviation)
        parts = score.view(case.batch, case.particles, case.space)
        norm = parts.norm(dim=-1, keepdim=True)
        score = (parts * (case.bound / (norm + 1e-6)).clamp(max=1)).flatten(1)
        loss = (self.network(t, x) - score).square().mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 0.5)
        self.optimizer.step()

    @torch.no_grad()
    def generate(self) -> None:
        """Make 10 of the 1000 steps of a generation: dx = g^2 score dt + g dB, t from 1 to 0."""
        case = self.case
        x = torch.randn(case.generated, case.dimension) * case.largest
        ratio = case.largest / case.smallest
        for step in range(10):
            t = torch.full((case.generated, 1), 1 - step / 1000)
            square = 2 * math.log(ratio) * (case.smallest * ratio**t) ** 2 / 1000
            x = x + square * self.network(t, x) + square.sqrt() * torch.randn_like(x)


def timed(name: str, repeats: int, body: Callable[[], None]) -> dict[str, Any]:
    """Return a row: the median of some calls after one that does not count."""
    body()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return {"name": name, "seconds": statistics.median(times), "minimum": min(times)}


def main() -> None:
    """Print the medians as JSON."""
    parser = argparse.ArgumentParser(prog="torch_energy", description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--batch", type=int, help="points in place of the published number")
    parser.add_argument("--samples", type=int, help="K in place of the published number")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    case = CASES[arguments.case]
    case = replace(
        case, batch=arguments.batch or case.batch, samples=arguments.samples or case.samples
    )
    step = Step(arguments.case, case)
    rows = [
        timed(f"{arguments.case} inner step", arguments.repeats, step.run),
        timed(f"{arguments.case} generation, 1%", arguments.repeats, step.generate),
    ]
    environment = {"torch": torch.__version__, "threads": arguments.threads}
    print(json.dumps({"environment": environment, "rows": rows}))


if __name__ == "__main__":
    main()
