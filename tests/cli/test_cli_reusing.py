"""new with a template and a library; status tells what changed since."""

from __future__ import annotations

import json
from pathlib import Path

from cli_running import Run

from depositor.draft.document import from_document
from depositor.form.profiles import load
from depositor.form.reuse import templates
from depositor.form.reuse.library import Entry, EntryKind, Library, Part, PartKind

AXIO = Entry("a", EntryKind.INSTRUMENT, "Axio 2", parts=(Part(PartKind.STAND, "Axio 2", "Zeiss", "Axio Observer Z1"),))


def library(folder: Path) -> Path:
    path = folder / "core.depositor-library.json"
    path.write_text(json.dumps(Library("x", "Core", entries=(AXIO,)).as_json()), "utf-8")
    return path


def template(folder: Path, example: Path) -> Path:
    document = json.loads((example / "example.depositor.json").read_text("utf-8"))
    draft = from_document(document, "d")
    made = templates.make(load(draft.profiles, None), draft, "Usual", "2026-01-01T00:00:00Z")
    path = folder / "usual.depositor-template.json"
    path.write_text(json.dumps(made.as_json()), "utf-8")
    return path


def test_new_begins_with_a_template_and_an_instrument(run: Run, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.depositor.json"
    options = ("--template", template(tmp_path, example), "--library", library(tmp_path), "--instrument", "axio 2")
    done = run("new", example / "images", "--archive", "practice", "--out", out, *options, "--json")
    assert done.code == 0, done.err
    assert done.json()["instruments"] == ["axio 2"]
    document = json.loads(out.read_text("utf-8"))
    instruments = [r.get("imaging_instrument") for r in document["metadata"]["image_acquisition"]]
    assert "Zeiss Axio Observer Z1" in instruments
    kinds = {o["kind"] for o in document["origins"].values()}
    assert "template" in kinds
    assert "title" not in document["metadata"].get("study", {})


def test_an_instrument_that_is_not_there_is_said_with_those_that_are(run: Run, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.depositor.json"
    options = ("--library", library(tmp_path), "--instrument", "Nope")
    done = run("new", example / "images", "--archive", "practice", "--out", out, *options)
    assert done.code == 3
    assert "Axio 2" in done.err
    assert not out.exists()
    without = run("new", example / "images", "--archive", "practice", "--out", out, "--instrument", "Axio 2")
    assert without.code == 3


def test_a_damaged_template_is_a_problem_and_nothing_is_written(run: Run, example: Path, tmp_path: Path) -> None:
    broken = tmp_path / "t.depositor-template.json"
    broken.write_text("{", "utf-8")
    out = tmp_path / "s.depositor.json"
    done = run("new", example / "images", "--archive", "practice", "--out", out, "--template", broken, "--json")
    assert done.code != 0
    assert done.json()["problems"][0]["code"] == "shared.unreadable"
    assert not out.exists()


def test_another_document_serves_as_a_template(run: Run, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    options = ("--template", example / "example.depositor.json", "--out", out)
    done = run("new", example / "images", "--archive", "practice", *options)
    assert done.code == 0, done.err
    document = json.loads((tmp_path / "s.depositor.json").read_text("utf-8"))  # not s.json.depositor.json
    assert document["metadata"]["biosample"][0]["organism"]
    assert "template" in {o["kind"] for o in document["origins"].values()}
    assert "author" not in document["metadata"].get("study", {})  # people, titles and dates are of the other study
    assert run("status", "--json").json()["submissions"] == []
