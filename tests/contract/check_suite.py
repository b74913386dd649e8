"""What every privacy check must keep: use it for a new check with one good file that holds something to find."""

from __future__ import annotations

import random
from pathlib import Path

from depositor.privacy.checks.ports import HEAD, Check
from depositor.privacy.examination import Examination
from depositor.privacy.remedies import remedy_for

CUTS = (0, 1, 3, 8, 13, 64, 131, 200, 333, 512, 1024)


def holds(check: Check, good: Path, tmp_path: Path) -> None:
    """All promises at once; ``good`` is claimed by the check and gives at least one finding."""
    claims_by_content(check, good)
    findings_are_complete(check.run(good, "study/file"))
    remedies_are_offered_where_there_are_some(check, good)
    keys_are_stable(check, good)
    survives_truncation(check, good, tmp_path)
    survives_garbage(check, good, tmp_path)
    original_is_untouched(check, good)


def claims_by_content(check: Check, good: Path) -> None:
    assert check.claims(good, good.read_bytes()[:HEAD])
    assert isinstance(check.claims(Path("x"), b""), bool)
    assert check.id == check.id.lower()


def findings_are_complete(found: Examination) -> None:
    """Each finding can be shown, explained and acted on; each remark says why."""
    assert found.findings
    for finding in found.findings:
        assert finding.key.startswith(f"privacy:{finding.check}:study/file:")
        assert finding.path == "study/file"
        assert finding.location
        assert finding.evidence
        assert finding.subject
        assert finding.message.english()
        assert finding.why
        assert finding.advice
    for remark in found.not_checked:
        assert remark.path
        assert remark.why.english()


def remedies_are_offered_where_there_are_some(check: Check, good: Path) -> None:
    """A finding offers a remedy exactly where the registry has one that could mend the file."""
    able = remedy_for(check) is not None
    assert all(bool(f.remedies) == able for f in check.run(good, "study/file").findings)


def keys_are_stable(check: Check, good: Path) -> None:
    """The same file gives the same keys, each once."""
    first = [f.key for f in check.run(good, "study/file").findings]
    assert first == [f.key for f in check.run(good, "study/file").findings]
    assert len(first) == len(set(first))


def survives_truncation(check: Check, good: Path, tmp_path: Path) -> None:
    """A file cut off anywhere gives findings or a remark, never an error."""
    raw = good.read_bytes()
    cut = tmp_path / f"cut{good.suffix}"
    for length in (*CUTS, len(raw) // 2, len(raw) - 1):
        cut.write_bytes(raw[:length])
        assert isinstance(check.run(cut, "study/file"), Examination), length


def survives_garbage(check: Check, good: Path, tmp_path: Path) -> None:
    """Bytes changed at random (offsets and lengths that lie) give no error and no endless work."""
    chance = random.Random(7)
    raw = good.read_bytes()
    bad = tmp_path / f"bad{good.suffix}"
    for _ in range(25):
        changed = bytearray(raw)
        for _ in range(1 + len(raw) // 400):
            changed[chance.randrange(min(len(raw), 4096))] = chance.randrange(256)
        bad.write_bytes(bytes(changed))
        assert isinstance(check.run(bad, "study/file"), Examination)


def original_is_untouched(check: Check, good: Path) -> None:
    before = (good.read_bytes(), good.stat().st_mtime_ns)
    check.run(good, "study/file")
    assert (good.read_bytes(), good.stat().st_mtime_ns) == before
