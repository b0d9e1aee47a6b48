"""The C example: installed, built as C99 and C++17, by pkg-config and by CMake, and run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

BUILT = Path(os.environ.get("TIGHTROPE_PREBUILT", ROOT / ".build" / "release"))
EXAMPLE = ROOT / "examples" / "embed-c"

pytestmark = pytest.mark.skipif(
    not (BUILT / "libCTightrope.so").exists(), reason="no core was built in this folder"
)


def run(*command: object, **environment: str) -> str:
    result = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run(ROOT / "packaging" / "install.sh", folder, BUILT)
    return folder


def check(output: str) -> None:
    lines = output.splitlines()
    assert "a bad configuration: " in output
    assert "stepz" in output
    assert '"step"' in output
    assert any("1000 draws, checksum" in line for line in lines)


def flags(prefix: Path, *options: str) -> list[str]:
    folder = str(prefix / "lib" / "pkgconfig")
    return run("pkg-config", *options, "tightrope", PKG_CONFIG_PATH=folder).split()


def pedantic(kind: str) -> list[str]:
    compiler = {"c99": ["cc", "-std=c99"], "c++17": ["c++", "-std=c++17", "-x", "c++"]}[kind]
    return [*compiler, "-pedantic", "-Wall", "-Wextra", "-Werror"]


@pytest.mark.parametrize("kind", ["c99", "c++17"])
def test_pkg_config_builds_it(kind, prefix, tmp_path):
    program = tmp_path / "embed"
    options = [*flags(prefix, "--cflags"), EXAMPLE / "main.c", "-x", "none"]
    run(*pedantic(kind), *options, *flags(prefix, "--libs"), "-lm", "-o", program)
    check(run(program, LD_LIBRARY_PATH=str(prefix / "lib")))


@pytest.mark.parametrize("kind", ["c99", "c++17"])
def test_the_static_library_stands_alone(kind, prefix, tmp_path):
    archive = prefix / "lib" / "libtightrope.a"
    if not archive.exists():
        pytest.skip("the prebuilt core has no static library")
    program = tmp_path / "embed"
    options = [*flags(prefix, "--cflags"), EXAMPLE / "main.c", "-x", "none", archive]
    run(*pedantic(kind), *options, "-lstdc++", "-lm", "-ldl", "-lpthread", "-o", program)
    check(run(program))


def test_the_example_makefile_builds_it(prefix, tmp_path):
    for name in ("main.c", "Makefile"):
        shutil.copy(EXAMPLE / name, tmp_path)
    run("make", "-C", tmp_path, PKG_CONFIG_PATH=str(prefix / "lib" / "pkgconfig"))
    check(run(tmp_path / "embed", LD_LIBRARY_PATH=str(prefix / "lib")))


@pytest.mark.parametrize("static", ["OFF", "ON"])
def test_cmake_builds_it(static, prefix, tmp_path):
    if static == "ON" and not (prefix / "lib" / "libtightrope.a").exists():
        pytest.skip("the prebuilt core has no static library")
    options = [f"-DCMAKE_PREFIX_PATH={prefix}", f"-DTIGHTROPE_STATIC={static}"]
    run("cmake", "-S", EXAMPLE, "-B", tmp_path, *options)
    run("cmake", "--build", tmp_path)
    check(run(tmp_path / "embed"))


def test_only_the_interface_is_exported(prefix):
    listing = run("nm", "-D", "--defined-only", prefix / "lib" / "libtightrope.so")
    names = {line.split()[-1] for line in listing.splitlines()}
    header = (prefix / "include" / "tightrope.h").read_text(encoding="utf-8")
    wanted = {name for name in names if name.startswith("tightrope_")}
    assert len(wanted) >= 30
    assert all(f"{name}(" in header for name in wanted)
