"""What the name of a field says about its value."""

from __future__ import annotations

import functools
import re

from depositor import resources
from depositor.privacy.kinds import Kind
from depositor.privacy.words.persons import folded

_NOT_WORD = re.compile(r"[\W_]+")


def plain(label: str) -> str:
    """A label in lower case, without accents, without anything but letters and digits."""
    return folded(_NOT_WORD.sub("", label))


@functools.cache
def _table() -> dict[str, Kind]:
    data = resources.toml("privacy/labels.toml")
    return {plain(label): Kind(k) for k, labels in data.items() if k in Kind._value2member_map_ for label in labels}


@functools.cache
def _set(name: str) -> frozenset[str]:
    return frozenset(plain(label) for label in resources.toml("privacy/labels.toml")[name])


@functools.cache
def _names() -> frozenset[str]:
    return _set("generic") - {"id", "number"}


# Names of fields that are put together: what they begin and end with.
_SHAPES: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (
        re.compile(
            r"(?:patient|pat|pt|donor|subject|proband|participant|spender|mother|father)s?(?:full|first|last"
            r"|family|given|middle|birth|maiden|sur|nach|vor)?name"
        ),
        Kind.PATIENT_NAME,
    ),
    (
        re.compile(
            r"(?:patient|pat|pt|subject|donor|hospital|medicalrecord|mrn|chart|encounter)(?:s|en)?(?:id|no|nr"
            r"|num|number|nummer|identifier|mrn)\w{0,3}|\w{0,12}mrn"
        ),
        Kind.PATIENT_NUMBER,
    ),
    (re.compile(r"\w{0,20}(?:dob|dateofbirth|birthdate|birthday|geburtsdatum|birthdt)"), Kind.BIRTH_DATE),
    (
        re.compile(
            r"(?!camera|lens|detector|device|display|stage|filter|laser|channel)\w{0,20}(?:username|loginname"
            r"|userlogin|benutzername|loginid|useraccount)"
        ),
        Kind.USER_NAME,
    ),
    (re.compile(r"\w{0,24}(?:emailaddress|email)"), Kind.MAIL),
    (re.compile(r"\w{0,20}(?:phonenumber|telephonenumber|telefonnummer|phoneno)"), Kind.PHONE),
    (
        re.compile(
            r"(?:acquir|imag|tak|record|scann|collect|stain|mount|section|dissect|prepar|annotat|segment"
            r"|review|approv|sign|captur|perform|sampl|photograph|operat|embed|cut|fix)\w{0,3}by(?:name)?"
        ),
        Kind.STAFF_NAME,
    ),
    (
        re.compile(
            r"(?:operator|technician|physician|surgeon|pathologist|radiologist|doctor|experimenter"
            r"|microscopist|investigator|nurse|clinician|observer|referrer|analyst)s?(?:full|first|last|family"
            r"|given)?name"
        ),
        Kind.STAFF_NAME,
    ),
    (re.compile(r"\w{0,20}(?:hostname|computername|machinename)"), Kind.HOST),
    (re.compile(r"\w{0,16}(?:serialnumber|serialno)"), Kind.SERIAL),
)


@functools.lru_cache(maxsize=8192)
def kind_of(label: str) -> Kind | None:
    """The kind that a field called ``label`` holds, None where its name says nothing.

    >>> kind_of("Patient Name")
    <Kind.PATIENT_NAME: 'patient-name'>
    """
    if not label or len(label) > 80:
        return None
    bare = plain(label)
    if bare.startswith("patient") and bare[7:] in _names():
        return Kind.PATIENT_NAME
    return _table().get(bare) or next((k for shape, k in _SHAPES if shape.fullmatch(bare)), None)


@functools.lru_cache(maxsize=8192)
def is_perhaps_staff(label: str) -> bool:
    """True for fields that may name a person or, as often, a program or a mode."""
    return plain(label) in _set("perhaps-staff")


@functools.lru_cache(maxsize=8192)
def is_named(label: str) -> bool:
    """True where people make up the value, as they make up names of files."""
    return plain(label) in _set("named")


@functools.lru_cache(maxsize=8192)
def within(outer: str, label: str) -> str:
    """The label of a field inside of another one: ``name`` below ``operator`` is the operator's name.

    >>> within("operator", "name"), within("lens", "name")
    ('operator name', 'name')
    """
    if plain(label) not in _set("generic") or not outer:
        return label
    whole = f"{outer} {label}"
    if kind_of(whole) is not None:
        return whole
    kind = kind_of(outer)
    return outer if kind in (Kind.STAFF_NAME, Kind.PATIENT_NAME, Kind.USER_NAME) and plain(label) != "id" else label


def of_patients(header: list[str]) -> list[str]:
    """Headings of a table, where "Name" beside a date of birth or a patient's number is the patient's name."""
    medical = {Kind.BIRTH_DATE, Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.PATIENT_NAME, Kind.AGE}
    if not any(kind_of(h) in medical and plain(h) not in _set("generic") for h in header):
        return header
    return [f"patient {h}" if plain(h) in _names() else h for h in header]
