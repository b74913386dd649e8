"""Reading an element without changing how it is written again: values nobody touches keep their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from depositor.privacy.dicom import tree as dicom_tree


def look(dataset: Any, tag: int) -> Any:
    """The decoded element, None where nobody can read it. What ``dataset`` holds stays as it was in the file."""
    from pydicom.dataelem import convert_raw_data_element

    try:
        raw = dataset.get_item(tag)
        if not raw.is_raw or raw.value is None:
            return dataset[tag]
        element = convert_raw_data_element(raw, encoding=dataset.original_character_set, ds=dataset)
        return dataset[tag] if element.VR == "SQ" else element
    except Exception:  # pydicom raises many things on values that lie
        return None


def texts(value: Any) -> list[str]:
    """The values of a text element, one by one."""
    if value is None or isinstance(value, (bytes, bytearray)):
        return []
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        return [str(v) for v in value]
    return [str(value)]


def every(dataset: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """(holder, element) for all public ones that can be read, at every depth; of sequences only what is in them."""
    for tag in list(dataset.keys()):
        number = int(tag)
        if number >> 16 & 1:
            continue
        element = look(dataset, number)
        if element is None:
            continue
        if element.VR == "SQ":
            for item in element.value or () if depth < dicom_tree.MOST_DEPTH else ():
                yield from every(item, depth + 1)
        else:
            yield dataset, element


def scheme(item: Any) -> str:
    """The coding scheme of a coded entry, "" where it names none."""
    element = look(item, 0x00080102) if 0x00080102 in item else None
    return str(element.value or "").strip(" \0") if element is not None else ""
