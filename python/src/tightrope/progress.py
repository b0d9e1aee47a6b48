"""What a long call shows: a bar where tqdm and someone to watch it are, a few lines otherwise."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Protocol

Event = dict[str, Any]

SHOWN = ("loss", "log_z", "elbo")
LINES = 10


class Progress(Protocol):
    """A display of training."""

    def update(self, event: Event) -> None:
        """Take one event of the run."""

    def close(self) -> None:
        """End the display."""


class Silent:
    """No display."""

    def update(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing."""


class Lines:
    """A line of text on standard error at every tenth of the steps."""

    def __init__(self, first: int, total: int) -> None:
        self.total = total
        self.every = max(1, total // LINES)
        self.next = first + self.every

    def update(self, event: Event) -> None:
        """Print if a tenth is done."""
        step = event.get("step", 0)
        if event.get("event") == "step" and step >= min(self.next, self.total):
            figures = "  ".join(f"{key} {value}" for key, value in figures_of(event).items())
            print(f"step {step:>6} of {self.total}  {figures}", file=sys.stderr)
            self.next = step - step % self.every + self.every

    def close(self) -> None:
        """Leave the lines as they are."""


class Bar:
    """A tqdm bar, in terminals and in notebooks."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def update(self, event: Event) -> None:
        """Move the bar."""
        if event.get("event") == "step":
            self.bar.set_postfix(figures_of(event), refresh=False)
            self.bar.update(event["step"] - self.bar.n)

    def close(self) -> None:
        """End the bar."""
        self.bar.close()


def figures_of(event: Event) -> dict[str, str]:
    """Return the figures of an event that are worth showing, as text."""
    values = {key: event[key] for key in SHOWN if event.get(key) is not None}
    return {key: f"{value:.4g}" for key, value in values.items()}


def display(shown: bool, first: int, total: int) -> Progress:
    """Return a display of a call that goes from step `first` to step `total`."""
    if not shown or os.environ.get("CI"):
        return Silent()
    if sys.stderr.isatty() or "ipykernel" in sys.modules:
        with contextlib.suppress(ImportError):
            from tqdm.auto import tqdm

            return Bar(tqdm(total=total, initial=first, unit="step", dynamic_ncols=True))
    return Lines(first, total)
