"""Every element of a DICOM file at every depth, straight from the bytes: fast, lazy, and without trust in any length.

Values stay bytes until somebody wants their text; pixel data are passed over unread. What cannot be parsed is not
passed over in silence: ``Walk.rest`` holds the bytes behind the place where the structure ends, ``Walk.damaged`` and
``Walk.limited`` say so. Source: PS3.5 sections 6, 7, A.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from depositor.privacy.dicom.elements import FACTS, Element, Scope, vr_of
from depositor.privacy.dicom.stream import Inflated, Plain, Window

PIXELS = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009, 0x7FE00001, 0x7FE00002})
MOST_DEPTH = 50
MOST_FRAGMENTS = 200_000
LONGEST = 1024 * 1024  # bytes of one value that are looked at
LONGEST_NUMBERS = 4096  # of standard attributes that hold numbers alone
LONGEST_DOCUMENT = 64 * 1024 * 1024
LONGEST_BINARY = 256 * 1024  # of values that are no text
MOST_BINARY = 8 * 1024 * 1024  # of all such values of one file; what stands behind is counted, not read
REST = 1024 * 1024  # bytes behind the structure that are looked at
_MOST_PADDING = 1024  # times as many that are looked at for nothing but zeros
DOCUMENT = 0x00420011
_UNDEFINED = 0xFFFFFFFF
_ITEM_MARK = b"\xfe\xff\0\xe0"
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_FORM = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT_FORM = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"}
    | {b"ST", b"TM", b"UI", b"UL", b"US"}
)
_KNOWN_FORMS = _LONG_FORM | _SHORT_FORM
_NAMES = {form: form.decode("ascii") for form in _KNOWN_FORMS}
_NUMBERS = frozenset({"AT", "FD", "FL", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"})
_SHORT, _LONG = struct.Struct("<H").unpack_from, struct.Struct("<I").unpack_from
_SHORT_BIG, _LONG_BIG = struct.Struct(">H").unpack_from, struct.Struct(">I").unpack_from
_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})


class Parser:
    """Elements out of a window; ``damaged`` is set where the structure ends too early."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.pixels: list[tuple[Element, int]] = []  # pixel data of all depths, with their places in the stream
        self.damaged = False
        self.limited = False
        self.rest = b""
        self.binary = MOST_BINARY

    def dataset(self, scope: Scope, explicit: bool, big: bool, end: int | None) -> Iterator[Element]:
        """The elements up to ``end`` (a place in the stream), an item's end mark, or the end of the file."""
        window, before = self.window, 0
        unpack = struct.Struct(">HH" if big else "<HH").unpack_from
        while end is None or window.base + window.at < end:
            if len(window.buf) - window.at < 8 and not window.has(8):
                return
            group, number = unpack(window.buf, window.at)
            tag = group << 16 | number
            if tag in (_ITEM_END, _SEQUENCE_END):
                window.at += 8
                return
            if (tag <= before or group == 0xFFFE) and not self._is_tag(tag, scope):
                self.damaged = True
                return
            before = tag
            element = self.element(tag, scope, explicit, big)
            if element is None:
                return
            yield element
            if element.length == -1 or element.vr == "SQ":
                yield from self.sequence(element, explicit, big)
            elif element.vr == "UN" and element.raw[:4] == _ITEM_MARK:
                yield from _inside(element)
            if self.damaged:
                return

    def _is_tag(self, tag: int, scope: Scope) -> bool:
        """False for bytes that are no element, though they stand where one is due.

        Tags ascend; what breaks the order behind the data set is padding, or text that somebody appended.
        """
        window = self.window
        if tag == 0 or tag >> 16 == 0xFFFE:
            return False
        return scope.depth > 0 or window.buf[window.at + 4 : window.at + 6] in _KNOWN_FORMS or vr_of(tag) != "UN"

    def element(self, tag: int, scope: Scope, explicit: bool, big: bool) -> Element | None:
        """The next element with its value; sequences and pixel data stop behind the header. None: no element here."""
        window = self.window
        if len(window.buf) - window.at < 12:
            window.has(12)
        buf, at = window.buf, window.at
        form = buf[at + 4 : at + 6]
        vr = _NAMES.get(form) if explicit else None
        if vr is None and explicit and form.isalpha() and form.isupper():
            vr, form = "UN", b"UL"  # a form that the standard does not know is taken for a short one
        if vr is None:
            vr, size = vr_of(tag), 8
            length = (_LONG_BIG if big else _LONG)(buf, at + 4)[0]
        elif form not in _LONG_FORM or len(buf) - at < 12:
            size, length = 8, (_SHORT_BIG if big else _SHORT)(buf, at + 6)[0]
        else:
            size, length = 12, (_LONG_BIG if big else _LONG)(buf, at + 8)[0]
        window.at = at + size
        element = Element(tag, vr, b"", length, scope, big)
        if length == _UNDEFINED:
            element.length = -1
        if tag in PIXELS or (length == _UNDEFINED and vr in ("OB", "OW")):
            self._pass_pixels(element)
            return element
        if length == _UNDEFINED or vr == "SQ":
            return element
        return self._valued(element, buf[at : at + size])

    def _valued(self, element: Element, header: bytes) -> Element | None:
        tag, length, window = element.tag, element.length, self.window
        if length <= LONGEST_NUMBERS and len(window.buf) - window.at >= length:  # nearly always
            element.raw = window.buf[window.at : window.at + length]
            window.at += length
        elif not self._long_value(element):
            return self._short(element, header)
        if tag in FACTS:
            element.scope.facts[tag] = element.raw
        elif tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            element.scope.creators[tag & 0xFFFF0000 | tag & 0xFF] = element.raw.rstrip(b"\0 ").decode("latin-1")
        return element

    def _long_value(self, element: Element) -> bool:
        """The value as far as somebody will look at it; False where the file ends in it."""
        length, window = element.length, self.window
        most = self._most(element)
        wanted = min(length, most)
        element.raw = window.take(wanted)
        if len(element.raw) < wanted:
            return False
        if length > most and window.skip(length - most) < length - most:
            self.damaged = True
        return True

    def _most(self, element: Element) -> int:
        """How many bytes of a value are kept: all of a text, some of what only a program can read."""
        tag, vr, window = element.tag, element.vr, self.window
        if tag == DOCUMENT:
            return LONGEST_DOCUMENT
        if vr in _NUMBERS and not tag >> 16 & 1:
            return LONGEST_NUMBERS
        if vr not in _NUMBERS and vr not in ("OB", "UN"):
            return LONGEST
        window.has(4)
        if window.buf[window.at : window.at + 4] == _ITEM_MARK:
            return LONGEST
        most = min(LONGEST_BINARY, self.binary)
        self.binary -= min(element.length, most)
        return most

    def _short(self, element: Element, header: bytes) -> Element | None:
        """A value that the file ends in: true of a file that was cut off, and of bytes that are no element at all."""
        self.damaged = True
        if element.vr == "UN" or not element.raw:
            self.rest = header + element.raw[:REST]
            return None
        return element

    def sequence(self, element: Element, explicit: bool, big: bool) -> Iterator[Element]:
        """The items of a sequence; those of UN are implicit and little by the standard, whatever the file is."""
        window = self.window
        end = None if element.length == -1 else window.place + element.length
        if element.tag in PIXELS or element.vr in ("OB", "OW"):
            return
        if element.scope.depth >= MOST_DEPTH:
            self.limited = True
            self.damaged = end is None or window.skip(element.length) < element.length
            return
        if element.vr == "UN":
            explicit, big = False, False
        number, unpack = 0, struct.Struct(">HHI" if big else "<HHI").unpack_from
        while (end is None or window.place < end) and window.has(8):
            group, mark, length = unpack(window.buf, window.at)
            if group << 16 | mark == _SEQUENCE_END:
                window.at += 8
                return
            if group << 16 | mark != _ITEM:
                self.damaged = True
                return
            window.at += 8
            scope = Scope(element.scope, element.tag, f"{element.location}[{number}].")
            stop = None if length == _UNDEFINED else window.place + length
            if stop is None or length:
                yield from self.dataset(scope, self._is_explicit(explicit), big, stop)
            if self.damaged:
                return
            number += 1
        self.damaged = end is None or window.place < end

    def _is_explicit(self, explicit: bool) -> bool:
        """Items may be written another way than the data set around them; the first element shows it."""
        window = self.window
        if not window.has(8):
            return explicit
        form = window.buf[window.at + 4 : window.at + 6]
        if form in _KNOWN_FORMS:
            return True
        return explicit and window.buf[window.at : window.at + 2] in (b"\xfe\xff", b"\xff\xfe")

    def _pass_pixels(self, element: Element) -> None:
        """Pass over pixel data, keeping the start of a compressed picture: comments may stand in it."""
        window = self.window
        self.pixels.append((element, window.place))
        if element.length != -1:
            self.damaged = window.skip(element.length) < element.length
            return
        for number in range(MOST_FRAGMENTS):
            if not window.has(8):
                self.damaged = True
                return
            group, mark, length = struct.unpack_from("<HHI", window.buf, window.at)
            window.at += 8
            if group << 16 | mark != _ITEM:
                self.damaged = group << 16 | mark != _SEQUENCE_END
                return
            if number == 1:
                element.raw = window.take(min(length, LONGEST_NUMBERS))
                length -= len(element.raw)
            if window.skip(length) < length:
                self.damaged = True
                return
        self.limited = self.damaged = True


