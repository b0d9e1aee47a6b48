"""The code in README and docstrings runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re

import numpy as np
import pytest

import tightrope as tr
from conftest import ROOT, TINY

MODULES = sorted(
    name for _, name, _ in pkgutil.iter_modules(tr.__path__) if not name.startswith("_")
)
PAGES = [page for page in (ROOT / "README.md", ROOT / "python" / "README.md") if page.exists()]


def blocks_of(page) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", ["tightrope", *(f"tightrope.{module}" for module in MODULES)])
def test_docstrings_run(name):
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_run(page, tmp_path, monkeypatch):
    """Blocks of a page share their names, as a reader would type them, with tiny settings."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    train = tr.train
    monkeypatch.setattr(tr, "train", lambda *a, **k: train(*a, **{**k, **TINY, "progress": False}))
    names = {"np": np}
    for block in blocks_of(page):
        exec(compile(block, str(page), "exec"), names)


def test_every_public_name_is_documented():
    for name in tr.__all__:
        assert getattr(tr, name).__doc__, name
