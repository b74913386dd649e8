"""The routes on which another program moves the bytes, made from an account and the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from depositor.archives.ports import Credentials
from depositor.archives.wire import maker, timeouts
from depositor.transfer.handover.aspera import AsperaHandOver
from depositor.transfer.handover.place import AsperaPlace, GlobusPlace, is_hand_over, place_of
from depositor.transfer.handover.ports import HandOver
from depositor.transfer.net import web

Sizes = Callable[[], Mapping[str, int]]


def wanted(credentials: Credentials) -> bool:
    """Whether the account names such a route."""
    return is_hand_over(credentials.bulk)


def aspera_place(credentials: Credentials) -> AsperaPlace | None:
    """The Aspera server that the account names; None where it names something else."""
    place = place_of(credentials.bulk or "", credentials.key_file) if wanted(credentials) else None
    return place if isinstance(place, AsperaPlace) else None


def route(
    credentials: Credentials, settings: Mapping[str, Any], *below: str, label: str, sizes: Sizes | None = None
) -> HandOver:
    """The route to a folder below the account's place. NeedsUser where its address makes no sense.

    Settings: ``globus_account`` (a function that gives Credentials: user is the client id), ``globus_source``, ``ascp``
    and ``notes``. ``sizes``: what the archive lists below that folder.
    """
    place = place_of(credentials.bulk or "", credentials.key_file)
    if isinstance(place, GlobusPlace):
        return _globus(place.below(*below), settings, label)
    notes = Path(settings.get("notes") or Path.home() / ".depositor")
    return AsperaHandOver(place.below(*below), notes, str(settings.get("ascp") or ""), sizes)


def _globus(place: GlobusPlace, settings: Mapping[str, Any], label: str) -> HandOver:
    from depositor.transfer.handover.globus import GlobusHandOver
    from depositor.transfer.handover.globus_paths import own_collection
    from depositor.transfer.handover.globus_wire import GlobusAccount

    def account() -> GlobusAccount:
        ask = settings.get("globus_account")
        known: Credentials = ask() if ask else Credentials()
        return GlobusAccount(known.user, known.token)

    make, patience = maker(settings), timeouts(settings)
    own = str(settings.get("globus_source") or "")
    return GlobusHandOver(place, lambda: own_collection(own), account, lambda: make(patience, web.Lines()), label)
