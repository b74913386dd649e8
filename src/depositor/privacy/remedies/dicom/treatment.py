"""The profile applied to one file, element by element, at every depth. Source: PS3.15 Annex E."""

from __future__ import annotations

from typing import Any

from depositor.draft.problem import Damaged
from depositor.privacy import judge
from depositor.privacy.checks.dicom_pictures import is_doubtful
from depositor.privacy.checks.dicom_spots import doubtful_names
from depositor.privacy.dicom import kinds as dicom_kinds
from depositor.privacy.dicom import profile as dicom_profile
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind, rank
from depositor.privacy.known import Known
from depositor.privacy.policy import Option, Policy
from depositor.privacy.remedies.dicom import dates, dummies, elements, needs, private_safe, refusals, seeds, wording
from depositor.privacy.remedies.dicom.person import NAME, NUMBER, Person
from depositor.privacy.texts import runs

_WELL_KNOWN = "1.2.840.10008."
_CHARACTERS = 0x00080005
# description of private elements, icon, macs and signatures, padding
_NEVER = frozenset({0x00080300, 0x00880200, 0x4FFE0001, 0xFFFAFFFA, 0xFFFCFFFC})
_OWN_WORDS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
_TEXT_VALUE = 0x0040A160
_REPORTS = frozenset({_TEXT_VALUE, 0x00700006})  # text value, unformatted text value: what a person wrote
# Containers and specimens of slides, subjects of trials; in reports the codes of their names. Source: PS3.16 CID 8111.
_LINKING = frozenset({0x00400512, 0x00400551, 0x00120040, 0x00120042})
_LINKING_CONCEPTS = frozenset({"121041", "111700", "111701", "111706"})
_CONTENT = frozenset({_TEXT_VALUE, 0x0040A120, 0x0040A121, 0x0040A122, 0x0040A123})  # values of content items
# Names, numbers and birth of the patient, names and places of the staff. Source: PS3.16 TID 1001-1010, CID 8110.
_PERSONAL_CONCEPTS = frozenset(
    f"12{n}" for n in ("1008", "1009", "1013", "1016", "1017", "1022", "1029", "1030", "1031")
) | {"113870", "113872", "113877", "113880"}
_CODES = frozenset({0x00080100, 0x00080102, 0x00080103, 0x00080119, 0x00080120})
_MEANING = 0x00080104
_PUBLIC_UIDS = ("SOPClass", "TransferSyntax", "CodingScheme", "ContextUID", "MappingResource", "TemplateExtension")
# (Sequence, attribute) where the table removes what the sequence needs: empty there. Source: PS3.3.
_NEEDED_INSIDE = frozenset(
    {
        (0x0040A370, 0x00401001),  # requested procedure id in the referenced request
        (0x300A0410, 0x300A0794),  # description of a photo of the patient's setup
        (0x300A0210, 0x300A0216),  # maker of a source
    }
)
_ABOUT_PATIENTS = frozenset({Kind.PATIENT_TEXT, Kind.PATIENT_CONTACT, Kind.PATIENT_NUMBER, Kind.PATIENT_NAME})
_OF_TECHNIQUE = frozenset({0x00180024, 0x00181401, 0x00189005})  # names of sequences, codes of processing
_BODY_PART = 0x00180015
# Codes that a file cannot do without, and those in which makers write terms of their own.
_TERMS = frozenset({0x00080008, 0x00080060, 0x00280004, 0x0040A010, 0x0040A040, 0x0040A050, 0x00700023, 0x00181030})
# What people write among the fields of the technique: explanations of windows and tables, segments.
_HAND_WRITTEN = frozenset({0x00281055, 0x00283003, 0x00209421, 0x00620005, 0x00620006})
_READ = 64 * 1024  # bytes of a binary value that are read for names
_EXEMPT = (dicom_kinds.TECHNICAL | _CODES | _OF_TECHNIQUE) - _HAND_WRITTEN  # of these only telling words go
_MANY = 64  # values: longer lists are measurements


