"""Whether a face could be rebuilt from a volume: told by what headers and names say, never guessed from nothing.

A head is told by words of the field in headers or by the suffix of a BIDS name; size and thickness of the slices must
allow a surface to be built. Nobody looks into the voxels. Sources: Schwarz 2021 (PMID 33582276), Theyers 2021
(doi 10.3389/fpsyt.2021.617997), BIDS 1.9 (suffixes), PS3.16 CID 4 (body parts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from depositor.privacy.kinds import Kind

MODALITIES = frozenset({"CT", "MR", "PT"})
THICKEST = 4.0  # mm: with thicker slices a surface shows steps, not features
NARROWEST = 120.0  # mm of the field of view: less shows a part of a head, or an animal
FEWEST = 20  # slices of a volume that one file holds

_PARTS = re.compile(
    r"\b(?:HEAD(?:NECK)?|BRAIN|SKULL|FACE|ORBITS?|EYES?|SINUS(?:ES)?|PSINUS|NASAL|NOSE|MAXILLA|MANDIBLE|JAW|TMJ|ZYGOMA"
    r"|CRANIUM|CEREBRUM|CEREBELLUM|PITUITARY|SELLA|IAC|WHOLE ?BODY|TETE|KOPF|SCHAEDEL|CRANE|CABEZA|CRANEO|TESTA"
    r"|ENCEFALO)\b"
)
_WORDS = re.compile(
    r"(?<![^\W_])(?:head|brain|cranial|cranium|cerebr\w+|skull|face|facial|maxillofacial|sinus(?:es)?|orbits?|orbital"
    r"|neuro|kopf|sch[äa]e?del|hirn|gehirn|nnh|cr[âa]ne|cerveau|t[êe]te|enc[ée]phal\w+|cr[áa]neo|cabeza|cerebro|orbita"
    r"|cranio|testa|encefalo|hersenen|hoofd|sch[eé]del|g[łl]ow[ay]|m[óo]zg\w*|hjerne|huvud|hj[äa]rna|p[äa][äa]n?"
    r"|мозг\w*|голов\w*|череп\w*|mprage|mp2rage|memprage|flair|whole ?body|vertex)(?![^\W_])"
    r"|頭部|頭蓋|脳|颅|头部|脑|뇌|두부|두개",
    re.IGNORECASE,
)
# A head that is none: of bones and organs, a position, a coil; and what ends below the face.
_OTHER_HEADS = re.compile(
    r"\b(?:femoral|femur|humeral|humerus|radial|radius|ulnar?|fibular?|metatarsal|metacarpal|talar|talus|pancrea\w*"
    r"|condylar|long|short|medial|lateral|terminal|mandibular) heads?\b|\bheads? of (?:the )?(?:pancreas|femur|humerus"
    r"|radius|ulna|fibula|talus|epididymis)\b|\bhead[ _-]?(?:first|coil|rest|holder|hunter)\b|\bskull[ _-]?base\b"
    r"|\bpancreas[ _-]?head\b|\bface[ _-]?mask\b|\b(?:carotid|coronary|coronal|aortic|valsalva|renal|pilonidal) sinus\b"
    r"|\bsinus (?:tarsi|venosus|rhythm|tachy\w+)\b|\bcoronary\b",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    r"de[-_ ]?fac(?:ed?|ing)|skull[-_ ]?strip\w*|brain[-_ ]?extract\w*|_brain(?=[_.]|$)|desc-(?:brain|defaced)"
    r"|mri_?reface|afni_?refacer|refaced|quickshear|no[-_]face|face[-_ ]?(?:removed|off)",
    re.IGNORECASE,
)
_BIDS = re.compile(
    r"_(T1w|T2w|PDw|FLAIR|T2starw|PDT2|UNIT1|MP2RAGE|MPM|MEGRE|VFA|angio|CT|ct|pet|defacemask)(?=[_.]|$)"
)
_NO_PERSON = re.compile(
    r"(?<![^\W_])(?:mni\w*|icbm\w*|template|atlas|fsaverage|colin27|phantom|mouse|mice|rat|rats|murine|monkey|macaque"
    r"|marmoset|zebrafish|pig|sheep|dog|cat|mask|seg|dseg|probseg|labels?|labelmap|parcellation|aparc|bold|dwi|sbref|asl"
    r"|epi|fieldmap|fmap|magnitude\d?|phasediff|stat|zstat|tstat|cope|fa|md|adc)(?![^\W_])",
    re.IGNORECASE,
)
_HUMAN = re.compile(r"homo sapiens|human|\bL-85B00\b|337915000", re.IGNORECASE)

# Attributes of a DICOM file that tell of the part of the body, in the order in which they are believed.
BODY_PART, REGION = 0x00180015, 0x00082218
DESCRIPTIONS = (0x00081030, 0x0008103E, 0x00181030, 0x00321060, 0x00400254, 0x00400007)
MODALITY, SOP_CLASS, IMAGE_TYPE, SPECIES = 0x00080060, 0x00080016, 0x00080008, 0x00102201
THICKNESS, SPACING, ROWS, COLUMNS, FRAMES = 0x00180050, 0x00280030, 0x00280010, 0x00280011, 0x00280008
FEATURES, METHOD, METHOD_CODE, DERIVATION = 0x00280302, 0x00120063, 0x00120064, 0x00082111
WANTED = frozenset(
    {BODY_PART, REGION, MODALITY, SOP_CLASS, IMAGE_TYPE, SPECIES, THICKNESS, SPACING, ROWS, COLUMNS, FRAMES, FEATURES}
    | {METHOD, METHOD_CODE, DERIVATION, *DESCRIPTIONS}
)
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_DEFACING_CODE = "113102"
_FLAT = ("LOCALIZER", "SCOUT", "PROJECTION", "MIP", "SCREEN SAVE", "TOPOGRAM")


@dataclass(frozen=True, slots=True)
class Head:
    """That a volume shows a head: ``kind`` is FACE, or FACE_REMOVED where it is said so; ``told`` says by what."""

    kind: Kind
    told: str


def in_dicom(facts: Mapping[int, str], shown: str) -> Head | None:
    """What the attributes of one slice or one enhanced object tell; equal for all slices of a series."""
    modality = facts.get(MODALITY, "")
    if modality not in MODALITIES or not _is_volume(facts) or not _is_human(facts):
        return None
    region = _region(facts)
    if not region:
        return None
    return Head(*_removed([*_claims(facts), shown], ", ".join(p for p in (modality, region, _thickness(facts)) if p)))


def in_volume(shown: str, sizes: Sequence[int], spacing: Sequence[float], texts: Iterable[str] = ()) -> Head | None:
    """What the name and the grid of a volume file tell; ``sizes`` in voxels, ``spacing`` in mm, at least three each."""
    name = shown.rsplit("/", 1)[-1]
    told = _named(shown, name, texts)
    if not told or not _is_grid_of_head(sizes, spacing):
        return None
    grid = " x ".join(f"{abs(s):.2g}" for s in spacing[:3])
    return Head(*_removed([name, *texts], f"{told}, {grid} mm"))


def is_secondary_capture(sop_class: str) -> bool:
    """True for screen copies and digitised film."""
    return sop_class == _SECONDARY_CAPTURE or sop_class.startswith(f"{_SECONDARY_CAPTURE}.")


def _removed(texts: Iterable[str], told: str) -> tuple[Kind, str]:
    for text in texts:
        if found := _REMOVED.search(text):
            return Kind.FACE_REMOVED, f"{told}; {found[0].strip('_')}"
    return Kind.FACE, told


def _claims(facts: Mapping[int, str]) -> list[str]:
    """Texts in which the removal of the face would be noted."""
    texts = [facts.get(tag, "") for tag in (METHOD, DERIVATION, IMAGE_TYPE, *DESCRIPTIONS)]
    if facts.get(FEATURES, "").upper() == "NO":
        texts.append("defaced (0028,0302)")
    if _DEFACING_CODE in facts.get(METHOD_CODE, ""):
        texts.append(f"defaced ({_DEFACING_CODE})")
    return texts


def _region(facts: Mapping[int, str]) -> str:
    """The word that tells of a head. A body part that says otherwise is believed, but for brains and skulls."""
    part = " ".join(facts.get(tag, "") for tag in (BODY_PART, REGION)).strip()
    if found := _PARTS.search(part.upper()) or _word(part):
        return found[0]
    found = next((f for tag in DESCRIPTIONS if (f := _word(facts.get(tag, "")))), None)
    if found is None or (
        part and found[0].lower() not in ("brain", "skull", "mprage", "mp2rage", "cerebral", "cranial")
    ):
        return ""
    return found[0]


def _word(text: str) -> re.Match[str] | None:
    return _WORDS.search(_OTHER_HEADS.sub(" ", text.replace("_", " ").replace("^", " ")))


def _is_volume(facts: Mapping[int, str]) -> bool:
    """True for slices of a volume that is fine enough: no scout, no projection, no screen copy."""
    kind = facts.get(IMAGE_TYPE, "").upper()
    if any(word in kind for word in _FLAT) or is_secondary_capture(facts.get(SOP_CLASS, "")):
        return False
    thickness = _number(facts.get(THICKNESS, ""))
    if thickness is not None and thickness > THICKEST:
        return False
    pixel = _number(facts.get(SPACING, ""))
    sizes = [s for tag in (ROWS, COLUMNS) if (s := _number(facts.get(tag, "")))]
    if pixel and sizes and max(sizes) * pixel < NARROWEST:
        return False
    return _number(facts.get(FRAMES, "")) in (None, 1.0) or (_number(facts.get(FRAMES, "")) or 0) >= FEWEST


def _is_human(facts: Mapping[int, str]) -> bool:
    species = facts.get(SPECIES, "")
    return not species or _HUMAN.search(species) is not None


def _thickness(facts: Mapping[int, str]) -> str:
    thickness = _number(facts.get(THICKNESS, ""))
    return f"{thickness:g} mm" if thickness else ""


def _number(text: str) -> float | None:
    try:
        return abs(float(text.split("\\")[0]))
    except ValueError:
        return None


def _named(shown: str, name: str, texts: Iterable[str]) -> str:
    if _NO_PERSON.search(name.replace("-", "_")):
        return ""
    if name.startswith("sub-") and (bids := _BIDS.search(name)):
        return bids[1]
    stem = re.sub(r"[_\-./]+", " ", shown)
    for text in (stem, *texts):
        if found := _word(text):
            return found[0]
    return ""


def _is_grid_of_head(sizes: Sequence[int], spacing: Sequence[float]) -> bool:
    """Voxels of at most :data:`THICKEST` mm and an extent of a head in two directions, half of it in the third."""
    grid = [(abs(n), abs(s) or 1.0) for n, s in zip(sizes[:3], spacing[:3], strict=False)]
    if len(grid) < 3 or any(n < FEWEST or s > THICKEST for n, s in grid):
        return False
    extents = sorted(n * s for n, s in grid)
    return extents[1] >= NARROWEST and extents[0] >= NARROWEST / 2 and extents[2] <= 2500
