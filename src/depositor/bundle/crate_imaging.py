"""Image files and microscopes of a crate: values with units of the unit ontology."""

from __future__ import annotations

from collections.abc import Iterable

from depositor.bundle import imaging
from depositor.bundle.answers import Record, records, text, texts
from depositor.bundle.crate_graph import Entity, Graph, Ref
from depositor.bundle.imaging import Fact
from depositor.bundle.sealed import Sealed

_OBO = "http://purl.obolibrary.org/obo/"
# Source: the Units of Measurement Ontology (UO, CC BY 3.0).
_UNITS = {
    "m": "UO_0000008",
    "mm": "UO_0000016",
    "\u00b5m": "UO_0000017",  # the micro sign
    "\u03bcm": "UO_0000017",  # the Greek letter, as some keyboards give it
    "um": "UO_0000017",
    "nm": "UO_0000018",
    "Å": "UO_0000019",
    "s": "UO_0000010",
    "ms": "UO_0000028",
    "°C": "UO_0000027",
    "pixel": "UO_0000236",
    "count": "UO_0000189",
}


def image_files(graph: Graph, sealed: Sealed) -> list[Ref]:
    """Each kind of image files: in words, and as values with units."""
    found = (_image_files(graph, given) for given in records(sealed.metadata.get("image_data")))
    return [ref for ref in found if ref]


def _image_files(graph: Graph, given: Record) -> Ref | None:
    kind = "; ".join(filter(None, (*texts(given.get("type")), text(given.get("format_and_compression")))))
    said = "; ".join(filter(None, (imaging.size_sentence(given), text(given.get("size_description")))))
    if not (kind or said):
        return None
    entity = _value(f"image files ({kind})" if kind else "image files", said or kind)
    entity |= {"@id": graph.local("image-files"), "valueReference": facts(graph, imaging.sizes(given))}
    return graph.add(entity)


def instrument(graph: Graph, acquisition: Record, known: Iterable[Record]) -> Ref | None:
    """The instrument of an image acquisition, with what is known of it as values."""
    given = tuple(known)
    named = (text(acquisition.get("imaging_instrument")), *(text(r.get("microscope")) for r in given))
    properties = [ref for r in given for ref in _properties(graph, r)]
    name = next(filter(None, named), "Microscope" if properties else "")
    if not name:
        return None
    entity: Entity = {"@id": graph.local("instrument"), "@type": "IndividualProduct", "name": name}
    return graph.add(entity | {"additionalProperty": properties})


def _properties(graph: Graph, given: Record) -> list[Ref]:
    found = facts(graph, imaging.details(given))
    for name, known in imaging.channels(given):
        said = ", ".join(f"{f.name.lower()} {f.told}" for f in known)
        entity = _value(f"channel {name}".strip(), said)
        entity |= {"@id": graph.local("channel"), "valueReference": facts(graph, known)}
        found.append(graph.add(entity))
    return found


def facts(graph: Graph, known: Iterable[Fact]) -> list[Ref]:
    """Each fact as a PropertyValue; a unit that the ontology has by its address, every unit by its symbol."""
    found = []
    for fact in known:
        entity = _value(fact.name, fact.value) | {"@id": graph.local("property"), "unitText": fact.unit or None}
        code = _UNITS.get(fact.unit)
        found.append(graph.add(entity | {"unitCode": f"{_OBO}{code}" if code else None}))
    return found


def _value(name: str, value: float | str) -> Entity:
    return {"@type": "PropertyValue", "name": name, "value": value}
