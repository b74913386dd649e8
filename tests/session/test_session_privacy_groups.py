"""Groups of findings: two levels, counted, without a copy of anything."""

import tracemalloc

from depositor.draft.decided import Verdicts, same_key
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding, Level, Subject
from depositor.draft.message import msg
from depositor.session.privacy_groups import groups

TEXT = msg("t", "t")


def finding(path, location, kind, seen, level=Level.BLOCKER, subject=Subject.PATIENT, remedies=("remove",)):
    key = f"privacy:tiff:{path}:{location}:{kind}"
    return Finding(key, "tiff", level, TEXT, None, None, path, location, subject, "Secret", remedies, seen)


def study(files, texts):
    return tuple(
        one
        for n in range(files)
        for one in (
            finding(f"f{n}.tif", f"tiff:{n % 9}:Artist", "patient-name", f"k.{n % texts}"),
            finding(f"f{n}.tif", "tiff:0:HostComputer", "host", "k.h", Level.ADVICE, Subject.SITE, ()),
        )
    )


def test_two_levels_with_counts():
    found = study(500, 2)
    made = groups(Draft("d"), found)
    names, hosts = made.kinds
    assert (names.kind, len(names), names.files, names.open, names.cleanable) == ("patient-name", 500, 500, 500, 500)
    assert (hosts.kind, len(hosts), hosts.open, hosts.cleanable) == ("host", 500, 0, 0)
    assert made.count_inside(names) == 2
    assert [len(g) for g in made.inside(names)] == [250, 250]
    assert made.inside(names)[0].place == "tiff:*:Artist"
    assert [f.path for f in made.members(made.inside(names)[0], 1, 2)] == ["f2.tif", "f4.tif"]


def test_what_was_seen_is_masked():
    (name, _) = groups(Draft("d"), study(1, 1)).kinds
    assert name.evidence.startswith("S")
    assert "Secret" not in name.evidence


def test_decided_ones_are_counted_by_choice():
    found = study(10, 2)
    draft = Draft("d", decisions=(Decision(same_key(found[0]), Choice.EXCLUDE, "", "me", ""),))
    names, _ = groups(draft, found).kinds
    assert (names.open, dict(names.decided)) == (5, {Choice.EXCLUDE: 5})
    assert all(Verdicts(draft).of(f).choice is Choice.EXCLUDE for f in found[::4])


def test_groups_of_many_findings_take_a_few_bytes_each():
    found = study(20_000, 20_000)
    tracemalloc.start()
    made = groups(Draft("d"), found)
    page = made.inside(made.kinds[0], 100, 50)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(page) == 50
    assert made.count_inside(made.kinds[0]) == 20_000
    assert used / len(found) < 400, "an index per text, no object per finding"
