"""The arithmetic of the benchmarks' ratios and tables, on made-up times."""

from __future__ import annotations

import json
import stat

import pytest

from conftest import ROOT

FOLDER = ROOT / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="only in a checkout")


@pytest.fixture(autouse=True)
def _import_from_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


@pytest.fixture
def comparison():
    from tables import Comparison, Series

    torch = Series("best", [0.010, 0.020, None], [0.040, 0.060, 0.050])
    return Comparison("25gmm-tb", 2, {"PyTorch": torch})


def test_ratios_are_taken_within_pairs(comparison):
    assert comparison.columns["PyTorch"].ratios() == pytest.approx([4.0, 3.0])


def test_what_is_missing_shows_as_a_dash(comparison):
    from tables import Comparison, Series, as_markdown, as_text, table

    alone = Comparison("unet", 2, {"Tightrope alone": Series("", [1.5], [None])})
    absent = Comparison("unet", 1, {"PyTorch": Series("best", [None], [3.0])})
    lines = table([comparison, alone, absent], ["PyTorch", "JAX"])
    assert lines[1][:3] == ["25gmm-tb", "2", "15.0 ms"]
    assert lines[1][3:] == ["50.0 ms (best)", "3.50 (3.00 to 4.00)", "-", "-"]
    assert lines[2] == ["unet", "2", "1.50 s", "-", "-", "-", "-"]
    assert lines[3] == ["unet", "1", "-", "3.00 s (best)", "-", "-", "-"]
    assert as_markdown(lines).splitlines()[1] == "| " + " | ".join(["---"] * 7) + " |"
    assert len(as_text(lines).splitlines()) == 4


def test_a_result_survives_its_file(comparison):
    from tables import Comparison

    again = Comparison.from_json(json.loads(json.dumps(comparison.to_json())))
    assert again == comparison


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (2.0, "2.00 s"), (0.0172, "17.2 ms"), (0.435, "435 ms"), (3e-7, "0.30 µs")],
)
def test_times_have_three_digits(seconds, text):
    from tables import readable_time

    assert readable_time(seconds) == text


def test_programs_run_and_their_failures_are_noted(tmp_path):
    from programs import Programs

    rows = [{"name": "unet", "seconds": 0.25}]
    script = tmp_path / "bench"
    script.write_text(
        "#!/bin/sh\n"
        '[ "$4" = unet ] || { echo "Error: no such row" >&2; exit 64; }\n'
        f"echo '{json.dumps({'environment': {}, 'rows': rows})}'\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    programs = Programs(bench=script, python=tmp_path / "absent")
    assert programs.ours("unet", 1) == 0.25
    assert programs.ours("other", 1) is None
    assert programs.notes["Tightrope: other, 1 threads"] == "Error: no such row"
    assert programs.peer("unet", "torch-best", 1, malloc=True) is None
    assert programs.versions() == {}


def test_the_runner_and_the_peers_agree_on_the_rows():
    import compare
    from peers.definitions import ROWS

    assert list(ROWS) == compare.ROWS


def test_the_runner_and_the_peers_agree_on_the_problems_of_idem():
    pytest.importorskip("torch")
    import compare
    from peers.torch_energy import CASES

    assert list(CASES) == compare.PROBLEMS


def test_rows_of_two_programs_are_joined_by_name():
    import compare

    turns = [("A", {"x": 1.0, "y": 2.0}, {"x": 3.0}), ("A", {"x": 1.0}, {"x": 4.0})]
    x, y = compare.joined(turns, 2)
    assert x.columns["A"].ratios() == [3.0, 4.0]
    assert y.columns["A"].ours == [2.0, None]
    assert y.columns["A"].ratios() == []


def test_densities_have_the_gradients_they_say():
    import numpy as np

    from peers.densities import Functions, GridMixture, ManyWell32

    def softmax(x, axis):
        e = np.exp(x - x.max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    def log_sum_exp(x, axis):
        return np.logaddexp.reduce(x, axis)

    f = Functions(np.exp, log_sum_exp, softmax, np.stack, np.asarray)
    for density in (GridMixture(5), ManyWell32()):
        x = np.random.default_rng(0).normal(size=(5, density.dimension))
        for k in range(density.dimension):
            step = np.zeros_like(x)
            step[:, k] = 1e-5
            slope = (density.log_density(f, x + step) - density.log_density(f, x - step)) / 2e-5
            np.testing.assert_allclose(density.score(f, x)[:, k], slope, rtol=1e-5, atol=1e-6)
