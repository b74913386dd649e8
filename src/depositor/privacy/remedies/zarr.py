"""Zarr: metadata are written again without what was found, folders of the store renamed as the folders themselves are;
chunks of texts are unpacked, changed and packed as they were."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.problem import Damaged
from depositor.privacy import judge, troubles
from depositor.privacy.checks import zarr
from depositor.privacy.checks.texts import read
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts import documents, zarr_texts
from depositor.privacy.texts.documents import Wanted


class MetadataRemedy:
    """JSON may change its length; nothing in a store points into these files."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        from depositor.privacy.clean import cleaned_name

        if copy.stat().st_size > zarr.MEBIBYTES * 1024 * 1024:
            raise Damaged(troubles.too_large(shown, zarr.MEBIBYTES))
        text, encoding = read(copy.read_bytes())
        parts, spots = zarr.parts_of(text)
        marked = judge.marks("zarr", shown, spots, known)
        changed = tuple(m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding))
        if not changed:
            return ()
        for part, (_spot, found) in sorted(zip(parts, marked, strict=True), key=lambda p: -p[0].start):
            spans = [(m.start, m.end) for m in found if wanted(m.finding)]
            if spans:
                folder = part.location.startswith(zarr.STRUCTURE)
                new = cleaned_name(part.text, policy, known) if folder else documents.cut(part.text, spans)
                text = text[: part.start] + part.write(new) + text[part.end :]
        copy.write_bytes(text.encode(encoding))
        return changed


class ChunkRemedy:
    """The array is described beside the original; the copy may lie alone."""

    def __init__(self, array: zarr_texts.Array) -> None:
        self._array = array

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        content = zarr_texts.unpacked(copy.read_bytes(), self._array)
        texts = zarr_texts.texts(content, self._array)
        spots = zarr.spots_of(texts, self._array.folder.name)
        changed: list[str] = []
        for spot, found in judge.marks("zarr-text", shown, spots, known):
            marks = [m for m in found if wanted(m.finding)]
            if marks:
                texts[int(spot.location[1:-1])] = documents.cut(spot.text, [(m.start, m.end) for m in marks])
                changed += [m.finding.location or "" for m in marks]
        if changed:
            copy.write_bytes(zarr_texts.packed(zarr_texts.written(texts, content, self._array), self._array))
        return tuple(changed)