class Treatment:
    """One pass over one file; ``changed`` lists the locations of what was touched."""

    def __init__(self, policy: Policy, person: Person, sop_class: str, known: Known, shown: str) -> None:
        self.policy, self.options, self.person = policy, policy.options, person
        self.sop_class, self.known, self.shown = sop_class, known, shown
        self.changed: list[str] = []

    def apply(self, dataset: Any, prefix: str = "", depth: int = 0, parent: int = 0) -> None:
        """Treat every element of ``dataset`` and of the items below it."""
        private = private_safe.kept(dataset, self._tells) if Option.SAFE_PRIVATE in self.options else frozenset()
        for tag in list(dataset.keys()):
            number = int(tag)
            if number in private or number == _CHARACTERS:
                continue
            location = f"{prefix}({number >> 16:04X},{number & 0xFFFF:04X})"
            if _goes(number) or not self._treated(dataset, number, location, depth, parent):
                if number in dataset:
                    del dataset[number]
                self.changed.append(location)

    def tells_in_pictures(self, text: str) -> bool:
        """True for a comment inside a packed picture that is about somebody."""
        return bool(text) and (self._tells(text) or self._said(0, text) or is_doubtful(text))

    def long_stays(self, tag: int, vr: str | None) -> bool:
        """True for a long binary value at the top level that the profile keeps."""
        if _goes(tag) or (vr == "UN" and dicom_profile.row(tag) is None):
            return False
        return self._action(tag, vr or "", 0, self.options) in ("K", "C")

    def _treated(self, dataset: Any, tag: int, location: str, depth: int, parent: int) -> bool:
        """Give the element its new value; False where it goes."""
        element = elements.look(dataset, tag)
        if element is None or element.VR == "UN" or depth > dicom_tree.MOST_DEPTH:
            return False  # what nobody can read, nobody can vouch for
        action = self._action(tag, str(element.VR), depth, self.options)
        if action == "X" and (parent, tag) in _NEEDED_INSIDE:
            action = "Z"
        if action == "X":
            return False
        if element.VR == "SQ":
            return self._sequence(element, tag, action, location, depth)
        new: Any = self._numbered(dataset, element, tag)
        if new is None:
            new = self._value(element, tag, action, depth)
        if tag == _MEANING and elements.scheme(dataset) in wording.SCHEMES and self._is_printed(element):
            new = _SAME
        if new is _GONE:
            return False
        if new is not _SAME and new != element.value:
            element.value = new
            dataset[tag] = element
            self.changed.append(location)
        return True

    def _action(self, tag: int, vr: str, depth: int, options: frozenset[Option]) -> str:
        """K, C, X, Z, D or U; of alternatives the weakest that leaves the object valid."""
        action = dicom_profile.action(tag, options, vr)
        row = dicom_profile.row(tag)
        if row is None or action in ("C", "K", "U"):
            return action
        choices = row.basic.replace("*", "").split("/")
        if depth:
            return "X" if action == "Z" and "X" in choices and vr == "SQ" else action
        if not needs.known(self.sop_class) or (action != "X" and len(choices) == 1):
            return action
        need = needs.of(self.sop_class, tag)
        if need == 3:
            return "X" if "X" in choices else action
        return "D" if need == 1 or (action == "D" and "Z" not in choices) else "Z"

    def _sequence(self, element: Any, tag: int, action: str, location: str, depth: int) -> bool:
        if action == "Z":
            if element.value:
                element.value = []
                self.changed.append(location)
            return True
        for at, item in enumerate(element.value or ()):
            if action == "D" and dummies.blank_code(item):
                self.changed.append(f"{location}[{at}]")
            else:
                self.apply(item, f"{location}[{at}].", depth + 1, tag)
        return True

    def _numbered(self, dataset: Any, element: Any, tag: int) -> str | None:
        """The stand-in of a number that links slides, blocks or subjects of a study, and of what a report calls
        personal; None for other elements.

        Equal numbers get equal stand-ins, so that the copies still belong together.
        """
        concept = _concept(dataset) if tag in _CONTENT else ""
        if concept in _PERSONAL_CONCEPTS and element.value not in (None, ""):
            return str(dummies.of(str(element.VR)))
        named = tag in _LINKING or (tag == _TEXT_VALUE and concept in _LINKING_CONCEPTS)
        text = "\\".join(elements.texts(element.value)).strip() if named else ""
        return f"pseudo-{self.policy.tag('linking:' + text)}" if text else None

    def _value(self, element: Any, tag: int, action: str, depth: int) -> Any:
        vr = str(element.VR)
        if tag in (NAME, NUMBER):
            return self.person.stand_in
        if tag == dicom_tree.DOCUMENT:
            return self._document(element.value)
        if vr == "UI":
            return self._uids(element, action)
        if element.value in (None, "", b"") or (action == "K" and vr not in _CAREFUL):
            return _SAME
        if action in ("Z", "D") or vr == "PN":
            return dummies.empty(vr) if action == "Z" else dummies.of(vr)
        return self._kept(element, tag, vr, action, depth)

    def _kept(self, element: Any, tag: int, vr: str, action: str, depth: int) -> Any:
        """A value that stays once what it tells is out of it."""
        if vr in ("DA", "DT", "TM"):
            return self._dates(element, tag, action, depth)
        if vr in ("AS", "UR"):
            return dates.capped(str(element.value)) if vr == "AS" else dummies.empty(vr)
        if vr in _OWN_WORDS:
            return self._words(element, tag, vr, action, depth)
        if isinstance(element.value, (bytes, bytearray)):
            telling = seeds.inside(bytes(element.value), self.known) or (
                vr == "OB" and self._spells(bytes(element.value))
            )
        else:
            found = elements.texts(element.value)
            telling = len(found) <= _MANY and any(self._names(tag, vr, text) for text in found)
        return self._instead(tag, vr, depth) if telling else _SAME

    def _words(self, element: Any, tag: int, vr: str, action: str, depth: int) -> Any:
        old = elements.texts(element.value)
        if dicom_kinds.kind(tag, vr) in _ABOUT_PATIENTS:
            return self._instead(tag, vr, depth)
        if action == "K" and dicom_profile.row(tag) is not None:  # an option keeps it
            kept = self.known.without(Kind.LINKED, Kind.LINKED_DATE)
            return self._instead(tag, vr, depth) if any(any(True for _ in kept.hits(t)) for t in old) else _SAME
        if tag in _EXEMPT and not any(self._told(tag, text) for text in old):
            return _SAME
        strict = action == "C" or tag in _REPORTS
        listed = dicom_profile.row(tag) is not None
        new = [wording.cleaned(text, self.known, strict=strict) for text in old]
        new = [text if listed or tag in _CODES else _without_surnames(text) for text in new]
        if tag in _REPORTS and (new != old or any(map(_has_digit, new))):
            new = []  # of a report nothing stays that somebody could have added to
        new = [text for text in new if not self._said(tag, text)]
        if new == old:
            return _SAME
        left = [text for text in new if text]
        return (left if len(left) > 1 else left[0]) if left else self._instead(tag, vr, depth)

    def _instead(self, tag: int, vr: str, depth: int) -> Any:
        """What stands where nothing of a value may stay."""
        if dicom_profile.row(tag) is None:
            return dummies.of(vr)
        plain = self._action(tag, vr, depth, frozenset())
        return _GONE if plain == "X" else (dummies.empty(vr) if plain == "Z" else dummies.of(vr))

    def _tells(self, text: str) -> bool:
        return any(True for _ in self.known.hits(text))

    def _is_printed(self, element: Any) -> bool:
        """True for the meaning of a code of the field, unless somebody was written into it."""
        text = str(element.value or "")
        return not self._tells(text) and not wording.names_someone(text)

    def _spells(self, raw: bytes) -> bool:
        """True where readable parts of bytes name somebody."""
        return wording.names_someone(runs.readable(raw[:_READ]), 5)

    def _names(self, tag: int, vr: str, text: str) -> bool:
        """True for a code or number that repeats a known value, or in which somebody wrote a name."""
        if tag == _BODY_PART and wording.cleaned(text, self.known, strict=False) != text:
            return True
        if vr == "CS" and tag not in _TERMS and wording.has_unknown(text):
            return True
        return self._tells(text) or (vr in ("CS", "AE") and wording.names_someone(text, 5))

    def _said(self, tag: int, text: str) -> bool:
        """True where the check would still call what is left personal."""
        spot = Spot(f"{tag:08X}", "", text, None, (), medical=True)
        return any(rank(hit.kind) and hit.kind is not Kind.FREE_TEXT for hit, _taken in judge.judged(spot, self.known))

    def _told(self, tag: int, text: str) -> bool:
        spot = Spot(f"{tag:08X}", "", text, None, (), medical=tag not in dicom_kinds.TECHNICAL)
        return self._tells(text) or bool(judge.judged(spot, self.known))

    def _dates(self, element: Any, tag: int, action: str, depth: int) -> Any:
        if action == "K" or element.VR == "TM":
            return _SAME
        new = [dates.moved(text, self.person.days) for text in elements.texts(element.value) if text.strip()]
        left = [text for text in new if text]
        if len(left) < len(new) or not left:
            return self._instead(tag, str(element.VR), depth)
        return left if len(left) > 1 else left[0]

    def _uids(self, element: Any, action: str) -> Any:
        listed = dicom_profile.row(int(element.tag)) is not None
        public = any(part in element.keyword for part in _PUBLIC_UIDS)
        if Option.UIDS in self.options or not element.value or (not listed and public):
            return _SAME
        if action in ("K", "C") and listed:
            return _SAME
        new = [self._uid(text.strip(" \0")) for text in elements.texts(element.value)]
        return new if len(new) > 1 else new[0]

    def _uid(self, uid: str) -> str:
        return uid if not uid or uid.startswith(_WELL_KNOWN) else self.policy.uid(uid)

    def _document(self, value: Any) -> Any:
        """An empty page in place of a report; a model or another document is the data itself."""
        from depositor.privacy.checks.dicom import EMPTY_PDF

        if not bytes(value or b"").startswith(b"%PDF"):
            raise Damaged(refusals.document(self.shown))
        return EMPTY_PDF + b"\n" * (len(EMPTY_PDF) % 2)


def _concept(item: Any) -> str:
    """The code of the name of a content item."""
    for name in item.get("ConceptNameCodeSequence", None) or ():
        return str(name.get("CodeValue", "") or "").strip()
    return ""


def _without_surnames(text: str) -> str:
    """``text`` of a field that no table knows, without words that could be names even where a list knows them."""
    words = {word.casefold(): Kind.MAYBE_NAME for word in doubtful_names(text)}
    return wording.cleaned(text, Known(words), strict=False) if words else text


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


_SAME, _GONE = object(), object()
_CAREFUL = _OWN_WORDS | {"DA", "DT", "AS", "PN", "UR", "CS", "AE", "IS", "DS", "OB", "OW"}


def _goes(tag: int) -> bool:
    """True for what never stays: private blocks that are not listed as safe, command groups, lengths, graphics."""
    group, element = tag >> 16, tag & 0xFFFF
    return group & 1 == 1 or group < 8 or element == 0 or group >> 8 in (0x50, 0x60) or tag in _NEVER
