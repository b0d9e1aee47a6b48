"""EGNN, transformer and U-Net in PyTorch.

Each as usually published (edge lists; attention written out; channels first) and in the fastest way
that we know (sums over senders without scattering; fused attention; channels last).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import (
    conv2d,
    gelu,
    group_norm,
    interpolate,
    layer_norm,
    linear,
    scaled_dot_product_attention,
    silu,
)

from peers.definitions import EGNNRow, ResidualBlock, TransformerRow, UNetRow
from peers.torch_paths import Parameters, constant, layer


def published_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend, one product after the other."""
    weights = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return torch.softmax(weights, -1) @ value


class EGNNLoss:
    """Squared error of the network's displacement."""

    def __init__(self, row: EGNNRow, published: bool) -> None:
        self.row = row
        receivers, senders = row.edges()
        self.receivers, self.senders = torch.from_numpy(receivers), torch.from_numpy(senders)
        self.messages = self.edge_list if published else self.grouped

    def __call__(self, p: Parameters, x: Tensor, target: Tensor, times: Tensor) -> Tensor:
        """Return the loss; x and target [B, N, 3], times [B]."""
        start, row = x, self.row
        h = layer(p, "embedding", times[:, None, None].expand(-1, row.particles, 1))
        attribute = self.differences(x).square().sum(-1, keepdim=True)
        for k in range(row.layers):
            difference = self.differences(x)
            radial = difference.square().sum(-1, keepdim=True)
            message, gather = self.messages(p, k, h, radial, attribute)
            inner = silu(layer(p, f"{k}.coordinate.0", message))
            step = torch.tanh(linear(inner, p[f"{k}.coordinate.1.weight"])) * (15 / row.layers)
            x = x + gather(difference / (torch.sqrt(radial + 1e-8) + 1) * step)
            if k + 1 < row.layers:
                inner = silu(layer(p, f"{k}.node.0", torch.cat([h, gather(message)], -1)))
                h = h + layer(p, f"{k}.node.1", inner)
        output = x - start
        error = output - output.mean(1, keepdim=True) - target
        return (error * error).mean()

    def differences(self, x: Tensor) -> Tensor:
        """Return x_i - x_j of every edge, [B, E, 3]."""
        return x[:, self.receivers] - x[:, self.senders]

    def gate(self, p: Parameters, k: int, first: Tensor) -> Tensor:
        """Return messages from the first layer's output."""
        message = silu(layer(p, f"{k}.edge.1", silu(first)))
        return message * torch.sigmoid(layer(p, f"{k}.gate", message))

    def edge_list(
        self, p: Parameters, k: int, h: Tensor, radial: Tensor, attribute: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Concatenate features along edges; scatter sums to receivers."""
        features = [h[:, self.receivers], h[:, self.senders], radial, attribute]
        message = self.gate(p, k, layer(p, f"{k}.edge.0", torch.cat(features, -1)))

        def gather(values: Tensor) -> Tensor:
            zeros = values.new_zeros(len(values), self.row.particles, values.shape[-1])
            return zeros.index_add(1, self.receivers, values)

        return message, gather

    def grouped(
        self, p: Parameters, k: int, h: Tensor, radial: Tensor, attribute: Tensor
    ) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Apply the first layer to particles, not edges; edges of a receiver are neighbours."""
        weight, n, width = p[f"{k}.edge.0.weight"], self.row.particles, self.row.width
        receiver = linear(h, weight[:, :width], p[f"{k}.edge.0.bias"])
        sender = linear(h, weight[:, width : 2 * width])[:, self.senders]
        first = sender.view(-1, n, n - 1, width) + receiver[:, :, None]
        edge = linear(torch.cat([radial, attribute], -1), weight[:, 2 * width :])
        message = self.gate(p, k, first.view(edge.shape) + edge)
        return message, lambda values: values.unflatten(1, (n, n - 1)).sum(2)


class TransformerLoss:
    """Mean squared output."""

    def __init__(self, row: TransformerRow, published: bool) -> None:
        self.row = row
        self.attend = published_attention if published else scaled_dot_product_attention

    def __call__(self, p: Parameters, x: Tensor) -> Tensor:
        """Return the loss; x [B, tokens, width]."""
        for k in range(self.row.layers):
            heads = layer(p, f"{k}.qkv", self.norm(p, f"{k}.norm.0", x))
            heads = heads.unflatten(-1, (3, self.row.heads, -1)).permute(2, 0, 3, 1, 4)
            attended = self.attend(heads[0], heads[1], heads[2]).transpose(1, 2).flatten(2)
            x = x + layer(p, f"{k}.projection", attended)
            inner = gelu(layer(p, f"{k}.up", self.norm(p, f"{k}.norm.1", x)))
            x = x + layer(p, f"{k}.down", inner)
        return (x * x).mean()

    def norm(self, p: Parameters, name: str, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"])


class UNetLoss:
    """Squared error of the noise estimate."""

    def __init__(self, row: UNetRow, published: bool) -> None:
        self.row = row
        self.attend = published_attention if published else scaled_dot_product_attention
        self.format = torch.contiguous_format if published else torch.channels_last
        self.frequencies = constant(row.frequencies())

    def __call__(self, p: Parameters, x: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the loss; x and noise [B, C, H, W], times [B]."""
        emb, skips = self.embed(p, times), []
        x = self.convolve(p, "in", x.contiguous(memory_format=self.format))
        for k, blocks in enumerate(self.row.down()):
            for block in blocks:
                x = self.block(p, block, x, emb)
                skips.append(x)
            if k + 1 < len(self.row.levels):
                x = self.convolve(p, f"down.{k}.sample", x, stride=2)
        for block in self.row.middle():
            x = self.block(p, block, x, emb)
        for k, blocks in zip(reversed(range(len(self.row.levels))), self.row.up(), strict=True):
            for block in blocks:
                x = self.block(p, block, torch.cat([x, skips.pop()], 1), emb)
            if k > 0:
                larger = interpolate(x, scale_factor=2, mode="nearest")
                x = self.convolve(p, f"up.{k}.sample", larger)
        error = self.convolve(p, "out", silu(self.norm(p, "out.norm", x))) - noise
        return (error * error).mean()

    def embed(self, p: Parameters, times: Tensor) -> Tensor:
        """Return SiLU of the time embedding, [B, E]."""
        angles = times[:, None] * self.frequencies
        waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
        return silu(layer(p, "time.1", silu(layer(p, "time.0", waves))))

    def convolve(self, p: Parameters, name: str, x: Tensor, stride: int = 1) -> Tensor:
        """Convolve, padding by half the kernel's size."""
        weight = p[f"{name}.weight"]
        padding = weight.shape[-1] // 2
        return conv2d(x, weight, p[f"{name}.bias"], stride=stride, padding=padding)

    def norm(self, p: Parameters, name: str, x: Tensor) -> Tensor:
        """Normalise groups of channels."""
        return group_norm(x, self.row.groups, p[f"{name}.weight"], p[f"{name}.bias"])

    def block(self, p: Parameters, block: ResidualBlock, x: Tensor, emb: Tensor) -> Tensor:
        """Apply a residual block and its attention."""
        name = block.name
        h = self.convolve(p, f"{name}.0", silu(self.norm(p, f"{name}.norm.0", x)))
        h = h + layer(p, f"{name}.time", emb)[:, :, None, None]
        h = self.convolve(p, f"{name}.1", silu(self.norm(p, f"{name}.norm.1", h)))
        if block.inputs != block.outputs:
            x = self.convolve(p, f"{name}.skip", x)
        x = x + h
        return self.attention(p, name, x) if block.attention else x

    def attention(self, p: Parameters, name: str, x: Tensor) -> Tensor:
        """Let all pixels of an image attend to one another, with one head."""
        pixels = self.norm(p, f"{name}.norm.attention", x).flatten(2).transpose(1, 2)
        query, key, value = layer(p, f"{name}.qkv", pixels).unsqueeze(1).chunk(3, -1)
        attended = self.attend(query, key, value)[:, 0]
        return x + layer(p, f"{name}.projection", attended).transpose(1, 2).reshape(x.shape)
