"""How a text file is written: told by its bytes, so that it can be written back byte by byte."""

from __future__ import annotations

import re

BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAMPLE = 64 * 1024  # bytes that are looked at
_EASTERN = ("shift_jis", "euc_jp", "euc_kr", "gb18030", "big5")
_KANA = re.compile("[ぁ-んァ-ヶ]")
_HANGUL = re.compile("[가-힣]")
_HAN = re.compile("[一-龥]")
_RARE = re.compile("[\ue000-\uf8ff\u3400-\u4dbf｡-ﾟ\x80-\x9f]")
_CYRILLIC = re.compile("[а-яА-ЯёЁ]")


def encoding_of(raw: bytes) -> str:
    """The encoding of ``raw``; "latin-1", which reads every byte, where nothing tells another."""
    for mark, encoding in BOMS.items():
        if raw.startswith(mark):
            return encoding
    if wide := _without_mark(raw):
        return wide
    if _reads(raw, "utf-8"):
        return "utf-8"
    sample = raw[:_SAMPLE]
    high = [b for b in sample if b >= 0x80]
    if len(high) >= 4 and not _in_latin_words(sample) and (east := _eastern(sample)):
        return east if _reads(raw, east) else "latin-1"
    for encoding in _western(sample, high):
        if _reads(raw, encoding):
            return encoding
    return "latin-1"


def _without_mark(raw: bytes) -> str:
    """UTF-16 that does not announce itself: every second byte of Latin text is zero."""
    head = raw[:512]
    if len(head) < 8 or b"\0" not in head:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.7 and even <= half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd <= half * 0.05 else ""


def _reads(raw: bytes, encoding: str) -> bool:
    try:
        return raw.decode(encoding).encode(encoding) == raw
    except UnicodeError:
        return False


def _eastern(sample: bytes) -> str:
    """The East Asian encoding in which the sample reads as common letters."""
    best, score = "", 0.6
    for encoding in _EASTERN:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 4:
                continue
            text = sample[: error.start].decode(encoding)
        beyond = [c for c in text if ord(c) > 127]
        if not beyond:
            continue
        joined = "".join(beyond)
        common = len(_KANA.findall(joined)) * 1.3 + len(_HANGUL.findall(joined)) * 1.1 + _han(joined, encoding)
        got = (common - 2 * len(_RARE.findall(joined))) / len(beyond)
        if encoding == "shift_jis" and not _KANA.search(joined):
            got -= 0.2
        if got > score:
            best, score = encoding, got
    return best


# First bytes of the signs of daily use: the first level of each standard. Rare signs tell of the wrong encoding.
_DAILY = {
    "shift_jis": range(0x88, 0x99),
    "euc_jp": range(0xB0, 0xD0),
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
}


def _han(text: str, encoding: str) -> float:
    """Chinese signs, those of daily use counted whole, others as a quarter."""
    daily = _DAILY.get(encoding, range(256))
    raw = [c.encode(encoding) for c in _HAN.findall(text)]
    inner = 0xA1 if encoding in ("gb18030", "euc_jp") else 0
    return sum(1.0 if r[0] in daily and r[-1] >= inner else 0.25 for r in raw)


def _in_latin_words(sample: bytes) -> bool:
    """True where most letters beyond ASCII stand alone between plain ones: "Färbung", which no East Asian text has."""
    alone = len(re.findall(rb"(?<=[A-Za-z\x20])[\xc0-\xff](?=[a-z])", sample))
    runs = len(re.findall(rb"[\x80-\xff]+", sample))
    return alone * 2 > runs


def _western(sample: bytes, high: list[int]) -> tuple[str, ...]:
    """Letters of Macintosh and of Windows stand where Latin-1 has none."""
    inner = len(re.findall(rb"[A-Za-z][\x80-\x9f][A-Za-z]", sample))
    if inner and inner * 2 >= sum(0x80 <= b <= 0x9F for b in high):
        return ("mac_roman", "cp1252")
    try:
        russian = sample.decode("cp1251")
    except UnicodeDecodeError:
        russian = ""
    if (
        len(high) > 8
        and len(_CYRILLIC.findall(russian)) > 0.9 * len(high)
        and not re.search(rb"[a-z][\xc0-\xff][a-z]", sample)
    ):
        return ("cp1251",)
    return ("cp1252",) if any(0x80 <= b <= 0x9F for b in high) else ()
