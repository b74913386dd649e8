"""What the practice archive takes and refuses, and what people see of it."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives_world import Practicing, Study, noise, spoil, wait_for

from depositor.archives import registry
from depositor.archives.ports import ArchiveSession, Credentials
from depositor.archives.practice import archive as practice_archive
from depositor.archives.practice import pictures
from depositor.archives.practice.archive import PracticeArchive
from depositor.archives.practice.catalogue import Upload
from depositor.draft.problem import NeedsUser, Refused, Retryable, Side
from depositor.draft.submission import State


@pytest.fixture
def session(practice: Practicing) -> Iterator[ArchiveSession]:
    made = registry.get("practice").session(practice.url, Credentials())
    yield made
    made.close()


def picture(size: int = 64) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.linear_gradient("L").resize((size, size)).save(out, "PNG")
    return out.getvalue()


def objections(session: ArchiveSession, study: Study) -> list[str]:
    remote = study.deliver(session)
    return [str(f.message.args["words"]) for f in session.check(remote, study.deposit())]


def published(session: ArchiveSession, study: Study) -> Any:
    remote = study.deliver(session)
    session.commit(remote, study.deposit())
    return wait_for(lambda: (a := session.state(remote)).state is not State.SENT and a)


def test_numbers_are_clearly_not_those_of_a_real_archive(session: ArchiveSession, tmp_path: Path) -> None:
    first = published(session, Study(tmp_path / "1", "practice", submission_id="one"))
    second = published(session, Study(tmp_path / "2", "practice", submission_id="two"))
    assert (first.accession, second.accession) == ("PRACTICE-000001", "PRACTICE-000002")
    assert first.state is State.PUBLIC


def test_the_release_date_is_kept(session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    study.document["release_date"] = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    assert published(session, study).state is State.ACCEPTED


def _study(study: Study) -> dict[str, Any]:
    found: dict[str, Any] = study.document["metadata"]["study"]
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: _study(s).update(title="Short"), "Title: 5 characters"),
        (lambda s: _study(s).update(description=""), "Description is required"),
        (lambda s: _study(s).update(keywords=[]), "Keywords"),
        (lambda s: _study(s).update(author=[]), "Author: at least one"),
        (lambda s: s.document.pop("license"), "License is required"),
        (lambda s: s.document["metadata"].update(biosample=[]), "Biosample: at least one"),
        (lambda s: s.document["metadata"].update(specimen=[]), "there is no Specimen called “Fixed cells”"),
        (lambda s: s.document["metadata"]["image_acquisition"][0].pop("imaging_method"), "Imaging method is required"),
        (lambda s: s.document["metadata"]["study_component"][0].pop("associations"), "at least one association"),
        (lambda s: s.document.update(release_date="2020-01-01"), "cannot be in the past"),
        (lambda s: s.document.update(release_date="2099-01-01"), "two years"),
    ],
)
def test_a_description_that_is_not_complete(
    session: ArchiveSession, tmp_path: Path, change: Callable[[Study], object], words: str
) -> None:
    study = Study(tmp_path / "1", "practice")
    change(study)
    found = objections(session, study)
    assert any(words in text for text in found), found


def test_all_reasons_come_at_once_and_the_commit_says_them_too(session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    _study(study).update(title="Short", keywords=[])
    remote = study.deliver(session)
    assert len(session.check(remote, study.deposit())) == 2
    with pytest.raises(Refused) as caught:
        session.commit(remote, study.deposit())
    assert "2 reasons" in caught.value.problem.message.english()
    assert caught.value.problem.side is Side.ARCHIVE
    assert session.state(remote).state is State.DRAFT
    _study(study).update(title="A title that is long enough now", keywords=["x"])
    assert session.commit(remote, study.deposit()).accession == "PRACTICE-000001"


def test_files_must_be_whole_equal_and_listed(session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    remote = session.open(study.deposit())
    study.send(session, remote)
    study.write_papers()
    listed = study.papers / "filelist_dose-series.tsv"
    text = listed.read_text().splitlines()
    listed.write_text("\n".join([text[0], text[1], "raw/never sent.tif"]) + "\n")
    manifest = study.papers / "manifest-sha256.txt"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(["0" * 64 + lines[0][64:], *lines[1:], f"{'1' * 64}  raw/also not.tif"]) + "\n")
    _resealed(study)
    study.send(session, remote)
    words = " | ".join(str(f.message.args["words"]) for f in session.check(remote, study.deposit()))
    assert "the file raw/never sent.tif could not be found" in words
    assert "raw/also not.tif: in the list of checksums, but not received" in words
    assert "announced with 000000000000" in words
    assert "the file is in no file list" in words


def _resealed(study: Study) -> None:
    """The journal takes the documents as they are now."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(study.store)) as db:
        for file in study.files():
            stat = Path(file.source).stat()
            db.execute(
                "UPDATE submission_file SET size=?, mtime_ns=? WHERE seq=?", (stat.st_size, stat.st_mtime_ns, file.seq)
            )
        db.commit()


