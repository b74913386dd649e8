"""DICOM header checks beside de-identifiers: ``benchmarks/privacy_dicom.py FOLDER [--planted SET] [--peer PYTHON]``.

FOLDER holds DICOM files, best slices of a series; each is looked at by Depositor's check with all judging, on one core,
and by each peer (dicom-anonymizer, dicognito, deid), which changes the data set in memory. The peers may stop reading
before the pixels (deid cannot) and write nothing, so that their figure is the best they can have. SET is a folder with
``planted.json`` ({"planted": [{"file", "where", "kind", "value"}]}): how many of its identifiers in DICOM headers the
check finds, and how many can still be read in what each tool writes. PYTHON is an interpreter that has the peers
(``pip install dicom-anonymizer==2.1.0 dicognito==0.19.0 deid==0.4.13``), in an environment of its own. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import Any

TOOLS = ("dicom-anonymizer", "dicognito", "deid")
PEER = r"""
import contextlib, importlib.metadata, io, json, logging, os, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
order = json.load(sys.stdin)
tool, files, out = order["tool"], order["files"], order["out"]
import pydicom

def anonymizer():
    from dicomanonymizer import anonymize_dataset
    return anonymize_dataset

def dicognito():
    from dicognito.anonymizer import Anonymizer
    return Anonymizer().anonymize

def deid():
    return None  # it takes paths and gives data sets

change = {"dicom-anonymizer": anonymizer, "dicognito": dicognito, "deid": deid}[tool]()
result = {"version": importlib.metadata.version(tool), "failed": 0}
with contextlib.redirect_stdout(io.StringIO()):
    def one(path, target=None):
        try:
            if tool == "deid":
                from deid.dicom import get_identifiers, replace_identifiers
                ids = get_identifiers([path], force=True)
                dataset = replace_identifiers([path], ids=ids, save=False)[0]
            else:
                dataset = pydicom.dcmread(path, force=True, stop_before_pixels=target is None)
                change(dataset)
            if target:
                dataset.save_as(target)
        except Exception:
            result["failed"] += 1
    if out:
        for number, path in enumerate(files):
            one(path, os.path.join(out, "%05d.dcm" % number))
    else:
        one(files[0])  # what is imported and compiled is not counted
        begin = time.process_time()
        for path in files:
            one(path)
        result["seconds"] = time.process_time() - begin
print(json.dumps(result))
"""


def own_speed(files: list[Path]) -> dict[str, Any]:
    """Files per second of one core, and how many findings there are a file."""
    from depositor.privacy import examine

    examine.file(files[0], files[0].name)
    count, begin = 0, time.process_time()
    for file in files:
        count += len(examine.file(file, file.name).findings)
    seconds = time.process_time() - begin
    return {"files_per_s": round(len(files) / seconds, 1), "findings_per_file": round(count / len(files), 1)}


def peer(python: str, tool: str, files: list[Path], out: Path | None = None) -> dict[str, Any]:
    """What a peer did with ``files``; ``out`` is where it writes, else it is timed."""
    order = json.dumps({"tool": tool, "files": [str(f) for f in files], "out": str(out) if out else None})
    done = subprocess.run([python, "-c", PEER], input=order, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1:]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def planted(folder: Path) -> dict[Path, list[str]]:
    """The identifiers planted in headers of DICOM files, by file."""
    listed = json.loads((folder / "planted.json").read_text("utf-8"))["planted"]
    found: dict[Path, list[str]] = {}
    for one in listed:
        path = folder / one["file"]
        in_header = not one["kind"].startswith("burned-in") and "name" not in one["where"].split()
        if path.suffix == ".dcm" and in_header and path.is_file():
            found.setdefault(path, []).append(one["value"])
    return found


def bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def readable(path: Path) -> str:
    """Everything that a reader could get out of a file: its bytes in three encodings, and its values."""
    import pydicom

    raw = path.read_bytes()
    texts = [raw.decode(encoding, "ignore") for encoding in ("utf-8", "utf-16-le", "latin-1")]
    try:
        values = pydicom.dcmread(path, force=True).iterall()
        texts += [str(e.value) for e in values if e.VR not in ("SQ", "OB", "OW")]
    except Exception:  # what cannot be read any more is judged by its bytes
        pass
    return "\n".join(bare(t) for t in texts)


def left_in(copies: dict[Path, Path], key: dict[Path, list[str]]) -> int:
    """How many planted values can still be read; a file that a tool did not write counts as unchanged."""
    seen = {path: readable(copies.get(path, path)) for path in key}
    return sum(bare(value) in seen[path] for path, values in key.items() for value in values)


def own_findings(key: dict[Path, list[str]], out: Path) -> dict[str, int]:
    from depositor.privacy import clean, examine
    from depositor.privacy.policy import PUBLIC

    policy, found, copies = PUBLIC.fresh(), 0, {}
    for number, (path, values) in enumerate(key.items()):
        seen = examine.file(path, path.name).findings
        told = [bare(f.evidence or "") for f in seen]
        found += sum(any(bare(v) in t or (len(t) >= 4 and t in bare(v)) for t in told) for v in values)
        done = clean.clean(path, out / f"{number:05d}.dcm", [f for f in seen if policy.wants(f)], policy)
        if done.path:
            copies[path] = done.path
    return {"found": found, "left": left_in(copies, key), "not_cleaned": len(key) - len(copies)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--planted", type=Path)
    parser.add_argument("--peer", default="")
    parser.add_argument("--peer-files", type=int, default=150, help="how many files each peer is timed with")
    options = parser.parse_args()
    files = sorted(p for p in options.folder.rglob("*.dcm") if p.is_file())
    if not files:
        parser.error("no .dcm file in that folder")
    result: dict[str, Any] = {"files": len(files), "depositor": own_speed(files)}
    for tool in TOOLS if options.peer else ():
        some = files[:: max(1, len(files) // options.peer_files)]
        timed = peer(options.peer, tool, some)
        if "seconds" in timed:
            timed["files_per_s"] = round(len(some) / timed.pop("seconds"), 1)
        result[tool] = timed
    if options.planted:
        key = planted(options.planted)
        result["planted"] = sum(map(len, key.values()))
        with tempfile.TemporaryDirectory() as folder:
            result["depositor"] |= own_findings(key, Path(folder))
        for tool in TOOLS if options.peer else ():
            with tempfile.TemporaryDirectory() as folder:
                wrote = peer(options.peer, tool, list(key), Path(folder))
                there = {p: Path(folder, f"{n:05d}.dcm") for n, p in enumerate(key)}
                result[tool] |= {"left": left_in({p: c for p, c in there.items() if c.exists()}, key)}
                result[tool] |= {"not_written": wrote.get("failed", len(key))}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
