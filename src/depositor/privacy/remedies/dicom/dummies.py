"""Values that say nothing and fit their form (D in PS3.15 Table E.1-1)."""

from __future__ import annotations

from typing import Any

REMOVED = "removed"
TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_DUMMIES: dict[str, Any] = {
    "DA": "19000101",
    "DT": "190001010000",
    "TM": "000000",
    "AS": "000Y",
    "CS": "REMOVED",
    "UR": "urn:removed",
    "DS": "0",
    "IS": "0",
    "AT": 0,
    "US": 0,
    "UL": 0,
    "UV": 0,
    "SS": 0,
    "SL": 0,
    "SV": 0,
    "FD": 0.0,
    "FL": 0.0,
}
_CODE = ((0x00080100, "REMOVED"), (0x00080102, "99REMOVED"), (0x00080104, "Removed"))


def of(vr: str) -> Any:
    """A value for ``vr`` that has a length and no meaning."""
    return _DUMMIES.get(vr, REMOVED if vr in TEXTS else b"\0\0")


def empty(vr: str) -> Any:
    """The value of length zero of ``vr``."""
    if vr == "SQ":
        return []
    return "" if vr in TEXTS or vr in ("DA", "DT", "TM", "AS", "UI") else None


def blank_code(item: Any) -> bool:
    """Make a coded entry one that means nothing; False where ``item`` is none."""
    if 0x00080100 not in item and 0x00080119 not in item and 0x00080120 not in item:
        return False
    for tag in list(item.keys()):
        del item[tag]
    for tag, text in _CODE:
        item.add_new(tag, "LO" if tag == 0x00080104 else "SH", text)
    return True
