"""Gates on the source: sizes one can read at a sitting, texts that translators get, errors that nobody swallows."""

from __future__ import annotations

import ast
import functools
import re
import string
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "depositor"
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 400
MOST_FUNCTION_LINES = 60
# keyword -> which of its positional arguments must be literal texts
TEXTS = {"msg": (0, 1), "msgn": (0, 1, 2), "tr": (0,), "trn": (0, 1)}


@functools.cache
def parsed(file: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(file.read_text("utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield name, node


def shown(file: Path, line: int) -> str:
    return f"{file.relative_to(SOURCE)}:{line}"


def test_files_can_be_read_at_one_sitting() -> None:
    long = [(str(f.relative_to(SOURCE)), n) for f in FILES if (n := len(f.read_text().splitlines())) > MOST_LINES]
    assert not long


def test_functions_can_be_read_at_a_glance() -> None:
    long = []
    for file in FILES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long.append(f"{shown(file, node.lineno)} {node.name}: {lines} lines")
    assert not long, "\n".join(long)


def test_texts_for_people_are_literal() -> None:
    """What is computed cannot be extracted for translators; an f-string never matches its catalogue entry."""
    wrong = []
    for file in FILES:
        if file == SOURCE / "draft" / "message.py":
            continue
        for name, call in calls(parsed(file)):
            if name not in TEXTS or (isinstance(call.func, ast.Attribute) and name in ("msg", "msgn")):
                continue
            for at in TEXTS[name]:
                if at >= len(call.args) or not _literal(call.args[at]):
                    wrong.append(f"{shown(file, call.lineno)} {name}: argument {at + 1} is no literal text")
    assert not wrong, "\n".join(wrong)


def test_places_in_messages_are_filled() -> None:
    """``{place}`` needs an argument of that name; ``id`` and ``n`` are taken by the function's own."""
    wrong = []
    own = {"msg": {"id", "text"}, "msgn": {"id", "one", "many", "n"}}
    for file in FILES:
        for name, call in calls(parsed(file)):
            if name not in own or isinstance(call.func, ast.Attribute) or not all(map(_literal, call.args[:2])):
                continue
            given = {k.arg for k in call.keywords}
            if given & own[name]:
                wrong.append(
                    f"{shown(file, call.lineno)} {name}: the argument {given & own[name]} is the function's own"
                )
            if None in given:  # **more
                continue
            texts = [a.value for a in call.args[1:3] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            wanted = {place for t in texts for _, place, _, _ in string.Formatter().parse(t) if place}
            if not wanted <= given | ({"n"} if name == "msgn" else set()):
                wrong.append(f"{shown(file, call.lineno)} {name}: nothing fills {wanted - given}")
    assert not wrong, "\n".join(wrong)


def test_one_message_id_has_one_text() -> None:
    """The id is what a test, a log and a translator know it by."""
    found: dict[str, dict[str, str]] = {}
    for file in FILES:
        for name, call in calls(parsed(file)):
            if name in ("msg", "msgn") and len(call.args) > 1 and all(_literal(a) for a in call.args[:2]):
                key, text = (ast.literal_eval(a) for a in call.args[:2])
                found.setdefault(key, {})[text] = shown(file, call.lineno)
    double = {key: places for key, places in found.items() if len(places) > 1}
    assert not double, "\n".join(f"{k}: {v}" for k, v in double.items())


def test_no_error_is_swallowed() -> None:
    """``except X: pass`` hides; ``contextlib.suppress`` names what may be missing, and is kept narrow."""
    wrong = []
    for file in FILES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.ExceptHandler):
                if node.type is None:
                    wrong.append(f"{shown(file, node.lineno)} bare except")
                if all(isinstance(s, ast.Pass) for s in node.body):
                    wrong.append(f"{shown(file, node.lineno)} except: pass")
        for name, call in calls(parsed(file)):
            if name == "suppress" and any(ast.unparse(a) in ("Exception", "BaseException") for a in call.args):
                wrong.append(f"{shown(file, call.lineno)} suppresses everything")
    assert not wrong, "\n".join(wrong)


def test_nobody_is_told_the_text_of_an_exception() -> None:
    """``str(error)`` in a message holds paths, addresses and English of strangers."""
    wrong = []
    for file in FILES:
        tree = parsed(file)
        names = {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
        for name, call in calls(tree):
            if name in ("msg", "msgn", "tr", "trn"):
                for keyword in call.keywords:
                    if ast.unparse(keyword.value) in {f"str({n})" for n in names} | {f"repr({n})" for n in names}:
                        wrong.append(shown(file, call.lineno))
    assert not wrong, "\n".join(wrong)


def test_classes_are_named_after_what_they_are() -> None:
    vague = ("Manager", "Helper", "Utils", "Util", "Handler", "Common")
    wrong = []
    for file in FILES:
        if any(word.lower() in file.stem for word in vague):
            wrong.append(str(file.relative_to(SOURCE)))
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.ClassDef) and node.name.endswith(vague):
                wrong.append(f"{shown(file, node.lineno)} {node.name}")
    assert not wrong, "\n".join(wrong)


def test_no_path_of_a_workplace_and_no_unfinished_note() -> None:
    wrong = []
    unfit = re.compile(rf"{re.escape(str(SOURCE.parents[1]))}/|#.*\b(TODO|FIXME|XXX)\b")
    for file in FILES:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if unfit.search(line):
                wrong.append(shown(file, number))
    assert not wrong, "\n".join(wrong)


def _literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
