"""Every setting of runs and densities, given all kinds of nonsense: taken or refused, no crash."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

import tightrope as tr
from tightrope import _native

NONSENSE = [None, True, -1, 0, 2**40, 2**63 - 1, 1e308, 1e-320, "", "nan", [[]], {"a": 1}]
METHODS = {
    "paths": ("25gmm", {}),
    "energy matching": ("dw4", {"method": "idem"}),
    "denoising": ("25gmm", {"method": "denoising"}),
}
CRITIC = {"decisions": {"rows": 40, "critic": {"width": 4, "steps": 2, "batch_size": 8}}}
IMAGES = {"training": {"epochs": 1, "hidden": 8, "latent": 2}}
# Densities that train when they are opened, made small.
SMALL = {
    "actions": CRITIC,
    "action-value": CRITIC,
    "caption-agreement": {"training": {"steps": 2, "batch_size": 4}},
    "class-likelihood": {"training": {"epochs": 1, "channels": 2, "features": 4}},
    "text-ending": {"training": {"steps": 2, "batch_size": 4}},
    "vae-posterior": IMAGES,
    "vae-posteriors": IMAGES,
}
MEMORY = 4 << 30


def places(tree, place=()):
    """Yield the way to every table and every value in a configuration."""
    if place:
        yield place
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from places(value, (*place, key))


def changed(base, place, value):
    """Return the configuration with one value."""
    if not place:
        return value
    inside = base.get(place[0], {}) if isinstance(base, dict) else {}
    return {**base, place[0]: changed(inside, place[1:], value)}


def cases(subject):
    """Yield pairs of a density's name and its or the run's configuration."""
    if subject == "densities":
        for name in json.loads(_native.names("densities")):
            settings = json.loads(_native.describe("densities", name)).get("config", {})
            for place in places(settings):
                base = SMALL.get(name, {})
                yield from ((name, changed(base, place, value)) for value in NONSENSE)
        return
    name, base = METHODS[subject]
    settings = tr.Run("25gmm", {}).config
    for place in places(settings):
        if place[0] not in ("out", "resume", "method"):
            yield from ((name, changed(base, place, value)) for value in NONSENSE)


def try_all(subject):
    """Open everything, saying before each what it is; errors of the library are what is wanted."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name, config in cases(subject):
        text = json.dumps(config)
        print(name, text, flush=True)
        try:
            if subject == "densities":
                _native.density_open(name, text)
            else:
                _native.run_open(_native.density_open(name, None), text)
        except tr.errors.TightropeError:
            pass


@pytest.mark.parametrize("subject", ["densities", *METHODS])
def test_settings_of_any_kind_are_taken_or_refused(subject):
    program = [sys.executable, __file__, subject]
    result = subprocess.run(program, capture_output=True, text=True)
    last = result.stdout.splitlines()[-1:]
    assert result.returncode == 0, f"{last} ended the process: {result.stderr[-500:]}"


if __name__ == "__main__":
    try_all(sys.argv[1])
