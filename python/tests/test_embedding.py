"""The examples in C and Swift: installed, built in every way that they speak of, and run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from built_core import BUILT, compile_swift, needs_core, needs_swift, run
from conftest import ROOT

EXAMPLE = ROOT / "examples" / "embed-c"

pytestmark = needs_core


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


SWIFT_EXAMPLE = ROOT / "examples" / "embed-swift"


@needs_swift
def test_the_swift_example_runs(tmp_path):
    """As a package of its own sees the library, but without building it again."""
    sources = sorted((SWIFT_EXAMPLE / "Sources" / "embed").glob("*.swift"))
    compile_swift(sources, tmp_path / "embed", package="embed")
    output = run(tmp_path / "embed")
    assert "step 400: ELBO " in output
    assert "log-normalizer: " in output
    assert re.search(r"1000 draws, checksum [0-9a-f]{16}\n", output)
    assert "a bad configuration: unknown key 'stepz': did you mean 'steps'?" in output


@needs_swift
def test_the_swift_example_is_a_package_that_depends_on_this_one(tmp_path):
    command = ["swift", "package", "--package-path", SWIFT_EXAMPLE, "--scratch-path", tmp_path]
    package = json.loads(run(*command, "describe", "--type", "json"))
    assert package["dependencies"][0]["path"] == str(ROOT)
    assert package["targets"][0]["product_dependencies"] == ["Tightrope"]


def test_a_thousand_runs_of_a_c_program_leave_nothing(prefix, tmp_path):
    program = tmp_path / "cycles"
    source = ROOT / "python" / "tests" / "programs" / "cycles.c"
    options = [*flags(prefix, "--cflags"), source, *flags(prefix, "--libs")]
    run("cc", "-std=gnu11", "-O1", "-Wall", "-Werror", *options, "-o", program)
    library = str(prefix / "lib")
    grown = int(run(program, 1000, tmp_path / "run.safetensors", LD_LIBRARY_PATH=library))
    assert grown < 50_000  # bytes in all: 50 a cycle would be seen
