"""What every row computes, once for all frameworks: constants, parameters, inputs.

Parameters and inputs are NumPy arrays by name. Weights of linear layers are [outputs, inputs],
those of convolutions [outputs, inputs, height, width].
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from peers.densities import GridMixture, HardFunnel, ManyWell32, NineOfTwentyFive

Arrays = dict[str, np.ndarray]

# Paths: T steps, B rows, H hidden units.
STEPS = 100
BATCH = 300
WIDTH = 64
LOG_VARIANCE_RANGE = 4.0
SCORE_BOUND = 100.0
FREQUENCIES = np.linspace(0.1, 100.0, WIDTH).astype(np.float32)
TIMES = (np.arange(STEPS) / STEPS).astype(np.float32)

# Adam, and learning rates by group.
BETAS = (0.9, 0.999)
EPSILON = 1e-8
RATE = 1e-3
LOG_Z_RATE = 1e-1
FLOW_RATE = 1e-2


@dataclass(frozen=True)
class PathRow:
    """A training iteration of a path sampler."""

    density: Any
    objective: str
    variance: float = 1.0
    langevin: bool = False
    batch: int = BATCH
    learned_variance: bool = True

    @property
    def dimension(self) -> int:
        """Coordinates of a state."""
        return self.density.dimension

    @property
    def has_flow(self) -> bool:
        """Whether the objective has a flow at every step."""
        return self.objective == "subtb"

    @property
    def learns_log_z(self) -> bool:
        """Whether log Z is a parameter."""
        return self.objective in ("tb", "rtb")

    @property
    def has_prior(self) -> bool:
        """Whether the steps of a fixed prior take the place of those backwards."""
        return self.objective == "rtb"

    def prior_parameters(self) -> Arrays:
        """Begin the prior like the network that is trained, with other numbers."""
        return self.parameters(seed=1) if self.has_prior else {}

    def parameters(self, seed: int = 0) -> Arrays:
        """Begin as published, but for the last layers, which begin uniform like the others."""
        d, h = self.dimension, WIDTH
        layers = {"state": (h, d), "time.0": (h, 2 * h), "time.1": (h, h)}
        outputs = 2 * d if self.learned_variance else d
        layers |= {"hidden.0": (h, h), "hidden.1": (h, h), "output": (outputs, h)}
        if self.has_flow:
            layers |= {"flow.0": (h, h), "flow.1": (h, h), "flow.output": (1, h)}
        if self.langevin:
            layers |= {"langevin.0": (h, 2 * h), "langevin.1": (h, h), "langevin.2": (h, h)}
            layers["langevin.3"] = (1, h)
        values = uniform_layers(layers, seed)
        for network in ["time", *(["langevin"] if self.langevin else [])]:
            values[f"{network}.phases"] = normals(len(values), WIDTH)
        if self.learns_log_z:
            values["log_z"] = np.zeros((), np.float32)
        return values

    def rate(self, parameter: str) -> float:
        """Return the learning rate of a parameter."""
        if parameter == "log_z":
            return LOG_Z_RATE
        return FLOW_RATE if parameter.startswith("flow") else RATE

    def inputs(self) -> Arrays:
        """Return the noise of one iteration, [T, B, D]."""
        return {"noise": normals(1, STEPS, self.batch, self.dimension)}


@dataclass(frozen=True)
class StepConstants:
    """Numbers of the process, each [T]: of step i from x_i to x_{i+1}.

    The backward kernel is N(x_{i+1} retention, variance). Step 0 has none: x_0 = 0 is certain.
    """

    retention: np.ndarray
    inverse_variance: np.ndarray
    log_constant: np.ndarray
    has_backward: np.ndarray

    @classmethod
    def of(cls, variance: float) -> StepConstants:
        """Make the numbers of a process with this variance rate."""
        i = np.arange(STEPS)
        retention = i / (i + 1)
        step_variance = np.where(i > 0, variance / STEPS * retention, 1.0)
        there = (i > 0).astype(np.float32)
        return cls(
            retention.astype(np.float32),
            (there / step_variance).astype(np.float32),
            (there * np.log(2 * math.pi * step_variance)).astype(np.float32),
            there,
        )


def reference_log_constants(variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return 1/v_i and log(2 pi v_i), [T] each, of N(0, v_i), v_i = variance max(1, i) / T."""
    v = variance * np.maximum(1, np.arange(STEPS)) / STEPS
    return (1 / v).astype(np.float32), np.log(2 * math.pi * v).astype(np.float32)


