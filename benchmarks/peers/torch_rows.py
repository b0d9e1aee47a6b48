"""Training iterations of every row in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

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
from peers.torch_networks import EGNNLoss, TransformerLoss, UNetLoss
from peers.torch_paths import path_loss

VARIANTS = ("published", "best", "compile")


class TorchIteration:
    """One row in one variant: its parameters, its loss and its training iteration."""

    # Iterations that one call of `run` makes.
    length = 1

    def __init__(self, name: str, variant: str) -> None:
        self.row = ROWS[name]
        self.parameters = {
            key: self.formatted(torch.from_numpy(value.copy()), variant).requires_grad_()
            for key, value in self.row.parameters().items()
        }
        self.inputs = [torch.from_numpy(value) for value in self.row.inputs().values()]
        self.loss = loss_of(self.row, variant)
        self.optimizer = self.adam(fused=variant != "published")

    @staticmethod
    def formatted(value: Tensor, variant: str) -> Tensor:
        """Lay convolutions out as the images are."""
        if value.ndim == 4 and variant != "published":
            return value.contiguous(memory_format=torch.channels_last)
        return value

    def adam(self, fused: bool) -> torch.optim.Adam:
        """Return Adam, one group for each learning rate."""
        groups: dict[float, list[Tensor]] = {}
        for name, value in self.parameters.items():
            rate = self.row.rate(name) if isinstance(self.row, PathRow) else RATE
            groups.setdefault(rate, []).append(value)
        settings = [{"params": values, "lr": rate} for rate, values in groups.items()]
        return torch.optim.Adam(settings, betas=BETAS, eps=EPSILON, fused=fused or None)

    def run(self) -> None:
        """Make one iteration with fresh noise."""
        inputs = self.inputs
        if isinstance(self.row, PathRow):
            inputs = [torch.randn(STEPS, self.row.batch, self.row.dimension)]
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.parameters, *inputs).backward()
        if not isinstance(self.row, EGNNRow):
            self.optimizer.step()

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Return the loss and its gradient at the first parameters, for the fixed inputs."""
        loss = self.loss(self.parameters, *self.inputs)
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        names = zip(self.parameters, gradients, strict=True)
        return loss.item(), {name: value.numpy() for name, value in names}


def loss_of(row: Any, variant: str) -> Callable[..., Tensor]:
    """Return the loss of a row as a function of parameters and inputs."""
    if isinstance(row, PathRow):
        return path_loss(row, variant)
    kind = {EGNNRow: EGNNLoss, TransformerRow: TransformerLoss}.get(type(row), UNetLoss)
    loss = kind(row, variant == "published")
    return torch.compile(loss, dynamic=False) if variant == "compile" else loss
