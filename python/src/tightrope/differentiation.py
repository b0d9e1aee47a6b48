"""Densities from JAX and PyTorch functions: batching and gradients, imported only when used."""

from __future__ import annotations

from typing import Any

import numpy as np

from tightrope.arguments import optional
from tightrope.callables import Batch, JointBatchFunction, checked, title
from tightrope.errors import ConfigError, DtypeError, ShapeError
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
    _require_callable(function)
    jax = optional("jax", "jax")
    _require_scalar(jax, function, dimension)
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
    _require_callable(function)
    torch = optional("torch", "torch")

    name = title(function)

    def values_at(points: Any) -> Any:
        values = function(points)
        if not isinstance(values, torch.Tensor):
            raise DtypeError(f"function '{name}': expected a tensor, got {type(values).__name__}")
        return values

    def log_density(x: Batch) -> Any:
        with torch.no_grad():
            return values_at(torch.from_numpy(x)).numpy()

    def both(x: Batch) -> tuple[Any, Any]:
        points = torch.from_numpy(x).requires_grad_()
        with torch.enable_grad():
            values = values_at(points)
            checked(values.detach().numpy(), x.shape[:1], "log_density", function)
            if not values.requires_grad:
                raise ConfigError(
                    f"function '{name}': its values do not depend on the points through PyTorch; "
                    "tightrope.Density takes functions without a gradient"
                )
            (scores,) = torch.autograd.grad(values.sum(), points)
        return values.detach().numpy(), scores.numpy()

    log_density.__name__ = name
    return JointBatchFunction(log_density, both, dimension, limits)


def _require_callable(function: Any) -> None:
    if not callable(function):
        raise ConfigError(f"function: expected a callable, got {function!r}")


def _require_scalar(jax: Any, function: Any, dimension: int) -> None:
    """Follow a function with one point of no values, as JAX will."""
    point = jax.ShapeDtypeStruct((dimension,), np.float32)
    try:
        result = jax.eval_shape(function, point)
    except Exception as error:
        error.add_note(
            f"'{title(function)}' was given one point, a JAX array [{dimension}]; a function of a "
            "batch of NumPy arrays is for tightrope.Density"
        )
        raise
    shape, dtype = getattr(result, "shape", None), getattr(result, "dtype", None)
    if shape != () or not jax.numpy.issubdtype(dtype, jax.numpy.floating):
        got = type(result).__name__ if shape is None else f"{dtype}{list(shape)}"
        raise ShapeError(
            f"function '{title(function)}': expected a real number for one point [{dimension}], "
            f"got {got}"
        )
