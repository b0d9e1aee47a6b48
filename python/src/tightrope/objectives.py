"""Objectives as plain functions on arrays, for people who keep their own torch or JAX model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tightrope.functions import Array, call, vector


class PathLoss(NamedTuple):
    """A loss over paths and its derivatives, in the order of the arguments.

    Attributes
    ----------
    loss : float
        Mean over the batch.
    d_log_pf, d_log_pb : ndarray
        Of the loss with respect to log_pf and log_pb, float64, in their shapes.
    d_log_z : float or ndarray
        With respect to log_z, in its shape.
    """

    loss: float
    d_log_pf: Array
    d_log_pb: Array
    d_log_z: float | Array


def trajectory_balance(
    log_pf: npt.ArrayLike, log_pb: npt.ArrayLike, log_reward: npt.ArrayLike, log_z: npt.ArrayLike
) -> PathLoss:
    """Compute the trajectory-balance loss of a batch of paths, and its derivatives.

    The mean of (log Z + sum_t log P_F - log rho - sum_t log P_B)^2 / 2. Multiply the derivatives
    with those of your model's log-probabilities; in PyTorch,
    `log_pf.backward(torch.as_tensor(d_pf, dtype=log_pf.dtype))`.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T], or their sums, [B]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats.
    log_z : float or array_like
        The learned log Z, a number, or one for each path's condition, [B]; nats.

    Returns
    -------
    PathLoss
        (loss, d_log_pf, d_log_pb, d_log_z).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Malkin et al. (2022), *Trajectory balance: Improved credit assignment in GFlowNets*,
    eq. (14), arXiv:2201.13259.

    Examples
    --------
    >>> trajectory_balance([[-1.0, -2.0]], [[-0.5, -0.5]], [-2.0], 0.0).loss
    0.0
    """
    loss, (d_forward, d_backward, d_total) = _evaluate(
        "trajectory-balance", log_pf, log_pb, log_reward, {"log_z": log_z}
    )
    by_log_z = d_total if d_total.ndim else float(d_total)
    return PathLoss(loss, d_forward, d_backward, by_log_z)


class LogVarianceLoss(NamedTuple):
    """A loss over paths without a constant to learn, and its derivatives.

    Attributes
    ----------
    loss : float
        Half the variance over the batch.
    d_log_pf, d_log_pb : ndarray
        Of the loss with respect to log_pf and log_pb, float64, in their shapes.
    """

    loss: float
    d_log_pf: Array
    d_log_pb: Array


def log_variance(
    log_pf: npt.ArrayLike,
    log_pb: npt.ArrayLike,
    log_reward: npt.ArrayLike,
    *,
    group_size: int = 0,
) -> LogVarianceLoss:
    """Compute the log-variance (VarGrad) loss of a batch of paths, and its derivatives.

    Half the variance over the batch of sum_t log P_F - log rho - sum_t log P_B: trajectory balance
    with the batch's own mean for log Z.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T], or their sums, [B]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats.
    group_size : int, default 0
        Adjacent paths that share a condition, and so a log Z, and whose log-weights are compared;
        0 for all. They must end in different points.

    Returns
    -------
    LogVarianceLoss
        (loss, d_log_pf, d_log_pb).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Richter et al. (2020), *VarGrad: a low-variance gradient estimator for variational inference*,
    arXiv:2010.10436.

    Examples
    --------
    >>> log_variance([-3.0, -1.0], [-1.0, -1.0], [0.0, 0.0]).loss
    0.5
    """
    loss, (d_forward, d_backward) = _evaluate(
        "log-variance", log_pf, log_pb, log_reward, {}, group_size=group_size
    )
    return LogVarianceLoss(loss, d_forward, d_backward)


def path_kl(
    log_pf: npt.ArrayLike, log_pb: npt.ArrayLike, log_reward: npt.ArrayLike
) -> LogVarianceLoss:
    """Compute the divergence of paths of the model from those of the density, and its derivatives.

    The mean of sum_t log P_F - log rho - sum_t log P_B. Its gradient is right only where the paths
    follow the parameters at fixed noise: send the derivatives back through your simulation too,
    that with respect to log_reward being -1/B.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T], or their sums, [B]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats.

    Returns
    -------
    LogVarianceLoss
        (loss, d_log_pf, d_log_pb).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Zhang and Chen (2022), *Path Integral Sampler*, arXiv:2111.15141, eq. 8.

    Examples
    --------
    >>> path_kl([-3.0, -1.0], [-1.0, -1.0], [0.0, 0.0]).loss
    -1.0
    """
    loss, (d_forward, d_backward) = _evaluate("path-kl", log_pf, log_pb, log_reward, {})
    return LogVarianceLoss(loss, d_forward, d_backward)


def maximum_likelihood(
    log_pf: npt.ArrayLike, log_pb: npt.ArrayLike, log_reward: npt.ArrayLike
) -> LogVarianceLoss:
    """Compute minus the log-likelihood of paths drawn backwards from samples, and its derivatives.

    The mean of -sum_t log P_F. With paths from samples of the density its minimum is the model that
    makes them.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T], or their sums, [B]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats; it does not matter.

    Returns
    -------
    LogVarianceLoss
        (loss, d_log_pf, d_log_pb).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Ho, Jain, Abbeel (2020), *Denoising diffusion probabilistic models*, arXiv:2006.11239.

    Examples
    --------
    >>> maximum_likelihood([-3.0, -1.0], [-1.0, -1.0], [0.0, 0.0]).loss
    2.0
    """
    loss, (d_forward, d_backward) = _evaluate("maximum-likelihood", log_pf, log_pb, log_reward, {})
    return LogVarianceLoss(loss, d_forward, d_backward)


class FlowLoss(NamedTuple):
    """A loss over paths with state flows, and its derivatives, in the order of the arguments.

    Attributes
    ----------
    loss : float
        Mean over the batch.
    d_log_pf, d_log_pb, d_log_flow : ndarray
        Of the loss with respect to log_pf, log_pb and log_flow, float64, in their shapes.
    """

    loss: float
    d_log_pf: Array
    d_log_pb: Array
    d_log_flow: Array


def detailed_balance(
    log_pf: npt.ArrayLike,
    log_pb: npt.ArrayLike,
    log_reward: npt.ArrayLike,
    log_flow: npt.ArrayLike,
) -> FlowLoss:
    """Compute the detailed-balance loss of a batch of paths, and its derivatives.

    The mean over paths of sum_t (log F_t + log P_F,t - log F_t+1 - log P_B,t)^2 / 2, with log rho
    for log F_T.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats.
    log_flow : array_like
        Learned log flows of the states x_0 to x_T-1, [B, T], nats; that of x_0 stands for log Z.

    Returns
    -------
    FlowLoss
        (loss, d_log_pf, d_log_pb, d_log_flow).

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Bengio et al. (2023), *GFlowNet foundations*, arXiv:2111.09266.

    Examples
    --------
    >>> detailed_balance([[-1.0, -2.0]], [[0.0, 0.0]], [-3.0], [[0.0, -1.0]]).loss
    0.0
    """
    loss, (d_forward, d_backward, d_flow) = _evaluate(
        "detailed-balance", log_pf, log_pb, log_reward, {"log_flow": log_flow}
    )
    return FlowLoss(loss, d_forward, d_backward, d_flow)


def sub_trajectory_balance(
    log_pf: npt.ArrayLike,
    log_pb: npt.ArrayLike,
    log_reward: npt.ArrayLike,
    log_flow: npt.ArrayLike,
    *,
    lambda_: float = 2.0,
) -> FlowLoss:
    """Compute the sub-trajectory-balance loss of a batch of paths, and its derivatives.

    The mean over paths of the weighted mean over all i < j of
    (log F_i - log F_j + sum_i<=t<j (log P_F,t - log P_B,t))^2, with log rho for log F_T and weights
    proportional to lambda^(j-i). The cost grows with T, not with its square.

    Parameters
    ----------
    log_pf, log_pb : array_like
        Log-probabilities of each forward and backward step, [B, T]; nats.
    log_reward : array_like
        log rho at the end of each path, [B], nats.
    log_flow : array_like
        Learned log flows of the states x_0 to x_T-1, [B, T], nats; that of x_0 stands for log Z.
    lambda_ : float
        Above 1 long parts of paths prevail, below 1 short ones.

    Returns
    -------
    FlowLoss
        (loss, d_log_pf, d_log_pb, d_log_flow).

    Raises
    ------
    ConfigError
        If lambda_ is not positive and finite.
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Madan et al. (2023), *Learning GFlowNets from partial episodes for improved convergence and
    stability*, arXiv:2209.12782.

    Examples
    --------
    >>> sub_trajectory_balance([[-1.0, -2.0]], [[0.0, 0.0]], [-3.0], [[0.0, -1.0]]).loss
    0.0
    """
    loss, (d_forward, d_backward, d_flow) = _evaluate(
        "sub-trajectory-balance",
        log_pf,
        log_pb,
        log_reward,
        {"log_flow": log_flow},
        **{"lambda": lambda_},
    )
    return FlowLoss(loss, d_forward, d_backward, d_flow)


class RelativeLoss(NamedTuple):
    """A loss over paths of a posterior, and its derivatives.

    Attributes
    ----------
    loss : float
        Mean over the batch.
    d_log_q : ndarray
        Of the loss with respect to log_q, float64, in its shape; zero where the mask is.
    d_log_z : float or ndarray
        With respect to log_z, in its shape; zero for the log-variance form.
    """

    loss: float
    d_log_q: Array
    d_log_z: float | Array


def relative_trajectory_balance(
    log_q: npt.ArrayLike,
    log_p: npt.ArrayLike,
    log_reward: npt.ArrayLike,
    log_z: npt.ArrayLike | None = None,
    *,
    inverse_temperature: float = 1.0,
    hinge: float = 0.0,
    group_size: int = 0,
    mask: npt.ArrayLike | None = None,
) -> RelativeLoss:
    """Compute the relative-trajectory-balance loss of a posterior's paths, and its derivatives.

    The mean of (log Z + sum_t log q - sum_t log p - beta log r)^2 / 2, p being the frozen prior:
    zero for the posterior p r^beta / Z, whatever the paths. The gradient by your model's parameters
    is the sum over steps of d_log_q times that of log q, so a second pass over the steps, a few at
    a time, has it exactly in little memory.

    Parameters
    ----------
    log_q, log_p : array_like
        Log-probabilities of each step, x_0 to x_1 first, under the model that learns and under the
        prior, [B, T], or their sums, [B]; nats.
    log_reward : array_like
        log r at the end of each path, [B], nats: any constraint, classifier or reward.
    log_z : float or array_like, optional
        The learned log Z, a number, or one for each path's condition, [B]. Without one, that of
        each group is its mean log-weight: the log-variance form.
    inverse_temperature : float, default 1
        beta.
    hinge : float, default 0
        Squared residuals count only by what they exceed this. Without log_z the group's mean is
        then a constant to the gradient.
    group_size : int, default 0
        Without log_z, adjacent paths that share a condition; 0 for all. They must end in different
        points, or log r cancels.
    mask : array_like, optional
        Which steps carry gradient, [B, T]. They stand for all T, so theirs is scaled up; log_q must
        hold the values of all.

    Returns
    -------
    RelativeLoss
        (loss, d_log_q, d_log_z).

    Raises
    ------
    ConfigError
        If beta or the hinge is negative.
    ShapeError
        If the shapes do not fit together.

    References
    ----------
    Venkatraman et al. (2024), *Amortizing intractable inference in diffusion models for vision,
    language, and control*, arXiv:2405.20971, eq. 8 and appendix H.1.

    Examples
    --------
    >>> relative_trajectory_balance([[-1.0, -2.0]], [[-2.0, -2.0]], [1.5], 0.5).loss
    0.0
    """
    q, p = vector(log_q, "log_q"), vector(log_p, "log_p")
    steps, prior = _as_steps(q), _as_steps(p)
    given = np.zeros(()) if log_z is None else vector(log_z, "log_z")
    each = given if given.ndim else np.full(steps.shape[0], given)
    chosen = np.ones(steps.shape) if mask is None else vector(np.asarray(mask, float), "mask")
    loss, d_log_q, d_log_z = call(
        "objectives.relative-trajectory-balance",
        (steps, prior, vector(log_reward, "log_reward"), each, chosen),
        ((), steps.shape, each.shape),
        inverse_temperature=inverse_temperature,
        hinge=hinge,
        log_variance=log_z is None,
        group_size=group_size,
    )
    by_log_z = d_log_z if given.ndim else float(d_log_z.sum())
    return RelativeLoss(float(loss), d_log_q.reshape(q.shape), by_log_z)


def _evaluate(
    name: str,
    log_pf: npt.ArrayLike,
    log_pb: npt.ArrayLike,
    log_reward: npt.ArrayLike,
    unknown: dict[str, npt.ArrayLike],
    **config: float,
) -> tuple[float, list[Array]]:
    """Call an objective; return the loss, and derivatives in the shapes of their arguments."""
    forward, backward = vector(log_pf, "log_pf"), vector(log_pb, "log_pb")
    given = [vector(values, key) for key, values in unknown.items()]
    steps = [_as_steps(array) for array in (forward, backward)]
    loss, *derivatives = call(
        "objectives." + name,
        (*steps, vector(log_reward, "log_reward"), *given),
        ((), *(array.shape for array in (*steps, *given))),
        **config,
    )
    arguments = (forward, backward, *given)
    shaped = zip(derivatives, arguments, strict=True)
    return float(loss), [array.reshape(argument.shape) for array, argument in shaped]


def _as_steps(array: Array) -> Array:
    """Return [B] sums as [B, 1] steps."""
    return np.reshape(array, (-1, 1)) if array.ndim == 1 else array
