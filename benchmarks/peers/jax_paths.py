"""Path samplers in JAX: gradients through a scan, as published, and in two passes.

In two passes, a scan simulates the paths and keeps the states; then one batched forward and
backward pass sees all (step, row) pairs. The loss and its gradient are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.lax import stop_gradient

from peers.definitions import (
    FREQUENCIES,
    LOG_VARIANCE_RANGE,
    SCORE_BOUND,
    STEPS,
    TIMES,
    PathRow,
    StepConstants,
    reference_log_constants,
    subtrajectory_weights,
)
from peers.densities import Functions

Parameters = dict[str, Array]

DURATION = 1 / STEPS
FUNCTIONS = Functions(jnp.exp, jax.nn.logsumexp, jax.nn.softmax, jnp.stack, jnp.asarray)
TIME_COLUMN = TIMES[:, None]


def gelu(x: Array) -> Array:
    """Return x times the normal distribution function."""
    return jax.nn.gelu(x, approximate=False)


def layer(p: Parameters, name: str, x: Array) -> Array:
    """Apply a linear layer."""
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def encode(p: Parameters, name: str, layers: int) -> Array:
    """Encode the times of all steps by sinusoids and a small network, [T, ...]."""
    angles = TIME_COLUMN * FREQUENCIES + p[f"{name}.phases"]
    h = layer(p, f"{name}.0", jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], 1))
    for k in range(1, layers):
        h = layer(p, f"{name}.{k}", gelu(h))
    return h


class PathLoss:
    """The loss of a row with gradients through a scan over steps."""

    def __init__(self, row: PathRow) -> None:
        self.row = row
        self.log_variance = math.log(row.variance)
        self.steps = StepConstants.of(row.variance)
        self.reference = [a[:, None, None] for a in reference_log_constants(row.variance)]
        weights = subtrajectory_weights()
        both = weights + weights.T
        self.laplacian = np.asarray(np.diag(both.sum(0)) - both, np.float32)
        self.prior = row.prior_parameters()

    def __call__(self, p: Parameters, noise: Array) -> Array:
        """Return the loss of paths with this noise, [T, B, D]."""
        x = jnp.zeros((self.row.batch, self.row.dimension))
        inputs = {"noise": noise, **self.encodings(p)}
        last, found = jax.lax.scan(lambda x, given: self.published_step(p, x, given), x, inputs)
        states = jnp.concatenate([found["x"], last[None]])
        return self.finish(p, states, found["log_forward"], found.get("flow"))

    def published_step(
        self, p: Parameters, x: Array, given: dict[str, Array]
    ) -> tuple[Array, dict[str, Array]]:
        """Make a step and evaluate its log density."""
        score = self.score(x) if self.row.langevin else None
        h, drift, log_variance = self.network(p, x, given["encoding"], given.get("scale"), score)
        new = x + DURATION * drift + self.spread(log_variance) * given["noise"]
        new = new if self.row.objective == "pis" else stop_gradient(new)
        found = {"x": x, "log_forward": self.log_forward(x, new, drift, log_variance)}
        if self.row.has_flow:
            found["flow"] = self.flow(p, h)
        return new, found

    def finish(self, p: Parameters, states: Array, log_forward: Array, flow: Array | None) -> Array:
        """Return the loss of simulated paths; states [T + 1, B, D]."""
        log_ratio = log_forward - self.log_reference(states[:-1], states[1:])
        log_density = self.log_density(states[-1])
        if self.row.objective == "pis":
            return (log_ratio.sum(0) - log_density).mean() / self.row.dimension
        if self.row.learns_log_z:
            residual = log_ratio.sum(0) + p["log_z"] - log_density
            return 0.5 * (residual * residual).mean()
        log_flow = self.forward_looking(states[:-1], flow)
        return self.subtrajectory_balance(jnp.concatenate([log_flow, log_density[None]]), log_ratio)

    def log_density(self, x: Array) -> Array:
        """Return log rho, [n]."""
        return self.row.density.log_density(FUNCTIONS, x)

    def score(self, x: Array) -> Array:
        """Return the clipped score, in closed form."""
        return jnp.clip(self.row.density.score(FUNCTIONS, x), -SCORE_BOUND, SCORE_BOUND)

    def encodings(self, p: Parameters) -> dict[str, Array]:
        """Return e(t), [T, H], and the factor of the score, [T, 1]."""
        found = {"encoding": encode(p, "time", 2)}
        return found | ({"scale": encode(p, "langevin", 4)} if self.row.langevin else {})

    def network(
        self, p: Parameters, x: Array, encoding: Array, scale: Array | None, score: Array | None
    ) -> tuple[Array, Array, Array]:
        """Return GELU(s(x) + e(t)), drift and log variance."""
        first = h = gelu(layer(p, "state", x) + encoding)
        for k in range(2):
            h = gelu(layer(p, f"hidden.{k}", h))
        drift, log_variance = layer(p, "output", h), jnp.asarray(self.log_variance)
        if self.row.learned_variance:
            drift, raw = jnp.split(drift, 2, -1)
            log_variance = self.log_variance + LOG_VARIANCE_RANGE * jnp.tanh(raw)
        if scale is not None:
            drift = drift + scale * score
        return first, drift, log_variance

    def spread(self, log_variance: Array) -> Array:
        """Return the standard deviation of a step."""
        return math.sqrt(DURATION) * jnp.exp(0.5 * log_variance)

    def log_forward(self, x: Array, new: Array, drift: Array, log_variance: Array) -> Array:
        """Return log P_F of steps."""
        z = (new - x - DURATION * drift) * jnp.exp(-0.5 * log_variance)
        constants = math.log(2 * math.pi * DURATION)
        return -0.5 * (z * z / DURATION + log_variance + constants).sum(-1)

    def log_reference(self, x: Array, new: Array) -> Array:
        """Return log P_B of all steps, [T, B], or log P_F of the prior where there is one."""
        if not self.row.has_prior:
            return self.log_backward(x, new)
        encoding = encode(self.prior, "time", 2)[:, None]
        _, drift, log_variance = self.network(self.prior, x, encoding, None, None)
        return self.log_forward(x, new, drift, log_variance)

    def log_backward(self, x: Array, new: Array) -> Array:
        """Return log P_B of all steps, [T, B]."""
        steps = self.steps
        squares = jnp.square(x - steps.retention[:, None, None] * new).sum(-1)
        constants = x.shape[-1] * steps.log_constant
        return -0.5 * (squares * steps.inverse_variance[:, None] + constants[:, None])

    def flow(self, p: Parameters, h: Array) -> Array:
        """Return the network's part of the log flow for GELU(s(x) + e(t))."""
        for k in range(2):
            h = gelu(layer(p, f"flow.{k}", h))
        return layer(p, "flow.output", h)[..., 0]

    def forward_looking(self, states: Array, learned: Array) -> Array:
        """Return the log flows F_0 ... F_{T-1}, [T, B], from states, [T, B, D]."""
        log_density = jax.vmap(self.log_density)(states)
        inverse, constants = self.reference
        start = -0.5 * (states * states * inverse + constants).sum(-1)
        return learned + (1 - TIME_COLUMN) * start + TIME_COLUMN * log_density

    def subtrajectory_balance(self, log_flow: Array, log_ratio: Array) -> Array:
        """Return the loss as a quadratic form, u L u, of levels relative to the last one."""
        total = jnp.concatenate([jnp.zeros((1, self.row.batch)), jnp.cumsum(log_ratio, 0)])
        level = (log_flow - total).T
        level = level - level[:, -1:]
        return (level * (level @ self.laplacian)).sum()


