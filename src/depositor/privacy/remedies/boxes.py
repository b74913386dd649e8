"""Boxes over pictures: what all formats share, and BMP, WebP and JPEG."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import troubles
from depositor.privacy.checks import jpeg

if TYPE_CHECKING:
    import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two are outside of it
LARGEST = 1 << 30  # bytes of a picture without packing that are held in memory
_SAMPLED = 8  # how far a pixel outside of a box may be from what it was after a JPEG was packed again, on average


def within(regions: Sequence[Region], frame: int, x: int, y: int, width: int, height: int) -> list[Box]:
    """The boxes of ``regions`` in one frame whose corner lies at ``x``, ``y``."""
    out = []
    for region in regions:
        if region.source != "pixels" or region.frame not in (None, frame):
            continue
        left, top = max(region.x - x, 0), max(region.y - y, 0)
        right, bottom = min(region.x + region.width - x, width), min(region.y + region.height - y, height)
        if left < right and top < bottom:
            out.append((left, top, right, bottom))
    return out


def painted(regions: Iterable[Region]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(region) for region in regions))


def refuse_large(shown: str, size: int) -> None:
    """Raise Damaged for pictures that would not fit into memory."""
    if size > LARGEST:
        raise Damaged(troubles.too_large(shown, LARGEST >> 20))


# --- BMP -----------------------------------------------------------------------------------------------------------


def blank_bmp(file: BinaryIO, shown: str, regions: Sequence[Region]) -> None:
    """Paint in place. Raises Damaged for the packed kinds of BMP."""
    file.seek(0)
    head = file.read(54)
    start, _info, width, height = struct.unpack_from("<IIii", head, 10)
    bits, packing = struct.unpack_from("<HI", head, 28)
    if packing not in (0, 3, 6) or bits not in (1, 4, 8, 16, 24, 32):
        raise Damaged(troubles.no_remedy(shown))
    stride, rows = (width * bits + 31) // 32 * 4, abs(height)
    for left, top, right, bottom in within(regions, 0, 0, 0, width, rows):
        for y in range(top, bottom):
            row = rows - 1 - y if height > 0 else y
            _blank_bits(file, start + row * stride, left * bits, right * bits)


def _blank_bits(file: BinaryIO, row: int, first: int, last: int) -> None:
    """Set the bits from ``first`` to ``last`` of the row at ``row`` to zero."""
    begin, end = first // 8, (last + 7) // 8
    file.seek(row + begin)
    raw = bytearray(file.read(end - begin))
    if not raw:
        return
    keep_first = raw[0] & ~(0xFF >> first % 8) & 0xFF if first % 8 else 0
    keep_last = raw[-1] & (0xFF >> last % 8) if last % 8 else 0
    raw[:] = bytes(len(raw))
    raw[0] |= keep_first
    raw[-1] |= keep_last
    file.seek(row + begin)
    file.write(raw)


# --- WebP ----------------------------------------------------------------------------------------------------------


def blank_webp(copy: Path, shown: str, regions: Sequence[Region]) -> None:
    """Paint and pack without loss, so that pixels outside of the boxes stay what decoders made of them."""
    from PIL import Image

    with Image.open(copy) as picture:
        frames = getattr(picture, "n_frames", 1)
        refuse_large(shown, picture.width * picture.height * 4 * frames)
        options = {k: picture.info[k] for k in ("exif", "xmp", "icc_profile") if picture.info.get(k)}
        pictures, durations = [], []
        for number in range(frames):
            picture.seek(number)
            pictures.append(_painted(picture, regions, number))
            durations.append(int(picture.info.get("duration", 0) or 0))
        loop, background = picture.info.get("loop", 0), picture.info.get("background", (0, 0, 0, 0))
    if frames > 1:
        more = {"save_all": True, "append_images": pictures[1:], "duration": durations, "loop": loop}
        options |= {**more, "background": background}
    fresh = copy.with_name(copy.name + "~")
    pictures[0].save(fresh, "WEBP", lossless=True, exact=True, quality=50, **options)
    os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system


def _painted(picture: Any, regions: Sequence[Region], frame: int) -> Any:
    from PIL import ImageDraw

    copy = picture.convert("RGBA" if picture.mode == "RGBA" else "RGB")
    draw = ImageDraw.Draw(copy)
    for left, top, right, bottom in within(regions, frame, 0, 0, copy.width, copy.height):
        draw.rectangle((left, top, right - 1, bottom - 1), fill=(0, 0, 0, 255) if copy.mode == "RGBA" else (0, 0, 0))
    return copy


# --- JPEG ----------------------------------------------------------------------------------------------------------


def blank_jpeg(copy: Path, shown: str, regions: Sequence[Region]) -> None:
    """Paint and pack again with the same tables; all texts and the profile stay, previews go: they show the same.

    Raises Damaged where the result differs from the original outside of the boxes by more than packing again explains.
    """
    raw = copy.read_bytes()
    refuse_large(shown, len(raw))
    new = _repacked(raw, shown, regions)
    with copy.open("r+b") as file:
        listed = list(jpeg.segments(file))
        keep = [s for s in listed if s.marker == 0xFE or 0xE0 <= s.marker <= 0xEF]
        head = b"\xff\xd8" + b"".join(raw[s.offset - 4 : s.offset + s.length] for s in keep)
        file.seek(0)
        file.write(head + _without_texts(new))
        file.truncate()
        jpeg.without_previews(file)


def _repacked(raw: bytes, shown: str, regions: Sequence[Region]) -> bytes:
    from PIL import Image, JpegImagePlugin

    with Image.open(io.BytesIO(raw)) as opened:
        if not isinstance(opened, JpegImagePlugin.JpegImageFile) or opened.mode not in ("L", "RGB", "CMYK"):
            raise Damaged(troubles.no_remedy(shown))
        refuse_large(shown, opened.width * opened.height * 4)
        options: dict[str, Any] = {"qtables": opened.quantization, "progressive": "progressive" in opened.info}
        sampling = JpegImagePlugin.get_sampling(opened)
        options |= {"subsampling": sampling} if sampling >= 0 else {"subsampling": 0}
        options |= {"keep_rgb": True} if _is_stored_as_rgb(opened) else {}
        before = opened.copy()
    picture = before.copy()
    for box in _in_blocks(within(regions, 0, 0, 0, picture.width, picture.height), sampling):
        picture.paste(0, box) if picture.mode != "CMYK" else picture.paste((0, 0, 0, 255), box)
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    _compare(before, out, shown, regions)
    return out.getvalue()


def _in_blocks(listed: list[Box], sampling: int) -> list[Box]:
    """Boxes made larger to the blocks that are coded together, so that no colour of what lay there is left in them."""
    across, down = (16 if sampling in (1, 2) else 8), (16 if sampling == 2 else 8)
    more = 1 if sampling in (1, 2) else 0  # decoders mix the colours of neighbours
    return [
        (
            max(left - more, 0) // across * across,
            max(top - more, 0) // down * down,
            -(-(right + more) // across) * across,
            -(-(bottom + more) // down) * down,
        )
        for left, top, right, bottom in listed
    ]


def _is_stored_as_rgb(picture: Any) -> bool:
    return bool(picture.mode == "RGB" and picture.info.get("adobe_transform") == 0)


def _compare(before: Any, packed: io.BytesIO, shown: str, regions: Sequence[Region]) -> None:
    """Blocks of up to 16 pixels around a box may change; all others are nearly as they were."""
    import numpy as np
    from PIL import Image

    with Image.open(packed) as after:
        old, new = np.asarray(before, dtype=np.int16), np.asarray(after, dtype=np.int16)
    if old.shape != new.shape:
        raise Damaged(troubles.no_remedy(shown))
    outside: np.ndarray[Any, Any] = np.ones(old.shape[:2], dtype=bool)
    for left, top, right, bottom in within(regions, 0, 0, 0, old.shape[1], old.shape[0]):
        outside[max(top - 16, 0) : bottom + 16, max(left - 16, 0) : right + 16] = False
    if outside.any() and float(np.abs(old - new)[outside].mean()) > _SAMPLED:
        raise Damaged(troubles.no_remedy(shown))


def _without_texts(raw: bytes) -> bytes:
    """A JPEG file from its tables on: without the start mark and its own application segments."""
    file = io.BytesIO(raw)
    kept = [s for s in jpeg.segments(file) if not (0xE0 <= s.marker <= 0xEF or s.marker == 0xFE)]
    first = next(s.offset - 4 for s in kept if s.marker != 0xD9)
    return raw[first:]
