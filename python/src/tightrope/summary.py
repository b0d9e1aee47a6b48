"""Summaries of draws: a row for each coordinate or variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import metrics
from tightrope.arguments import optional, unknown
from tightrope.evaluation import number, table
from tightrope.markup import html_table

SHOWN = 24
QUANTILES = (0.05, 0.5, 0.95)
COLUMNS = ("mean", "deviation", "5%", "50%", "95%", "error")
LARGEST_PARETO_K = 0.7


@dataclass(frozen=True)
class Summary:
    """Means, standard deviations, quantiles, and the standard errors of the means.

    Attributes
    ----------
    names : list of str
        Of the rows.
    figures : ndarray
        float64 [rows, 6]: mean, standard deviation, quantiles 5%, 50% and 95%, standard error.
    note : str
        How many draws, weighted or not, and whether the weights can be relied on.
    """

    names: list[str]
    figures: npt.NDArray[np.float64]
    note: str

    def __getitem__(self, name: str) -> dict[str, float]:
        """Return a row as a dict."""
        if name not in self.names:
            raise KeyError(unknown(name, self.names))
        values = self.figures[self.names.index(name)]
        return dict(zip(COLUMNS, map(float, values), strict=True))

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        pandas = optional("pandas", "pandas")
        return pandas.DataFrame(self.figures, index=self.names, columns=list(COLUMNS))

    def _rows(self) -> list[list[str]]:
        pairs = zip(self.names[:SHOWN], self.figures[:SHOWN], strict=True)
        return [["", *COLUMNS], *([name, *map(number, row)] for name, row in pairs)]

    def _notes(self) -> str:
        left = len(self.names) - SHOWN
        return self.note + (f"; {left} more rows" if left > 0 else "")

    def __str__(self) -> str:
        return table(self._rows()) + "\n" + self._notes()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_table(self._rows(), self._notes())


def summarize(
    names: list[str],
    values: npt.NDArray[Any],
    log_weights: npt.NDArray[np.float64],
    *,
    weighted: bool,
) -> Summary:
    """Summarize columns of values [n, rows], by weights or as they are."""
    count = len(values)
    columns = np.asarray(values, dtype=np.float64)
    used = log_weights if weighted else np.zeros(count)
    weights = np.exp(used - used.max())
    weights /= weights.sum()
    mean = weights @ columns
    deviation = np.sqrt(weights @ np.square(columns - mean))
    # The error of a self-normalised mean, by the delta method; its root-n limit without weights.
    error = np.sqrt(np.square(weights) @ np.square(columns - mean))
    order = np.argsort(columns, axis=0)
    risen = np.cumsum(weights[order], axis=0)
    places = [np.argmax(risen >= level - 1e-12, axis=0) for level in QUANTILES]
    sorted_columns = np.take_along_axis(columns, order, axis=0)
    quantiles = [sorted_columns[place, np.arange(len(names))] for place in places]
    figures = np.stack([mean, deviation, *quantiles, error], axis=1)
    return Summary(names, figures, _note(count, log_weights, weighted))


def _note(count: int, log_weights: npt.NDArray[np.float64], weighted: bool) -> str:
    if not weighted:
        return f"{count:,} draws, unweighted: of the sampler, not of the density"
    ess = metrics.effective_sample_size(log_weights)
    note = f"{count:,} draws, weighted, worth {ess:,.0f}"
    if count < 25 or not np.isfinite(log_weights).all():
        return note
    k = metrics.pareto_tail(log_weights).shape.value
    if not k < LARGEST_PARETO_K:
        note += f"; Pareto k {k:.2f} is too high to rely on the weights"
    return note
