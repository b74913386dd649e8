"""Look-ups against strict stand-ins of the services, with their faults; and, on request, against the services."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lookup_standin import DOI, ORCID, ROR, Fault, StandIn

from depositor.draft.answer import PERSON, OriginKind
from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.problem import DepositError, NeedsUser, Retryable, Side, Stopped
from depositor.session.lookups import found as values
from depositor.session.lookups.desk import ASKED, Lookups
from depositor.session.lookups.found import Found
from depositor.session.lookups.services import SERVICES
from depositor.session.settings import Settings


@pytest.fixture
def server() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    complaints = made.complaints
    made.close()
    assert complaints == []


@pytest.fixture
def settings(tmp_path: Path, server: StandIn) -> Settings:
    made = Settings(tmp_path / "settings.json", {})
    made.set("endpoints", server.endpoints())
    return made


@pytest.fixture
def lookups(tmp_path: Path, settings: Settings) -> Lookups:
    return Lookups(tmp_path / "cache" / "lookups.sqlite", settings)


def ask(lookups: Lookups, kind: str, text: str, vocabulary: str = "") -> tuple[Found, ...]:
    return lookups.look_up(kind, text, Cancel(), vocabulary)


# --- what each service answers ---------------------------------------------------------------------------------------


def test_a_person_by_orcid(lookups: Lookups) -> None:
    (one,) = ask(lookups, "person", f"https://orcid.org/{ORCID}\r\n")
    assert one.record == {
        "name": "Josiah Stinkney Carberry",
        "first_name": "Josiah",
        "last_name": "Carberry",
        "orcid": ORCID,
        "affiliation": [
            {"name": "Example Institute", "ror": ROR, "country": "GB"},
            {"name": "Second Institute", "ror": ROR, "country": "DE"},  # by its GRID number
        ],
    }
    assert one.origin.kind is OriginKind.LOOKUP
    assert (one.origin.file, one.origin.reader, one.origin.key) == ("pub.orcid.org", "orcid", ORCID)
    (paper,) = one.more["publication"]
    assert paper.record == {"title": "An example paper", "doi": DOI, "year": 2026}


def test_people_by_name(lookups: Lookups) -> None:
    for typed in ("Josiah Carberry", "Carberry, Josiah"):
        (one,) = ask(lookups, "person", typed)  # the one with a wrong check digit is left out
        assert (one.key, one.title, one.detail) == (ORCID, "Josiah Carberry", "Example Institute")


def test_an_organisation_by_ror_name_and_address(lookups: Lookups) -> None:
    (one,) = ask(lookups, "organisation", "ror.org/02catss52")
    assert one.record == {"name": "Example Institute", "ror": ROR, "country": "GB"}
    assert one.detail == "EI, Hinxton, United Kingdom"
    by_name = ask(lookups, "organisation", "example institute")
    assert [(o.title, o.outdated) for o in by_name] == [("Example Institute", False), ("Old Institute", True)]
    assert ask(lookups, "organisation", "Dept. X, Example Institute, Hinxton")[0].key == ROR  # the chosen one first


@pytest.mark.parametrize("typed", [DOI, f"https://doi.org/{DOI.upper()}", "34021280", "PMC8606015"])
def test_a_paper_with_authors_and_grants(lookups: Lookups, typed: str) -> None:
    (one,) = ask(lookups, "publication", typed)
    assert one.record == {
        "title": "An example paper",
        "authors": "Carberry J, Roe R",
        "doi": DOI,
        "year": 2026,
        "pubmed_id": "34021280",
    }
    first, second = one.more["author"]
    assert first.record["orcid"] == ORCID
    assert first.record["affiliation"] == [{"name": "Example Institute, Hinxton, UK."}]
    assert second.record == {"name": "Rita Roe", "first_name": "Rita", "last_name": "Roe"}
    assert one.more["grant"][0].record == {"identifier": "EX-2041", "funder": [{"name": "Example Foundation"}]}


def test_a_paper_that_only_crossref_knows(lookups: Lookups, server: StandIn) -> None:
    (one,) = ask(lookups, "publication", "10.5555/crossref")
    assert one.record == {"title": "A paper elsewhere", "authors": "Rita Roe", "doi": "10.5555/crossref", "year": 2025}
    assert one.more["author"][0].record["orcid"] == ORCID
    assert [g.key for g in one.more["grant"]] == ["A-1", "A-2"]
    assert [service for service, _, _ in server.asked] == ["europepmc", "crossref"]


def test_a_data_set_of_datacite(lookups: Lookups) -> None:
    (one,) = ask(lookups, "publication", "10.5281/zenodo.1")
    assert (one.title, one.detail) == ("A data set", "Zenodo, 2024")
    assert [a.title for a in one.more["author"]] == ["Rita Roe"]
    assert one.more["grant"][0].record["funder"] == [{"name": "Example Foundation", "ror": "https://ror.org/00k4n6c32"}]


def test_terms_organisms_proteins_reagents(lookups: Lookups) -> None:
    (term,) = ask(lookups, "term", "confocal", "imaging-methods")
    assert (term.record, term.detail) == ({"id": "FBbi:00000251", "label": "confocal microscopy"}, "A pinhole.")
    for typed in ("zebrafish", "7955", "NCBITaxon:7955"):
        (fish,) = ask(lookups, "organism", typed)
        assert fish.record == {"id": "NCBITaxon:7955", "label": "Danio rerio"}
    proteins = ask(lookups, "fluorophore", "mEGFP")
    assert [p.title for p in proteins] == ["mEGFP", "dark", "mEGFP2"]
    assert proteins[0].record == {"channel_content": "mEGFP", "excitation": 488, "emission": 507}
    assert proteins[1].record == {"channel_content": "dark"}
    (antibody,) = ask(lookups, "reagent", "ab_2535864")
    assert antibody.record["antibody_rrid"] == "RRID:AB_2535864"
    assert antibody.record["vendor"] == "Example Antibodies"


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("person", "0000-0002-1694-233X"),
        ("person", "Nobody Known"),
        ("organisation", "no such place"),
        ("publication", "10.9999/none"),
        ("publication", "1"),
        ("organism", "no such animal"),
        ("organism", "999999"),
        ("fluorophore", "nonesuch"),
        ("reagent", "RRID:AB_999999"),
    ],
)
def test_what_nobody_knows_is_an_empty_answer_that_is_remembered(
    lookups: Lookups, server: StandIn, kind: str, typed: str
) -> None:
    assert ask(lookups, kind, typed) == ()
    before = len(server.asked)
    assert ask(lookups, kind, typed) == ()
    assert len(server.asked) == before


def test_only_what_was_typed_goes_out(lookups: Lookups, server: StandIn, settings: Settings) -> None:
    ask(lookups, "organism", "zebrafish")
    _, path, headers = server.asked[-1]
    assert path == "/taxonomy/search?query=zebrafish&size=12&format=json"
    assert set(headers) <= {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert "mailto" not in headers["User-Agent"]
    settings.set("contact", "josiah.carberry@example.org")
    ask(lookups, "organism", "7955")
    assert headers["User-Agent"].removesuffix(")") in server.asked[-1][2]["User-Agent"]
    assert "mailto:josiah.carberry@example.org" in server.asked[-1][2]["User-Agent"]


@pytest.mark.parametrize(
    "kind", ["person", "organisation", "organism", "term", "fluorophore", "reagent", "publication"]
)
def test_too_little_to_ask_asks_nobody(lookups: Lookups, server: StandIn, kind: str) -> None:
    for typed in ("", " x ", "\n"):
        with pytest.raises(NeedsUser):
            ask(lookups, kind, typed, "imaging-methods")
    assert server.asked == []


@pytest.mark.parametrize("kind", ["reagent", "publication"])
def test_words_where_an_identifier_is_needed_ask_nobody(lookups: Lookups, server: StandIn, kind: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        ask(lookups, kind, "some words")
    assert caught.value.problem.code == "lookup.identifier"
    assert server.asked == []


# --- faults ----------------------------------------------------------------------------------------------------------

FAULTS = [
    (Fault(status=429), "lookup.busy", Side.ARCHIVE),
    (Fault(status=503, headers={"Retry-After": "60"}), "lookup.busy", Side.ARCHIVE),
    (Fault(status=500), "lookup.broken", Side.ARCHIVE),
    (Fault(status=403), "lookup.refused", Side.ARCHIVE),
    (Fault(status=400), "lookup.refused", Side.ARCHIVE),
    (Fault(body=b"{broken"), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b"\xff\xfe"), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b""), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b"12"), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b"[" * 100_000), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b"[" * 300 + b"]" * 300), "lookup.odd", Side.ARCHIVE),
    (Fault(body=b'"' + b"x" * (3 << 20) + b'"'), "lookup.odd", Side.ARCHIVE),
    (Fault(endless=True), "lookup.odd", Side.ARCHIVE),
    (Fault(kind="application/xml", body=b"<a/>"), "lookup.odd", Side.ARCHIVE),
    (Fault(kind="text/html", body=b"<html>sign in</html>"), "lookup.portal", Side.NETWORK),
    (Fault(status=302, headers={"Location": "http://127.0.0.1:9/login"}), "lookup.portal", Side.NETWORK),
    (Fault(status=301, headers={"Location": "?again"}), "lookup.odd", Side.ARCHIVE),
]


@pytest.mark.parametrize(("fault", "code", "side"), FAULTS)
def test_a_fault_is_a_problem_with_its_side(
    lookups: Lookups, server: StandIn, fault: Fault, code: str, side: Side
) -> None:
    server.faults["ror"] = Fault(**{k: getattr(fault, k) for k in fault.__dataclass_fields__})
    with pytest.raises(DepositError) as caught:
        ask(lookups, "organisation", "example institute")
    assert (caught.value.problem.code, caught.value.problem.side) == (code, side)
    assert "ROR" in caught.value.problem.message.english()
    assert not isinstance(caught.value, NeedsUser)
    server.faults.clear()


_WRONG_CHECK = b'{"items": [{"id": "https://ror.org/02catss53", "names": [{"value": "wrong"}]}]}'


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"items": 3}', b'{"items": [null, 1, "x", {}, {"id": []}]}', _WRONG_CHECK]
)
def test_nonsense_of_the_right_form_is_nothing_found(lookups: Lookups, server: StandIn, body: bytes) -> None:
    server.faults["ror"] = Fault(body=body)
    assert ask(lookups, "organisation", "example institute") == ()


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("person", ORCID),
        ("person", "Ann Smith"),
        ("publication", DOI),
        ("term", "abc"),
        ("organism", "abc"),
        ("fluorophore", "abc"),
        ("reagent", "AB_2535864"),
    ],
)
def test_no_service_can_make_it_fall(lookups: Lookups, server: StandIn, kind: str, typed: str) -> None:
    for body in (b"[]", b"{}", b'{"person": [], "hits": {"hits": [1]}, "message": 1, "resultList": {"result": [{}]}}',
                 b'{"data": 1, "response": {"docs": [[], {"label": {}}]}, "results": [1], "expanded-result": [1]}',
                 b'{"activities-summary": 5, "person": {"name": {"family-name": {"value": ["x"]}}}}'):  # fmt: skip
        for service in server.endpoints():
            server.faults[service] = Fault(body=body)
        assert ask(lookups, kind, typed, "organisms") == ()
        lookups.forget()


def test_a_busy_service_is_asked_once_more(lookups: Lookups, server: StandIn) -> None:
    server.faults["uniprot"] = Fault(status=503, headers={"Retry-After": "0"}, times=1)
    assert len(ask(lookups, "organism", "zebrafish")) == 1
    assert len(server.asked) == 2


def test_a_host_that_wants_a_pause_gets_it(lookups: Lookups, server: StandIn) -> None:
    server.faults["uniprot"] = Fault(status=429, headers={"Retry-After": "120"})
    for _ in range(3):
        with pytest.raises(Retryable) as caught:
            ask(lookups, "organism", "zebrafish")
        assert caught.value.after is not None
    assert len(server.asked) == 1


def test_silence_ends_in_time(tmp_path: Path, settings: Settings, server: StandIn) -> None:
    quick = Lookups(tmp_path / "cache.sqlite", settings, limit_s=0.3)
    server.faults["ror"] = Fault(hang=True)
    with pytest.raises(Retryable) as caught:
        ask(quick, "organisation", "example institute")
    assert caught.value.problem.code == "lookup.slow"


def test_several_services_share_the_time(tmp_path: Path, settings: Settings, server: StandIn) -> None:
    quick = Lookups(tmp_path / "cache.sqlite", settings, limit_s=0.5)
    server.faults["europepmc"] = Fault(hang=True)
    with pytest.raises(Retryable):
        ask(quick, "publication", DOI)
    assert [service for service, _, _ in server.asked] == ["europepmc"]  # no time was left for the others


def test_a_person_who_moves_on_stops_it(lookups: Lookups, server: StandIn) -> None:
    server.faults["ror"] = Fault(hang=True)
    cancel = Cancel()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(lookups.look_up, "organisation", "example institute", cancel)
        while not server.asked:
            time.sleep(0.01)
        cancel.set()
        with pytest.raises(Stopped):
            work.result(timeout=10)


def test_nobody_there(lookups: Lookups, settings: Settings, server: StandIn) -> None:
    settings.set("endpoints", {"ror": "http://127.0.0.1:1"})
    with pytest.raises(Retryable) as caught:
        ask(lookups, "organisation", "example institute")
    assert (caught.value.problem.code, caught.value.problem.side) == ("lookup.no-way", Side.NETWORK)


# --- the cache -------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_with_its_date(lookups: Lookups, server: StandIn, tmp_path: Path, settings: Settings) -> None:
    first = ask(lookups, "organism", "zebrafish")[0]
    again = ask(Lookups(tmp_path / "cache" / "lookups.sqlite", settings), "organism", "zebrafish")[0]
    assert len(server.asked) == 1
    assert (first.source.remembered, again.source.remembered) == (False, True)
    assert again.source.at == first.source.at


def _age(tmp_path: Path, days: int) -> None:
    with sqlite3.connect(tmp_path / "cache" / "lookups.sqlite") as connection:
        connection.execute("UPDATE reply SET stamp = stamp - ?", (days * 86_400,))
    connection.close()


def test_an_old_answer_is_asked_for_anew_and_serves_without_network(
    lookups: Lookups, server: StandIn, tmp_path: Path
) -> None:
    ask(lookups, "organism", "zebrafish")
    _age(tmp_path, 89)
    ask(lookups, "organism", "zebrafish")
    assert len(server.asked) == 1
    _age(tmp_path, 2)
    ask(lookups, "organism", "zebrafish")
    assert len(server.asked) == 2
    _age(tmp_path, 100)
    server.faults["uniprot"] = Fault(status=500)
    assert ask(lookups, "organism", "zebrafish")[0].source.remembered


def test_an_unchanged_answer_is_not_sent_again(lookups: Lookups, server: StandIn, tmp_path: Path) -> None:
    server.etag = '"v1"'
    first = ask(lookups, "organism", "zebrafish")
    _age(tmp_path, 100)
    assert ask(lookups, "organism", "zebrafish")[0].record == first[0].record
    assert server.asked[-1][2]["If-None-Match"] == '"v1"'
    ask(lookups, "organism", "zebrafish")
    assert len(server.asked) == 2


def test_nothing_found_is_asked_again_the_next_day(lookups: Lookups, server: StandIn, tmp_path: Path) -> None:
    ask(lookups, "organism", "999999")
    _age(tmp_path, 2)
    ask(lookups, "organism", "999999")
    assert len(server.asked) == 2


def test_a_damaged_cache_is_done_without(lookups: Lookups, server: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "lookups.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    assert len(ask(lookups, "organism", "zebrafish")) == 1
    assert len(ask(lookups, "organism", "zebrafish")) == 1
    lookups.forget()
    assert len(ask(lookups, "organism", "zebrafish")) == 1


def test_offline_asks_nobody_and_answers_from_memory(lookups: Lookups, server: StandIn, settings: Settings) -> None:
    ask(lookups, "organism", "zebrafish")
    settings.set("offline", True)
    assert lookups.offline
    assert ask(lookups, "organism", "zebrafish")[0].source.remembered
    with pytest.raises(NeedsUser) as caught:
        ask(lookups, "organism", "7955")
    assert caught.value.problem.code == "lookup.off"
    assert len(server.asked) == 1


def test_every_host_is_in_the_visible_list(lookups: Lookups) -> None:
    assert {s.id for s in lookups.hosts()} == {s.id for s in SERVICES} == set(StandIn.endpoints.__globals__["SERVICES"])
    assert [s.host for s in lookups.hosts("publication")] == ["www.ebi.ac.uk", "api.crossref.org", "api.datacite.org"]
    assert all(s.address.startswith("https://") and s.purpose.text for s in lookups.hosts())
    assert all(lookups.can(kind, "organisms") for kind in ASKED)
    assert not lookups.can("term", "countries")


def test_the_page_for_people_and_firewalls_names_every_host() -> None:
    page = (Path(__file__).parents[2] / "docs" / "look-ups.md").read_text("utf-8")
    for service in SERVICES:
        assert f"| {service.name} | {service.host} | {service.purpose.text} |" in page


# --- taking it over --------------------------------------------------------------------------------------------------


def test_an_answer_becomes_proposals_and_a_persons_word_is_never_silently_replaced(lookups: Lookups) -> None:
    (one,) = ask(lookups, "person", ORCID)
    draft = Draft("d").answer("study.author[0].orcid", ORCID).answer("study.author[0].name", "J. Carberry")
    offered = values.new_to(draft, values.proposals(one, "study.author[0]", ("name", "orcid", "affiliation")))
    assert [p.path for p in offered] == ["study.author[0].name", "study.author[0].affiliation"]
    assert [values.overwrites(draft, p) for p in offered] == [True, False]
    with_home = draft.answer("study.author[0].affiliation", [{"name": "Example Institute", "country": "GB"}])
    assert not values.overwrites(with_home, offered[1])  # it only says more
    elsewhere = draft.answer("study.author[0].affiliation", [{"name": "Third Institute"}])
    assert values.overwrites(elsewhere, offered[1])
    taken = values.take(draft, offered[1:])
    assert taken.get("study.author[0].name") == "J. Carberry"
    assert taken.origin("study.author[0].name") == PERSON
    origin = taken.origin("study.author[0].affiliation")
    assert origin is not None
    assert (origin.kind, origin.file, origin.confirmed) == (OriginKind.LOOKUP, "pub.orcid.org", True)
    assert taken.get("study.author[0].affiliation[0].ror") == ROR


def test_authors_of_a_paper_are_added_once(lookups: Lookups) -> None:
    (paper,) = ask(lookups, "publication", DOI)
    draft = Draft("d").answer("study.author[0].orcid", ORCID)
    added = values.additions(paper.more["author"], draft, "study.author")
    assert [(p.path, p.value["name"]) for p in added] == [("study.author[1]", "Rita Roe")]
    full = values.take(draft, added)
    assert values.additions(paper.more["author"], full, "study.author") == ()
    grants = values.additions(paper.more["grant"], full, "study.grant")
    assert values.take(full, grants).get("study.grant[0].funder[0].name") == "Example Foundation"


# --- the services themselves -----------------------------------------------------------------------------------------


@pytest.mark.live
@pytest.mark.skipif("lookups" not in os.environ.get("DEPOSITOR_LIVE", ""), reason="asks public services")
@pytest.mark.parametrize(
    ("kind", "typed", "vocabulary", "key"),
    [
        ("person", "0000-0002-1825-0097", "", "0000-0002-1825-0097"),
        ("organisation", "https://ror.org/02catss52", "", "https://ror.org/02catss52"),
        ("publication", "10.1038/s41592-021-01166-8", "", "10.1038/s41592-021-01166-8"),
        ("publication", "34021280", "", "10.1038/s41592-021-01166-8"),
        ("organism", "zebrafish", "", "NCBITaxon:7955"),
        ("term", "confocal microscopy", "imaging-methods", "FBbi:00000251"),
        ("fluorophore", "mEGFP", "", "megfp"),
        ("reagent", "RRID:AB_2535864", "", "RRID:AB_2535864"),
    ],
)
def test_the_services_answer(tmp_path: Path, kind: str, typed: str, vocabulary: str, key: str) -> None:
    live = Lookups(tmp_path / "cache.sqlite", Settings(tmp_path / "settings.json", {}), limit_s=20)
    found = live.look_up(kind, typed, Cancel(), vocabulary)
    assert key in [one.key for one in found]
