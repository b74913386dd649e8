"""Which class speaks which protocol, loaded when it is first needed. A new one is a module and a line here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import cast

from depositor.archives.generic.address import Address, parse
from depositor.archives.generic.ports import Around, Place
from depositor.archives.ports import Credentials
from depositor.draft.capabilities import Capabilities

_HERE = "depositor.archives.generic"
_PLACES: Mapping[str, tuple[str, str]] = {
    "s3": ("on_s3", "OnS3"),
    "tus": ("on_tus", "OnTus"),
    "sftp": ("on_sftp", "OnSftp"),
    "ftp": ("on_ftp", "OnFtp"),
    "webdav": ("on_webdav", "OnWebdav"),
}
Make = Callable[[Address, Credentials, Around], Place]


def place_for(capabilities: Capabilities, endpoint: str, credentials: Credentials, around: Around) -> Place:
    """The place at ``endpoint``; no network is touched. NeedsUser for an address that is none."""
    protocol = capabilities.protocols[0]
    address = parse(protocol, endpoint, capabilities.name)
    module, name = _PLACES[protocol]
    make = cast(Make, getattr(importlib.import_module(f"{_HERE}.{module}"), name))
    return make(address, credentials, around)
