"""What the report for the ethics board says in words, and what it must never say."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import replace

from depositor import resources
from depositor.draft.decided import kind_of
from depositor.draft.finding import Finding, NotChecked
from depositor.draft.message import Arg, Message, msg

_LIBRARIES = ("pydicom", "tifffile", "h5py", "pillow", "phonenumbers", "pypdf", "rapidocr", "onnxruntime")
_LISTS = ("*.txt", "*.toml", "*.json")
_SHORTEST = 3  # characters of a value that is hidden wherever it stands
_MOST_VALUES = 20_000
_WORD = re.compile(r"[^\W\d_]{3,}")
_FILE_NAME = re.compile(r"[/\\]|\.\w{1,8}$")

NOT_SAID = msg(
    "ethics.not-said",
    "This report tells what a program looked for and what people decided. It does not say that nobody can be "
    "recognised: no program can know that, and the last word is a person's.",
)
LIMITS = (
    msg(
        "ethics.limit.text",
        "Names and numbers in text are found by the fields they stand in, by their shape, and by values that other "
        "files tell. A name in free words that nothing points to can be missed.",
    ),
    msg(
        "ethics.limit.pixels",
        "Text in pictures is read only where the reading of pictures was run; handwriting, turned, small or pale "
        "letters can be missed. What was not read is listed as not checked.",
    ),
    msg(
        "ethics.limit.faces",
        "Faces in scans of heads are pointed to, not removed. Pictures of tissue can be matched with other pictures of "
        "the same tissue.",
    ),
    msg(
        "ethics.limit.together",
        "Facts that tell little alone (age, place, day, a rare disease) can tell much together, and with data from "
        "elsewhere.",
    ),
    msg(
        "ethics.limit.copies",
        "Originals are not changed. Cleaned copies are read again in two different ways; what is left stops the "
        "deposit.",
    ),
    msg("ethics.limit.time", "The report is about the files as they were on its day."),
)


def option_words(code: str) -> Message:
    """An option of the DICOM confidentiality profile, as PS3.15 names it in short."""
    return {
        "113101": msg("ethics.option.pixels", "text in pixels is removed"),
        "113102": msg("ethics.option.faces", "recognisable features are removed"),
        "113103": msg("ethics.option.graphics", "graphics are cleaned"),
        "113104": msg("ethics.option.structured", "structured content is cleaned"),
        "113105": msg("ethics.option.descriptors", "descriptions are cleaned, not removed"),
        "113106": msg("ethics.option.full-dates", "dates are kept"),
        "113107": msg("ethics.option.dates", "dates are moved, the days between them are kept"),
        "113108": msg("ethics.option.patient", "age, sex, size and weight are kept"),
        "113109": msg("ethics.option.device", "the identity of the device is kept"),
        "113110": msg("ethics.option.uids", "identifiers of objects are kept"),
        "113111": msg("ethics.option.private", "private fields that are known to be safe are kept"),
        "113112": msg("ethics.option.institution", "the institution is kept"),
    }[str(code)]


@functools.cache
def versions() -> dict[str, dict[str, str]]:
    """Which rules and programs looked: editions and digests of lists, versions of libraries (those installed)."""
    from depositor.privacy.dicom import profile as dicom_profile

    lists = sorted(p for pattern in _LISTS for p in resources.path("privacy").glob(pattern))
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:12] for p in lists}
    return {"libraries": _libraries(), "rules": {"DICOM PS3.15 Table E.1-1": dicom_profile.edition(), **digests}}


def _libraries() -> dict[str, str]:
    out = {}
    for name in _LIBRARIES:
        try:
            out[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return out


class Hidden:
    """Takes values of findings, and names of files, out of texts that people wrote or that checks put together."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        seen = {(f.evidence.strip(), kind_of(f).endswith("-name")) for f in findings if f.evidence}
        values = {text.casefold() for text, _ in seen if len(text) >= _SHORTEST}
        self._values = sorted(values, key=len, reverse=True)[:_MOST_VALUES]
        self._words = {word for text, is_name in seen if is_name for word in _WORD.findall(text)}
        self._cleared: dict[str, str] = {}

    def clear(self, text: str) -> str:
        """``text`` with every value that a finding saw replaced by an ellipsis, and every word of a name."""
        if text not in self._cleared:
            self._cleared[text] = self._without(text)
        return self._cleared[text]

    def _without(self, text: str) -> str:
        for value in self._values:
            if value in text.casefold():
                text = re.sub(re.escape(value), "…", text, flags=re.IGNORECASE)
        return _WORD.sub(lambda match: "…" if match[0] in self._words else match[0], text)

    def without_names(self, gap: NotChecked) -> Message:
        """Why something was not checked, without names of files in it."""
        args: dict[str, Arg] = {key: self._plain(value, gap.path) for key, value in gap.why.args.items()}
        return replace(gap.why, args=args)

    def _plain(self, value: Arg, path: str) -> Arg:
        if not isinstance(value, str):
            return value
        named = _FILE_NAME.search(value) is not None or value in path
        return "…" if named else self.clear(value)
