"""Training iterations of every row in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from peers.definitions import (
    BETAS,
    EPSILON,
    RATE,
    ROWS,
    STEPS,
    Arrays,
    EGNNRow,
    PathRow,
    TransformerRow,
)
from peers.jax_networks import EGNNLoss, TransformerLoss, UNetLoss
from peers.jax_paths import Parameters, path_loss

VARIANTS = ("published", "best")
# The processor's own generator of random bits: several times faster than the default one.
GENERATOR = "unsafe_rbg"


class JaxIteration:
    """One row in one variant: its parameters, its loss and its training iteration."""

    def __init__(self, name: str, variant: str) -> None:
        self.row = ROWS[name]
        if variant == "published" and not isinstance(self.row, PathRow):
            raise SystemExit(f"{name} has one version in JAX: jax-best")
        self.loss = loss_of(self.row, variant)
        self.parameters = {k: jnp.asarray(v) for k, v in self.row.parameters().items()}
        self.inputs = [jnp.asarray(value) for value in self.row.inputs().values()]
        # Iterations that one call of `run` makes.
        self.length = 10 if isinstance(self.row, PathRow) and variant == "best" else 1
        mean, square = (jax.tree.map(jnp.zeros_like, self.parameters) for _ in range(2))
        key = jax.random.key(0, impl=GENERATOR)
        # Every call overwrites the state it is given, so it must not share memory.
        self.state = (jax.tree.map(jnp.copy, self.parameters), mean, square, jnp.zeros(()), key)
        self.advance = jax.jit(self.iterations, donate_argnums=0)
        self.gradient = jax.jit(jax.value_and_grad(self.loss))

    def run(self) -> None:
        """Make `length` iterations with fresh noise."""
        if isinstance(self.row, EGNNRow):
            jax.block_until_ready(self.gradient(self.parameters, *self.inputs))
        else:
            self.state = jax.block_until_ready(self.advance(self.state))

    def iterations(self, state: tuple) -> tuple:
        """Make `length` iterations from a state."""
        if self.length == 1:
            return self.train(state)
        return jax.lax.scan(lambda s, _: (self.train(s), None), state, None, self.length)[0]

    def train(self, state: tuple) -> tuple:
        """Draw noise, differentiate, update."""
        parameters, mean, square, count, key = state
        inputs = self.inputs
        if isinstance(self.row, PathRow):
            key, own = jax.random.split(key)
            inputs = [jax.random.normal(own, (STEPS, self.row.batch, self.row.dimension))]
        gradient = jax.grad(self.loss)(parameters, *inputs)
        return (*self.adam(parameters, gradient, mean, square, count + 1), count + 1, key)

    def adam(
        self,
        p: Parameters,
        gradient: Parameters,
        mean: Parameters,
        square: Parameters,
        count: Array,
    ) -> tuple[Parameters, Parameters, Parameters]:
        """Update parameters and moments."""
        first, second = BETAS
        mean = {k: first * mean[k] + (1 - first) * g for k, g in gradient.items()}
        square = {k: second * square[k] + (1 - second) * g * g for k, g in gradient.items()}
        size, root = 1 - first**count, jnp.sqrt(1 - second**count)

        def updated(name: str) -> Array:
            rate = self.row.rate(name) if isinstance(self.row, PathRow) else RATE
            return p[name] - rate / size * mean[name] / (jnp.sqrt(square[name]) / root + EPSILON)

        return {name: updated(name) for name in p}, mean, square

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Return the loss and its gradient at the first parameters, for the fixed inputs."""
        loss, gradient = self.gradient(self.parameters, *self.inputs)
        return float(loss), {name: np.asarray(value) for name, value in gradient.items()}


def loss_of(row: Any, variant: str) -> Callable[..., Array]:
    """Return the loss of a row as a function of parameters and inputs."""
    if isinstance(row, PathRow):
        return path_loss(row, variant)
    return {EGNNRow: EGNNLoss, TransformerRow: TransformerLoss}.get(type(row), UNetLoss)(row)
