"""Figures of importance weights and of modes; `metrics` has them all."""

from __future__ import annotations

from typing import NamedTuple

import numpy.typing as npt

from tightrope.estimates import Estimate, estimate, filled, verdict
from tightrope.functions import Array, call, vector


class ParetoTail(NamedTuple):
    """The tail of importance weights.

    Attributes
    ----------
    shape : Estimate
        Pareto k: below 0.5 the weights have a finite variance, below 1 a finite mean. It is
        infinite where a few draws carry all weight or there are fewer than 25, and -inf where the
        largest weights are equal.
    log_weights : ndarray
        [n], with the tail smoothed; neither shifted nor normalised.
    verdict : str
        "ok" for k < min(1 - 1 / log10 n, 0.7), "warn" for k < 1, else "fail".
    """

    shape: Estimate
    log_weights: Array
    verdict: str


class ModeShares(NamedTuple):
    """The shares of the draws in each mode.

    Attributes
    ----------
    shares : ndarray
        [K].
    low, high : ndarray
        [K], ends of Wilson's 95% intervals.
    """

    shares: Array
    low: Array
    high: Array


def effective_sample_size(log_weights: npt.ArrayLike) -> float:
    """Return how many exact samples weighted ones are worth: (sum w)^2 / sum w^2.

    Parameters
    ----------
    log_weights : array_like
        [n], nats, up to a constant.

    Returns
    -------
    float
        Between 1 and n.

    Raises
    ------
    ShapeError
        If there are no weights.

    References
    ----------
    Kish (1965), *Survey Sampling*.

    Examples
    --------
    >>> effective_sample_size([0.0, 0.0, 0.0, 0.0])
    4.0
    """
    (result,) = call("metrics.effective-sample-size", (_weights(log_weights),), ((),))
    return float(result)


def effective_sample_share(log_weights: npt.ArrayLike) -> Estimate:
    """Return the effective sample size over n, with its interval.

    The interval asks for fourth moments of the weights, Pareto k < 0.25; beyond, shares from draws
    are too large.

    Parameters
    ----------
    log_weights : array_like
        [n], nats, up to a constant.

    Raises
    ------
    ShapeError
        If there are no weights.
    """
    return _estimate("effective-sample-share", log_weights)


def log_normalizer(log_weights: npt.ArrayLike) -> float:
    """Estimate log Z by importance weighting: log of the mean weight.

    Parameters
    ----------
    log_weights : array_like
        [n], nats: log rho(x) + log P_B - log P_F of each path.

    Returns
    -------
    float
        In nats; a lower bound of log Z in expectation.

    Raises
    ------
    ShapeError
        If there are no weights.
    """
    (result,) = call("metrics.log-normalizer", (_weights(log_weights),), ((),))
    return float(result)


def forward_log_normalizer(log_weights: npt.ArrayLike) -> Estimate:
    """Estimate log Z by importance weighting, with the interval of the mean weight.

    The interval has the skewness of the weights removed (Hall, 1992); it holds for Pareto k < 0.5.

    Parameters
    ----------
    log_weights : array_like
        [n], nats: log rho(x) + log P_B - log P_F of paths drawn forwards.

    Raises
    ------
    ShapeError
        If there are no weights.
    """
    return _estimate("forward-log-normalizer", log_weights)


def reverse_log_normalizer(exact_log_weights: npt.ArrayLike) -> Estimate:
    """Estimate log Z from exact samples: minus the log of the mean inverse weight.

    Above the forward estimate by what the sampler misses.

    Parameters
    ----------
    exact_log_weights : array_like
        [n], nats: log rho(x) + log P_B - log P_F of paths drawn backwards from exact samples.

    Raises
    ------
    ShapeError
        If there are no weights.

    References
    ----------
    Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423.
    """
    return _estimate("reverse-log-normalizer", exact_log_weights)


def elbo(log_weights: npt.ArrayLike) -> Estimate:
    """Return the mean log-weight with its interval: a lower bound of log Z, in nats.

    Of paths drawn backwards from exact samples it is the EUBO, an upper bound.

    Parameters
    ----------
    log_weights : array_like
        [n], nats.

    Raises
    ------
    ShapeError
        If there are no weights.
    """
    return _estimate("elbo", log_weights)


def evidence_gap(log_weights: npt.ArrayLike, exact_log_weights: npt.ArrayLike) -> Estimate:
    """Return EUBO - ELBO, in nats: both divergences between sampler and density.

    Parameters
    ----------
    log_weights : array_like
        [n], of paths drawn forwards.
    exact_log_weights : array_like
        [m], of paths drawn backwards from exact samples.

    Raises
    ------
    ShapeError
        If there are no weights on a side.

    Examples
    --------
    >>> evidence_gap([-1.0, -1.0], [2.0, 2.0]).value
    3.0
    """
    return _estimate("evidence-gap", log_weights, exact_log_weights)


def pareto_tail(log_weights: npt.ArrayLike, *, relative_efficiency: float = 1.0) -> ParetoTail:
    """Fit the tail of importance weights: Pareto k, and weights with the tail smoothed.

    Parameters
    ----------
    log_weights : array_like
        [n], nats, up to a constant.
    relative_efficiency : float
        Effective over actual number of draws; 1 for independent ones.

    Raises
    ------
    ShapeError
        If there are no weights.
    ConfigError
        If the relative efficiency is not positive.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*.
    """
    weights = _weights(log_weights)
    shape, smoothed, code = call(
        "metrics.pareto-tail",
        (weights,),
        ((3,), weights.shape, ()),
        relative_efficiency=relative_efficiency,
    )
    return ParetoTail(estimate(shape), smoothed, verdict(code))


def mode_shares(hits: npt.ArrayLike) -> ModeShares:
    """Return the share of the draws in each mode, with Wilson's intervals.

    Parameters
    ----------
    hits : array_like
        [K], number of draws in each mode.

    Raises
    ------
    ShapeError
        If they are no counts, or all 0.
    """
    counts = filled(vector(hits, "hits"), "hits", "[K]")
    shares, intervals = call("metrics.mode-shares", (counts,), (counts.shape, (counts.size, 2)))
    return ModeShares(shares, intervals[:, 0], intervals[:, 1])


def mode_entropy(hits: npt.ArrayLike) -> Estimate:
    """Return entropic mode coverage: the entropy of the modes' shares over log K.

    1 for equal shares, 0 where all draws are in one mode. The interval allows for shares of few
    draws having too little entropy.

    Parameters
    ----------
    hits : array_like
        [K], number of draws in each of 2 modes or more.

    Raises
    ------
    ShapeError
        If they are no counts, all 0, or fewer than 2.

    References
    ----------
    Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423.

    Examples
    --------
    >>> mode_entropy([50, 50, 0, 0]).value
    0.5
    """
    counts = filled(vector(hits, "hits"), "hits", "[K]")
    (result,) = call("metrics.mode-entropy", (counts,), ((3,),))
    return estimate(result)


def _estimate(name: str, *log_weights: npt.ArrayLike) -> Estimate:
    (result,) = call(f"metrics.{name}", tuple(_weights(each) for each in log_weights), ((3,),))
    return estimate(result)


def _weights(log_weights: npt.ArrayLike) -> Array:
    return filled(vector(log_weights, "log_weights"), "log_weights", "[n]")