def _inside(element: Element) -> Iterator[Element]:
    """The elements of a value of unknown form that reads as a sequence, as far as it does."""
    parser = Parser(Window(None, element.raw))
    inner = Element(element.tag, "UN", b"", len(element.raw), element.scope, False)
    if element.scope.depth < MOST_DEPTH:
        yield from parser.sequence(inner, False, False)


class Walk:
    """One pass over one file; iterate :meth:`elements`, then look at what it says of the rest.

    ``rest`` holds the bytes behind the place where the structure ends (padding, text that somebody appended, what
    could not be parsed), at most :data:`REST` of them; ``rest_cut`` says that there are more.
    """

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(132)
        marked = head[128:132] == b"DICM"
        self.preamble = head[:128] if marked else b""
        self.meta: list[Element] = []
        self.syntax = ""
        self.root = Scope()
        self.rest = b""
        self.rest_cut = False
        self._cut = False
        start = 132 if marked else (4 if head[:4] == b"DICM" else 0)
        window = Window(Plain(file, start))
        self.start: int | None = start  # where the stream begins in the file, None where it is packed
        self._read_meta(window)
        if self.syntax in _DEFLATED and not _is_plain(window):
            window = Window(Inflated(file, start + window.place))
            self.start = None
        self._parser = Parser(window)

    @property
    def pixels(self) -> list[tuple[Element, int]]:
        """Pixel data of all depths, with their places in the (inflated) data set."""
        return self._parser.pixels

    @property
    def damaged(self) -> bool:
        return self._parser.damaged or self._cut

    @property
    def limited(self) -> bool:
        """True where a limit ended the walk: nesting, number of fragments, size of what is packed."""
        stream = self._parser.window.stream
        return self._parser.limited or (stream is not None and stream.limited)

    def elements(self) -> Iterator[Element]:
        """The elements in order of the file, sequences before what is in them."""
        window = self._parser.window
        window.has(8)
        first = window.buf[window.at : window.at + 8]
        explicit = first[4:6] in _KNOWN_FORMS
        big = explicit and first[:1] == b"\0" and first[1:2] != b"\0"
        self._cut = self._cut or not first
        yield from self._parser.dataset(self.root, explicit, big, None)
        self._take_rest(window)

    def _read_meta(self, window: Window) -> None:
        """The file meta, always explicit and little."""
        parser, scope = Parser(window), Scope()
        while window.has(8) and window.buf[window.at : window.at + 2] == b"\x02\0":
            tag = 0x00020000 | int.from_bytes(window.buf[window.at + 2 : window.at + 4], "little")
            explicit = window.buf[window.at + 4 : window.at + 6] in _KNOWN_FORMS
            element = parser.element(tag, scope, explicit, False)
            if element is None or parser.damaged:
                self._cut = True
                break
            self.meta.append(element)
            if tag == 0x00020010:
                self.syntax = element.raw.rstrip(b"\0 ").decode("ascii", "replace")

    def _take_rest(self, window: Window) -> None:
        rest = self._parser.rest
        self.rest = rest + window.take(max(0, REST - len(rest)))
        if self.rest.strip(b"\0"):  # a few bytes that are no element, text that somebody appended, a file cut off
            self._parser.damaged = True
        for _ in range(_MOST_PADDING):
            piece = window.take(REST)
            if piece.strip(b"\0"):
                self.rest_cut = True
            if not piece or self.rest_cut:
                break
        else:
            self.rest_cut = True
        if isinstance(window.stream, Inflated):
            self.rest += window.stream.behind[:REST]


def _is_plain(window: Window) -> bool:
    """True for a data set that is said to be packed and is not."""
    return window.has(8) and window.buf[window.at + 4 : window.at + 6] in _KNOWN_FORMS