def subtrajectory_weights() -> np.ndarray:
    """Return lambda^(j-i) over their sum for i < j, else 0, [T + 1, T + 1], lambda = 2."""
    i = np.arange(STEPS + 1)
    powers = np.where(i[None, :] > i[:, None], 2.0 ** (i[None, :] - i[:, None]), 0.0)
    return powers / powers.sum()


@dataclass(frozen=True)
class EGNNRow:
    """Forward and backward pass of an equivariant network under a squared error."""

    layers: int = 5
    width: int = 128
    particles: int = 13
    batch: int = 512

    def parameters(self) -> Arrays:
        """Begin uniform; the last weight of a coordinate update small, Xavier with gain 0.001."""
        h = self.width
        layers = {"embedding": (h, 1)}
        for k in range(self.layers):
            layers |= {f"{k}.edge.0": (h, 2 * h + 2), f"{k}.edge.1": (h, h), f"{k}.gate": (1, h)}
            layers |= {f"{k}.coordinate.0": (h, h), f"{k}.coordinate.1": (1, h)}
            if k + 1 < self.layers:
                layers |= {f"{k}.node.0": (h, 2 * h), f"{k}.node.1": (h, h)}
        values = uniform_layers(layers)
        for k in range(self.layers):
            del values[f"{k}.coordinate.1.bias"]
            bound = 0.001 * math.sqrt(6 / (h + 1))
            values[f"{k}.coordinate.1.weight"] *= np.float32(bound * math.sqrt(h))
        return values

    def inputs(self) -> Arrays:
        """Return positions and target, [B, N, 3], without centre of mass, and times, [B]."""
        shape = (self.batch, self.particles, 3)
        x, target = (centred(normals(k, *shape)) for k in (1, 2))
        times = np.linspace(0, 1, self.batch, dtype=np.float32)
        return {"x": x, "target": target, "times": times}

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Return receiver and sender of the directed edges, receivers ascending."""
        pairs = [(i, j) for i in range(self.particles) for j in range(self.particles) if i != j]
        receivers, senders = np.array(pairs).T
        return receivers, senders


@dataclass(frozen=True)
class TransformerRow:
    """A training step of a bidirectional pre-norm transformer under its mean squared output."""

    width: int = 256
    layers: int = 8
    heads: int = 8
    feed_forward: int = 1024
    tokens: int = 128
    batch: int = 16

    def parameters(self) -> Arrays:
        """Begin linear layers uniform, norms at one and zero."""
        d, f = self.width, self.feed_forward
        layers = {}
        for k in range(self.layers):
            layers |= {f"{k}.qkv": (3 * d, d), f"{k}.projection": (d, d)}
            layers |= {f"{k}.up": (f, d), f"{k}.down": (d, f)}
        norms = {f"{k}.norm.{i}": d for k in range(self.layers) for i in range(2)}
        return uniform_layers(layers) | unit_norms(norms)

    def inputs(self) -> Arrays:
        """Return activations, [B, tokens, width]."""
        return {"x": normals(1, self.batch, self.tokens, self.width)}


@dataclass(frozen=True)
class ResidualBlock:
    """Channels in and out of a residual block, and whether attention follows."""

    name: str
    inputs: int
    outputs: int
    attention: bool


@dataclass(frozen=True)
class UNetRow:
    """A training step of a small denoising U-Net under the squared error of its noise estimate."""

    base: int = 64
    levels: tuple[int, ...] = (64, 128, 256)
    blocks: int = 2
    groups: int = 8
    size: int = 32
    attention_at: int = 8
    channels: int = 3
    batch: int = 16

    @property
    def embedding(self) -> int:
        """Width of the time embedding."""
        return 4 * self.base

    def down(self) -> Iterator[list[ResidualBlock]]:
        """List the blocks of each level on the way down."""
        inputs = self.base
        for k, outputs in enumerate(self.levels):
            attends = self.size >> k == self.attention_at
            widths = [inputs, *[outputs] * self.blocks]
            yield [
                ResidualBlock(f"down.{k}.{i}", widths[i], outputs, attends)
                for i in range(self.blocks)
            ]
            inputs = outputs

    def middle(self) -> list[ResidualBlock]:
        """List the two blocks at the bottom, attention between them."""
        c = self.levels[-1]
        return [ResidualBlock("middle.0", c, c, True), ResidualBlock("middle.1", c, c, False)]

    def up(self) -> Iterator[list[ResidualBlock]]:
        """List the blocks of each level on the way up; each takes one skip connection."""
        inputs = self.levels[-1]
        for k in reversed(range(len(self.levels))):
            outputs = self.levels[k]
            attends = self.size >> k == self.attention_at
            widths = [inputs, *[outputs] * self.blocks]
            yield [
                ResidualBlock(f"up.{k}.{i}", widths[i] + outputs, outputs, attends)
                for i in range(self.blocks)
            ]
            inputs = outputs

    def parameters(self) -> Arrays:
        """Begin linear layers and convolutions uniform, norms at one and zero."""
        c, e, last = self.base, self.embedding, len(self.levels) - 1
        layers: dict[str, tuple[int, ...]] = {"time.0": (e, c), "time.1": (e, e)}
        layers |= {"in": (c, self.channels, 3, 3), "out": (self.channels, c, 3, 3)}
        norms = {"out.norm": c}
        for block in chain(*self.down(), self.middle(), *self.up()):
            name, i, o = block.name, block.inputs, block.outputs
            layers |= {f"{name}.0": (o, i, 3, 3), f"{name}.time": (o, e)}
            layers[f"{name}.1"] = (o, o, 3, 3)
            norms |= {f"{name}.norm.0": i, f"{name}.norm.1": o}
            if i != o:
                layers[f"{name}.skip"] = (o, i, 1, 1)
            if block.attention:
                layers |= {f"{name}.qkv": (3 * o, o), f"{name}.projection": (o, o)}
                norms[f"{name}.norm.attention"] = o
        for k, o in enumerate(self.levels):
            if k < last:
                layers[f"down.{k}.sample"] = (o, o, 3, 3)
            if k > 0:
                layers[f"up.{k}.sample"] = (o, o, 3, 3)
        return uniform_layers(layers) | unit_norms(norms)

    def inputs(self) -> Arrays:
        """Return noised images and their noise, [B, C, H, W], and steps, [B]."""
        shape = (self.batch, self.channels, self.size, self.size)
        steps = np.linspace(0, 999, self.batch, dtype=np.float32)
        return {"x": normals(1, *shape), "noise": normals(2, *shape), "times": steps}

    def frequencies(self) -> np.ndarray:
        """Return those of the time embedding, [base / 2]."""
        half = self.base // 2
        return np.exp(-math.log(10_000.0) * np.arange(half) / (half - 1)).astype(np.float32)


ROWS: dict[str, Any] = {
    "25gmm-tb": PathRow(GridMixture(5), "tb", variance=5.0),
    "25gmm-rtb": PathRow(
        NineOfTwentyFive(), "rtb", variance=5.0, batch=500, learned_variance=False
    ),
    "25gmm-tb-langevin": PathRow(GridMixture(5), "tb", variance=5.0, langevin=True),
    "many-well-32-tb": PathRow(ManyWell32(), "tb"),
    "many-well-32-tb-langevin": PathRow(ManyWell32(), "tb", langevin=True),
    "funnel-fl-subtb": PathRow(HardFunnel(), "subtb"),
    "many-well-32-pis": PathRow(ManyWell32(), "pis"),
    "egnn-lj13": EGNNRow(),
    "transformer": TransformerRow(),
    "unet": UNetRow(),
}


def uniform_layers(shapes: dict[str, tuple[int, ...]], seed: int = 0) -> Arrays:
    """Begin weights and biases uniform on +-1 / sqrt(inputs of one output)."""
    random = np.random.default_rng(seed)
    values = {}
    for name, shape in shapes.items():
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        values[f"{name}.weight"] = random.uniform(-bound, bound, shape).astype(np.float32)
        values[f"{name}.bias"] = random.uniform(-bound, bound, shape[0]).astype(np.float32)
    return values


def unit_norms(widths: dict[str, int]) -> Arrays:
    """Begin gains at one and offsets at zero."""
    gains = {f"{name}.weight": np.ones(width, np.float32) for name, width in widths.items()}
    return gains | {f"{name}.bias": np.zeros(width, np.float32) for name, width in widths.items()}


def normals(seed: int, *shape: int) -> np.ndarray:
    """Draw standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def centred(x: np.ndarray) -> np.ndarray:
    """Take the centre of mass away, [B, N, 3]."""
    return x - x.mean(axis=1, keepdims=True)
