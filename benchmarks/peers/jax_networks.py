"""EGNN, transformer and U-Net in JAX: one version, the fastest that we know; channels last."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.nn import sigmoid, silu

from peers.definitions import EGNNRow, ResidualBlock, TransformerRow, UNetRow
from peers.jax_paths import Parameters, gelu, layer


def normalise(x: Array, axes: int | tuple[int, ...]) -> Array:
    """Take the mean away and divide by the standard deviation."""
    mean = x.mean(axes, keepdims=True)
    variance = jnp.square(x - mean).mean(axes, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5)


def attend(query: Array, key: Array, value: Array) -> Array:
    """Attend, [..., tokens, width] each."""
    weights = query @ jnp.swapaxes(key, -1, -2) * query.shape[-1] ** -0.5
    return jax.nn.softmax(weights, -1) @ value


class EGNNLoss:
    """Squared error of the network's displacement."""

    def __init__(self, row: EGNNRow) -> None:
        self.row = row
        self.senders = row.edges()[1].reshape(row.particles, row.particles - 1)

    def __call__(self, p: Parameters, x: Array, target: Array, times: Array) -> Array:
        """Return the loss; x and target [B, N, 3], times [B]."""
        start, row = x, self.row
        h = layer(p, "embedding", jnp.broadcast_to(times[:, None, None], (*x.shape[:2], 1)))
        attribute = jnp.square(self.differences(x)).sum(-1, keepdims=True)
        for k in range(row.layers):
            difference = self.differences(x)
            radial = jnp.square(difference).sum(-1, keepdims=True)
            message = self.messages(p, k, h, jnp.concatenate([radial, attribute], -1))
            inner = silu(layer(p, f"{k}.coordinate.0", message))
            step = jnp.tanh(inner @ p[f"{k}.coordinate.1.weight"].T) * (15 / row.layers)
            x = x + (difference / (jnp.sqrt(radial + 1e-8) + 1) * step).sum(2)
            if k + 1 < row.layers:
                both = jnp.concatenate([h, message.sum(2)], -1)
                h = h + layer(p, f"{k}.node.1", silu(layer(p, f"{k}.node.0", both)))
        output = x - start
        return jnp.square(output - output.mean(1, keepdims=True) - target).mean()

    def differences(self, x: Array) -> Array:
        """Return x_i - x_j, [B, N, N - 1, 3]."""
        return x[:, :, None] - x[:, self.senders]

    def messages(self, p: Parameters, k: int, h: Array, edges: Array) -> Array:
        """Return messages, [B, N, N - 1, H]; the first layer is applied to particles, not edges."""
        weight, width = p[f"{k}.edge.0.weight"].T, self.row.width
        receiver = h @ weight[:width] + p[f"{k}.edge.0.bias"]
        sender = (h @ weight[width : 2 * width])[:, self.senders]
        first = receiver[:, :, None] + sender + edges @ weight[2 * width :]
        message = silu(layer(p, f"{k}.edge.1", silu(first)))
        return message * sigmoid(layer(p, f"{k}.gate", message))


class TransformerLoss:
    """Mean squared output."""

    def __init__(self, row: TransformerRow) -> None:
        self.row = row

    def __call__(self, p: Parameters, x: Array) -> Array:
        """Return the loss; x [B, tokens, width]."""
        for k in range(self.row.layers):
            heads = layer(p, f"{k}.qkv", self.norm(p, f"{k}.norm.0", x))
            heads = heads.reshape(*x.shape[:2], 3, self.row.heads, -1).transpose(2, 0, 3, 1, 4)
            attended = attend(heads[0], heads[1], heads[2]).transpose(0, 2, 1, 3)
            x = x + layer(p, f"{k}.projection", attended.reshape(x.shape))
            inner = gelu(layer(p, f"{k}.up", self.norm(p, f"{k}.norm.1", x)))
            x = x + layer(p, f"{k}.down", inner)
        return jnp.square(x).mean()

    def norm(self, p: Parameters, name: str, x: Array) -> Array:
        """Normalise the last axis."""
        return normalise(x, -1) * p[f"{name}.weight"] + p[f"{name}.bias"]


class UNetLoss:
    """Squared error of the noise estimate."""

    def __init__(self, row: UNetRow) -> None:
        self.row = row
        self.frequencies = row.frequencies()

    def __call__(self, p: Parameters, x: Array, noise: Array, times: Array) -> Array:
        """Return the loss; x and noise [B, C, H, W], times [B]."""
        emb, skips = self.embed(p, times), []
        x = self.convolve(p, "in", x.transpose(0, 2, 3, 1))
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
                x = self.block(p, block, jnp.concatenate([x, skips.pop()], -1), emb)
            if k > 0:
                larger = jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)
                x = self.convolve(p, f"up.{k}.sample", larger)
        output = self.convolve(p, "out", silu(self.norm(p, "out.norm", x)))
        return jnp.square(output - noise.transpose(0, 2, 3, 1)).mean()

    def embed(self, p: Parameters, times: Array) -> Array:
        """Return SiLU of the time embedding, [B, E]."""
        angles = times[:, None] * self.frequencies
        waves = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], 1)
        return silu(layer(p, "time.1", silu(layer(p, "time.0", waves))))

    def convolve(self, p: Parameters, name: str, x: Array, stride: int = 1) -> Array:
        """Convolve, padding by half the kernel's size."""
        weight = p[f"{name}.weight"].transpose(2, 3, 1, 0)
        padding = [(weight.shape[0] // 2,) * 2] * 2
        kinds = ("NHWC", "HWIO", "NHWC")
        found = jax.lax.conv_general_dilated(
            x, weight, (stride, stride), padding, dimension_numbers=kinds
        )
        return found + p[f"{name}.bias"]

    def norm(self, p: Parameters, name: str, x: Array) -> Array:
        """Normalise groups of channels."""
        grouped = normalise(x.reshape(*x.shape[:3], self.row.groups, -1), (1, 2, 4))
        return grouped.reshape(x.shape) * p[f"{name}.weight"] + p[f"{name}.bias"]

    def block(self, p: Parameters, block: ResidualBlock, x: Array, emb: Array) -> Array:
        """Apply a residual block and its attention."""
        name = block.name
        h = self.convolve(p, f"{name}.0", silu(self.norm(p, f"{name}.norm.0", x)))
        h = h + layer(p, f"{name}.time", emb)[:, None, None]
        h = self.convolve(p, f"{name}.1", silu(self.norm(p, f"{name}.norm.1", h)))
        if block.inputs != block.outputs:
            x = self.convolve(p, f"{name}.skip", x)
        x = x + h
        return self.attention(p, name, x) if block.attention else x

    def attention(self, p: Parameters, name: str, x: Array) -> Array:
        """Let all pixels of an image attend to one another, with one head."""
        pixels = self.norm(p, f"{name}.norm.attention", x).reshape(len(x), -1, x.shape[-1])
        query, key, value = jnp.split(layer(p, f"{name}.qkv", pixels), 3, -1)
        attended = layer(p, f"{name}.projection", attend(query, key, value))
        return x + attended.reshape(x.shape)
