"""Names of TIFF tags and what their values are. Sources: TIFF 6.0, EXIF 2.32, Adobe's and makers' private tags."""

from __future__ import annotations

from depositor.privacy.kinds import Kind

NAMES = {
    269: "DocumentName",
    270: "ImageDescription",
    271: "Make",
    272: "Model",
    285: "PageName",
    305: "Software",
    306: "DateTime",
    315: "Artist",
    316: "HostComputer",
    337: "TargetPrinter",
    700: "XMP",
    32932: "Annotations",
    33432: "Copyright",
    33723: "IPTC",
    34118: "ZeissSEM",
    34377: "Photoshop",
    34680: "FEI",
    34682: "FEIHelios",
    34737: "GeoAsciiParams",
    36867: "DateTimeOriginal",
    36868: "DateTimeDigitized",
    37510: "UserComment",
    40091: "XPTitle",
    40092: "XPComment",
    40093: "XPAuthor",
    40094: "XPKeywords",
    40095: "XPSubject",
    42016: "ImageUniqueID",
    42032: "CameraOwnerName",
    42033: "BodySerialNumber",
    42037: "LensSerialNumber",
    42112: "GDALMetadata",
    50708: "UniqueCameraModel",
    50735: "CameraSerialNumber",
    50827: "OriginalRawFileName",
    50839: "ImageJ",
    51123: "MicroManager",
    65427: "Reference",
    65442: "SerialNumber",
    65449: "PropertyMap",
}
KINDS = {
    306: Kind.DATE,
    36867: Kind.DATE,
    36868: Kind.DATE,
    315: Kind.STAFF_NAME,
    316: Kind.HOST,
    33432: Kind.INSTITUTION,
    42032: Kind.STAFF_NAME,
    42033: Kind.SERIAL,
    42037: Kind.SERIAL,
    50735: Kind.SERIAL,
    65427: Kind.CASE_NUMBER,
    65442: Kind.SERIAL,
    40093: Kind.STAFF_NAME,
}
# Texts of cameras and programs: names of firms and models, versions, codes.
TECHNICAL = frozenset(
    {271, 272, 305, 37121, 37520, 37521, 37522, 36880, 36881, 36882, 42034, 42035, 42036, 50708, 1, 3}
)
# Bytes whose meaning only their maker knows, or texts between other bytes.
BINARY_TEXT = frozenset({33723, 37500, 34119, 65024, 50255, 50256})
# Offsets, tables for decoders, colour profiles: no text, however they look. 34412 is read as a block of its own.
NUMBERS_ONLY = frozenset(
    {273, 279, 324, 325, 320, 347, 34675, 34412, 37724, 50838, 50833, 519, 520, 521, 65426, 65432, 33628, 33629}
    | {33630, 33631, 34361, 34362}
)
GPS = {2: "GPSLatitude", 4: "GPSLongitude", 6: "GPSAltitude", 20: "GPSDestLatitude", 22: "GPSDestLongitude"}
