"""Path samplers in PyTorch: as published, in two passes, compiled.

As published, the network is called step by step under autograd, which keeps the graph of the whole
simulation. In two passes, the paths are simulated without gradients; then one batched forward and
backward pass sees all (step, row) pairs. The loss and its gradient are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu, linear

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

Parameters = dict[str, Tensor]
Loss = Callable[[Parameters, Tensor], Tensor]

DURATION = 1 / STEPS
FUNCTIONS = Functions(torch.exp, torch.logsumexp, torch.softmax, torch.stack, lambda a: constant(a))


def constant(array: np.ndarray) -> Tensor:
    """Return a tensor of single precision."""
    return torch.from_numpy(np.asarray(array, np.float32))


TIME_COLUMN = constant(TIMES)[:, None]
FREQUENCY_ROW = constant(FREQUENCIES)


def layer(p: Parameters, name: str, x: Tensor) -> Tensor:
    """Apply a linear layer."""
    return linear(x, p[f"{name}.weight"], p[f"{name}.bias"])


def encode(p: Parameters, name: str, layers: int, times: Tensor) -> Tensor:
    """Encode times, [n, 1], by sinusoids and a small network."""
    angles = times * FREQUENCY_ROW + p[f"{name}.phases"]
    h = layer(p, f"{name}.0", torch.cat([torch.sin(angles), torch.cos(angles)], 1))
    for k in range(1, layers):
        h = layer(p, f"{name}.{k}", gelu(h))
    return h


def log_normal(difference: Tensor, inverse_variance: Tensor, log_constant: Tensor) -> Tensor:
    """Return the log density of a Gaussian, summed over the last axis."""
    return -0.5 * (difference * difference * inverse_variance + log_constant).sum(-1)


class PathLoss:
    """The loss of a row; subclasses say how the network is called."""

    def __init__(self, row: PathRow) -> None:
        self.row = row
        self.log_variance = math.log(row.variance)
        steps = StepConstants.of(row.variance)
        self.retention = constant(steps.retention)[:, None, None]
        self.inverse_variance = constant(steps.inverse_variance)[:, None, None]
        self.backward_constant = constant(steps.log_constant)[:, None, None]
        inverse, constants = reference_log_constants(row.variance)
        self.reference = constant(inverse)[:, None, None], constant(constants)[:, None, None]
        weights = subtrajectory_weights()
        both = weights + weights.T
        self.weights = constant(weights)
        self.laplacian = constant(np.diag(both.sum(0)) - both)
        self.prior = {name: constant(value) for name, value in row.prior_parameters().items()}

    def log_density(self, x: Tensor) -> Tensor:
        """Return log rho, [n]."""
        return self.row.density.log_density(FUNCTIONS, x)

    def score(self, x: Tensor) -> Tensor:
        """Return the clipped score, in closed form."""
        return torch.clamp(self.row.density.score(FUNCTIONS, x), -SCORE_BOUND, SCORE_BOUND)

    def autograd_score(self, x: Tensor) -> Tensor:
        """Return the clipped score, by automatic differentiation."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            (score,) = torch.autograd.grad(self.log_density(x).sum(), x)
        return torch.clamp(score, -SCORE_BOUND, SCORE_BOUND)

    def encodings(self, p: Parameters, times: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return e(t), [n, H], and the factor of the score, [n, 1]."""
        scale = encode(p, "langevin", 4, times) if self.row.langevin else None
        return encode(p, "time", 2, times), scale

    def kernel(
        self, p: Parameters, h: Tensor, scale: Tensor | None, score: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return drift and log variance for GELU(s(x) + e(t))."""
        for k in range(2):
            h = gelu(layer(p, f"hidden.{k}", h))
        drift, log_variance = layer(p, "output", h), torch.tensor(self.log_variance)
        if self.row.learned_variance:
            drift, raw = drift.chunk(2, -1)
            log_variance = self.log_variance + LOG_VARIANCE_RANGE * torch.tanh(raw)
        if scale is not None:
            drift = drift + scale * score
        return drift, log_variance

    def log_forward(self, x: Tensor, new: Tensor, drift: Tensor, log_variance: Tensor) -> Tensor:
        """Return log P_F of steps."""
        z = (new - x - DURATION * drift) * torch.exp(-0.5 * log_variance)
        constants = math.log(2 * math.pi * DURATION)
        return -0.5 * (z * z / DURATION + log_variance + constants).sum(-1)

    @torch.no_grad()
    def log_prior(self, x: Tensor, new: Tensor, times: Tensor) -> Tensor:
        """Return log P_F of steps under the prior; times, [n, 1], stand in one column."""
        encoding, _ = self.encodings(self.prior, times)
        h = gelu(layer(self.prior, "state", x) + encoding.unsqueeze(1))
        return self.log_forward(x, new, *self.kernel(self.prior, h, None, None))

    def log_backward(self, x: Tensor, new: Tensor) -> Tensor:
        """Return log P_B of all steps, [T, B], from states and their successors, [T, B, D]."""
        difference = x - self.retention * new
        return log_normal(difference, self.inverse_variance, self.backward_constant)

    def flow(self, p: Parameters, h: Tensor) -> Tensor:
        """Return the network's part of the log flow for GELU(s(x) + e(t))."""
        for k in range(2):
            h = gelu(layer(p, f"flow.{k}", h))
        return layer(p, "flow.output", h)[..., 0]

    def forward_looking(self, states: Tensor, learned: Tensor) -> Tensor:
        """Return the log flows F_0 ... F_{T-1}, [T, B], from states, [T, B, D]."""
        log_density = self.log_density(states.reshape(-1, states.shape[-1])).view(STEPS, -1)
        return (
            learned
            + (1 - TIME_COLUMN) * log_normal(states, *self.reference)
            + TIME_COLUMN * log_density
        )

    def balance(self, p: Parameters, log_ratio: Tensor, log_density: Tensor) -> Tensor:
        """Return the trajectory-balance loss; log_ratio [T, B] is log P_F - log P_B."""
        residual = log_ratio.sum(0) + p["log_z"] - log_density
        return 0.5 * (residual * residual).mean()


class PublishedLoss(PathLoss):
    """The network called at every step, all under autograd."""

    def __call__(self, p: Parameters, noise: Tensor) -> Tensor:
        """Return the loss of paths with this noise, [T, B, D]."""
        pathwise = self.row.objective == "pis"
        x = torch.zeros(self.row.batch, self.row.dimension)
        states, log_forward, log_prior, flows = [x], [], [], []
        for i in range(STEPS):
            encoding, scale = self.encodings(p, TIME_COLUMN[i : i + 1])
            h = gelu(layer(p, "state", x) + encoding)
            score = self.autograd_score(x) if self.row.langevin else None
            drift, log_variance = self.kernel(p, h, scale, score)
            mean, spread = x + DURATION * drift, torch.exp(0.5 * log_variance)
            new = mean + math.sqrt(DURATION) * spread * noise[i]
            new = new if pathwise else new.detach()
            log_forward.append(self.log_forward(x, new, drift, log_variance))
            if self.row.has_prior:
                log_prior.append(self.log_prior(x, new, TIME_COLUMN[i : i + 1])[0])
            if self.row.has_flow:
                flows.append(self.flow(p, h))
            states.append(new)
            x = new
        path = torch.stack(states)
        reference = torch.stack(log_prior) if log_prior else self.log_backward(path[:-1], path[1:])
        return self.finish(p, path, torch.stack(log_forward) - reference, flows)

    def finish(self, p: Parameters, path: Tensor, log_ratio: Tensor, flows: list[Tensor]) -> Tensor:
        """Return the loss of simulated paths, [T + 1, B, D]."""
        log_density = self.log_density(path[-1])
        if self.row.learns_log_z:
            return self.balance(p, log_ratio, log_density)
        if self.row.objective == "pis":
            return (log_ratio.sum(0) - log_density).mean() / self.row.dimension
        log_flow = self.forward_looking(path[:-1], torch.stack(flows))
        return self.subtrajectory_balance(torch.cat([log_flow, log_density[None]]), log_ratio)

    def subtrajectory_balance(self, log_flow: Tensor, log_ratio: Tensor) -> Tensor:
        """Return the loss, row after row, as a sum over all pairs of states."""
        loss = torch.zeros(())
        for flow, ratio in zip(log_flow.T, log_ratio.T, strict=True):
            total = torch.cat([torch.zeros(1), torch.cumsum(ratio, 0)])
            level = flow - total
            difference = level[:, None] - level[None, :]
            loss = loss + (self.weights * difference * difference).sum()
        return loss


class TwoPassLoss(PathLoss):
    """Simulated without gradients, then evaluated for all (step, row) pairs at once."""

    def __init__(self, row: PathRow) -> None:
        super().__init__(row)
        self.advance: Callable = self.step
        self.evaluate: Callable = self.batched

    def __call__(self, p: Parameters, noise: Tensor) -> Tensor:
        """Return the loss of paths with this noise, [T, B, D]."""
        with torch.no_grad():
            states, scores = self.simulate(p, noise)
        return self.evaluate(p, states, scores)

    def simulate(self, p: Parameters, noise: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the states, [T + 1, B, D], and their scores, [T, B, D]."""
        encoding, scale = self.encodings(p, TIME_COLUMN)
        x = torch.zeros(self.row.batch, self.row.dimension)
        states, scores = [x], []
        for i in range(STEPS):
            factor = None if scale is None else scale[i]
            x, score = self.advance(p, x, encoding[i], factor, noise[i])
            states.append(x)
            scores.append(score)
        return torch.stack(states), torch.stack(scores) if self.row.langevin else None

    def step(
        self, p: Parameters, x: Tensor, encoding: Tensor, scale: Tensor | None, noise: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return the next state and the score at this one."""
        score = self.score(x) if self.row.langevin else None
        h = gelu(layer(p, "state", x) + encoding)
        drift, log_variance = self.kernel(p, h, scale, score)
        spread = torch.exp(0.5 * log_variance)
        return x + DURATION * drift + math.sqrt(DURATION) * spread * noise, score

    def batched(self, p: Parameters, states: Tensor, scores: Tensor | None) -> Tensor:
        """Return the loss of simulated paths."""
        x, new = states[:-1], states[1:]
        encoding, scale = self.encodings(p, TIME_COLUMN)
        factor = None if scale is None else scale[:, None]
        h = gelu(layer(p, "state", x) + encoding[:, None])
        drift, log_variance = self.kernel(p, h, factor, scores)
        log_ratio = self.log_forward(x, new, drift, log_variance) - self.log_reference(x, new)
        log_density = self.log_density(states[-1])
        if self.row.learns_log_z:
            return self.balance(p, log_ratio, log_density)
        log_flow = torch.cat([self.forward_looking(x, self.flow(p, h)), log_density[None]])
        return self.subtrajectory_balance(log_flow, log_ratio)

    def log_reference(self, x: Tensor, new: Tensor) -> Tensor:
        """Return log P_B of all steps, [T, B], or that of the prior where there is one."""
        if self.row.has_prior:
            return self.log_prior(x, new, TIME_COLUMN)
        return self.log_backward(x, new)

    def subtrajectory_balance(self, log_flow: Tensor, log_ratio: Tensor) -> Tensor:
        """Return the loss as a quadratic form, u L u, of levels relative to the last one."""
        total = torch.cat([torch.zeros(1, self.row.batch), torch.cumsum(log_ratio, 0)])
        level = (log_flow - total).T
        level = level - level[:, -1:]
        return (level * (level @ self.laplacian)).sum()


class PathwiseLoss(TwoPassLoss):
    """Gradients through the simulation; times encoded once, kernels' densities taken at once."""

    def __call__(self, p: Parameters, noise: Tensor) -> Tensor:
        """Return the loss of paths with this noise, [T, B, D]."""
        encoding, _ = self.encodings(p, TIME_COLUMN)
        x = torch.zeros(self.row.batch, self.row.dimension)
        states, log_variances = [x], []
        for i in range(STEPS):
            x, log_variance = self.advance(p, x, encoding[i], None, noise[i])
            states.append(x)
            log_variances.append(log_variance)
        return self.evaluate(torch.stack(states), torch.stack(log_variances), noise)

    def step(
        self, p: Parameters, x: Tensor, encoding: Tensor, scale: None, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the next state and the log variance of the step to it."""
        h = gelu(layer(p, "state", x) + encoding)
        drift, log_variance = self.kernel(p, h, scale, None)
        spread = torch.exp(0.5 * log_variance)
        return x + DURATION * drift + math.sqrt(DURATION) * spread * noise, log_variance

    def batched(self, states: Tensor, log_variances: Tensor, noise: Tensor) -> Tensor:
        """Return the loss; the forward kernel's residual is the noise itself."""
        constants = math.log(2 * math.pi * DURATION)
        log_forward = -0.5 * (noise * noise + log_variances + constants).sum(-1)
        log_ratio = log_forward - self.log_backward(states[:-1], states[1:])
        return (log_ratio.sum(0) - self.log_density(states[-1])).mean() / self.row.dimension


def path_loss(row: PathRow, variant: str) -> Loss:
    """Return the loss of a row as a function of parameters and noise."""
    if variant == "published":
        return PublishedLoss(row)
    loss = PathwiseLoss(row) if row.objective == "pis" else TwoPassLoss(row)
    if variant == "compile":
        loss.advance = torch.compile(loss.step, dynamic=False)
        loss.evaluate = torch.compile(loss.batched, dynamic=False)
    return loss
