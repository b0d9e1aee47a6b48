"""Ratios taken pair by pair, and the tables that show them.

A pair is a measurement of Tightrope and one of a peer, one right after the other, so that whatever
else the machine was doing weighs on both.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

MISSING = "-"


@dataclass
class Series:
    """The pairs of one row with one peer; None stands for what could not be measured."""

    label: str
    ours: list[float | None] = field(default_factory=list)
    peer: list[float | None] = field(default_factory=list)

    def add(self, ours: float | None, peer: float | None) -> None:
        """Append a pair, in seconds."""
        self.ours.append(ours)
        self.peer.append(peer)

    def ratios(self) -> list[float]:
        """Return peer / ours of every complete pair: how many times Tightrope is as fast."""
        pairs = zip(self.ours, self.peer, strict=True)
        return [peer / ours for ours, peer in pairs if ours is not None and peer is not None]


@dataclass
class Comparison:
    """A row on some threads: one series for each column of peers that has it."""

    name: str
    threads: int
    columns: dict[str, Series] = field(default_factory=dict)

    def ours(self) -> list[float | None]:
        """Return all our measurements."""
        return [value for series in self.columns.values() for value in series.ours]

    def to_json(self) -> dict[str, Any]:
        """Return the pairs with their ratios."""
        columns = {
            name: {**asdict(series), "ratios": series.ratios()}
            for name, series in self.columns.items()
        }
        return {"name": self.name, "threads": self.threads, "columns": columns}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Comparison:
        """Return what `to_json` wrote."""
        columns = {
            name: Series(series["label"], series["ours"], series["peer"])
            for name, series in value["columns"].items()
        }
        return cls(value["name"], value["threads"], columns)


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of what was measured."""
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def readable_time(seconds: float | None) -> str:
    """Return three digits and a unit."""
    if seconds is None:
        return MISSING
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1 or unit == "µs":
            return f"{three_digits(seconds * scale)} {unit}"
    raise AssertionError("the last unit is taken")


def readable_ratio(ratios: list[float]) -> str:
    """Return the median of ratios and, of several, their spread."""
    if not ratios:
        return MISSING
    middle = three_digits(statistics.median(ratios))
    if len(ratios) == 1:
        return middle
    return f"{middle} ({three_digits(min(ratios))} to {three_digits(max(ratios))})"


def three_digits(value: float) -> str:
    """Return a positive number with three digits, without an exponent."""
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f}"


def table(comparisons: list[Comparison], columns: list[str]) -> list[list[str]]:
    """Return a heading and one line for each comparison: medians, and ratios pair by pair."""
    heading = ["row", "threads", "Tightrope"]
    for column in columns:
        heading += [column, "times as fast"]
    lines = [heading]
    for comparison in comparisons:
        line = [comparison.name, str(comparison.threads), readable_time(median(comparison.ours()))]
        for column in columns:
            series = comparison.columns.get(column)
            line += [MISSING, MISSING] if series is None else cells(series)
        lines.append(line)
    return lines


def cells(series: Series) -> list[str]:
    """Return a peer's time, named where the column has several, and the ratio."""
    seconds = readable_time(median(series.peer))
    named = f"{seconds} ({series.label})" if series.label and seconds != MISSING else seconds
    return [named, readable_ratio(series.ratios())]


def as_text(lines: list[list[str]]) -> str:
    """Return columns side by side."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "\n".join(padded)


def as_markdown(lines: list[list[str]]) -> str:
    """Return a table to paste into a page."""
    heading, *rest = lines
    rule = ["---"] * len(heading)
    return "\n".join("| " + " | ".join(line) + " |" for line in [heading, rule, *rest])
