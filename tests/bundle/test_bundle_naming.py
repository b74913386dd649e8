"""Names at the archive: every name allowed, no two alike, the same in each run."""

from __future__ import annotations

import random
import tracemalloc
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.bundle import naming
from depositor.draft.capabilities import NamingRule

BIA = NamingRule(
    allowed=r"A-Za-z0-9!\-_*'(). ",
    replace={
        "&": "Et",
        "$": "S",
        "@": "A",
        "+": "--",
        "{": "(",
        "[": "(",
        "<": "(",
        "}": ")",
        "]": ")",
        ">": ")",
        '"': "'",
        "|": "I",
        **dict.fromkeys("=;:,?\\^%`~#", "-"),
    },
    other="_",
)
STRICT = NamingRule(allowed="A-Za-z0-9_.-", max_segment=40, max_path=90, case_sensitive=False)
FREE = NamingRule()
RULES = {"bia": BIA, "strict": STRICT, "free": FREE, "drive": NamingRule(allowed=r'^<>:"|?*/', case_sensitive=False)}

TRICKY = st.sampled_from(
    [
        *("a", "A", "a&b", "aEtb", "é", "e\u0301", "e", "con", "CON.tif", "nul.ome.tiff", "x.", "x ", " x", "..", "."),
        *("", "img 1.tif", "img+1.tif", "img--1.tif", "日本語.tif", "مجهر.tif", "a\tb", "a\\b", "a\udcffb", "ﬁle"),
        *("methods.txt", "Manifest-SHA256.txt", "filelist_a.tsv", "x" * 300 + ".ome.tiff", "ß.tif", "ss.tif", "\x00"),
        *("plate1.ome.zarr", ".hidden", "...", "a.tif", "A.TIF", "_", "K", "\u212a", "🔬.czi"),
    ]
)
SEGMENT = TRICKY | st.text(max_size=12).filter(lambda s: "/" not in s)
PATH = st.lists(SEGMENT, min_size=1, max_size=5).map("/".join).filter(bool)
RULE = st.sampled_from(sorted(RULES)).map(RULES.__getitem__)


@given(PATH, RULE)
@settings(max_examples=600, deadline=None)
def test_a_proposal_is_allowed_and_stays(path: str, rule: NamingRule) -> None:
    proposed = naming.propose(path, rule)
    assert naming.violations(proposed, rule) == ()
    assert naming.propose(proposed, rule) == proposed
    assert len(proposed) <= rule.max_path


@given(PATH, RULE)
@settings(max_examples=600, deadline=None)
def test_a_name_without_violations_is_kept(path: str, rule: NamingRule) -> None:
    kept = naming.propose(path, rule) == unicodedata.normalize("NFC", path)
    assert kept == (naming.violations(path, rule) == ())


@given(st.lists(PATH, max_size=25, unique=True), RULE, st.randoms(use_true_random=False))
@settings(max_examples=500, deadline=None)
def test_a_plan_is_injective_allowed_and_without_order(
    names: list[str], rule: NamingRule, chance: random.Random
) -> None:
    planned = dict(naming.plan(names, rule))
    assert list(planned) == names
    compared = [n if rule.case_sensitive else unicodedata.normalize("NFC", n.casefold()) for n in planned.values()]
    assert len(set(compared)) == len(names)
    assert all(naming.violations(n, rule) == () for n in planned.values())
    shuffled = chance.sample(names, len(names))
    assert dict(naming.plan(iter(shuffled), rule)) == planned or _has_dropped_steps(names)


def _has_dropped_steps(names: list[str]) -> bool:
    """``a/./b`` and ``a/b`` are one path written twice: then the order tells which gets the second mark."""
    return any(step in ("", ".", "..") for name in names for step in name.split("/"))


@given(st.lists(PATH, max_size=20, unique=True), RULE)
@settings(max_examples=300, deadline=None)
def test_no_file_takes_the_name_of_a_folder(names: list[str], rule: NamingRule) -> None:
    originals = [[p for p in n.split("/") if p not in ("", ".", "..")] for n in names]
    real = {tuple(o) for o in originals}
    if any(o[:at] and tuple(o[:at]) in real for o in originals for at in range(len(o))):
        return  # no disk holds a file and a folder of one name
    planned = [new for _, new in naming.plan(names, rule)]
    folders = {new[:at] for new in planned for at, c in enumerate(new) if c == "/"}
    assert not folders & set(planned)


def test_two_folders_never_flow_into_one() -> None:
    names = ["a&.zarr/0/0", "a&.zarr/0/1", "aEt.zarr/0/0", "aEt.zarr/0/1"]
    planned = [new for _, new in naming.plan(names, BIA)]
    assert planned[2:] == names[2:]
    assert {p.rpartition("/0/")[0] for p in planned[:2]} == {planned[0].rpartition("/0/")[0]}
    assert planned[0].startswith("aEt_")
    assert planned[0].endswith(".zarr/0/0")


