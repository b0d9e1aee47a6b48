"""What listens to training: functions, trackers, budgets, early stopping."""

from __future__ import annotations

import csv

import pytest

import tightrope as tr
from tightrope.progress import Silent, display


class Recorder:
    def __init__(self):
        self.heard = []

    def begin(self, run):
        self.heard.append(("begin", run.step))

    def record(self, event):
        self.heard.append((event["event"], event.get("step")))

    def end(self, run):
        self.heard.append(("end", run.step))


def test_an_object_hears_all(tiny):
    recorder = Recorder()
    tr.train("25gmm", callbacks=[recorder, lambda event: None], **{**tiny, "steps": 2})
    kinds = [kind for kind, _ in recorder.heard]
    assert kinds == ["begin", "started", "step", "step", "finished", "end"]


def test_an_object_hears_of_the_end_of_a_failure(tiny):
    def fail(event):
        if event.get("step") == 3:
            raise RuntimeError("enough")

    recorder = Recorder()
    with pytest.raises(RuntimeError, match="enough"):
        tr.train("25gmm", callbacks=[recorder, fail], **tiny)
    assert recorder.heard[-1] == ("end", 3)


def test_a_callback_that_is_none_is_named(tiny):
    with pytest.raises(tr.errors.ConfigError, match="callbacks: expected"):
        tr.train("25gmm", callbacks=[3], **tiny)


def test_a_request_to_stop_keeps_the_run(tiny):
    def stop(event):
        if event.get("step") == 5:
            raise tr.callbacks.StopTraining("five will do")

    run = tr.train("25gmm", callbacks=[stop], **tiny)
    assert run.step == 5
    assert run.stopped == "five will do"
    assert "five will do" in run._repr_html_()
    assert run.train().checksum == tr.train("25gmm", **tiny).checksum
    assert run.stopped is None


def test_a_budget_of_energy_calls_ends_with_the_step_that_reaches_it(tiny):
    rare = {**tiny, "report_every": 10}
    run = tr.train("25gmm", energy_calls=1000, **rare)
    spent = run.describe()["energy_calls"]
    assert 1000 <= spent < 1000 + 30 * 11
    assert run.stopped == f"the budget is 1000 energy calls, of which {spent} are made"
    assert run.train(energy_calls=500).step == tr.train("25gmm", energy_calls=1000, **rare).step
    assert run.train().checksum == tr.train("25gmm", **rare).checksum
    assert run.stopped is None


def test_time_that_is_up_leaves_the_step_undone(tiny):
    run = tr.train("25gmm", seconds=1e-9, **tiny)
    assert run.step == 0
    assert "seconds" in run.stopped
    assert run.train().checksum == tr.train("25gmm", **tiny).checksum


@pytest.mark.parametrize("budget", [{"energy_calls": 0}, {"seconds": 0}, {"seconds": "1"}])
def test_a_budget_that_is_none_is_named(budget, tiny):
    with pytest.raises(tr.errors.ConfigError, match=rf"{next(iter(budget))}: expected"):
        tr.train("25gmm", **budget, **tiny)


def test_one_callback_needs_no_list(tiny):
    heard = []
    tr.train("25gmm", callbacks=heard.append, **{**tiny, "steps": 2})
    assert [event["event"] for event in heard] == ["started", "step", "step", "finished"]
    recorder = Recorder()
    tr.train("25gmm", callbacks=recorder, **{**tiny, "steps": 2})
    assert recorder.heard[-1] == ("end", 2)


def test_a_class_is_no_callback(tiny):
    with pytest.raises(tr.errors.ConfigError, match=r"EarlyStopping\(\) is one"):
        tr.train("25gmm", callbacks=[tr.callbacks.EarlyStopping], **tiny)


def play(stopper, values, quantity="elbo"):
    """Return the number of the report at which it stops."""
    stopper.begin(None)
    for number, value in enumerate(values):
        try:
            stopper.record({"event": "step", "step": number, quantity: value})
        except tr.callbacks.StopTraining:
            return number
    return None


def test_early_stopping_waits_for_improvement():
    stopper = tr.callbacks.EarlyStopping(patience=3, window=1)
    assert play(stopper, [0, 1, 2, 3, 4, 5]) is None
    assert play(stopper, [0, 1, 1, 1, 2, 2, 2, 2]) == 7
    least = tr.callbacks.EarlyStopping(patience=2, window=1, improvement=2.5)
    assert play(least, [0, 1, 2, 3]) == 2
    down = tr.callbacks.EarlyStopping("loss", patience=2, window=1)
    assert play(down, [5, 4, 3, 4, 4], "loss") == 4
    median = tr.callbacks.EarlyStopping(patience=2, window=3)
    assert play(median, [0, 0, 9, 0, 0, 0]) == 4


def test_early_stopping_names_what_it_cannot_watch(tiny):
    with pytest.raises(tr.errors.ConfigError, match="no 'elboo': did you mean 'elbo'"):
        tr.train("25gmm", callbacks=[tr.callbacks.EarlyStopping("elboo")], **tiny)
    with pytest.raises(tr.errors.ConfigError, match="direction: expected 'up' or 'down'"):
        tr.callbacks.EarlyStopping(direction="upp")


def test_a_file_that_csv_cannot_write_is_named(tiny, tmp_path):
    with pytest.raises(tr.errors.StorageError, match="cannot write"):
        tr.train("25gmm", callbacks=[tr.callbacks.CSV(tmp_path)], **tiny)


def test_csv_goes_on_with_a_resumed_run(tiny, tmp_path):
    path = tmp_path / "deep" / "metrics.csv"
    run = tr.Run("25gmm", tiny)
    tracker = tr.callbacks.CSV(path)
    run.train(steps=6, callbacks=[tracker])
    path.write_text(path.read_text() + "99,0,0,0,0,0,0,0,0\n")  # of steps that come again
    run.train(steps=9, callbacks=[tracker])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(1, 10))
    assert float(rows[8]["loss"]) == run.history[8]["loss"]


def test_tensorboard_reads_what_was_written(tiny, tmp_path):
    pytest.importorskip("tensorboard")
    run = tr.train("25gmm", callbacks=[tr.callbacks.TensorBoard(tmp_path)], **tiny)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(tmp_path))
    read.Reload()
    losses = read.Scalars("loss")
    assert [entry.step for entry in losses] == [event["step"] for event in run.history]
    assert losses[-1].value == pytest.approx(run.history[-1]["loss"], rel=1e-5)


def test_a_missing_tensorboard_is_named(monkeypatch, tmp_path):
    import sys

    for module in ("tensorboard", "tensorboard.summary.writer.event_file_writer"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(tr.errors.MissingDependencyError, match=r"tightrope\[track\]"):
        tr.callbacks.TensorBoard(tmp_path)


def test_continuous_integration_sees_no_progress(monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert isinstance(display(True, 0, 10), Silent)
    monkeypatch.delenv("CI")
    assert not isinstance(display(True, 0, 10), Silent)
