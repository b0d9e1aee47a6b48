"""Posteriors of other people's models, next to their own long reference chains.

The data and reference draws of posteriordb are found through TIGHTROPE_REFERENCE_DATA, a folder
with `posteriordb/<name>.data.json.zip` and `posteriordb/<name>.draws.json.zip`; without it, these
tests are skipped. The densities are written as a user would: NumPy, with the score by hand.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tightrope as tr

FOLDER = os.environ.get("TIGHTROPE_REFERENCE_DATA", "")
POSTERIORDB = Path(FOLDER) / "posteriordb"


def read(name: str, kind: str) -> Any:
    """Read a file of posteriordb, or skip the test that asks for it."""
    path = POSTERIORDB / f"{name}.{kind}.json.zip"
    if not FOLDER or not path.exists():
        pytest.skip(f"needs {path.name}; name its folder's parent in TIGHTROPE_REFERENCE_DATA")
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(archive.namelist()[0]))


@dataclass
class Posterior:
    """A log-density with its score, and how its coordinates become the reference's columns."""

    log_density: Callable[[np.ndarray], np.ndarray]
    score: Callable[[np.ndarray], np.ndarray]
    dimension: int
    columns: Callable[[np.ndarray], dict[str, np.ndarray]]
    start: np.ndarray
    covariance: np.ndarray | None = None


def eight_schools() -> Posterior:
    """Theta = mu + tau z; x = (z_1 ... z_8, mu, log tau)."""
    data = read("eight_schools", "data")
    y, sigma = np.array(data["y"], float), np.array(data["sigma"], float)

    def parts(x):
        x = x.astype(np.float64)
        z, mu, tau = x[:, :8], x[:, 8:9], np.exp(x[:, 9:10])
        return z, mu, tau, (y - mu - tau * z) / sigma

    def log_density(x):
        z, mu, tau, r = parts(x)
        prior = -0.5 * np.sum(z**2, axis=1) - 0.5 * (mu[:, 0] / 5) ** 2
        half_cauchy = -np.log1p((tau[:, 0] / 5) ** 2) + np.log(tau[:, 0])
        return prior + half_cauchy - 0.5 * np.sum(r**2, axis=1)

    def score(x):
        z, mu, tau, r = parts(x)
        to_mu = np.sum(r / sigma, axis=1, keepdims=True) - mu / 25
        ratio = (tau / 5) ** 2
        to_log_tau = (
            tau * np.sum(r * z / sigma, axis=1, keepdims=True) + 1 - 2 * ratio / (1 + ratio)
        )
        return np.hstack([tau * r / sigma - z, to_mu, to_log_tau])

    def columns(x):
        z, mu, tau, _ = parts(x)
        found = {f"theta[{j + 1}]": mu[:, 0] + tau[:, 0] * z[:, j] for j in range(8)}
        return {**found, "mu": mu[:, 0], "tau": tau[:, 0]}

    # The prior's scales: the mode of a hierarchy says little about its mass.
    center, deviations = np.append(np.zeros(9), 1.0), np.append(np.ones(8), [4.0, 1.2])
    return Posterior(log_density, score, 10, columns, center, np.diag(deviations**2))


def autoregression() -> Posterior:
    """X = (alpha, beta_1 ... beta_K, log sigma)."""
    data = read("arK", "data")
    k, y = data["K"], np.array(data["y"], float)
    lags = [y[k - lag : len(y) - lag] for lag in range(1, k + 1)]
    design = np.column_stack([np.ones(len(y) - k), *lags])
    return regression(design, y[k:], np.zeros(k + 1), np.full(k + 1, 10.0), half_cauchy=2.5)


def kilpisjarvi() -> Posterior:
    """X = (alpha, beta, log sigma)."""
    data = read("kilpisjarvi_mod", "data")
    years, y = np.array(data["x"], float), np.array(data["y"], float)
    mean = np.array([data["pmualpha"], data["pmubeta"]])
    deviation = np.array([data["psalpha"], data["psbeta"]])
    return regression(np.column_stack([np.ones(len(years)), years]), y, mean, deviation)


