"""Mail files (.eml): who wrote to whom, the text, and what is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from depositor.privacy import judge
from depositor.privacy.checks import nested, remarks
from depositor.privacy.checks.nested import Budget, Outer
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms

LARGEST = 64 << 20
MOST_PARTS = 500
_PEOPLE = ("From", "To", "Cc", "Bcc", "Reply-To", "Sender")
_HEADS = ("Subject", "Received", "Message-ID", "X-Originating-IP", "Organization", "X-Mailer", "Thread-Topic")
_HEAD = re.compile(rb"^(?:From|Received|Return-Path|Delivered-To|MIME-Version|Message-ID|Date|Subject|X-[\w-]+): ",
                   re.IGNORECASE | re.MULTILINE)  # fmt: skip
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, IndexError, MessageError, RecursionError)


class MailCheck:
    """Has no remedy: correspondence does not belong into a deposit."""

    id = "mail"

    def claims(self, path: Path, head: bytes) -> bool:
        named = path.suffix.lower() in (".eml", ".emlx")
        return b"\0" not in head and (named or len(_HEAD.findall(head)) >= 4)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        left = [remarks.limits(shown)] if len(raw) > LARGEST else []
        outer = Outer(self.id, shown, ())
        try:
            message = BytesParser(policy=policy.default).parsebytes(raw[:LARGEST])
            spots = [*_people(message), *_heads(message)]
            inner = list(_parts(message, spots, outer, known))
        except _BROKEN:
            return Examination((), (*left, remarks.damaged(shown)))
        found = Examination(judge.findings(self.id, shown, spots, known), tuple(left))
        return nested.together([found, *inner])


def _people(message: EmailMessage) -> Iterator[Spot]:
    for head in _PEOPLE:
        for field in message.get_all(head, []):
            for number, person in enumerate(getattr(field, "addresses", ())):
                if person.display_name:
                    yield Spot(f"{head}:{number}:name", "author", person.display_name, Kind.STAFF_NAME, ())
                yield Spot(f"{head}:{number}", "", person.addr_spec, None, ())


def _heads(message: EmailMessage) -> Iterator[Spot]:
    for head in _HEADS:
        for number, field in enumerate(message.get_all(head, [])[:20]):
            yield Spot(f"{head}:{number}", "title" if head == "Subject" else "", str(field), None, ())


def _parts(message: EmailMessage, spots: list[Spot], outer: Outer, known: Known) -> Iterator[Examination]:
    """Texts go to ``spots``; attached files are looked at by the check of their kind."""
    budget = Budget(members=MOST_PARTS)
    with nested.room() as room:
        for number, part in enumerate(message.walk()):
            if part.is_multipart() or not budget.take():
                continue
            name = part.get_filename()
            content = part.get_payload(decode=True)
            raw = content if isinstance(content, bytes) else b""
            if part.get_content_maintype() == "text" and not name:
                text = raw.decode(part.get_content_charset("utf-8"), "replace")
                form = forms.xml if part.get_content_subtype() == "html" else forms.lines
                for spot in documents.spots_of(documents.parts_of(text, form), f"part:{number}"):
                    spots.append(Spot(spot.location, spot.label, spot.text, None, ()))
            elif raw and not nested.too_deep():
                path = nested.place_for(room, name or f"part{number}.bin")
                path.write_bytes(raw)
                yield Examination(outer.name(name, known) if name else ())
                yield outer.look(path, name or f"part {number}", known)
                path.unlink()


MAIL = MailCheck()
