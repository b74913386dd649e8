"""What an archive can do, as data. Callers ask these values; nobody asks for an archive's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from depositor.draft.message import Message


class Account(StrEnum):
    """How one signs in."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - a kind of account, not a secret
    TOKEN = "token"  # noqa: S105


class HumanRule(StrEnum):
    """Which data from people an archive takes; established cell lines are no people here."""

    NO = "no"
    PUBLIC = "consented-public"  # without identities, with consent to (or a waiver for) open publication
    CONTROLLED = "controlled"  # also what only admitted people may see
    ANY = "any"  # whoever runs it decides: a folder, a server of the institute, practice
    UNKNOWN = "unknown"  # the archive publishes no rule that is known here


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """When data may become public. ``max_days`` ahead of today; ``embargo`` False means: public at once."""

    required: bool = False
    past_allowed: bool = False
    embargo: bool = True
    max_days: int | None = None


@dataclass(frozen=True, slots=True)
class NamingRule:
    """What a path may look like at the archive.

    ``allowed`` is a regular-expression character class for one path segment (``A-Za-z0-9 _.-``), ``replace`` proposes
    a stand-in for single characters, ``other`` for every character without one. Lengths count characters.
    """

    allowed: str | None = None
    replace: dict[str, str] = field(default_factory=dict)
    other: str = "_"
    max_segment: int = 255
    max_path: int = 1024
    case_sensitive: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that the archive refuses or warns of; None where it publishes none."""

    file_bytes: int | None = None
    total_bytes: int | None = None
    files: int | None = None
    warn_file_bytes: int | None = None
    warn_files: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One archive, described. Loaded from ``resources/archives/<id>.toml``; texts are Messages with context
    ``archive.<id>.<key>``.

    ``can`` holds words out of: draft, resume, checksum, release-date, states, verify, withdraw, public-page, accession,
    trial (a small file may be sent and taken back to measure the line).
    ``documents`` are the formats that are made for it, ``sent_documents`` those of them that are uploaded beside the
    data; ``profile`` is the overlay with its own fields.
    ``policy`` is the privacy policy that holds unless the person chooses another one.
    """

    id: str
    name: str
    kind: str
    summary: Message
    suits: Message
    next_steps: Message
    correct: Message
    homepage: str = ""
    endpoint: str = ""
    sandbox: str = ""
    signup: str = ""
    account: Account = Account.NONE
    profile: str | None = None
    documents: tuple[str, ...] = ("manifest", "ro-crate", "methods")
    sent_documents: tuple[str, ...] = ("manifest", "ro-crate", "methods")
    licenses: tuple[str, ...] = ("CC0-1.0", "CC-BY-4.0")
    default_license: str = "CC0-1.0"
    release: ReleaseRule = ReleaseRule()
    naming: NamingRule = NamingRule()
    limits: Limits = Limits()
    protocols: tuple[str, ...] = ()
    can: frozenset[str] = frozenset()
    policy: str = "public"
    human_data: HumanRule = HumanRule.UNKNOWN