@pytest.mark.parametrize(
    ("original", "proposed"),
    [
        ("raw/image 1 (a).tif", "raw/image 1 (a).tif"),
        ("R&D/50%=x.tif", "REtD/50--x.tif"),
        ("Zellen/Größe µm é.tif", "Zellen/Grosse um e.tif"),
        ("./raw//a.tif", "raw/a.tif"),
        ("raw/../a.tif", "raw/a.tif"),
        ("raw/NUL.tif", "raw/NUL_.tif"),
        ("raw/notes. ", "raw/notes"),
        ("ro-crate-metadata.json", "data_ro-crate-metadata.json"),
        ("raw/ro-crate-metadata.json", "raw/ro-crate-metadata.json"),
        ("raw/line\nbreak.tif", "raw/linebreak.tif"),
        ("顕微鏡.tif", "___.tif"),
    ],
)
def test_proposals_for_the_bioimage_archive(original: str, proposed: str) -> None:
    assert naming.propose(original, BIA) == proposed


def test_a_cut_name_keeps_its_ending() -> None:
    proposed = naming.propose("x" * 80 + ".ome.tiff", STRICT)
    assert proposed.endswith(".ome.tiff")
    assert len(proposed) == 40
    other = naming.propose("x" * 81 + ".ome.tiff", STRICT)
    assert other != proposed


def test_a_path_that_is_too_long_keeps_files_of_a_folder_together() -> None:
    deep = "/".join(f"folder{n:02}" for n in range(12))
    one, two = (naming.propose(f"{deep}/{n}.tif", STRICT) for n in ("a", "b"))
    assert one.rpartition("/")[0] == two.rpartition("/")[0]
    assert (one.rpartition("/")[2], two.rpartition("/")[2]) == ("a.tif", "b.tif")
    assert one.startswith("folder00/")
    assert len(one) <= 90


def test_decomposed_and_composed_names_are_one_name_to_the_plan() -> None:
    composed, decomposed = "raw/Zelle é.tif", "raw/Zelle e\u0301.tif"
    assert naming.violations(decomposed, FREE) == ()
    assert naming.propose(decomposed, FREE) == composed
    planned = [new for _, new in naming.plan([composed, decomposed], FREE)]
    assert len(set(planned)) == 2


def test_case_only_clash_is_resolved_only_where_the_archive_ignores_case() -> None:
    names = ["Img.tif", "img.tif"]
    assert [n for _, n in naming.plan(names, FREE)] == names
    assert len({n.casefold() for _, n in naming.plan(names, STRICT)}) == 2


def test_a_name_given_twice_gets_two_names() -> None:
    planned = [new for _, new in naming.plan(["a/x.tif", "a/x.tif"], FREE)]
    assert len(set(planned)) == 2


def test_a_mark_never_takes_a_name_that_is_there() -> None:
    (_, _), (_, marked) = naming.plan(["Img.tif", "img.tif"], STRICT)
    planned = [new for _, new in naming.plan(["Img.tif", "img.tif", marked], STRICT)]
    assert planned[2] == marked
    assert len({p.casefold() for p in planned}) == 3


def test_violations_say_what_is_wrong() -> None:
    found = {m.id: m for m in naming.violations("a&b/c#d/ e", BIA)}
    assert found["naming.characters"].args["characters"] == "& #"
    assert "naming.edge" in found
    assert {m.id for m in naming.violations("./a/../b", BIA)} == {"naming.steps"}
    assert {m.id for m in naming.violations("aux/x", FREE)} == {"naming.device"}
    assert {m.id for m in naming.violations("a\udcff", FREE)} == {"naming.hidden-characters"}


def test_rename_table_only_where_something_is_renamed(tmp_path) -> None:
    assert naming.write_renames([("a", "a")], tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    written = naming.write_renames([("a", "a"), ("b\t&\udcff\\", "b_Et_")], tmp_path)
    assert written == tmp_path / "renames.tsv"
    assert written.read_text("utf-8") == "original\tarchive name\nb\\t&\\xff\\\\\tb_Et_\n"
    assert list(tmp_path.iterdir()) == [written]


def test_two_hundred_thousand_names_stay_lean() -> None:
    names = (f"plate {n % 40}/well_{n % 384}/time & z {n:07}.ome.tiff" for n in range(200_000))
    tracemalloc.start()
    try:
        seen = sum(1 for _ in naming.plan(names, BIA))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == 200_000
    assert peak < 32 << 20  # the names alone would take some 20 MiB, as a list with their new names 60 MiB
