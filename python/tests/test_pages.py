"""Every block of code in README and docs runs as it stands, in order, with small settings."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tightrope as tr
from built_core import BUILT, compile_swift, needs_core, needs_swift, package_name, run
from conftest import ROOT, TINY
from tightrope.program import PROGRAM

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FRAMEWORKS = ("jax", "torch", "numpyro", "numba")
ARTICLES = sorted((ROOT / "docs" / "Tightrope.docc").glob("*.md"))


def blocks_of(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def pages_with(language: str, pages: Sequence[Path] = PAGES) -> Any:
    pages = [page for page in pages if blocks_of(page, language)]
    return pytest.mark.parametrize("page", pages, ids=lambda page: page.stem)


def is_runnable(block: str) -> bool:
    wanted = [name for name in FRAMEWORKS if re.search(rf"^import {name}", block, re.MULTILINE)]
    return all(importlib.util.find_spec(name) for name in wanted)


def test_every_block_says_its_language():
    for page in (*PAGES, *ARTICLES):
        fences = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(fences[::2]) <= {"python", "sh", "c", "swift"}, page.name
        assert not any(fences[1::2]), page.name


@pages_with("python")
def test_python(page, tmp_path, monkeypatch):
    """Blocks of a page share their names, as a reader would type them."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    train = tr.train
    monkeypatch.setattr(tr, "train", lambda *a, **k: train(*a, **{**k, **TINY, "progress": False}))
    names: dict[str, Any] = {"np": np}
    for block in filter(is_runnable, blocks_of(page, "python")):
        exec(compile(block, str(page), "exec"), names)


# ---- The shell -------------------------------------------------------------------------------

SMALL = {
    "train": "--steps 4 --set batch_size=30 --set process.steps=5 --set network.width=16 --quiet",
    "sample": "-n 50",
    "evaluate": "--samples 60 --set transport_samples=20",
    "report": "--samples 60",
    "mcmc": "--draws 20 --warm-up 20",
    "reproduce": "--preset smoke --seeds 1 --quiet",
}
"""What is put after the arguments of a command, so that it takes a moment."""

TIGHTROPE = f"""#!/bin/sh
case $1 in
{"".join(f'{name}) set -- "$@" {options};;' + chr(10) for name, options in SMALL.items())}esac
exec '{PROGRAM}' "$@"
"""

MAKE = f"""#!/bin/sh
# Installs what is built; says of any other target what it would do.
target=$1 setting=$2
case $target in
install) exec '{ROOT}/packaging/install.sh' "${{setting#PREFIX=}}" '{BUILT}' ;;
*) exec /usr/bin/make --dry-run --silent -C '{ROOT}' "$target" >/dev/null ;;
esac
"""

PIP = f"""#!/bin/sh
# Whoever runs this has installed the package.
exec '{sys.executable}' -c 'import tightrope'
"""


@pytest.fixture
def shell(tmp_path):
    """Run a block of shell in a folder of its own, with small commands."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in {"tightrope": TIGHTROPE, "make": MAKE, "pip": PIP}.items():
        (tools / name).write_text(script, encoding="utf-8")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CI": "1"}

    def execute(block: str) -> None:
        result = subprocess.run(
            ["/bin/bash", "-eu", "-c", block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr

    return execute


def is_program(block: str) -> bool:
    return "int main(" in block


@pytest.mark.skipif(not PROGRAM.exists(), reason="built without the command-line program")
@needs_core
@pages_with("sh")
def test_shell(page, shell, tmp_path):
    """A block that is a whole C program is what the page calls `main.c`."""
    for program in filter(is_program, blocks_of(page, "c")):
        (tmp_path / "main.c").write_text(program, encoding="utf-8")
    for block in blocks_of(page, "sh"):
        shell(block)


# ---- C and Swift -----------------------------------------------------------------------------

AROUND_C = """#include <tightrope.h>
int32_t log_density(const float *, size_t, float *, float *, void *);
void fragment(tightrope_density *density, tightrope_run *run, tightrope_draws *draws) {
%s}
"""


@pages_with("c")
def test_c(page, tmp_path):
    """Whole programs and fragments compile without a warning."""
    for block in blocks_of(page, "c"):
        source = tmp_path / "block.c"
        source.write_text(block if is_program(block) else AROUND_C % block, encoding="utf-8")
        options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
        header = ["-I", ROOT / "Sources/CTightrope/include"]
        subprocess.run(["cc", *options, *header, source], check=True)


@needs_swift
def test_the_objective_of_the_page(tmp_path):
    """The file and the row of the page, with a program that checks the derivatives."""
    file, row = blocks_of(ROOT / "docs" / "adding-an-objective.md", "swift")
    entry = f"import Catalogs\nimport Objectives\nlet row: Catalog<any PathObjective>.Entry = {row}"
    check = (ROOT / "python/tests/programs/CheckObjective.swift").read_text(encoding="utf-8")
    sources = {"HuberBalance": "import Objectives\n" + file, "Row": entry, "main": check}
    paths = [tmp_path / f"{name}.swift" for name in sources]
    for path, text in zip(paths, sources.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    compile_swift(paths, tmp_path / "objective", package_name())
    printed = subprocess.run([tmp_path / "objective"], capture_output=True, text=True, check=True)
    assert printed.stdout == "derivatives agree\n"


@needs_swift
@pages_with("swift", ARTICLES)
def test_articles(page, tmp_path):
    """The blocks of an article are one program, in a package of its own."""
    source = tmp_path / "main.swift"
    source.write_text("\n".join(blocks_of(page, "swift")), encoding="utf-8")
    compile_swift([source], tmp_path / "article", package="article")
    subprocess.run([tmp_path / "article"], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)


@needs_swift
@pytest.mark.skipif(shutil.which("docc") is None, reason="no docc beside the Swift compiler")
def test_the_swift_documentation_is_made_of_them(tmp_path):
    archive = tmp_path / "Tightrope.doccarchive"
    run(ROOT / "packaging" / "docc.sh", BUILT, archive)
    made = archive / "data" / "documentation"
    assert {path.stem.lower() for path in ARTICLES} <= {path.stem for path in made.rglob("*.json")}
    assert (made / "samplers" / "run.json").exists()
