"""The page that `tightrope report` writes, looked at in a browser where there is one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tightrope as tr

BROWSERS = ["chromium", "chromium-headless-shell", "google-chrome", "chrome"]


def tightrope(*arguments: str) -> str:
    """Run the program and return its standard output."""
    command = [sys.executable, "-m", "tightrope", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "run"
    settings = ["--set", "batch_size=60", "--set", "report_every=10", "--set", "process.steps=20"]
    tightrope("train", "25gmm", "--steps", "40", "--out", str(folder), "--quiet", *settings)
    assert tightrope("report", str(folder), "--samples", "500").strip() == f"{folder}/report.html"
    return folder / "report.html"


def test_python_writes_the_same_figures(page: Path, tmp_path: Path) -> None:
    run = tr.load(page.parent / "checkpoint.safetensors")
    run.report(tmp_path / "page.html", samples=500)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run.evaluate(samples=500).to_dict()["checksum"] in text
    assert run.evaluate(samples=500).to_dict()["checksum"] in page.read_text(encoding="utf-8")
    with pytest.raises(tr.errors.StorageError):
        run.report(tmp_path / "nowhere" / "page.html", samples=500)


def browse(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Open the page in a browser without a window, without network."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no browser is installed; Debian has it as `chromium`")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", *arguments]
    return subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )


def test_the_page_is_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for word in [
        "Verdicts",
        "elbo",
        "Modes",
        "Configuration",
        "<svg",
        "prefers-color-scheme: dark",
    ]:
        assert word in text
    assert "http" not in text
    assert "<script" not in text


def test_a_browser_shows_it_without_errors(page: Path) -> None:
    shown = browse(page, "--dump-dom")
    assert shown.stdout.count("<svg") >= 6
    assert "CONSOLE" not in shown.stderr


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_the_page(page: Path, tmp_path: Path, dark: bool) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = tmp_path / "page.png"
    scheme = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else []
    browse(page, f"--screenshot={picture}", "--window-size=1000,1400", *scheme)
    gray = np.asarray(image.open(picture).convert("L"), dtype=float)
    background = np.median(gray)
    assert (background < 60) if dark else (background > 200)
    # Letters are nearly white on the dark page and nearly black on the light one.
    assert (np.abs(gray - background) > 150).mean() > 0.002
