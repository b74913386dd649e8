"""What there is to choose from: archives, profiles, licences, formats; for both faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.inventory import SetKind
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.session.language import tr

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft


def archive_ids() -> tuple[str, ...]:
    """The archives that the program can deposit to."""
    from depositor.archives import registry

    return tuple(a.capabilities().id for a in registry.archives())


def planned_ids() -> tuple[str, ...]:
    """The archives that the program knows of but cannot deposit to yet."""
    from depositor.archives import registry

    return tuple(a.id for a in registry.planned())


def profile_ids() -> tuple[str, ...]:
    """The profiles that a draft can have."""
    from depositor.form import profiles

    return tuple(p.id for p in profiles.available())


def formats() -> tuple[str, ...]:
    """The formats that a description can be exported in."""
    from depositor.bundle import documents
    from depositor.session import spreadsheets

    return tuple(sorted((*documents.formats(), spreadsheets.FORMAT)))


def licenses() -> tuple[Any, ...]:
    """All licences that the program knows (``form.licenses.License``)."""
    from depositor.form.licenses import all_licenses

    return tuple(all_licenses())


def profiles() -> tuple[Any, ...]:
    """All profiles (``form.profiles.ProfileInfo``)."""
    from depositor.form import profiles as found

    return tuple(found.available())


def questions(profile_id: str) -> tuple[Any, ...]:
    """The modules (``form.fields.Module``) that a profile of any kind brings, or those that it asks for in other
    modules where it brings none; NeedsUser for a profile that does not exist."""
    from depositor.form import profiles as found

    kinds = {p.id: p.kind for p in found.every()}
    if profile_id not in kinds:
        raise NeedsUser(_unknown_profile(profile_id))
    modality = kinds[profile_id] == "modality"
    form = found.load((profile_id,), None) if modality else found.load((), profile_id)
    own = [m for m in form.modules if m.key in found.brings(profile_id)]
    return tuple(own) or form.modules


def scores(opened: OpenDraft) -> tuple[Any, ...]:
    """How much of what community checklists ask for the description tells (``form.checklists.Score``)."""
    from depositor.form.checklists import scores as found

    return tuple(found(opened.form(), opened.draft))


def schema() -> dict[str, Any]:
    """The JSON Schema of the submission document."""
    from depositor.form.schema import json_schema

    return json_schema()


def begin(desk: Desk, archive: str, title: str | None = None, profile_ids: tuple[str, ...] = ()) -> OpenDraft:
    """A new draft for ``archive`` with its usual licence, which the document shows; ``profile_ids`` add questions."""
    capabilities = desk.capabilities(archive)
    if capabilities is None:
        raise NeedsUser(_unknown_archive(archive))
    opened = desk.new_draft(archive, title)
    usual = capabilities.default_license or None
    new = replace(opened.draft, archive=archive, license=usual, profiles=profile_ids)
    opened.change(msg("change.archive", "Choice of archive"), new)
    return opened


def there_already(path: Path) -> Problem:
    """A document that would be overwritten."""
    return Problem(
        "document.there-already",
        Side.COMPUTER,
        msg("document.there-already", "There is already a document of this name; it was left as it is."),
        msg("document.there-already.advice", "Give another name, or say --force to replace it."),
        path=path.as_posix(),
    )


def _unknown_archive(archive: str) -> Problem:
    return Problem(
        "archive.unknown",
        Side.COMPUTER,
        msg("archive.unknown", "Depositor does not know an archive called {archive}.", archive=archive),
        msg("archive.unknown.advice", "“depositor archives” lists the ones it knows."),
    )


def _unknown_profile(profile: str) -> Problem:
    return Problem(
        "profile.unknown",
        Side.COMPUTER,
        msg("profile.unknown", "Depositor does not know a profile called {profile}.", profile=profile),
        msg("profile.unknown.advice", "“depositor profiles” lists the ones it knows."),
    )


def kind_name(kind: SetKind) -> str:
    """What a group of files is, in the words of the language in use."""
    return {
        SetKind.SINGLE: tr("image"),
        SetKind.ZARR: tr("OME-Zarr"),
        SetKind.PLATE: tr("plate"),
        SetKind.N5: tr("N5"),
        SetKind.DICOM: tr("DICOM series"),
        SetKind.OME_TIFF: tr("OME-TIFF set"),
        SetKind.STACK: tr("stack"),
        SetKind.COMPANION: tr("image with companions"),
        SetKind.OTHER: tr("other files"),
    }[kind]
