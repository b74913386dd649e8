"""Write docs/problems.md: every Problem that the program can tell, with its words, read from the source.

python docs/make_problems.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).with_name("problems.md")
SOURCE = Path(__file__).parents[1] / "src" / "depositor"
SIDES = {
    "COMPUTER": "This computer",
    "NETWORK": "Network",
    "ARCHIVE": "Archive",
    "PROGRAM": "This program",
}
# Problems made again from stored ones, or with another path: their words are listed where they were first told.
RELAYS = {"scan/stored.py", "session/receipts.py", "transfer/sending.py"}
_HEAD = """# Problems and what to do

Every problem that the program can tell, with its own words. Made from the source by `python docs/make_problems.py`;
[troubleshooting.md](troubleshooting.md) is the page to start with.

The code stands in the JSON of every command and in the help-desk report. `{words in braces}` are filled in.
Whatever the problem: originals are not changed, and what the archive already has stays there.
"""

Binding = dict[str, ast.expr]


@dataclass(frozen=True, order=True)
class Row:
    """One problem: its code, whose side it is on, what is said and advised."""

    code: str
    side: str
    message: str
    advice: str


class Unclear(Exception):
    """The words of a problem are not literal texts of its module."""


@dataclass
class Module:
    """One source file; ``functions`` and ``constants`` are those at its top level."""

    name: str
    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: Binding = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> Module:
        module = Module(path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8")))
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef):
                module.functions[node.name] = node
            else:
                module.constants |= dict(_assigned(node))
        return module

    def rows(self) -> Iterator[Row]:
        """The problems that this module makes, in the order of the source."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                for call in _calls(node, "Problem"):
                    yield from self._told(call, node)

    def _told(self, call: ast.Call, within: ast.FunctionDef) -> Iterator[Row]:
        given = _arguments(call, ("code", "side", "message", "advice"))
        if isinstance(given["code"], ast.Constant):
            yield from self._spelled(given, self._known(within, call))
            return
        for known in self._ways_in(within):
            yield from self._spelled(given, known)

    def _ways_in(self, function: ast.FunctionDef) -> Iterator[Binding]:
        """What the parameters of ``function`` are at each of its calls, or at each entry of a table of codes."""
        names = tuple(a.arg for a in function.args.args)
        defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
        for call in _calls(self.tree, function.name):
            caller = self._known(next(f for f in self.functions.values() if call in ast.walk(f)), call)
            given = {
                k: caller.get(v.id, v) if isinstance(v, ast.Name) else v for k, v in _arguments(call, names).items()
            }
            yield {**caller, **defaults, **given}
        table = self.constants.get("CODES")
        if isinstance(table, ast.Dict):
            for code, words in zip(table.keys, table.values, strict=True):
                assert isinstance(words, ast.Name)
                message, advice = _returned(self.functions[words.id]).elts  # type: ignore[attr-defined]
                yield {"code": code, "message": message, "advice": advice}  # type: ignore[dict-item]

    def _known(self, function: ast.FunctionDef, at: ast.AST) -> Binding:
        """What the names in ``function`` can be ``at`` a place: the last on the way there, else any before."""
        before: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if getattr(node, "lineno", 0) < _line(at):
                for name, value in _assigned(node):
                    before.setdefault(name, []).append(value)
        known = self.constants | {name: ast.List(values) for name, values in before.items()}
        for block in _blocks(function.body, at):
            for statement in block:
                if statement.lineno < _line(at):
                    known |= dict(_assigned(statement))
        return known

    def _spelled(self, given: Binding, known: Binding) -> Iterator[Row]:
        code = self._texts(given["code"], known)
        side = given["side"]
        assert isinstance(side, ast.Attribute)
        messages, advices = self._texts(given["message"], known), self._texts(given["advice"], known)
        if len(messages) == len(advices):
            pairs = list(zip(messages, advices, strict=True))
        else:
            pairs = [(m, " / ".join(advices)) for m in messages]
        for message, advice in pairs:
            yield Row(code[0], side.attr, message, advice)

    def _texts(self, value: ast.expr, known: Binding) -> list[str]:
        """The literal texts that ``value`` can be."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return [value.value]
        if isinstance(value, ast.Name) and value.id in known:
            return self._texts(known[value.id], {k: v for k, v in known.items() if k != value.id})
        if isinstance(value, ast.IfExp):
            return self._texts(value.body, known) + self._texts(value.orelse, known)
        if isinstance(value, ast.List):
            return [text for each in value.elts for text in self._texts(each, known)]
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            if value.func.id in ("msg", "msgn"):
                return self._texts(value.args[1 if value.func.id == "msg" else 2], known)
            if value.func.id in self.functions:
                function = self.functions[value.func.id]
                return self._texts(_returned(function), self._known(function, function.body[-1]))
        raise Unclear(f"{self.name}:{getattr(value, 'lineno', 0)}: {ast.unparse(value)}")


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _blocks(body: list[ast.stmt], at: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements around ``at``, the outermost first."""
    around = next((s for s in body if at in ast.walk(s)), None)
    if around is None:
        return
    yield body
    for name in ("body", "orelse", "finalbody"):
        yield from _blocks(getattr(around, name, []), at)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _arguments(call: ast.Call, names: tuple[str, ...]) -> Binding:
    found = dict(zip(names, call.args, strict=False))
    return found | {k.arg: k.value for k in call.keywords if k.arg in names and k.arg}


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            yield from ((t.id, v) for t, v in pairs if isinstance(t, ast.Name))


def _returned(function: ast.FunctionDef) -> ast.expr:
    found = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
    return found[0] if len(found) == 1 else ast.List(found)


def rows() -> list[Row]:
    """All problems, each once, sorted by code."""
    files = (p for p in sorted(SOURCE.rglob("*.py")) if p.relative_to(SOURCE).as_posix() not in RELAYS)
    return sorted({row for path in files for row in Module.read(path).rows()})


def page() -> str:
    """The text of the page."""
    parts, every = [_HEAD], rows()
    for side, title in SIDES.items():
        parts.append(f"## {title}\n\n| code | what it says | what to do |\n|---|---|---|")
        parts += [f"| `{r.code}` | {_cell(r.message)} | {_cell(r.advice)} |" for r in every if r.side == side]
        parts.append("")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