class TwoPassLoss(PathLoss):
    """Simulated without gradients, then evaluated for all (step, row) pairs at once."""

    def __call__(self, p: Parameters, noise: Array) -> Array:
        """Return the loss of paths with this noise, [T, B, D]."""
        found = self.encodings(p)
        inputs = {"noise": noise, **found}
        frozen, inputs = stop_gradient((p, inputs))
        x = jnp.zeros((self.row.batch, self.row.dimension))
        last, (x, score) = jax.lax.scan(lambda x, given: self.step(frozen, x, given), x, inputs)
        states = jnp.concatenate([x, last[None]])
        columns = {name: value[:, None] for name, value in found.items()}
        h, drift, log_variance = self.network(
            p, x, columns["encoding"], columns.get("scale"), score
        )
        log_forward = self.log_forward(x, states[1:], drift, log_variance)
        flow = self.flow(p, h) if self.row.has_flow else None
        return self.finish(p, states, log_forward, flow)

    def step(self, p: Parameters, x: Array, given: dict[str, Array]) -> tuple[Array, Any]:
        """Make a step; keep the state and its score."""
        score = self.score(x) if self.row.langevin else None
        _, drift, log_variance = self.network(p, x, given["encoding"], given.get("scale"), score)
        return x + DURATION * drift + self.spread(log_variance) * given["noise"], (x, score)


def path_loss(row: PathRow, variant: str) -> Callable[[Parameters, Array], Array]:
    """Return the loss of a row; a pathwise gradient needs the scan."""
    return PathLoss(row) if variant == "published" or row.objective == "pis" else TwoPassLoss(row)
