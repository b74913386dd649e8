"""Sources that are one JSON document: an earlier submission document, DataCite metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.document import from_document
from depositor.draft.message import msg
from depositor.draft.problem import Damaged
from depositor.form.sources import delimited
from depositor.form.sources.source import Context, Source, listed, text, tree_reading, without_blanks
from depositor.form.workbook import safety
from depositor.form.workbook.reading import FileColumn, NotTaken, Reading

_DOCUMENT = msg("source.document", "Submission document of Depositor")
_DATACITE = msg("source.datacite", "DataCite metadata")
_LEFT_OUT = msg(
    "source.document.left-out", "Files, decisions and consents belong to each deposit and are not taken over."
)


def load_json(path: Path) -> Any:
    """The JSON of a file. Damaged where it is none."""
    try:
        return json.loads(delimited.decoded(delimited.load(path)).text)
    except (ValueError, RecursionError) as error:
        raise Damaged(safety.unreadable(path)) from error


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"


def _read_document(path: Path, context: Context) -> Reading:
    draft = from_document(load_json(path), "source")
    study = draft.metadata.get("study")
    tree = dict(draft.metadata)
    if draft.license or draft.release_date:
        own = dict(study) if isinstance(study, Mapping) else {}
        tree["study"] = own | without_blanks({"license": draft.license, "release_date": draft.release_date})
    left = [
        NotTaken(path.name, ", ".join(k for k in ("files", "decisions", "confirmed") if getattr(draft, k)), _LEFT_OUT)
    ]
    known = {m.key for m in context.form.modules}
    why = msg("import.other-profile", "The chosen profiles do not ask this.")
    left += [NotTaken(path.name, key, why) for key in draft.metadata if key not in known]
    columns = tuple(
        FileColumn(str(c["name"]), {str(p): str(v) for p, v in c["values"].items()}, path.name)
        for c in draft.columns
        if c.get("name") and isinstance(c.get("values"), Mapping)
    )
    told = [n for n in left if n.text]
    return tree_reading(
        DOCUMENT, DOCUMENT.name, tree, context, path.name, not_taken=told, columns=columns, profiles=draft.profiles
    )


# --- DataCite --------------------------------------------------------------------------------------------------------


def _read_datacite(path: Path, context: Context) -> Reading:
    data = load_json(path)
    while isinstance(data, Mapping) and "titles" not in data:  # the API wraps it: data.attributes
        inner = data.get("attributes", data.get("data"))
        if not isinstance(inner, Mapping):
            raise Damaged(safety.unreadable(path))
        data = inner
    if not isinstance(data, Mapping):
        raise Damaged(safety.unreadable(path))
    study = without_blanks(
        {
            "title": next((text(t.get("title")) for t in _records(data.get("titles"))), ""),
            "description": _described(data),
            "keywords": list(
                dict.fromkeys(filter(None, (text(s.get("subject")) for s in _records(data.get("subjects")))))
            ),
            "author": [_creator(c) for c in _records(data.get("creators"))],
            "grant": [_grant(g) for g in _records(data.get("fundingReferences"))],
            "publication": list(_papers(data)),
            "license": next(filter(None, (_spdx(r) for r in _records(data.get("rightsList")))), ""),
        }
    )
    tree = {"study": study, "version": without_blanks({"version": text(data.get("version"))})}
    used = {
        "titles",
        "descriptions",
        "subjects",
        "creators",
        "fundingReferences",
        "relatedIdentifiers",
        "rightsList",
        "version",
    }
    why = msg("source.datacite.unused", "The form has no question for it.")
    left = [NotTaken(path.name, key, why) for key in data if key not in used and key in _WORTH_TELLING and data[key]]
    return tree_reading(DATACITE, DATACITE.name, tree, context, path.name, not_taken=left)


_WORTH_TELLING = ("contributors", "geoLocations", "dates", "sizes", "formats", "language")


def _records(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in listed(value) if isinstance(one, Mapping))


def _described(data: Mapping[str, Any]) -> str:
    found = list(_records(data.get("descriptions")))
    first = next((d for d in found if d.get("descriptionType") == "Abstract"), found[0] if found else {})
    from depositor.form.sources.markup import plain_text

    return plain_text(text(first.get("description")))


def _creator(data: Mapping[str, Any]) -> dict[str, Any]:
    first, last = text(data.get("givenName")), text(data.get("familyName"))
    name = f"{first} {last}".strip() or text(data.get("name"))
    orcid = next((text(n.get("nameIdentifier")) for n in _records(data.get("nameIdentifiers"))
                  if text(n.get("nameIdentifierScheme")).upper() == "ORCID"), "")  # fmt: skip
    homes = [{"name": a} if isinstance(a, str) else _home(a) for a in listed(data.get("affiliation"))]
    found = {"name": name, "first_name": first, "last_name": last, "orcid": orcid.rstrip("/").rpartition("/")[2]}
    return without_blanks(found | {"affiliation": [h for h in homes if h]})


def _home(data: Any) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        return {}
    ror = text(data.get("affiliationIdentifier"))
    return without_blanks({"name": text(data.get("name")), "ror": ror if "ror.org" in ror else ""})


def _grant(data: Mapping[str, Any]) -> dict[str, Any]:
    ror = text(data.get("funderIdentifier"))
    funder = without_blanks({"name": text(data.get("funderName")), "ror": ror if "ror.org" in ror else ""})
    return without_blanks({"identifier": text(data.get("awardNumber")), "funder": [funder] if funder else []})


def _papers(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for related in _records(data.get("relatedIdentifiers")):
        kind, relation = text(related.get("relatedIdentifierType")), text(related.get("relationType"))
        if kind == "DOI" and relation in (
            "IsSupplementTo",
            "IsCitedBy",
            "IsDescribedBy",
            "IsReferencedBy",
            "IsDocumentedBy",
        ):
            yield {"doi": text(related.get("relatedIdentifier"))}


def _spdx(data: Mapping[str, Any]) -> str:
    from depositor.form.licenses import all_licenses

    said = {text(data.get(k)).casefold().rstrip("/") for k in ("rightsIdentifier", "rightsUri", "rightsURI", "rights")}
    for known in all_licenses():
        url = known.url.casefold().rstrip("/")
        if known.id.casefold() in said or url in said or f"{url}/legalcode" in said:
            return known.id
    return ""


def _claims_document(path: Path, head: bytes) -> bool:
    return _is_json(head) and b'"depositor"' in head


def _claims_datacite(path: Path, head: bytes) -> bool:
    return _is_json(head) and b'"titles"' in head and (b'"creators"' in head or b'"types"' in head)


DOCUMENT = Source("document", _DOCUMENT, _claims_document, _read_document)
DATACITE = Source("datacite", _DATACITE, _claims_datacite, _read_datacite)