def regression(design, y, mean, deviation, half_cauchy=None) -> Posterior:
    """Y ~ N(design b, sigma), b ~ N(mean, deviation); x = (b, log sigma)."""
    count, size = len(y), design.shape[1]

    def parts(x):
        x = x.astype(np.float64)
        b, sigma = x[:, :size], np.exp(x[:, size])
        return b, sigma, y - b @ design.T

    def tail(sigma):
        return 0 if half_cauchy is None else (sigma / half_cauchy) ** 2

    def log_density(x):
        b, sigma, residual = parts(x)
        prior = -0.5 * np.sum(((b - mean) / deviation) ** 2, axis=1) - np.log1p(tail(sigma))
        fit = -0.5 * np.sum(residual**2, axis=1) / sigma**2
        return prior + fit + (1 - count) * np.log(sigma)

    def score(x):
        b, sigma, residual = parts(x)
        to_b = residual @ design / sigma[:, None] ** 2 - (b - mean) / deviation**2
        squares = np.sum(residual**2, axis=1) / sigma**2
        to_log_sigma = squares + 1 - count - 2 * tail(sigma) / (1 + tail(sigma))
        return np.column_stack([to_b, to_log_sigma])

    def columns(x):
        b, sigma, _ = parts(x)
        names = [f"beta[{j}]" for j in range(1, size)] if half_cauchy else ["beta"]
        return {
            **dict(zip(["alpha", *names], b.T, strict=True)),
            "sigma": sigma,
        }

    least = np.linalg.lstsq(design, y, rcond=None)[0]
    start = np.append(least, np.log(np.std(y - design @ least)))
    return Posterior(log_density, score, size + 1, columns, start)


def laplace(posterior: Posterior) -> tuple[np.ndarray, np.ndarray]:
    """Return the mode by Newton's method and the inverse of the curvature there.

    Where the posterior brings a covariance, that and its centre.
    """
    if posterior.covariance is not None:
        return posterior.start, posterior.covariance
    x = posterior.start.astype(np.float64)

    def curvature(x):
        step = 1e-4 * np.maximum(1e-2, np.abs(x))
        rows = np.vstack([x + np.diag(step), x - np.diag(step)])
        up, down = np.split(posterior.score(rows), 2)
        slope = -(up - down) / (2 * step[:, None])
        return (slope + slope.T) / 2

    for _ in range(100):
        values, vectors = np.linalg.eigh(curvature(x))
        inverse = (vectors / np.maximum(values, 1e-12 * values.max())) @ vectors.T
        move = inverse @ posterior.score(x[None])[0]
        while posterior.log_density((x + move)[None]) < posterior.log_density(x[None]) - 1e-9:
            move = move / 2
        x = x + move
        if np.abs(move).max() < 1e-9:
            break
    return x, (inverse + inverse.T) / 2


def weighted_wasserstein_1(a, weights, b) -> float:
    """Return the integral of the distance between two distribution functions."""
    values = np.concatenate([a, b])
    masses = np.concatenate([weights, np.full(len(b), -1 / len(b))])
    order = np.argsort(values)
    gaps = np.diff(values[order])
    return float(np.sum(np.abs(np.cumsum(masses[order])[:-1]) * gaps))


def prepared(posterior: Posterior) -> tuple[tr.Density, np.ndarray, np.ndarray]:
    """Return the density in coordinates in which it is about N(0, I) and log Z about 0."""
    center, covariance = laplace(posterior)
    half = posterior.dimension / 2 * np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(covariance)[1]
    constant = posterior.log_density(center[None])[0] + half
    base = tr.Density(
        lambda x: posterior.log_density(x) - constant,
        posterior.score,
        dimension=posterior.dimension,
    )
    whitened = tr.densities.Whitened(base, mean=center.tolist(), covariance=covariance.tolist())
    return whitened, center, np.linalg.cholesky(covariance)


# Steps are bounded because a first guess of tau can be a hundred times too large.
SETTINGS: dict[str, Any] = {
    "steps": 2500,
    "batch_size": 256,
    "process": {"variance": 1.0, "steps": 40},
    "network": {"langevin": "off"},
    "optimizer": {"clip_norm": 1.0},
}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("eight_schools-eight_schools_noncentered", eight_schools),
        ("arK-arK", autoregression),
        ("kilpisjarvi_mod-kilpisjarvi", kilpisjarvi),
    ],
)
def test_trained_samplers_agree_with_reference_chains(name, make):
    posterior = make()
    chains = read(name, "draws")
    density, center, factor = prepared(posterior)
    run = tr.train(density, seed=0, **SETTINGS)
    draws = run.sample(20_000, seed=1)
    # Raises where Pareto k of the weights is 0.7 or more.
    assert draws.expect(lambda x: x).pareto_k < 0.7
    x = center + draws.x.astype(np.float64) @ factor.T
    for column, values in posterior.columns(x).items():
        reference = np.concatenate([np.array(chain[column]) for chain in chains])
        distance = weighted_wasserstein_1(values, draws.weights, reference)
        assert distance / reference.std() <= 0.05, f"{column}: {distance / reference.std():.4f}"
