"""Who may import whom, read from the source itself."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "depositor"
MIDDLE = ("scan", "form", "privacy", "bundle", "transfer")
MAY_IMPORT = {
    "draft": (),
    **dict.fromkeys(MIDDLE, ("draft",)),
    "archives": ("draft", *MIDDLE),
    "session": ("draft", *MIDDLE, "archives"),
    "cli": ("draft", "session"),
    "gui": ("draft", "session"),
}
# Leaves that every package but draft may import: where the bundled files lie; a file as it will be sent.
LEAVES = ("resources", "patched")
# Not at module level, so that the first window and the smallest command stay quick.
# fmt: off
HEAVY = frozenset((
    "numpy", "requests", "keyring", "openpyxl", "tifffile", "pydicom", "PIL", "rocrate", "h5py", "mrcfile",
    "nd2", "bioio", "ome_types", "pydantic", "lxml", "imagecodecs", "truststore", "urllib3", "wakepy",
    "jsonschema", "botocore", "paramiko", "rapidocr", "onnxruntime", "cv2", "pypdf", "phonenumbers",
))
# fmt: on
FILES = sorted(SOURCE.rglob("*.py"))


@functools.cache
def parsed(file: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(file.read_text("utf-8"))


def package(file: Path) -> str:
    parts = file.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(file: Path, *, top_only: bool = False, run: bool = False) -> Iterator[tuple[str, int]]:
    """(module, line) of each import; ``run``: without those for type checking, ``top_only``: nor those in functions."""
    tree = parsed(file)
    for node in _nodes(tree, top_only) if top_only or run else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are absolute here"
            yield node.module, node.lineno
            if node.module == "depositor":
                yield from ((f"depositor.{alias.name}", node.lineno) for alias in node.names)


def _nodes(tree: ast.AST, top_only: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if top_only and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _nodes(node, top_only)


def test_the_rule_covers_every_package() -> None:
    assert {p.name for p in SOURCE.iterdir() if (p / "__init__.py").exists()} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_packages_import_only_what_they_may(name: str) -> None:
    """The faces may name the types of what the session hands them, but run nothing behind its back."""
    wrong = []
    for file in (f for f in FILES if package(f) == name):
        for module, line in imports(file, run=name in ("cli", "gui")):
            parts = module.split(".")
            if parts[0] != "depositor" or len(parts) == 1 or parts[1] in (name, "__version__"):
                continue
            if parts[1] in LEAVES and name != "draft":
                continue
            if parts[1] not in MAY_IMPORT[name]:
                wrong.append(f"{file.relative_to(SOURCE)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_values_need_nothing_but_the_standard_library() -> None:
    wrong = []
    for file in (f for f in FILES if package(f) == "draft"):
        for module, line in imports(file):
            if module.split(".")[0] not in sys.stdlib_module_names | {"depositor"}:
                wrong.append(f"{file.name}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_imports_nothing_of_the_program(leaf: str) -> None:
    assert not [m for m, _ in imports(SOURCE / f"{leaf}.py") if m.startswith("depositor")]


def test_only_the_window_knows_qt() -> None:
    qt = ("PySide6", "shiboken6", "PyQt5", "PyQt6")
    wrong = [
        f"{file.relative_to(SOURCE)}:{line}"
        for file in FILES
        if package(file) != "gui"
        for module, line in imports(file)
        if module.split(".")[0] in qt
    ]
    assert not wrong, "\n".join(wrong)


def test_heavy_libraries_are_imported_where_they_are_needed() -> None:
    wrong = [
        f"{file.relative_to(SOURCE)}:{line} imports {module} for everybody"
        for file in FILES
        for module, line in imports(file, top_only=True)
        if module.split(".")[0] in HEAVY
    ]
    assert not wrong, "\n".join(wrong)


def test_no_asyncio_and_no_second_event_loop() -> None:
    wrong = []
    for file in FILES:
        text = file.read_text("utf-8")
        wrong += [f"{file.relative_to(SOURCE)}: {word}" for word in ("QThread(", "processEvents(") if word in text]
        wrong += [f"{file.relative_to(SOURCE)}:{n} asyncio" for m, n in imports(file) if m.split(".")[0] == "asyncio"]
    assert not wrong, "\n".join(wrong)
