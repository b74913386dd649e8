"""What a file is by its name alone: junk, an image, a numbered plane, a file that belongs to another. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from depositor.draft.message import Message, msg

_IMAGES = """
    tif tiff btf tf2 tf8 czi lif lof xlef nd2 oib oif oir vsi ets
    lsm stk dv r3d zvi ims sld sldy flex scn svs ndpi mrxs bif
    qptiff dcm dicom ima nii hdr img mgz mgh mnc par nrrd nhdr mha
    mhd mrc mrcs map rec st ali eer dm3 dm4 ser emi emd mcd imzml
    obf msr sdt ptu png jpg jpeg jp2 j2k heic heif avif bmp gif webp avi mov
    mp4 ics ids pic gel fli flm raw bdv h5 hdf5 ome companion.ome
    ome.xml ome.tif ome.tiff ome.tf2 ome.tf8 ome.btf nii.gz map.gz mrc.gz dds
    blp nd mdoc xdce htd
"""
IMAGE_ENDINGS = frozenset(_IMAGES.split())
"""Endings of files that are images or the head of one; all else is listed as "other"."""

_PAIRS = """
    ome.tif ome.tiff ome.tf2 ome.tf8 ome.btf companion.ome ome.xml nii.gz map.gz
    mrc.gz tar.gz ome.zarr idx.xml mrc.mdoc
"""
_DOUBLE = frozenset(_PAIRS.split())
_SECOND = frozenset(pair.rpartition(".")[2] for pair in _DOUBLE)
_SEEN: dict[str, str] = {}  # endings as written -> as told; the same few for millions of files
_NUMBER = re.compile(r"\d+")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")

SIDECARS: dict[str, tuple[str, ...]] = {
    "raw": ("mhd", "nhdr"),
    "zraw": ("mhd",),
    "img": ("hdr",),
    "rec": ("par",),
    "ibd": ("imzml",),
    "ser": ("emi",),
    "ids": ("ics",),
    "bvec": ("nii.gz", "nii"),
    "bval": ("nii.gz", "nii"),
    "json": ("nii.gz", "nii"),
    "lifext": ("lif",),
    "xml": ("tif", "tiff", "czi", "lif", "avi", "nd2"),
    "txt": ("tif", "tiff", "mcd", "oib", "mrc"),
    "xmp": ("jpg", "jpeg", "tif", "png"),
    "pts": ("lsm",),
    "roi": ("tif",),
}
"""Ending of a file that belongs to an image of the same stem -> endings of that image, the likeliest first."""


def ending(path: str) -> str:
    """The ending of a file name in lower case, without its dot; the double ones of the field (``ome.tif``, ``nii.gz``)
    as one. Empty where the name has none, or only digits (chunks of N5 and Zarr)."""
    at = path.rfind(".")
    if at < 1 or path[at - 1] == "/":
        return ""
    tail = path[at + 1 :]
    found = _SEEN.get(tail)
    if found is None:
        found = _checked(tail)
    if found in _SECOND:
        before = path.rfind(".", max(at - 12, 0), at)
        if before >= 0 and path[before + 1 :].lower() in _DOUBLE:
            return path[before + 1 :].lower()
    return found


def _checked(tail: str) -> str:
    good = len(tail) <= 8 and tail.isalnum() and tail.isascii() and not tail.isdigit()
    found = tail.lower() if good else ""
    if good and len(_SEEN) < 10_000:
        _SEEN[tail] = found
    return found


def stem(name: str) -> str:
    """The name without its :func:`ending`."""
    end = ending(name)
    return name[: -len(end) - 1] if end else name


def is_image(end: str) -> bool:
    """True for an ending that images have."""
    return end in IMAGE_ENDINGS


def numbered(name: str) -> str | None:
    """``img_0001.tif`` -> ``img_#.tif``: the last number of the stem is what counts planes; None without a number."""
    base = stem(name)
    found = _LAST_NUMBER.search(base)
    return f"{base[: found.start()]}#{name[found.end() :]}" if found else None


