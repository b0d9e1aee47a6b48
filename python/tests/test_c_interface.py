"""The C interface is what it was: declarations, sizes and offsets, against a snapshot.

What programs were compiled against must go on to work: a changed line here is a new version of the
interface. With TIGHTROPE_WRITE_SNAPSHOTS set, the snapshot is written instead.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

HEADER = ROOT / "Sources" / "CTightrope" / "include" / "tightrope.h"
SNAPSHOT = Path(__file__).parent / "c_interface.txt"
STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;")
FIELD = re.compile(r"\(\*(\w+)\)|(\w+)(?:\[\d+\])?$")


def declarations() -> list[str]:
    """Return the header's statements, without comments and each on one line."""
    text = HEADER.read_text(encoding="utf-8")
    for pattern in (r"/\*.*?\*/", r"#ifdef __cplusplus.*?#endif", r"^#.*?$"):
        text = re.sub(pattern, "", text, flags=re.DOTALL | re.MULTILINE)
    statements = re.findall(r"(?:[^;{]|\{[^}]*\})+;", " ".join(text.split()))
    return [statement.strip().replace("( ", "(") for statement in statements]


def constants() -> list[str]:
    """Return the macros of the interface with their values, but not its version."""
    found = re.findall(r"#define (TIGHTROPE_\w+) +(\S+)", HEADER.read_text(encoding="utf-8"))
    return [f"{name} = {value}" for name, value in found if "_VERSION_" not in name]


def members(body: str) -> list[str]:
    """Return the names of a struct's fields."""
    found = [FIELD.search(field.strip()) for field in body.split(";") if field.strip()]
    return [match.group(1) or match.group(2) for match in found if match]


def layouts(folder: Path) -> list[str]:
    """Return sizes and offsets, as a C compiler sees them."""
    lines = []
    for name, body in STRUCT.findall(" ".join(declarations())):
        lines.append(f'printf("{name}: %zu\\n", sizeof({name}));')
        lines += [
            f'printf("{name}.{field}: %zu\\n", offsetof({name}, {field}));'
            for field in members(body)
        ]
    source = folder / "layout.c"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <tightrope.h>\n"
        f"int main(void) {{ {' '.join(lines)} return 0; }}\n"
    )
    program = folder / "layout"
    subprocess.run(["cc", f"-I{HEADER.parent}", source, "-o", program], check=True)
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(not HEADER.exists(), reason="only the package is here")
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is here")
def test_the_interface_is_the_one_that_programs_were_compiled_against(tmp_path):
    now = "\n".join([*declarations(), *constants(), *layouts(tmp_path), ""])
    if os.environ.get("TIGHTROPE_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(now, encoding="utf-8")
    assert now == SNAPSHOT.read_text(encoding="utf-8")


def test_every_declared_function_is_exported():
    library = ROOT / ".build" / "release" / "libCTightrope.so"
    if not library.exists() or shutil.which("nm") is None:
        pytest.skip("no core was built in this folder, or there is no nm")
    text = subprocess.run(
        ["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True
    ).stdout
    exported = set(re.findall(r" T (tightrope_\w+)", text))
    declared = set(re.findall(r"(tightrope_\w+)\(", " ".join(declarations())))
    assert declared and declared <= exported
