"""How licences are cited in documents. Choosing and explaining them is the form's matter."""

from __future__ import annotations

_CREATIVE_COMMONS = {
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "CC-BY-NC-4.0": (
        "Creative Commons Attribution Non Commercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
}


def license_url(license_id: str) -> str:
    """The licence's own address for Creative Commons, else its page in the SPDX list."""
    known = _CREATIVE_COMMONS.get(license_id)
    return known[1] if known else f"https://spdx.org/licenses/{license_id}"


def license_name(license_id: str) -> str:
    """The full name where it is known here, else the SPDX id."""
    known = _CREATIVE_COMMONS.get(license_id)
    return known[0] if known else license_id