def test_a_file_that_rots_before_it_is_processed_is_told(practice: Practicing, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    session = registry.get("practice").session(practice.url, Credentials())
    remote = study.deliver(session)
    spoil(max(practice.stored(), key=lambda p: p.stat().st_size))
    answer = session.commit(remote, study.deposit())
    answer = wait_for(lambda: (a := session.state(remote)).state is not State.SENT and a)
    assert answer.state is State.FAILED
    assert "raw/a.tif" in answer.log[0]
    assert answer.problem is not None


def test_a_study_that_was_handed_over_is_closed(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    remote = study.deliver(session)
    session.commit(remote, study.deposit())
    with pytest.raises(Refused):
        session.withdraw(remote)
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1"}
    assert practice.ask("POST", f"/api/depositions/{remote}/uploads", b"", tus)[0] == 403


def test_processing_goes_on_after_a_kill(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice", {"raw/a.tif": noise(1000)})
    remote = study.deliver(session)
    practice.fault({"do": "lose-answer", "path": "/commit$"})
    with pytest.raises(Retryable):
        session.commit(remote, study.deposit())
    practice.kill()
    practice.start()
    answer = wait_for(lambda: (a := session.state(remote)).state is not State.SENT and a)
    assert answer.state is State.PUBLIC


def test_a_long_look_gives_signs_of_life_and_its_answer_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uploads").mkdir()
    archive = PracticeArchive(tmp_path)
    draft = archive.open("s")
    looked: list[int] = []
    go_on = threading.Event()

    def slow(*_: Any) -> tuple[str, ...]:
        looked.append(1)
        go_on.wait(20)
        return ("It took a while.",)

    monkeypatch.setattr(practice_archive, "BEAT_S", 0.01)
    monkeypatch.setattr(practice_archive.rules, "objections", slow)
    answer = archive.judged(draft.id)
    assert next(answer) == b"\n"
    go_on.set()
    assert json.loads(b"".join(answer)) == {"reasons": ["It took a while."]}
    assert archive.objections(draft.id) == ("It took a while.",)
    assert len(looked) == 1
    archive.touched(draft.id)
    archive.objections(draft.id)
    assert len(looked) == 2
    archive.catalogue.close()


def test_room_is_looked_at_before_the_start(session: ArchiveSession, tmp_path: Path) -> None:
    deposit = Study(tmp_path / "1", "practice").deposit()
    huge = replace(deposit, submission=replace(deposit.submission, bytes=1 << 60))
    with pytest.raises(NeedsUser) as caught:
        session.open(huge)
    assert caught.value.problem.code == "practice.no-space"
    assert session.find(deposit.submission.id) is None


def test_a_full_disk_stops_the_run_and_it_goes_on_with_room(tmp_path: Path, small_drive: Path) -> None:
    archive = Practicing(small_drive / "practice")
    archive.start()
    try:
        study = Study(tmp_path / "1", "practice", {"raw/a.tif": noise(3_000_000)})
        session = registry.get("practice").session(archive.url, Credentials(), {"part_bytes": 256 << 10})
        remote = json.loads(archive.ask("POST", "/api/depositions", b'{"submission": "%s"}' % study.id.encode())[2])[
            "id"
        ]
        filler = small_drive / "filler.bin"
        filler.write_bytes(bytes(18_000_000))
        outcome = study.send(session, remote)
        assert outcome.needs_user
        assert outcome.problem is not None
        assert outcome.problem.code == "archive.quota"
        filler.unlink()
        assert study.send(session, remote).failed == 0
    finally:
        archive.kill()


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_study(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    files = {"raw/picture.png": picture(), "raw/a&b.txt".replace("&", "Et"): b"notes"}
    study = Study(tmp_path / "1", "practice", files)
    answer = published(session, study)
    path = f"/studies/{answer.accession}"
    assert answer.url == practice.url + path
    page = wait_for(lambda: (p := practice.ask("GET", path)[2].decode()) and "/pictures/" in p and p)
    assert "Nuclei of cultured cells under two doses of a drug" in page
    assert "NCBITaxon_9606" in page
    assert "Ada Example" in page
    assert "practice archive on this computer" in page
    assert all(sha256 in page for _, _, sha256 in study.expected())
    shown = re.search(r'src="(/studies/[^"]+/pictures/[0-9]+)"', page)
    assert shown
    status, told, data = practice.ask("GET", shown[1])
    assert (status, told["content-type"]) == (200, "image/png")
    assert data.startswith(b"\x89PNG")
    assert "Nuclei" in practice.ask("GET", "/")[2].decode()


def test_a_folder_of_chunks_is_one_image_to_draw(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    archive = PracticeArchive(tmp_path)
    draft = archive.open("s")
    names = ["a/cells.ome.zarr/zarr.json", "a/cells.ome.zarr/0/c/0/0", "b.tif", "notes.txt"]
    for number, name in enumerate(names):
        archive.catalogue.add_upload(Upload(f"{number:032x}", draft.id, name, 1, "", 9e9, None), archive.now())
    found = {name: len(parts) for name, parts in pictures.images(archive, draft.id)}
    assert found == {"a/cells.ome.zarr": 2, "b.tif": 1}
    archive.catalogue.close()


def test_nothing_in_a_study_can_run_in_its_page(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    _study(study).update(
        title="<script>alert(1)</script> of cells under doses",
        link=[{"url": "javascript:alert(2)", "description": '"><img src=x onerror=alert(3)>'}],
    )
    answer = published(session, study)
    _, told, data = practice.ask("GET", f"/studies/{answer.accession}")
    page = data.decode()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    policy = told["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_file_comes_back_as_it_was_sent(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    answer = published(session, Study(tmp_path / "1", "practice"))
    status, told, data = practice.ask("GET", f"/studies/{answer.accession}/files/raw/b%20c.tif")
    assert (status, data) == (200, noise(2000, 2))
    assert told["content-disposition"].startswith("attachment")
    assert told["x-content-type-options"] == "nosniff"
    assert "repr-digest" in told


def test_many_files_come_in_pages(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    files = {f"raw/{n:04}.bin": b"x%d" % n for n in range(130)}
    answer = published(session, Study(tmp_path / "1", "practice", files))
    path = f"/studies/{answer.accession}"
    first, second = (practice.ask("GET", f"{path}?page={n}")[2].decode() for n in (1, 2))
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert len(re.findall(r"<tr><td><a", first)) == 100
    for odd in ("0", "-1", "x", "99999999999", ""):
        assert practice.ask("GET", f"{path}?page={odd}")[0] == 200


def test_a_private_study_says_so(practice: Practicing, session: ArchiveSession, tmp_path: Path) -> None:
    study = Study(tmp_path / "1", "practice")
    day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    study.document["release_date"] = day
    answer = published(session, study)
    page = practice.ask("GET", f"/studies/{answer.accession}")[2].decode()
    assert f"private until {day}" in page


# --- strangers -------------------------------------------------------------------------------------------------------


def test_only_this_computer_is_answered(practice: Practicing) -> None:
    assert practice.ask("GET", "/", None, {"Host": f"evil.example:{practice.port}"})[0] == 421
    assert practice.ask("GET", "/", None, {"Host": f"localhost:{practice.port}"})[0] == 200
    assert practice.ask("POST", "/api/depositions", b"{}", {"Origin": "https://evil.example"})[0] == 403


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "a/", "", "ünicode.tif", "a\nb", "x" * 2000]
)
def test_names_that_step_out_or_break_rules_are_refused(practice: Practicing, name: str) -> None:
    import base64

    made = json.loads(practice.ask("POST", "/api/depositions", b'{"submission": "s"}')[2])
    coded = base64.b64encode(name.encode()).decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Metadata": f"relativePath {coded}"}
    status = practice.ask("POST", f"/api/depositions/{made['id']}/uploads", b"", headers)[0]
    assert status == (201 if name == "" else 400)  # without a name it gets one of its own
    assert len(practice.stored()) == (1 if name == "" else 0)


def test_paths_lead_nowhere_else(practice: Practicing) -> None:
    for path in ("/../endpoint.json", "/studies/PRACTICE-000001/files/..%2f..%2fendpoint.json", "/uploads/../x", "/x"):
        status, _, data = practice.ask("GET", path)
        assert status in (404, 405)
        assert b"token" not in data


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"submission": 7}', b'{"submission": "../x"}', b"[" * 100_000])
def test_odd_content_is_refused(practice: Practicing, body: bytes) -> None:
    status, _, data = practice.ask("POST", "/api/depositions", body)
    assert status in (201, 400)
    assert status == 400 or body == b"[]"
    assert b"Traceback" not in data


def test_odd_descriptions_are_refused_in_words(practice: Practicing) -> None:
    made = json.loads(practice.ask("POST", "/api/depositions", b"{}")[2])
    place = f"/api/depositions/{made['id']}"
    for odd in (
        b"{}",
        b'{"section": 1}',
        b'{"section": {"subsections": [1, [2], {"attributes": 3}]}, "attributes": 4}',
    ):
        assert practice.ask("PUT", f"{place}/metadata", odd)[0] == 200
        status, _, data = practice.ask("POST", f"{place}/commit", b"{}")
        assert status == 422
        assert json.loads(data)["reasons"]
    assert practice.ask("PUT", f"{place}/metadata", b"[1]")[0] == 400
    assert practice.ask("GET", "/api/depositions/" + "0" * 32)[0] == 404