def numbered_all(name: str, end: str) -> str:
    """``c1_z005_t01.tif`` with its :func:`ending` -> ``c#_z#_t#.tif``: all numbers may count; empty without one."""
    cut = len(name) - len(end) - 1 if end else len(name)
    shape, numbers = _NUMBER.subn("#", name[:cut])
    return shape + name[cut:] if numbers else ""


# --- junk ----------------------------------------------------------------------------------------------------------

_JUNK = re.compile(
    r"(?P<desktop>\.DS_Store|\._.*|\.localized|\.apdisk|Icon\r|Thumbs\.db|thumbs\.db|ehthumbs\.db|desktop\.ini"
    r"|Desktop\.ini|\.directory|\.picasa\.ini|\$RECYCLE\.BIN)"
    r"|(?P<lock>~\$.*|\.~lock\..*#|.*\.lck|\.nfs[0-9a-f]{8,}|\.fuse_hidden.*)"
    r"|(?P<partial>.*\.(?:tmp|temp|part|partial|crdownload|filepart|download|swp|swo)|~.*\.tmp|\..*\.[A-Za-z0-9]{6}\.rsync)",
    re.DOTALL,
)
# Cheap questions that spare nearly every name the expression above: its first character, its last four.
JUNK_FIRST = frozenset(".~$ITtDde")
JUNK_ENDINGS = frozenset((".tmp", "temp", "part", "tial", "load", ".swp", ".swo", ".lck"))
_JUNK_FOLDERS: dict[str, str] = {
    ".git": "versions", ".svn": "versions", ".hg": "versions", "@eaDir": "desktop", "__MACOSX": "desktop",
    ".Trashes": "desktop", ".Spotlight-V100": "desktop", ".fseventsd": "desktop", ".TemporaryItems": "desktop",
    "$RECYCLE.BIN": "desktop", "System Volume Information": "desktop", "lost+found": "desktop", "#recycle": "desktop",
    ".thumbnails": "desktop", ".snapshot": "backup", "#snapshot": "backup", "__pycache__": "cache",
    ".ipynb_checkpoints": "cache", ".pytest_cache": "cache", ".cache": "cache",
}  # fmt: skip


def junk_file(name: str) -> str | None:
    """Why a file of this name is not sent (a key of :func:`why`), or None."""
    if name[0] not in JUNK_FIRST and name[-4:] not in JUNK_ENDINGS:
        return None
    found = _JUNK.fullmatch(name)
    return found.lastgroup if found else None


def junk_folder(name: str) -> str | None:
    """Why a folder of this name is left out with all that is in it (a key of :func:`why`), or None."""
    return _JUNK_FOLDERS.get(name)


def why(key: str, pattern: str = "") -> Message:
    """The reason for people."""
    reasons: dict[str, Callable[[], Message]] = {
        "desktop": lambda: msg("scan.ignored.desktop", "Made by the file manager; it holds no data."),
        "lock": lambda: msg("scan.ignored.lock", "A lock that a running program keeps on an open file."),
        "partial": lambda: msg("scan.ignored.partial", "A temporary or half-copied file."),
        "versions": lambda: msg("scan.ignored.versions", "The inner folder of a version control system."),
        "backup": lambda: msg("scan.ignored.backup", "Backup copies that the file server keeps."),
        "cache": lambda: msg("scan.ignored.cache", "A cache that programs make again when they need it."),
        "excluded": lambda: msg("scan.ignored.excluded", "You left out “{pattern}”.", pattern=pattern),
    }
    return reasons[key]()


def sidecar_of(name: str, present: Iterable[str]) -> str | None:
    """The image among ``present`` (names in one folder) that the file ``name`` belongs to, or None.

    ``a.mrc.mdoc`` and ``a.tif.xml`` belong to the file they name; others to an image of the same stem.
    """
    names = present if isinstance(present, (set, frozenset, dict)) else set(present)
    base = name.rpartition(".")[0]
    if base in names and is_image(ending(base)):
        return base
    own = stem(name)
    for end in SIDECARS.get(ending(name), ()):
        for candidate in (f"{own}.{end}", f"{own}.{end.upper()}", f"{own}.{end.replace('imzml', 'imzML')}"):
            if candidate in names and candidate != name:
                return candidate
    return None
