"""SVG: texts are replaced where they stand, pictures inside are cleaned by the remedy of their kind."""

from __future__ import annotations

import base64
from pathlib import Path

from depositor.draft.problem import Damaged
from depositor.privacy import judge, troubles
from depositor.privacy.checks import drawings, nested
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.archives import members_of
from depositor.privacy.texts import documents
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.slots import decoded


class SvgRemedy:
    """Leaves every shape as it is."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        if copy.stat().st_size > drawings.LARGEST:
            raise Damaged(troubles.too_large(shown, drawings.LARGEST >> 20))
        raw = copy.read_bytes()
        text = decoded(raw)
        members = members_of(shown, wanted, known, policy)
        with nested.room() as room:
            for picture in reversed(list(drawings.packed(text))):
                path = nested.place_for(room, picture.name)
                path.write_bytes(picture.raw)
                members.mend(path, picture.name)
                if (new := path.read_bytes()) != picture.raw:
                    text = text[: picture.start] + base64.b64encode(new).decode("ascii") + text[picture.end :]
        parts = documents.parts_of(text, drawings.parts)
        marked = judge.marks("svg", shown, documents.spots_of(parts, ""), known)
        changed = [m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding)]
        text = documents.without(text, parts, marked, wanted)
        copy.write_bytes(text.encode("utf-8" if raw.decode("utf-8", "ignore").encode() == raw else "latin-1"))
        return (*members.changed, *changed)
