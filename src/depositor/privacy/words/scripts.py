"""Letters of the world's scripts as character classes: where a name may begin, and runs of scripts without capitals."""

from __future__ import annotations


def _ranges(points: list[int]) -> str:
    """Code points as the inside of a character class."""
    out: list[list[int]] = []
    for point in points:
        if out and point == out[-1][1] + 1:
            out[-1][1] = point
        else:
            out.append([point, point])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in out)


_CASED = [*range(0x41, 0x5B), *range(0xC0, 0x587), *range(0x1E00, 0x2000)]
UPPER = _ranges([p for p in _CASED if chr(p).isupper() or chr(p).istitle()])
LOWER = _ranges([*range(0x61, 0x7B), *(p for p in _CASED if chr(p).islower())])

HAN = "\u3400-\u4dbf\u4e00-\u9fff々〆"
KANA = "\u3041-\u3096\u30a1-\u30ffー"
HANGUL = "\uac00-\ud7a3"
EAST = HAN + KANA + HANGUL
# Scripts without capitals that part words by spaces: Hebrew, Arabic, Devanagari to Malayalam, Thai, Georgian.
UNCASED = "\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u0900-\u0d7f\u0e01-\u0e4e\u10d0-\u10fa\ufb50-\ufdfb\ufe70-\ufefc"
EAST_OR_UNCASED = EAST + UNCASED
