"""What the layout promises (invariant 9): `include/` without Airflow, `gradebook/` without I/O, a SIS known by name only in its own files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = sorted((ROOT / "include").rglob("*.py"))
GRADEBOOK = sorted((ROOT / "include" / "gradebook").rglob("*.py"))
PRODUCT = [file for folder in ("include", "plugins", "dags") for file in sorted((ROOT / folder).rglob("*.py"))]
OUTSIDE_THE_SANDBOX = [file for file in PRODUCT if ROOT / "include" / "sandbox" not in file.parents]
SIS_NAMES = ("genesis", "synergy", "schooltool", "infinite_campus", "powerschool")
# What may touch files, the network, a database, the clock or chance.
OUTSIDE = {
    "requests", "urllib", "http", "socket", "sqlalchemy", "alembic", "duckdb", "fsspec", "upath", "pathlib", "os", "io", "subprocess", "random",
    "time", "tempfile", "shutil", "logging",
}  # fmt: skip


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_files_are_found() -> None:
    assert len(INCLUDE) > 50
    assert len(GRADEBOOK) > 10


@pytest.mark.parametrize("path", INCLUDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_include_never_imports_airflow(path: Path) -> None:
    assert not [name for name in imports(path) if name.split(".")[0] in ("airflow", "plugins", "dags", "embedded")]


@pytest.mark.parametrize("path", GRADEBOOK, ids=lambda path: path.stem)
def test_gradebook_does_no_io(path: Path) -> None:
    assert not [name for name in imports(path) if name.split(".")[0] in OUTSIDE]
    calls = [node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert not {"open", "print", "input"} & set(calls)
    clocks = [n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute) and n.attr in ("now", "today", "utcnow")]
    assert "utcnow" not in clocks
    assert not [name for name in imports(path) if name.startswith("include.") and not name.startswith(("include.gradebook", "include.errors"))]


def texts(path: Path) -> Iterator[str]:
    """Every string in the code that is no docstring."""
    tree = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs)


@pytest.mark.parametrize(
    "path",
    [path for path in INCLUDE if not {"sis", "sandbox"} & set(path.relative_to(ROOT / "include").parts[:1])],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_sis_is_known_by_name_only_in_its_own_files(path: Path) -> None:
    assert not [text for text in texts(path) if text in SIS_NAMES]
    assert not [name for name in imports(path) if name.rsplit(".", 1)[-1] in SIS_NAMES]


@pytest.mark.parametrize("path", OUTSIDE_THE_SANDBOX, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_of_the_product_knows_that_there_is_a_sandbox(path: Path) -> None:
    assert not [name for name in imports(path) if "sandbox" in name]
    assert not [text for text in texts(path) if "sandbox" in text.lower()]
