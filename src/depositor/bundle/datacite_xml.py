"""A DataCite record as XML, in the element order of the schema's documentation (kernel 4)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

KERNEL = "http://datacite.org/schema/kernel-4"
Json = dict[str, Any]

# list property -> (element of an item, key that is its text); keys not named here become attributes
_LISTS = {
    "titles": ("title", "title"),
    "subjects": ("subject", "subject"),
    "dates": ("date", "date"),
    "alternateIdentifiers": ("alternateIdentifier", "alternateIdentifier"),
    "relatedIdentifiers": ("relatedIdentifier", "relatedIdentifier"),
    "rightsList": ("rights", "rights"),
    "descriptions": ("description", "description"),
}


def xml(data: Json) -> str:
    """The record, its DOI still to be given, without the XML declaration."""
    top = ET.Element("resource", {"xmlns": KERNEL})
    ET.SubElement(top, "identifier", {"identifierType": "DOI"}).text = "(:tba)"
    _persons(top, "creators", "creator", data["creators"])
    _list(top, "titles", data)
    ET.SubElement(top, "publisher").text = data["publisher"]["name"]
    ET.SubElement(top, "publicationYear").text = data["publicationYear"]
    general = {"resourceTypeGeneral": data["types"]["resourceTypeGeneral"]}
    ET.SubElement(top, "resourceType", general).text = data["types"]["resourceType"]
    _list(top, "subjects", data)
    _persons(top, "contributors", "contributor", data.get("contributors", []))
    for key in ("dates", "alternateIdentifiers", "relatedIdentifiers"):
        _list(top, key, data)
    if data.get("sizes"):
        sizes = ET.SubElement(top, "sizes")
        for size in data["sizes"]:
            ET.SubElement(sizes, "size").text = size
    if data.get("version"):
        ET.SubElement(top, "version").text = data["version"]
    _list(top, "rightsList", data)
    _list(top, "descriptions", data)
    _funders(top, data.get("fundingReferences", []))
    ET.indent(top, " ")
    return ET.tostring(top, encoding="unicode")


def _list(top: ET.Element, key: str, data: Json) -> None:
    name, said = _LISTS[key]
    if not data.get(key):
        return
    parent = ET.SubElement(top, key)
    for item in data[key]:
        attributes = {k.replace("Uri", "URI"): str(v) for k, v in item.items() if k != said and v}
        ET.SubElement(parent, name, attributes).text = _clean(item[said])


def _persons(top: ET.Element, plural: str, name: str, persons: list[Json]) -> None:
    if not persons:
        return
    parent = ET.SubElement(top, plural)
    for person in persons:
        kind = {"contributorType": person["contributorType"]} if "contributorType" in person else {}
        item = ET.SubElement(parent, name, kind)
        name_type = {"nameType": person["nameType"]} if "nameType" in person else {}
        ET.SubElement(item, f"{name}Name", name_type).text = _clean(person["name"])
        for key in ("givenName", "familyName"):
            if key in person:
                ET.SubElement(item, key).text = _clean(person[key])
        for known in person.get("nameIdentifiers", []):
            scheme = {"nameIdentifierScheme": known["nameIdentifierScheme"], "schemeURI": known["schemeUri"]}
            ET.SubElement(item, "nameIdentifier", scheme).text = known["nameIdentifier"]
        for place in person.get("affiliation", []):
            more = {k.replace("Uri", "URI"): v for k, v in place.items() if k != "name"}
            ET.SubElement(item, "affiliation", more).text = _clean(place["name"])


def _funders(top: ET.Element, funders: list[Json]) -> None:
    if not funders:
        return
    parent = ET.SubElement(top, "fundingReferences")
    for funder in funders:
        item = ET.SubElement(parent, "fundingReference")
        ET.SubElement(item, "funderName").text = _clean(funder["funderName"])
        if "funderIdentifier" in funder:
            kind = {"funderIdentifierType": funder["funderIdentifierType"]}
            ET.SubElement(item, "funderIdentifier", kind).text = funder["funderIdentifier"]
        if "awardNumber" in funder:
            ET.SubElement(item, "awardNumber").text = _clean(funder["awardNumber"])


def _clean(said: str) -> str:
    """``said`` without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in said if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
