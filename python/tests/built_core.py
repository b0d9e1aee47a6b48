"""The Swift core as it was built in this folder, for tests that compile programs against it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from conftest import ROOT

BUILT = Path(os.environ.get("TIGHTROPE_PREBUILT", ROOT / ".build" / "release")).resolve()
PACKAGE = BUILT.parents[2]
"""The folder that the core was built in: BUILT is its `.build/<platform>/release`."""

needs_core = pytest.mark.skipif(
    not (BUILT / "libCTightrope.so").exists(), reason="no core was built in this folder"
)
needs_swift = pytest.mark.skipif(
    shutil.which("swiftc") is None or not (BUILT / "Modules" / "Samplers.swiftmodule").exists(),
    reason="no Swift compiler, or no core was built in this folder",
)


def run(*command: object, folder: Path | None = None, **environment: str) -> str:
    """Run a command that must succeed and return what it prints."""
    result = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def package_name() -> str:
    """Return the name under which the core's modules show one another what is internal to them."""
    commands = (PACKAGE / ".build" / "release.yaml").read_text(encoding="utf-8")
    names = re.findall(r'"-package-name","(\w+)"', commands)
    return next(name for name in names if name != "swift_argument_parser")


def compile_swift(sources: Iterable[Path], program: Path, package: str) -> None:
    """Compile a Swift program with the core's modules and objects, without building them again."""
    maps = [f"-fmodule-map-file={path}" for path in BUILT.glob("C*.build/module.modulemap")]
    options = [word for path in maps for word in ("-Xcc", path)]
    run(
        *["swiftc", "-O", "-package-name", package, "-module-name", program.name],
        *["-I", BUILT / "Modules", *options, *sources, "-o", program],
        *["-Xlinker", "--gc-sections", f"@{BUILT / 'CTightrope.product/Objects.LinkFileList'}"],
        # The list names files as seen from the package's folder.
        folder=PACKAGE,
    )
