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
    d_log_z : float
        With respect to log_z.
    """

    loss: float
    d_log_pf: Array
    d_log_pb: Array
    d_log_z: float


def trajectory_balance(
    log_pf: npt.ArrayLike, log_pb: npt.ArrayLike, log_reward: npt.ArrayLike, log_z: float
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
    log_z : float
        The learned log Z, nats.

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
    forward, backward = vector(log_pf, "log_pf"), vector(log_pb, "log_pb")
    reward, total = vector(log_reward, "log_reward"), vector(log_z, "log_z")
    steps = [_as_steps(array) for array in (forward, backward)]
    loss, d_forward, d_backward, d_total = call(
        "objectives.trajectory-balance",
        (*steps, reward, total),
        ((), steps[0].shape, steps[1].shape, ()),
    )
    return PathLoss(
        float(loss),
        d_forward.reshape(forward.shape),
        d_backward.reshape(backward.shape),
        float(d_total),
    )


def _as_steps(array: Array) -> Array:
    """Return [B] sums as [B, 1] steps."""
    return np.reshape(array, (-1, 1)) if array.ndim == 1 else array
