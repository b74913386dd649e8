"""Text in the pictures of a draft and of folders: read after the headers, remembered, judged anew, shown, stopped."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from depositor.draft import region
from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.privacy.pixels import engine
from depositor.privacy.pixels.judging import Seen
from depositor.privacy.pixels.ports import Line
from depositor.session import evidence, tasks
from depositor.session.pixels import Amount, cache, plan, reading, told
from depositor.session.pixels.crew import Asked, Crew
from depositor.session.pixels.reading import Reading
from depositor.session.worker import Worker

needs_engine = pytest.mark.skipif(not engine.installed(), reason="the extra ocr is not installed")
NAME = "KOWALCZYK, HALINA"


def written(path, *lines, size=(300, 90)):
    picture = Image.new("L", size, 30)
    draw = ImageDraw.Draw(picture)
    for n, line in enumerate(lines):
        draw.text((10, 8 + 26 * n), line, fill=250, font=ImageFont.load_default(size=18))
    picture.save(path)
    return path


def bare(text):
    return "".join(c for c in text.casefold() if c.isalnum())


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data"
    made.mkdir()
    written(made / "shot.png", NAME, "DOB: 17/08/1956")
    written(made / "copy.png", NAME, "DOB: 17/08/1956")
    Image.fromarray((np.indices((40, 40)).sum(0) * 3).astype("uint8")).save(made / "plain.png")
    (made / "notes.txt").write_text("Nothing to tell.\n")
    return made


@pytest.fixture
def opened(desk, folder):
    desk.settings.set("privacy_pixels", "sample")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    return found


def in_pictures(found):
    return [f for f in found if f.check == "pixels"]


def gaps_of(opened, path):
    return {n.why.id.rpartition(".")[2] for n in opened.not_checked() if n.path == path}


@needs_engine
def test_a_draft_finds_reads_once_shows_and_forgets(desk, opened, folder, monkeypatch):
    found = in_pictures(opened.check_privacy(Cancel()))
    assert {f.path for f in found} == {"data/shot.png", "data/copy.png"}
    assert {bare(f.evidence) for f in found} == {bare(NAME), bare("DOB: 17/08/1956")}
    assert all(f.level is Level.BLOCKER for f in found)
    assert gaps_of(opened, "data/shot.png") == set()
    assert gaps_of(opened, "data/plain.png") == set()
    db = desk.store.connection()
    texts = db.execute("SELECT count(*) FROM picture_text WHERE lines<>'[]'").fetchone()[0]
    assert texts == 1  # two files show the same

    shot = next(f for f in found if f.path == "data/shot.png")
    _shown_with_boxes(desk, opened, shot, found)

    asked = []
    real = Crew.read
    monkeypatch.setattr(Crew, "read", lambda self, rows, *more: real(self, _noted(rows, asked), *more))
    assert in_pictures(opened.check_privacy(Cancel())) == found
    assert asked == []
    written(folder / "plain.png", "NOWAK, ZENON", "DOB 01.02.1950")
    opened.scan(Cancel())
    assert {f.path for f in in_pictures(opened.check_privacy(Cancel()))} == {
        f"data/{n}.png" for n in ("shot", "copy", "plain")
    }
    assert asked == ["data/plain.png"]

    desk.settings.set("privacy_pixels", "none")
    assert in_pictures(opened.check_privacy(Cancel())) == []
    assert "not-wanted" in gaps_of(opened, "data/shot.png")
    desk.settings.set("privacy_pixels", "sample")
    assert {f.key for f in found} <= {f.key for f in in_pictures(opened.check_privacy(Cancel()))}
    assert gaps_of(opened, "data/shot.png") == set()


def _noted(rows, asked):
    for row in rows:
        asked.append(row.shown)
        yield row


def _shown_with_boxes(desk, opened, finding, others):
    shown = evidence.picture(desk, opened, finding, others, edge=150)
    picture = Image.open(io.BytesIO(shown.png))
    assert max(picture.size) == 150
    assert shown.scale == pytest.approx(0.5)
    assert shown.boxes[0].finding == finding.key
    assert len(shown.boxes) == 2
    place, box = region.parse(finding.location), shown.boxes[0]
    assert (box.x, box.width) == (pytest.approx(place.x / 2), pytest.approx(place.width / 2))
    near = evidence.picture(desk, opened, finding, close=True)
    assert near.scale == 1
    assert (near.boxes[0].width, near.boxes[0].height) == (place.width, place.height)


def test_a_finding_in_no_picture_is_not_shown(desk, opened):
    from depositor.draft.finding import Finding

    plain = Finding("k", "names", Level.ADVICE, msg("x", "x"), path="data/shot.png", location="name")
    assert evidence.picture(desk, opened, plain) is None
    gone = Finding("k", "pixels", Level.ADVICE, msg("x", "x"), path="data/gone.png", location="pixels:1,1,2,2")
    assert evidence.picture(desk, opened, gone) is None


@needs_engine
def test_headers_are_told_before_pictures_and_a_stopped_check_goes_on(desk, opened, monkeypatch):
    cancel = Cancel()
    monkeypatch.setattr(Crew, "read", lambda self, *more: iter((cancel.set(), ())[1]))
    opened.check_privacy(cancel)
    assert opened.privacy() is not None
    assert "pixels" in gaps_of(opened, "data/shot.png")
    monkeypatch.undo()
    assert in_pictures(opened.check_privacy(Cancel()))


def test_without_the_extra_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "reader", lambda: None)
    path = written(tmp_path / "a.png", NAME)
    answer = reading.pictures(path, "a.png", (0, 1), "sample")
    assert answer.state == "missing"
    (gap,) = told.gaps(Asked(path, "a.png"), answer, [])
    assert "depositor[ocr]" in gap.why.english()


@needs_engine
def test_folders_are_looked_at_with_their_junk(folder):
    (folder / "desktop.ini").write_text("[.ShellClassInfo]\nOwner=halina.kowalczyk@clinic.example\n")
    with tasks.look([str(folder)], Cancel()) as looked:
        worker = Worker()
        try:
            rows = list(tasks.findings(looked, worker, Cancel(), Amount.SAMPLE))
        finally:
            worker.close()
    found = [f for some, _ in rows for f in some]
    assert {f.path.rpartition("/")[2] for f in in_pictures(found)} == {"shot.png", "copy.png"}
    assert any(f.path.endswith("desktop.ini") and "halina" in f.evidence for f in found)


def test_of_many_like_pictures_a_sample_is_read():
    from depositor.scan.frames.base import Risk

    read = [n for n in range(5000) if reading.is_read(Risk.LOW, (n, 5000))]
    assert len(read) == reading.MOST[Risk.LOW]
    assert (read[0], read[-1]) == (0, 4999)
    assert all(reading.is_read(Risk.HIGH, (n, 5000)) for n in range(0, 5000, 500))
    assert all(reading.is_read(Risk.LOW, (n, 20)) for n in range(20))


def test_what_is_not_looked_at_is_said():
    from pathlib import Path

    one = Asked(Path("a"), "a", (3, 900))

    def ids(answer, asked=one):
        from depositor.privacy.checks import remarks

        before = [remarks.pixels("a"), remarks.faces("a"), remarks.overlay("a")]
        return {n.why.id.rpartition(".")[2] for n in told.gaps(asked, answer, before)}

    assert ids(Reading("read", total=1, taken=1, sources=("pixels",))) == {"faces", "overlay"}
    assert ids(Reading("read", total=1, taken=1, sources=("overlay", "pixels"))) == {"faces"}
    assert ids(Reading("read", total=90, taken=6, sources=("pixels",))) == {"faces", "overlay", "sampled"}
    assert "sampled-laid" in ids(Reading("read", total=90, taken=6, laid_over=90, sources=("pixels",)))
    assert "reduced" in ids(Reading("read", total=1, taken=1, reduced=4, sources=("pixels",)))
    assert ids(Reading("read", undecoded=1)) == {"faces", "overlay", "undecoded"}
    assert ids(Reading("skipped", total=900, taken=24)) == {"faces", "overlay", "one-of-many"}
    assert "slice-laid" in ids(Reading("skipped", total=900, taken=24), Asked(Path("a"), "a", (3, 900), 400))
    assert ids(Reading("none")) == {"faces", "overlay", "pixels"}
    slow = Problem("worker.timeout", Side.COMPUTER, msg("a", "a"), msg("b", "b"))
    assert "slow-picture" in ids(slow)


def test_a_reading_survives_the_store():
    line = Line("K0WALCZYK", 0.93, 1.5, 2.0, 30.0, 9.0)
    before = Reading("read", (Seen("label", 2, (line,), 640, 480),), (("patient-name", "Kowalczyk^Halina"),), True)
    after = reading.reading_from_json(json.loads(json.dumps(reading.reading_to_json(before))))
    assert (after.seen, after.seeds, after.medical) == (before.seen, before.seeds, True)
    assert [f.key for f in told.findings("a", after)] == [f.key for f in told.findings("a", before)]


def test_old_texts_are_forgotten(desk):
    db = desk.store.connection()
    today = cache._today()
    rows = [("old", "[]", today - cache.KEPT_DAYS - 1), ("new", "[]", today)]
    db.executemany("INSERT INTO picture_text VALUES (?,?,?)", rows)
    cache.trim(db)
    assert [r["digest"] for r in db.execute("SELECT digest FROM picture_text")] == ["new"]


def test_a_slice_with_text_has_all_of_its_series_read(tmp_path, monkeypatch):
    class Few:
        """A crew that says which series shows text."""

        def __init__(self):
            self.asked = []

        def shows_text(self, paths):
            return "marked" in str(paths[0])

        def read(self, asked, *_more):
            self.asked += list(asked)
            return iter(())

    pydicom = pytest.importorskip("pydicom")
    from pydicom.data import get_testdata_file

    for name in ("marked", "plain"):
        (tmp_path / name).mkdir()
        one = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
        one.SeriesInstanceUID = f"1.2.3.{len(name)}"
        for n in range(30):
            one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{len(name)}.{n}"
            one.save_as(tmp_path / name / f"{n:03}.dcm")
    crew = Few()
    with tasks.look([str(tmp_path)], Cancel()) as looked:
        list(plan.readings(looked.inventory, looked.places, crew, Amount.SAMPLE, Cancel()))
    by = {n: [a for a in crew.asked if f"/{n}/" in a.shown] for n in ("marked", "plain")}
    assert {(a.place, a.laid) for a in by["marked"]} == {((0, 1), 0)}
    assert {a.laid for a in by["plain"]} == {30}
    assert {a.place for a in by["plain"]} == {(n, 30) for n in range(30)}
