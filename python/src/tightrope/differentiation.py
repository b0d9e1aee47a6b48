"""Densities from JAX and PyTorch functions: batching and gradients, imported only when used."""

from __future__ import annotations

from typing import Any

import numpy as np

from tightrope.arguments import optional
from tightrope.callables import Batch, JointBatchFunction, title
from tightrope.limits import Limits

ODD_SHAPES = 8  # batches up to this size are compiled as they are


def padded(x: Batch) -> Batch:
    """Return a batch with copies of its last point, up to one of eight sizes in each octave.

    JAX compiles a function anew for every size of a batch; runs have many of them.
    """
    count = len(x)
    if count <= ODD_SHAPES:
        return x
    grain = 1 << (count.bit_length() - 4)
    size = -(-count // grain) * grain
    return x if size == count else np.concatenate([x, np.repeat(x[-1:], size - count, axis=0)])


def from_jax(function: Any, dimension: int, limits: Limits | None = None) -> JointBatchFunction:
    """Wrap a JAX function of one point: vectorised, compiled, differentiated."""
    jax = optional("jax", "jax")
    value = jax.jit(jax.vmap(function))
    value_and_gradient = jax.jit(jax.vmap(jax.value_and_grad(function)))

    def log_density(x: Batch) -> Any:
        return np.asarray(value(padded(x)))[: len(x)]

    def both(x: Batch) -> tuple[Any, Any]:
        values, scores = value_and_gradient(padded(x))
        return np.asarray(values)[: len(x)], np.asarray(scores)[: len(x)]

    log_density.__name__ = title(function)
    return JointBatchFunction(log_density, both, dimension, limits)


def from_torch(function: Any, dimension: int, limits: Limits | None = None) -> JointBatchFunction:
    """Wrap a PyTorch function of a batch: differentiated with respect to its input."""
    torch = optional("torch", "torch")

    def log_density(x: Batch) -> Any:
        with torch.no_grad():
            return function(torch.from_numpy(x)).numpy()

    def both(x: Batch) -> tuple[Any, Any]:
        points = torch.from_numpy(x).requires_grad_()
        with torch.enable_grad():
            values = function(points)
            (scores,) = torch.autograd.grad(values.sum(), points)
        return values.detach().numpy(), scores.numpy()

    log_density.__name__ = title(function)
    return JointBatchFunction(log_density, both, dimension, limits)
