"""Fine-tune a PyTorch diffusion model towards a constraint, without bias.

A small U-Net learns to draw pictures of bars, horizontal and vertical alike: the prior. A copy
of it then learns the posterior under a constraint that makes vertical bars e^2 = 7 times as
likely, by relative trajectory balance: the exact gradient, with one step of the paths in memory
at a time. In the end the share of vertical bars and log Z stand next to those of the prior's own
draws, weighted by the constraint, which are the truth. How near they come is a matter of time.

    python examples/rtb_pytorch_unet.py            # some minutes on two processors
    python examples/rtb_pytorch_unet.py --smoke    # seconds
"""

from __future__ import annotations

import argparse
import copy
import sys

import numpy as np

import tightrope as tr

try:
    import torch
    from torch import nn
except ImportError:
    print("This example needs PyTorch: pip install torch")
    sys.exit(0)

SIZE, STEPS, PREFERENCE = 8, 50, 2.0
BETAS = torch.linspace(0.005, 0.2, STEPS)
KEPT = torch.cumprod(1 - BETAS, 0)


class UNet(nn.Module):
    """Predicts the noise in pictures [n, 1, 8, 8] that have been noised for t steps."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.time = nn.Embedding(STEPS, width)
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.down = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.middle = nn.Conv2d(width, width, 3, padding=1)
        self.up = nn.ConvTranspose2d(width, width, 2, stride=2)
        self.last = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Return the noise, [n, 1, 8, 8]."""
        h = nn.functional.silu(self.first(x) + self.time(t)[:, :, None, None])
        low = nn.functional.silu(self.down(h))
        low = low + nn.functional.silu(self.middle(low))
        return self.last(torch.cat([h, self.up(low)], 1))


def bars(count: int) -> torch.Tensor:
    """Draw pictures of one bar, -1 and 1, with a little noise."""
    pictures = -torch.ones(count, 1, SIZE, SIZE)
    rows = torch.randint(SIZE, (count,))
    pictures[torch.arange(count), 0, rows] = 1
    vertical = torch.rand(count) < 0.5
    pictures[vertical] = pictures[vertical].transpose(2, 3)
    return pictures + 0.1 * torch.randn_like(pictures)


def verticality(x: torch.Tensor) -> torch.Tensor:
    """Return about 1 for a vertical bar and -1 for a horizontal one, [n]."""
    columns, rows = x.mean(2).amax(2), x.mean(3).amax(2)
    return torch.tanh(8 * (columns - rows))[:, 0]


def log_reward(x: torch.Tensor) -> torch.Tensor:
    """Return log r, [n]; a classifier or a reward model would stand here."""
    return 0.5 * PREFERENCE * verticality(x)


def log_step(model: UNet, x: torch.Tensor, following: torch.Tensor, t: int) -> torch.Tensor:
    """Return log p(following | x) of one denoising step, [n]."""
    mean = step_mean(model, x, t)
    normal = torch.distributions.Normal(mean, BETAS[t].sqrt())
    return normal.log_prob(following).sum((1, 2, 3))


def step_mean(model: UNet, x: torch.Tensor, t: int) -> torch.Tensor:
    """Return the mean of one denoising step, of pictures noised for t steps."""
    noise = model(x, torch.full((len(x),), t))
    return (x - BETAS[t] / (1 - KEPT[t]).sqrt() * noise) / (1 - BETAS[t]).sqrt()


@torch.no_grad()
def paths(model: UNet, count: int) -> list[torch.Tensor]:
    """Draw paths from noise to pictures: STEPS + 1 batches."""
    states = [torch.randn(count, 1, SIZE, SIZE)]
    for t in reversed(range(STEPS)):
        noise = BETAS[t].sqrt() * torch.randn_like(states[-1])
        states.append(step_mean(model, states[-1], t) + noise)
    return states


def train_prior(iterations: int) -> UNet:
    """Train a denoising diffusion model on bars."""
    model = UNet()
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(iterations):
        x, t = bars(128), torch.randint(STEPS, (128,))
        noise, kept = torch.randn_like(x), KEPT[t][:, None, None, None]
        predicted = model(kept.sqrt() * x + (1 - kept).sqrt() * noise, t)
        optimizer.zero_grad()
        ((predicted - noise) ** 2).mean().backward()
        optimizer.step()
    return model.requires_grad_(False)


def tune(prior: UNet, iterations: int, batch: int = 64, carried: float = 0.5) -> tuple[UNet, float]:
    """Learn the posterior; `carried` is the share of steps that carry gradient each time."""
    posterior = copy.deepcopy(prior).requires_grad_(True)
    optimizer = torch.optim.Adam(posterior.parameters(), 3e-4)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, iterations)
    log_z = 0.0
    random = np.random.default_rng(0)
    for iteration in range(iterations):
        states = paths(posterior, batch)
        times = list(reversed(range(STEPS)))
        steps = list(zip(times, states, states[1:], strict=False))
        with torch.no_grad():
            log_q = torch.stack([log_step(posterior, x, y, t) for t, x, y in steps], 1)
            log_p = torch.stack([log_step(prior, x, y, t) for t, x, y in steps], 1)
            reward = log_reward(states[-1])
        mask = np.tile(random.permutation(STEPS) < carried * STEPS, (batch, 1))
        loss, d_log_q, _ = tr.objectives.relative_trajectory_balance(
            log_q.numpy(), log_p.numpy(), reward.numpy(), mask=mask
        )
        optimizer.zero_grad()
        for index, (t, x, y) in enumerate(steps):
            if mask[0, index]:
                seeds = torch.as_tensor(d_log_q[:, index], dtype=torch.float32)
                log_step(posterior, x, y, t).backward(seeds)
        nn.utils.clip_grad_norm_(posterior.parameters(), 1.0)
        optimizer.step()
        fall.step()
        log_weights = (reward + (log_p - log_q).sum(1)).numpy()
        log_z += 0.05 * (log_weights.mean() - log_z)
        if iteration % max(1, iterations // 8) == 0:
            share = (verticality(states[-1]) > 0).float().mean()
            print(f"{iteration:5d}  loss {loss:8.3f}  log Z {log_z:6.3f}  vertical {share:.2f}")
    return posterior, log_z


def main() -> None:
    """Train a prior, tune it, and compare with the prior's own draws, weighted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a few iterations only")
    smoke = parser.parse_args().smoke
    torch.manual_seed(0)
    prior = train_prior(20 if smoke else 2000)
    posterior, log_z = tune(prior, 5 if smoke else 800)
    count = 200 if smoke else 4000
    drawn = paths(prior, count)[-1]
    weights = torch.softmax(log_reward(drawn), 0)
    exact = (weights * (verticality(drawn) > 0)).sum()
    exact_log_z = torch.logsumexp(log_reward(drawn), 0) - np.log(count)
    share = (verticality(paths(posterior, count)[-1]) > 0).float().mean()
    print(f"vertical bars: {share:.3f} of the posterior's draws, {exact:.3f} of the truth")
    print(f"log Z: {log_z:.3f} learned, {exact_log_z:.3f} by weighted draws of the prior")


if __name__ == "__main__":
    main()
