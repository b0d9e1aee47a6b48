"""The package as installed: typed, self-contained, with its program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tightrope as tr
from conftest import ROOT

FOLDER = Path(tr.__file__).parent


def test_the_version_is_that_of_the_header():
    header = (ROOT / "Sources/CTightrope/include/tightrope.h").read_text(encoding="utf-8")
    parts = re.findall(r"TIGHTROPE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    assert tr.__version__ == ".".join(parts)


def test_types_come_along():
    assert (FOLDER / "py.typed").exists()
    assert (FOLDER / "_native.pyi").exists()


def test_the_extension_is_of_the_stable_interface():
    assert list(FOLDER.glob("_native.abi3.so"))


def test_the_stub_names_what_the_extension_has():
    from tightrope import _native

    stub = (FOLDER / "_native.pyi").read_text(encoding="utf-8")
    functions = set(re.findall(r"^def (\w+)", stub, re.MULTILINE))
    assert functions == {
        name for name in vars(_native) if not name.startswith("_") and name[0].islower()
    }
    for name in ("Density", "Run", "Draws"):
        block = re.search(rf"^class {name}:\n(.*?)(?=^@|\Z)", stub, re.MULTILINE | re.DOTALL)
        members = {m for m in vars(getattr(_native, name)) if not m.startswith("_")}
        assert set(re.findall(r"def (\w+)", block.group(1))) == members


def test_handles_are_not_made_by_hand():
    from tightrope import _native

    for name in ("Density", "Run", "Draws", "Array"):
        with pytest.raises(TypeError):
            getattr(_native, name)()


def test_the_environment_is_stated():
    assert tr.environment()["version"] == tr.__version__


def test_python_m_is_the_program():
    if not (FOLDER / "bin" / "tightrope").exists():
        pytest.skip("built without the command-line program")
    listed = subprocess.run(
        [sys.executable, "-m", "tightrope", "list", "densities"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "25gmm" in listed.stdout


def test_importing_brings_little_along():
    """What is needed by few is imported when it is used."""
    script = (
        "import sys, numpy; before = set(sys.modules); import tightrope;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    brought = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    others = {"matplotlib", "pandas", "arviz", "scipy", "jax", "torch", "numpyro", "numba", "tqdm"}
    heavy = {"asyncio", "concurrent", "html", "multiprocessing", "subprocess", "tempfile"}
    assert not (others | heavy | {"tomllib", "unittest", "xml"}) & set(brought)


def test_the_stub_is_what_the_extension_is():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy.stubtest", "tightrope._native"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=FOLDER.parent.parent
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_libraries_run_with_an_older_glibc():
    if shutil.which("readelf") is None:
        pytest.skip("needs readelf")
    for library in (*FOLDER.glob("*.so"), *FOLDER.glob("libtightrope.so.*")):
        command = ["readelf", "--version-info", "--wide", library]
        needs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        minor = [int(number) for number in re.findall(r"GLIBC_2\.(\d+)", needs)]
        assert max(minor, default=0) <= 34, library.name
