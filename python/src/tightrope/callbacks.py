"""What listens to training: trackers, early stopping, and anything of your own.

A callback is a function of an event (a dict), or an object with `record(event)` and, where it
likes, `begin(run)` and `end(run)`. Raising `StopTraining` ends training and keeps the run.

>>> import tightrope as tr
>>> stop = tr.callbacks.EarlyStopping("elbo", patience=3)
>>> run = tr.train("gaussian", steps=400, batch_size=30, report_every=10, callbacks=[stop])
>>> run.step <= 400
True
"""

from __future__ import annotations

import csv
import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from tightrope.arguments import optional, unknown, whole_number
from tightrope.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from tightrope.run import Run

Event = dict[str, Any]


class StopTraining(Exception):
    """Raised by a callback: training ends after this step, and the run is kept."""


@runtime_checkable
class Tracker(Protocol):
    """An object that hears of training; `begin` and `end` may be missing."""

    def record(self, event: Event) -> object:
        """Take one event, such as {"event": "step", "step": 10, "loss": 3.1, ...}."""


Callback = Callable[[Event], object] | Tracker


class Callbacks:
    """Several callbacks as one.

    Parameters
    ----------
    callbacks : iterable, function or object
        Functions and objects, or one.

    Raises
    ------
    ConfigError
        If one is neither.
    """

    def __init__(self, callbacks: Iterable[Callback] | Callback) -> None:
        if callable(callbacks) or isinstance(callbacks, Tracker):
            callbacks = [callbacks]
        self._all = list(callbacks)
        self._functions: list[Callable[[Event], object]] = []
        for callback in self._all:
            function = getattr(callback, "record", callback)
            if isinstance(callback, type):
                raise ConfigError(
                    f"callbacks: expected an object, got a class; {callback.__name__}() is one"
                )
            if not callable(function):
                raise ConfigError(
                    f"callbacks: expected functions or objects with 'record', got {callback!r}"
                )
            self._functions.append(function)

    def __bool__(self) -> bool:
        return bool(self._all)

    def begin(self, run: Run) -> None:
        """Tell those that want to know that training begins."""
        self._tell("begin", run)

    def record(self, event: Event) -> None:
        """Pass on an event."""
        for function in self._functions:
            function(event)

    def end(self, run: Run) -> None:
        """Tell those that want to know that training has ended, in whatever way."""
        self._tell("end", run)

    def _tell(self, name: str, run: Run) -> None:
        for callback in self._all:
            function = getattr(callback, name, None)
            if callable(function):
                function(run)


class EarlyStopping:
    """Stops when a quantity has not improved for a while.

    Parameters
    ----------
    quantity : str, default "elbo"
        Of the step events: "elbo", "loss", "gradient_norm", ...
    patience : int, default 10
        Reports without improvement before the end; `report_every` steps each.
    improvement : float, default 0
        What counts as one must exceed this.
    window : int, default 5
        Reports whose median is judged: single batches are noisy.
    direction : {"up", "down"}, optional
        Which way is better; "up" for the elbo and "down" for all else unless given.

    Raises
    ------
    ConfigError
        If an argument does not fit; in training, if steps have no such quantity.
    """

    def __init__(
        self,
        quantity: str = "elbo",
        *,
        patience: int = 10,
        improvement: float = 0.0,
        window: int = 5,
        direction: Literal["up", "down"] | None = None,
    ) -> None:
        self.quantity = quantity
        self.patience = whole_number(patience, "patience", 1, 2**31)
        self.improvement = improvement
        if direction not in (None, "up", "down"):
            raise ConfigError(f"direction: expected 'up' or 'down', got {direction!r}")
        self.sign = 1.0 if (direction or ("up" if quantity == "elbo" else "down")) == "up" else -1.0
        self._recent: deque[float] = deque(maxlen=whole_number(window, "window", 1, 2**31))
        self.best: float | None = None
        self._waited = 0

    def begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self._recent.clear()
        self.best, self._waited = None, 0

    def record(self, event: Event) -> None:
        """Judge a step."""
        if event.get("event") != "step":
            return
        if self.quantity not in event:
            raise ConfigError(f"quantity: {unknown(self.quantity, set(event) - {'event'})}")
        if event[self.quantity] is None:
            return
        self._recent.append(float(event[self.quantity]))
        if len(self._recent) < (self._recent.maxlen or 1):
            return
        value = _median(self._recent)
        if self.best is None or self.sign * (value - self.best) > self.improvement:
            self.best, self._waited = value, 0
            return
        self._waited += 1
        if self._waited >= self.patience:
            raise StopTraining(
                f"{self.quantity} has not improved on {self.best:.4g} for {self.patience} reports"
            )


class CSV:
    """Writes a row for each step report to a CSV file; goes on with the file of a resumed run.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    StorageError
        When training begins, if the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: IO[str] | None = None
        self._writer: csv.DictWriter[str] | None = None

    def begin(self, run: Run) -> None:
        """Open the file, without rows of steps that are to come again."""
        kept = self._rows_up_to(run.step) if run.step else []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"cannot write '{self.path}': {error.strerror}") from error
        self._writer = None
        for row in kept:
            self._write(row)

    def record(self, event: Event) -> None:
        """Write a row."""
        if event.get("event") == "step":
            self._write({key: value for key, value in event.items() if key != "event"})

    def end(self, run: Run) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rows_up_to(self, step: int) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if int(row["step"]) <= step]

    def _write(self, row: dict[str, Any]) -> None:
        if self._file is None:
            return
        if self._writer is None:
            self._writer = csv.DictWriter(self._file, list(row), extrasaction="ignore")
            self._writer.writeheader()
        self._writer.writerow(row)
        self._file.flush()


class TensorBoard:
    """Writes the step reports for TensorBoard.

    Parameters
    ----------
    folder : path
        Where; `tensorboard --logdir FOLDER` shows it.

    Raises
    ------
    MissingDependencyError
        If TensorBoard is not installed; neither TensorFlow nor PyTorch is needed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._files = optional("tensorboard.summary.writer.event_file_writer", "track")
        self._events = optional("tensorboard.compat.proto.event_pb2", "track")
        self._summaries = optional("tensorboard.compat.proto.summary_pb2", "track")
        self._writer: Any = None

    def begin(self, run: Run) -> None:
        """Open a file of events."""
        self._writer = self._files.EventFileWriter(self.folder)

    def record(self, event: Event) -> None:
        """Write the numbers of a step."""
        if self._writer is None or event.get("event") != "step":
            return
        values = [
            self._summaries.Summary.Value(tag=key, simple_value=float(value))
            for key, value in event.items()
            if key not in ("event", "step") and isinstance(value, int | float)
        ]
        self._writer.add_event(
            self._events.Event(
                wall_time=time.time(),
                step=event["step"],
                summary=self._summaries.Summary(value=values),
            )
        )

    def end(self, run: Run) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[~middle]) / 2
