"""How one path is spelled under an archive's rule: what is wrong with it and the nearest spelling that is allowed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from depositor.draft.capabilities import NamingRule
from depositor.draft.message import Message, msg

# Names that our own documents have at the top of a deposit; data of that name would be overwritten by them.
_TAKEN = re.compile(
    r"manifest-sha256\.txt|ro-crate-metadata\.json|ro-crate-preview\.html|submission\.depositor\.json|pagetab\.json"
    r"|datacite\.(json|xml)|methods\.txt|renames\.tsv|proofs\.tsv|filelist_.*\.tsv|receipt\.(json|html|pdf)",
    re.IGNORECASE,
)
# Devices of Windows: no file of that name can be made there, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?=\.|$)", re.IGNORECASE)
# The ending that is kept when a name is cut, doubled ones (.ome.tiff, .nii.gz) included.
_ENDING = re.compile(r"(?<=.)(\.(ome|nii|tar|companion))?\.[^.\s]{1,15}$", re.IGNORECASE)
# Control characters end lines of manifests and tables; a backslash is a folder on Windows; lone surrogates stand for
# bytes of a Linux name that are no text.
_NEVER = re.compile("[\x00-\x1f\x7f-\x9f\\\\\ud800-\udfff]")
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f]")
_LETTERS = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
_LETTERS |= {"đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "ð": "d", "ı": "i", "µ": "u", "μ": "u", "–": "-", "—": "-"}
_MARK = 6  # hex digits that tell apart what was cut or clashed: 1 in 16 million


def nfc(text: str) -> str:
    """``text`` in the one Unicode form in which names are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def mark_of(text: str, length: int = _MARK) -> str:
    """A short stand-in for ``text``, the same on every machine and in every run."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


class Spelling:
    """An archive's rule, made ready for many names. Lengths count characters."""

    def __init__(self, rule: NamingRule) -> None:
        self.rule = rule
        allowed = f"[{rule.allowed}]" if rule.allowed else "[^/]"
        self._good = re.compile(rf"(?![ ])(?:(?!{_NEVER.pattern}){allowed})+(?<![ .])", re.DOTALL)
        self._char = re.compile(allowed, re.DOTALL)
        self._bad = re.compile(rf"{_NEVER.pattern}|(?!{allowed}).", re.DOTALL)
        wanted = (*(c for c in rule.other if not c.isspace()), "_", "-", "x", "X", "0")
        self.filler = next((c for c in wanted if c != "." and self.allows(c)), "_")
        self._stand_ins: dict[str, str] = {}

    def allows(self, character: str) -> bool:
        """Whether one character may stand in a name."""
        return self._char.fullmatch(character) is not None and not _NEVER.match(character)

    def key(self, name: str) -> str:
        """What two names have in common when the archive would take them for one."""
        return name if self.rule.case_sensitive else nfc(name.casefold())

    # --- proposals ---------------------------------------------------------------------------------------------------

    def path(self, original: str) -> str:
        """A path that the rule allows; ``original`` (form NFC) where it is one already."""
        parts = steps(original)
        return self.fitted([self.segment(p, top=at == 0) for at, p in enumerate(parts)], parts)

    def segment(self, original: str, *, top: bool = False) -> str:
        """One file or folder name that the rule allows; ``top`` where it stands at the top of the deposit."""
        name = nfc(original)
        if not self._good.fullmatch(name):
            name = self._bad.sub(self._stand_in, name).lstrip(" ").rstrip(" .") or self.filler
        if top and _TAKEN.fullmatch(name):
            name = f"data{self.filler}{name}"
        device = _DEVICE.match(name)
        if device:
            name = f"{device[1]}{self.filler}{name[len(device[1]) :].lstrip()}"
        return self.cut(name, self.rule.max_segment, original)

    def _stand_in(self, found: re.Match[str]) -> str:
        known = self._stand_ins.get(found[0])
        if known is None:
            known = self._stand_ins[found[0]] = self._chosen(found[0])
        return known

    def _chosen(self, character: str) -> str:
        if character in self.rule.replace:
            proposed = self.rule.replace[character]
        elif _DROPPED.match(character):
            return ""
        else:
            proposed = self._plain(character) or self.rule.other
        return "".join(c for c in proposed if self.allows(c))

    def _plain(self, character: str) -> str:
        """A letter without its accents, where that says the same to a reader: é as e, µ as u."""
        plain = _LETTERS.get(character)
        if plain is None:
            apart = unicodedata.normalize("NFKD", character)
            plain = "".join(c for c in apart if not unicodedata.combining(c))
        return plain if plain != character and all(self.allows(c) for c in plain) else ""

    def cut(self, name: str, limit: int, original: str) -> str:
        """``name`` in at most ``limit`` characters, its ending kept and a mark of ``original`` put before it."""
        if len(name) <= limit:
            return name
        return self.marked(name, mark_of(original), limit)

    def marked(self, name: str, mark: str, limit: int | None = None) -> str:
        """``name`` with ``mark`` before its ending, in at most ``limit`` characters."""
        limit = self.rule.max_segment if limit is None else limit
        found = _ENDING.search(name)
        ending = found[0] if found and len(found[0]) + len(mark) + 2 <= limit else ""
        stem = name[: len(name) - len(ending)] if ending else name
        room = max(limit - len(ending) - len(mark) - 1, 0)
        stem = stem[:room].rstrip(" .")
        return f"{stem}{self.filler}{mark}{ending}" if stem else f"{mark}{ending}"[:limit]

    def fitted(self, spelled: Sequence[str], parts: Sequence[str]) -> str:
        """The path of ``spelled`` names; where it is too long, the folders in its middle become one short name that
        files of the same folder share."""
        path = "/".join(spelled)
        limit = self.rule.max_path
        if len(path) <= limit:
            return path
        folder = mark_of("/".join(parts[:-1]), 12) + "/" if len(spelled) > 1 and limit > 24 else ""
        leaf = self.cut(spelled[-1], max(limit - len(folder), 1), path)
        head = ""
        for name in spelled[:-1]:
            if len(head) + len(name) + 1 + len(folder) + len(leaf) > limit:
                break
            head += f"{name}/"
        return head + folder + leaf

    def explains(self, original: str, name: str) -> bool:
        """Whether ``name`` is what this rule makes of ``original``, with or without marks of a clash."""
        if name in (original, self.path(original)):
            return True
        parts, named = steps(original), name.split("/")
        if len(parts) != len(named):
            return False
        return all(self._explains(p, n, top=at == 0) for at, (p, n) in enumerate(zip(parts, named, strict=True)))

    def _explains(self, part: str, name: str, *, top: bool) -> bool:
        spelled = self.segment(part, top=top)
        marks = (m[0] for m in re.finditer(r"[0-9a-f]{6,12}", name))
        return name == spelled or any(self.marked(spelled, mark) == name for mark in marks)

    # --- violations --------------------------------------------------------------------------------------------------

    def faults(self, original: str) -> Iterator[Message]:
        """What is wrong with a path, each as a sentence; the same sentence once."""
        name = nfc(original)
        pieces = name.split("/")
        if any(p in ("", ".", "..") for p in pieces):
            yield msg("naming.steps", "The path goes through “.” or “..” or has an empty part.")
        if _TAKEN.fullmatch(steps(name)[0]):
            yield msg("naming.taken", "A document that goes along with the data has this name.")
        yield from self._bad_characters(name)
        for piece in dict.fromkeys(p for p in pieces if p not in ("", ".", "..")):
            yield from self._bad_segment(piece)
        if len(name) > self.rule.max_path:
            n, limit = len(name), self.rule.max_path
            yield msg("naming.path-long", "The path has {n} characters; the archive takes {limit}.", n=n, limit=limit)

    def _bad_characters(self, name: str) -> Iterator[Message]:
        bad = dict.fromkeys(c for c in name if c != "/" and not self.allows(c))
        hidden = [c for c in bad if _NEVER.match(c) and c != "\\"]
        shown = " ".join("space" if c == " " else c for c in bad if c not in hidden)
        if shown:
            yield msg("naming.characters", "The archive does not take these characters: {characters}", characters=shown)
        if hidden:
            yield msg("naming.hidden-characters", "The name holds characters that cannot be shown or read as text.")

    def _bad_segment(self, piece: str) -> Iterator[Message]:
        if piece[0] == " " or piece[-1] in " .":
            yield msg("naming.edge", "“{name}” begins or ends with a space, or ends with a dot.", name=shown(piece))
        if _DEVICE.match(piece):
            yield msg("naming.device", "“{name}” is a name that Windows keeps for itself.", name=shown(piece))
        if len(piece) > self.rule.max_segment:
            yield msg(
                "naming.long",
                "“{name}” has {n} characters; the archive takes {limit}.",
                name=shown(piece),
                n=len(piece),
                limit=self.rule.max_segment,
            )


def steps(path: str) -> list[str]:
    """The folder names of a path and its file name, without steps that lead nowhere; ``..`` leads nowhere here."""
    return [p for p in path.split("/") if p not in ("", ".", "..")] or [""]


def shown(name: str) -> str:
    """A name for people's eyes: what cannot be shown or would break a line is escaped, a long one is shortened."""
    text = escaped(name)
    return text if len(text) <= 80 else f"{text[:60]}…{text[-15:]}"


def escaped(name: str) -> str:
    r"""``name`` on one line of valid UTF-8: ``\`` doubled, ``\t \n \r``, other control characters and the bytes that
    are no text as ``\x..``."""
    return _NEVER.sub(_escape, name)


def _escape(found: re.Match[str]) -> str:
    simple = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    code = ord(found[0])
    if found[0] in simple:
        return simple[found[0]]
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
