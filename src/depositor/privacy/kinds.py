"""The kinds of personal data, how much each weighs and what is said about it. One table for all checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from depositor.draft.finding import Level, Subject
from depositor.draft.message import Message, msg


class Kind(StrEnum):
    """What a piece of text is. The words are stable: they are the end of finding keys."""

    PATIENT_NAME = "patient-name"
    PATIENT_NUMBER = "patient-number"
    NATIONAL_NUMBER = "national-number"
    BIRTH_DATE = "birth-date"
    PATIENT_CONTACT = "patient-contact"
    PATIENT_TEXT = "patient-text"
    CASE_NUMBER = "case-number"
    AGE = "age"
    POSTCODE = "postcode"
    PERSON_NAME = "person-name"
    STAFF_NAME = "staff-name"
    MAIL = "mail"
    PHONE = "phone"
    USER_NAME = "user-name"
    USER_PATH = "user-path"
    PATH = "path"
    HOST = "host"
    INSTITUTION = "institution"
    SERIAL = "serial"
    GPS = "gps"
    UID = "uid"
    DATE = "date"
    FREE_TEXT = "free-text"
    PRIVATE = "private"
    MAYBE_NAME = "maybe-name"
    PSEUDONYM = "pseudonym"
    LABEL_PICTURE = "label-picture"
    PREVIEW_PICTURE = "preview-picture"
    DOCUMENT = "document"
    LINKED = "linked"
    LINKED_DATE = "linked-date"
    PICTURE_TEXT = "picture-text"
    FACE = "face"
    COMBINATION = "combination"
    TRAILING = "trailing"
    HIDDEN = "hidden"
    ORIGIN = "origin"
    FACE_REMOVED = "face-removed"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Weight:
    """Level and subject of a kind, with the three sentences that a person reads."""

    level: Level
    subject: Subject
    message: Message
    why: Message
    advice: Message


_PATIENT_WHY = msg("privacy.why.patient", "Open data about patients or donors must not lead back to a person.")
_STAFF_WHY = msg(
    "privacy.why.staff", "A colleague becomes findable by this once the data are public. Credit belongs to the authors."
)
_SITE_WHY = msg("privacy.why.site", "Together with other facts this narrows down where and on whom data were taken.")
_REMOVE = msg("privacy.advice.remove", "Let a cleaned copy be sent instead, or leave the file out.")
_CHOOSE = msg("privacy.advice.choose", "Keep it where the person agrees; otherwise let a cleaned copy be sent.")
_LOOK = msg("privacy.advice.look", "Please read it: keep it if it tells of no person, or let it be removed.")

WEIGHTS: dict[Kind, Weight] = {
    Kind.PATIENT_NAME: Weight(
        Level.BLOCKER, Subject.PATIENT, msg("privacy.patient-name", "Names a patient or donor."), _PATIENT_WHY, _REMOVE
    ),
    Kind.PATIENT_NUMBER: Weight(
        Level.BLOCKER,
        Subject.PATIENT,
        msg("privacy.patient-number", "Holds a number of a patient or of their case."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.NATIONAL_NUMBER: Weight(
        Level.BLOCKER,
        Subject.PATIENT,
        msg("privacy.national-number", "Holds a number that a state or health service gave to a person."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.BIRTH_DATE: Weight(
        Level.BLOCKER, Subject.PATIENT, msg("privacy.birth-date", "Holds a date of birth."), _PATIENT_WHY, _REMOVE
    ),
    Kind.PATIENT_CONTACT: Weight(
        Level.BLOCKER,
        Subject.PATIENT,
        msg("privacy.patient-contact", "Holds an address or telephone number of a patient."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.PATIENT_TEXT: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.patient-text", "Tells details about a patient in free words."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.CASE_NUMBER: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.case-number", "Holds a number that looks like that of a pathology case, a slide or an order."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.AGE: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.age", "Gives an age above 89 years, which few people share."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.POSTCODE: Weight(
        Level.ADVICE, Subject.PATIENT, msg("privacy.postcode", "Gives a postcode."), _PATIENT_WHY, _REMOVE
    ),
    Kind.STAFF_NAME: Weight(
        Level.WARNING, Subject.STAFF, msg("privacy.staff-name", "Names a member of staff."), _STAFF_WHY, _CHOOSE
    ),
    Kind.PERSON_NAME: Weight(
        Level.WARNING, Subject.OTHER, msg("privacy.person-name", "Names a person."), _PATIENT_WHY, _REMOVE
    ),
    Kind.MAIL: Weight(
        Level.WARNING, Subject.STAFF, msg("privacy.mail", "Holds an e-mail address."), _STAFF_WHY, _CHOOSE
    ),
    Kind.PHONE: Weight(
        Level.WARNING, Subject.STAFF, msg("privacy.phone", "Holds a telephone number."), _STAFF_WHY, _CHOOSE
    ),
    Kind.USER_NAME: Weight(
        Level.WARNING,
        Subject.STAFF,
        msg("privacy.user-name", "Holds the name somebody signs in with."),
        _STAFF_WHY,
        _CHOOSE,
    ),
    Kind.USER_PATH: Weight(
        Level.WARNING,
        Subject.STAFF,
        msg("privacy.user-path", "Holds a folder path with the name of a user."),
        _STAFF_WHY,
        _CHOOSE,
    ),
    Kind.PATH: Weight(
        Level.ADVICE,
        Subject.STAFF,
        msg("privacy.path", "Holds a folder path of the computer where the data were made."),
        _STAFF_WHY,
        _CHOOSE,
    ),
    Kind.HOST: Weight(Level.ADVICE, Subject.SITE, msg("privacy.host", "Names a computer."), _SITE_WHY, _LOOK),
    Kind.INSTITUTION: Weight(
        Level.ADVICE,
        Subject.SITE,
        msg("privacy.institution", "Names an institution, a department or its address."),
        _SITE_WHY,
        _LOOK,
    ),
    Kind.SERIAL: Weight(
        Level.INFO, Subject.SITE, msg("privacy.serial", "Holds the serial number of an instrument."), _SITE_WHY, _LOOK
    ),
    Kind.GPS: Weight(
        Level.WARNING,
        Subject.PLACE,
        msg("privacy.gps", "Tells the place on the map where the picture was taken."),
        _SITE_WHY,
        _REMOVE,
    ),
    Kind.UID: Weight(
        Level.INFO,
        Subject.OTHER,
        msg("privacy.uid", "Holds an identifier that the hospital's own systems know."),
        _SITE_WHY,
        _LOOK,
    ),
    Kind.DATE: Weight(
        Level.INFO, Subject.OTHER, msg("privacy.date", "Tells on which day something was done."), _SITE_WHY, _LOOK
    ),
    Kind.FREE_TEXT: Weight(
        Level.ADVICE,
        Subject.OTHER,
        msg("privacy.free-text", "Holds free text that a person may have typed."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.PRIVATE: Weight(
        Level.ADVICE,
        Subject.OTHER,
        msg("privacy.private", "Holds a private field of the manufacturer; nobody but the maker knows what is in it."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.MAYBE_NAME: Weight(
        Level.ADVICE,
        Subject.OTHER,
        msg("privacy.maybe-name", "Holds a word that could be the name of a person."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.PSEUDONYM: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.pseudonym", "Holds a number in place of a patient's; check that no list outside leads back."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.LABEL_PICTURE: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.label-picture", "A picture of the slide's label is inside; such labels often carry names."),
        _PATIENT_WHY,
        msg(
            "privacy.advice.label", "Look at the label in a viewer; send a copy without it where it tells of a person."
        ),
    ),
    Kind.PREVIEW_PICTURE: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.preview-picture", "A small preview picture is inside; it may show more than the picture itself."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.DOCUMENT: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.document", "A whole document, such as a report, is inside this file."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.LINKED: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.linked", "Repeats a value that stands beside a patient in another file of this deposit."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.LINKED_DATE: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.linked-date", "Repeats the day on which a patient in another file of this deposit was examined."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.PICTURE_TEXT: Weight(
        Level.ADVICE,
        Subject.OTHER,
        msg("privacy.picture-text", "Text stands in the picture itself."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.FACE: Weight(
        Level.WARNING,
        Subject.PATIENT,
        msg("privacy.face", "From this scan of a head the face could be rebuilt."),
        msg("privacy.why.face", "In studies, most such faces were matched to photographs of the right person."),
        msg(
            "privacy.advice.face",
            "Remove the face with a program of the field (such as pydeface or mri_reface), or keep the scan for "
            "controlled access.",
        ),
    ),
    Kind.FACE_REMOVED: Weight(
        Level.INFO,
        Subject.PATIENT,
        msg("privacy.face-removed", "Shows a head; the file says that the face was taken out."),
        msg("privacy.why.face", "In studies, most such faces were matched to photographs of the right person."),
        msg("privacy.advice.face-removed", "Look at it in a viewer that draws surfaces, to see that it is so."),
    ),
    Kind.CLAIM: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.claim", "The file says that the patient's identity was removed, but it is still there."),
        _PATIENT_WHY,
        _REMOVE,
    ),
    Kind.TRAILING: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.trailing", "Something else is stored behind the end of the picture."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.HIDDEN: Weight(
        Level.ADVICE,
        Subject.OTHER,
        msg("privacy.hidden", "Holds a part that programs do not show: an earlier version, or hidden rows or sheets."),
        _PATIENT_WHY,
        _LOOK,
    ),
    Kind.ORIGIN: Weight(
        Level.ADVICE,
        Subject.STAFF,
        msg("privacy.origin", "Tells from which address the file was downloaded."),
        _STAFF_WHY,
        _CHOOSE,
    ),
    Kind.COMBINATION: Weight(
        Level.ADVICE,
        Subject.PATIENT,
        msg("privacy.combination", "Several facts stand together that may fit only few people."),
        _PATIENT_WHY,
        _LOOK,
    ),
}

_ORDER = (Level.INFO, Level.ADVICE, Level.WARNING, Level.BLOCKER)
NAMES = frozenset({Kind.PATIENT_NAME, Kind.PERSON_NAME, Kind.STAFF_NAME, Kind.USER_NAME})


def rank(kind: Kind) -> int:
    """How much a kind weighs, 0 (info) to 3 (blocker)."""
    return _ORDER.index(WEIGHTS[kind].level)


def about_patient(kind: Kind) -> bool:
    """True for kinds that lead to a patient: the words around them are not to be trusted either."""
    return WEIGHTS[kind].subject is Subject.PATIENT and rank(kind) >= 2
