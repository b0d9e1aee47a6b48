"""Fine-tune a PyTorch diffusion model towards a constraint, without bias.

A small U-Net learns to draw pictures of bars, horizontal and vertical alike: the prior. A copy
of it then learns the posterior under a constraint that makes vertical bars e^2 = 7 times as
likely, by relative trajectory balance: the exact gradient, with one step of the paths in memory
at a time. In the end its draws, as they are and by their importance weights, stand next to those of
the prior, weighted by the constraint, which are the truth.

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
    sys.exit("This example needs PyTorch: pip install torch")

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


def log_steps(model: UNet, states: list[torch.Tensor]) -> torch.Tensor:
    """Return log p of all steps of paths, [n, STEPS]."""
    steps = zip(reversed(range(STEPS)), states, states[1:], strict=False)
    return torch.stack([log_step(model, x, y, t) for t, x, y in steps], 1)


def tune(prior: UNet, iterations: int, batch: int = 64, carried: float = 0.5) -> UNet:
    """Learn the posterior; `carried` is the share of steps that carry gradient each time."""
    posterior = copy.deepcopy(prior).requires_grad_(True)
    optimizer = torch.optim.Adam(posterior.parameters(), 3e-4)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, iterations)
    random = np.random.default_rng(0)
    for iteration in range(iterations):
        states = paths(posterior, batch)
        with torch.no_grad():
            log_q, log_p = log_steps(posterior, states), log_steps(prior, states)
            reward = log_reward(states[-1])
        mask = np.tile(random.permutation(STEPS) < carried * STEPS, (batch, 1))
        loss, d_log_q, _ = tr.objectives.relative_trajectory_balance(
            log_q.numpy(), log_p.numpy(), reward.numpy(), mask=mask
        )
        optimizer.zero_grad()
        for step in np.flatnonzero(mask[0]):
            seeds = torch.as_tensor(d_log_q[:, step], dtype=torch.float32)
            log_q_step = log_step(posterior, states[step], states[step + 1], STEPS - 1 - step)
            log_q_step.backward(seeds)
        nn.utils.clip_grad_norm_(posterior.parameters(), 1.0)
        optimizer.step()
        fall.step()
        if iteration % max(1, iterations // 8) == 0:
            elbo = (reward + (log_p - log_q).sum(1)).mean()
            share = (verticality(states[-1]) > 0).float().mean()
            print(f"{iteration:5d}  loss {loss:8.3f}  ELBO {elbo:6.3f}  vertical {share:.2f}")
    return posterior


def report(name: str, x: torch.Tensor, log_weights: torch.Tensor) -> None:
    """Print what pictures with log-weights, [n], say of the posterior."""
    weights = torch.softmax(log_weights, 0)
    share = (weights * (verticality(x) > 0)).sum()
    log_z = torch.logsumexp(log_weights, 0) - np.log(len(x))
    effective = 1 / (weights**2).sum() / len(x)
    print(f"{name:28s}  vertical {share:.3f}  log Z {log_z:6.3f}  effective share {effective:.2f}")


def main() -> None:
    """Train a prior, tune it, and compare with the prior's own draws, weighted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a few iterations only")
    smoke = parser.parse_args().smoke
    torch.manual_seed(0)
    prior = train_prior(20 if smoke else 2000)
    posterior = tune(prior, 5 if smoke else 800)
    count = 200 if smoke else 4000
    states = paths(posterior, count)
    with torch.no_grad():
        log_ratio = (log_steps(prior, states) - log_steps(posterior, states)).sum(1)
    drawn = paths(prior, count)[-1]
    print(f"vertical bars as drawn: {(verticality(states[-1]) > 0).float().mean():.3f}")
    report("the posterior's, weighted", states[-1], log_reward(states[-1]) + log_ratio)
    report("the prior's, weighted: truth", drawn, log_reward(drawn))


if __name__ == "__main__":
    main()
