"""Published rows from Python: the program runs them, and its table comes back."""

from __future__ import annotations

import json

import pytest

import tightrope as tr

NAME = "gfn-diffusion/25gmm-tb-expl-ls"

INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
record = Path(sys.argv[1]) / "seed-0" / "metrics.jsonl"
def interrupt():
    while not record.exists() or not record.read_text():
        time.sleep(0.002)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    settings = {"report_every": 1, "steps": 10**6}
    tr.reproduce("gfn-diffusion/25gmm-tb", preset="smoke", out=sys.argv[1], settings=settings)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_the_table_is_that_of_the_folder(tmp_path):
    table = tr.reproduce(NAME, preset="smoke", seeds=2, seed=3, out=tmp_path)
    assert [row["seed"] for row in table["seeds"]] == [3, 4]
    published = table["published"][0]["figures"]["bound-error"]
    assert published == {"value": 0.171, "standard_deviation": 0.013}
    assert table == json.loads((tmp_path / "table.json").read_text())
    again = tr.reproduce(NAME, preset="smoke", seeds=2, seed=3, out=tmp_path)
    assert again["seeds"] == table["seeds"]
    assert NAME in tr.experiments()


def test_settings_reach_the_run(tmp_path):
    settings = {"network": {"width": 16, "langevin": "off"}, "steps": 12}
    table = tr.reproduce(NAME, preset="smoke", out=tmp_path, settings=settings)
    assert "smoke: network.width is 16, 64 published" in table["notes"]
    assert table["seeds"][0]["steps"] == 12


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ({"name": "gfn-diffusion/25gm-tb"}, "did you mean 'gfn-diffusion/25gmm-tb'?"),
        ({"preset": "desktop"}, "desktop"),
        ({"settings": {"stpes": 3}}, "did you mean 'steps'?"),
    ],
)
def test_a_mistake_is_an_exception(arguments, answer, tmp_path):
    with pytest.raises(tr.errors.ConfigError, match=answer.replace("?", r"\?")):
        tr.reproduce(**{"name": NAME, "preset": "smoke", "out": tmp_path, **arguments})


def test_an_interrupted_row_is_kept(python, tmp_path):
    assert python(INTERRUPTED, tmp_path / "row") == "interrupted\n"
    assert 0 < tr.load(tmp_path / "row" / "seed-0").step < 10**6
