"""The examples run, with settings that take seconds."""

from __future__ import annotations

import json
import runpy
import sys

import pytest

import tightrope as tr
from conftest import ROOT


@pytest.mark.parametrize(
    ("name", "needs", "expected", "table"),
    [
        ("offline_rl", "gymnasium", "best of 16 by Q", "smoke.json"),
        ("text_to_image", "numpy", "DPOK", "smoke/table.json"),
        ("text_infilling", "sacrebleu", "prior, one of 64", "smoke/table.json"),
    ],
)
def test_an_example_runs(name, needs, expected, table, tmp_path, monkeypatch, capsys):
    pytest.importorskip(needs)
    arguments = [f"{name}.py", "--preset", "smoke", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    assert expected in capsys.readouterr().out
    assert json.loads((tmp_path / table).read_text())


def test_texts_are_words_up_to_their_end():
    texts = tr.densities.Texts()
    names = texts.describe()["tokens"]
    a, b = names.index("a"), names.index("b")
    assert texts.decode([[a, b, 0, 0, 0, 0], [a, a, b, b, 0, a]]) == ["a b", "a a b b"]
