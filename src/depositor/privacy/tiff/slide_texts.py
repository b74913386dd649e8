"""Texts of slides: what the keys of each maker mean, values in base64, pictures in base64 that are no text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms
from depositor.privacy.texts.forms import Part
from depositor.privacy.words import labels, persons

_NAMED_TEXT = re.compile(r"<Attribute\b[^>]*?\bName=\"([^\"]{1,120})\"[^>]*>\s*([^<\s])")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{8,}={0,2}\s*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_DOCUMENT = re.compile(r"\{\s*\"|<\?xml|<[A-Za-z][\w:.-]*[\s>]")
_LONGEST = 4096  # characters: longer base64 is a picture, which is found as one
_KINDS = {
    "pimdpscanneroperatorid": Kind.STAFF_NAME,
    "piimdpscanneroperatorid": Kind.STAFF_NAME,
    "dicomdeviceserialnumber": Kind.SERIAL,
    "dicomacquisitiondatetime": Kind.DATE,
    "builddate": Kind.DATE,
    "creationdate": Kind.DATE,
    "operatorname": Kind.STAFF_NAME,
    "computername": Kind.HOST,
    "unitnumber": Kind.SERIAL,
    "dsrid": Kind.SERIAL,
    "uniqueid": Kind.UID,
}
_CASES = frozenset(
    {
        *("barcode", "barcode1d", "barcode2d", "barcodes", "barcodevalue", "pimdpufsbarcode", "slideid", "slidelabel"),
        *("labeltext", "caseid", "caseno", "accession", "accessionnumber", "virtualslidename", "reference"),
    }
)


def kind_of(label: str, text: str) -> Kind | None:
    """What a value of a slide's header is. A barcode without digits is still what somebody wrote on the label."""
    plain = labels.plain(label)
    if _UUID.fullmatch(text.strip()):
        return Kind.UID  # scanners of a hospital's network name their users by such a code, MIRAX its slides
    if plain in _CASES and not persons.is_placeholder(text):
        return Kind.CASE_NUMBER if sum(c.isdigit() for c in text) >= 3 else _short_case(text)
    return _KINDS.get(plain)


def _short_case(text: str) -> Kind | None:
    return Kind.PATIENT_TEXT if len(re.findall(r"[^\W\d_]", text)) >= 3 else None


def xml(text: str) -> Iterator[Part]:
    """:func:`forms.xml` with Philips' attributes under their names, base64 values read and pictures left out."""
    named = {m.start(2): m[1] for m in _NAMED_TEXT.finditer(text)}
    for part in forms.xml(text):
        if len(part.text) > _LONGEST and _BASE64.fullmatch(part.text):
            continue
        yield _read(replace(part, label=named.get(part.start, part.label)))


def _read(part: Part) -> Part:
    """A barcode that stands there as base64 is read; what is written instead is base64 again."""
    if labels.plain(part.label) not in _CASES or not _BASE64.fullmatch(part.text):
        return part
    try:
        text = base64.b64decode(part.text, validate=True).decode("utf-8").rstrip("\0")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return part
    if len(text) < 3 or not text.isprintable():
        return part
    return replace(part, text=text, write=lambda new: base64.b64encode(new.encode()).decode() if new else "")


def form_of(text: str) -> Callable[[str], Iterator[Part]]:
    """The cutter for a text of a slide or another TIFF."""
    form = forms.form_of(text)
    return xml if form is forms.xml else form


def cut(text: str) -> Iterator[Part]:
    """The parts of any text of a TIFF tag; a whole document inside one part (JSON in a line) is cut too."""
    for part in form_of(text)(text):
        inner = part.text
        if _DOCUMENT.match(inner) and text[part.start : part.end] == inner and inner != text:
            for deeper in form_of(inner)(inner):
                place = f"{part.location}:{deeper.location}"
                yield replace(deeper, location=place, start=part.start + deeper.start, end=part.start + deeper.end)
        else:
            yield part
