"""Build the wheel: the Swift core as a shared library, and the CPython extension on top of it.

The settings are in pyproject.toml; here is only what a table cannot say. `swift build` works in
`.build/` of this folder, so that a second build is quick. To package a core that is built already,
name its folder in TIGHTROPE_PREBUILT (it holds libCTightrope.so and perhaps `tightrope`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
HEADERS = ROOT / "Sources" / "CTightrope" / "include"
LIBRARY = "libCTightrope.so"
EXECUTABLE = "tightrope"


def version() -> str:
    """Read the version from tightrope.h, the one place that states it."""
    header = (HEADERS / "tightrope.h").read_text(encoding="utf-8")
    parts = (re.search(rf"TIGHTROPE_VERSION_{part} (\d+)", header) for part in _VERSION_PARTS)
    return ".".join(part.group(1) for part in parts if part)


_VERSION_PARTS = ("MAJOR", "MINOR", "PATCH")


def output_of(*command: str) -> str:
    """Return what a command prints on standard output; its errors go to the terminal."""
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def swift(*arguments: str) -> None:
    """Run `swift build` with the arguments, or say what is missing."""
    if shutil.which("swift") is None:
        raise SystemExit(
            "tightrope is built from Swift sources, and no `swift` was found on PATH.\n"
            "Install Swift 6.3 or later (https://www.swift.org/install) and try again."
        )
    try:
        subprocess.run(["swift", "build", "-c", "release", *arguments], cwd=ROOT, check=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"the Swift core did not build (exit status {error.returncode})") from None


def build_core() -> Path:
    """Build the shared library and the command-line program; return their folder."""
    prebuilt = os.environ.get("TIGHTROPE_PREBUILT")
    if prebuilt:
        return Path(prebuilt)
    swift("--product", "CTightrope")
    package = json.loads(output_of("swift", "package", "dump-package"))
    if any(product["name"] == EXECUTABLE for product in package["products"]):
        swift("--product", EXECUTABLE)
    return Path(output_of("swift", "build", "-c", "release", "--show-bin-path").strip())


def soname(library: Path) -> str:
    """Return the name by which programs linked with the library look for it."""
    listing = output_of("readelf", "-d", str(library))
    found = re.search(r"\(SONAME\).*\[(.+)\]", listing)
    return found.group(1) if found else library.name


def link_library(binaries: Path, target: Path) -> bool:
    """Link the library that holds the program too, where its parts are at hand; say whether."""
    script = ROOT / "packaging" / "python-library.sh"
    result = subprocess.run([script, binaries.resolve(), target], check=False)
    if result.returncode not in (0, NO_PARTS):
        raise SystemExit(f"the library did not link (exit status {result.returncode})")
    return result.returncode == 0


NO_PARTS = 3


class BuildWithCore(build_ext):
    """Build the core, then the extension, and put library and program beside the modules."""

    def run(self) -> None:
        """Build everything into the wheel's folder, or into the sources for an editable install."""
        binaries = build_core()
        stage = Path(self.build_temp).resolve() / "core"
        stage.mkdir(parents=True, exist_ok=True)
        library = stage / "whole.so"
        holds_program = link_library(binaries, library)
        if not holds_program:
            shutil.copy2(binaries / LIBRARY, library)
        name = soname(library)
        shutil.copy2(library, stage / name)
        linked = stage / "libtightrope.so"
        if linked.name != name:
            linked.unlink(missing_ok=True)
            linked.symlink_to(name)
        for extension in self.extensions:
            extension.library_dirs.append(str(stage))
        super().run()
        package = self.package_folder()
        shutil.copy2(library, package / name)
        if holds_program:
            self.link_launcher(package, stage)
        elif (binaries / EXECUTABLE).exists():
            (package / "bin").mkdir(exist_ok=True)
            shutil.copy2(binaries / EXECUTABLE, package / "bin" / EXECUTABLE)

    def link_launcher(self, package: Path, stage: Path) -> None:
        """Make the program: a few lines that call the library."""
        (package / "bin").mkdir(exist_ok=True)
        objects = self.compiler.compile(
            [str(ROOT / "python" / "ext" / "launcher.c")], output_dir=self.build_temp
        )
        self.compiler.link_executable(
            objects,
            str(package / "bin" / EXECUTABLE),
            libraries=["tightrope"],
            library_dirs=[str(stage)],
            extra_postargs=["-Wl,-rpath,$ORIGIN/..", "-Wl,-s"],
        )

    def package_folder(self) -> Path:
        """Return the folder of the package's modules in this build."""
        return Path(self.get_ext_fullpath("tightrope._native")).resolve().parent


if sys.platform != "linux":
    raise SystemExit(f"tightrope is built on Linux so far; this is {sys.platform}")

setup(
    version=version(),
    ext_modules=[
        Extension(
            "tightrope._native",
            sources=[
                f"python/ext/{name}.c" for name in ("_native", "density", "address", "run", "draws")
            ],
            depends=["python/ext/native.h", "Sources/CTightrope/include/tightrope.h"],
            include_dirs=["Sources/CTightrope/include", "python/ext"],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            libraries=["tightrope"],
            extra_compile_args=["-std=c11", "-Wall", "-Wextra"],
            extra_link_args=["-Wl,-rpath,$ORIGIN", "-Wl,-s"],
            py_limited_api=True,
        )
    ],
    cmdclass={"build_ext": BuildWithCore},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
