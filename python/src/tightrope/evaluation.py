"""How far to trust a run: figures with intervals, truths or noise floors, and verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tightrope.arguments import unknown
from tightrope.markup import html_table

HEADER = ["value", "interval", "compare with", "verdict", "reason"]
_NUMBERS = ("value", "low", "high", "truth", "floor")


@dataclass(frozen=True)
class Figure:
    """One figure of an evaluation.

    Attributes
    ----------
    name : str
        Of the metric, as in `tightrope list metrics`.
    value : float
        The estimate.
    low, high : float or None
        Its 95% interval; both equal the value where none is known.
    count : int
        How many samples it rests on.
    truth : float or None
        The true value, where known.
    floor : float or None
        What exact samples of the same number reach, where known.
    verdict : str
        "ok", "warn" or "fail".
    reason : str
        Why, in a few words.
    unit : str or None
        "nats", for example.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    count: int = 0
    truth: float | None = None
    floor: float | None = None
    verdict: str = "ok"
    reason: str = ""
    unit: str | None = None

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Figure:
        """Return the figure of an entry of the core's report; keys of a later core are left out."""
        known = {key: entry[key] for key in cls.__dataclass_fields__ if key in entry}
        # JSON has no NaN and no infinity; the core writes them as text.
        numbers = {key: float(known[key]) for key in _NUMBERS if known.get(key) is not None}
        return cls(**{**known, **numbers})

    def __str__(self) -> str:
        """Say what its line in the table says."""
        _, value, interval, reference, verdict, reason = self.row()
        beside = ", ".join(text for text in (f"{value} {interval}".strip(), reference) if text)
        return f"{beside}: {verdict}" + f", {reason}" * bool(reason)

    def row(self) -> list[str]:
        """Return the cells of its line in the table."""
        known = self.low is not None and self.low != self.high
        interval = f"[{number(self.low)}, {number(self.high)}]" if known else ""
        reference = f"truth {number(self.truth)}" if self.truth is not None else ""
        if self.floor is not None:
            reference += ", " * bool(reference) + f"floor {number(self.floor)}"
        name = f"{self.name} ({self.unit})" if self.unit else self.name
        return [name, number(self.value), interval, reference, self.verdict, self.reason]


class Evaluation(Mapping[str, Figure]):
    """The figures of a run by name; printing it shows the table.

    Attributes
    ----------
    energy_calls, gradient_calls : int
        At how many points the density and its gradient were evaluated, in training and here.
    seconds : float or None
        What the evaluation took, where it was measured.
    """

    def __init__(self, report: Mapping[str, Any]) -> None:
        self._report = dict(report)
        figures = (Figure.from_dict(entry) for entry in report["metrics"])
        self._figures = {figure.name: figure for figure in figures}
        self.energy_calls: int = report.get("energy_calls", 0)
        self.gradient_calls: int = report.get("gradient_calls", 0)
        self.seconds: float | None = report.get("seconds")

    def __getitem__(self, name: str) -> Figure:
        if name not in self._figures:
            raise KeyError(unknown(name, self._figures))
        return self._figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    @property
    def verdict(self) -> str:
        """The worst verdict of all figures."""
        verdicts = {figure.verdict for figure in self.values()}
        return next((worst for worst in ("fail", "warn") if worst in verdicts), "ok")

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, as `tightrope evaluate --json` prints it."""
        return {**self._report, "metrics": [asdict(figure) for figure in self.values()]}

    def __str__(self) -> str:
        rows = [figure.row() for figure in self.values()]
        return table([["figure", *HEADER], *rows]) + f"\n{self._calls()}"

    def _calls(self) -> str:
        calls = f"{self.energy_calls:,} energy calls, {self.gradient_calls:,} gradient calls"
        return calls if self.seconds is None else f"{calls}, {self.seconds:.3g} s"

    def _repr_html_(self) -> str:
        rows = [figure.row() for figure in self.values()]
        return html_table([["figure", *HEADER], *rows], self._calls())

    def __repr__(self) -> str:
        return f"Evaluation({len(self)} figures, verdict '{self.verdict}')\n{self}"


def numbers(value: Any) -> Any:
    """Return a report of the core with "nan", "inf" and "-inf" as the numbers they are."""
    if isinstance(value, Mapping):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return float(value) if value in ("nan", "inf", "-inf") else value


def number(value: float | None) -> str:
    """Return a number as a table shows it: four significant digits."""
    return "-" if value is None else f"{value:.4g}"


def table(rows: list[list[str]]) -> str:
    """Return rows of cells as aligned lines, the first set off by a rule; all but text go right."""
    used = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in used]
    numeric = [column[0] == "value" for column in used]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in zip(*used, strict=True)
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
