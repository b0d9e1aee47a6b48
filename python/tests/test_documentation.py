"""The code in docstrings runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import tightrope as tr

MODULES = sorted(
    name for _, name, _ in pkgutil.iter_modules(tr.__path__) if not name.startswith("_")
)


@pytest.mark.parametrize("name", ["tightrope", *(f"tightrope.{module}" for module in MODULES)])
def test_docstrings_run(name):
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0


def test_every_public_name_is_documented():
    for name in tr.__all__:
        assert getattr(tr, name).__doc__, name
