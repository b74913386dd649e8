"""The practice archive for people: a home page, a page for each study, pictures and downloads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from depositor.archives.practice import study_page
from depositor.archives.practice.catalogue import Deposition
from depositor.archives.practice.markup import Markup, join, page, style_hash, tag
from depositor.archives.practice.pictures import picture_path, pictures
from depositor.archives.practice.replies import Rejected, Reply
from depositor.archives.practice.style import STYLE

if TYPE_CHECKING:
    from depositor.archives.practice.conversation import Conversation

_STUDY = re.compile(r"/studies/PRACTICE-([0-9]{6,})(?:/(files|pictures)/(.+))?/?", re.DOTALL)
_POLICY = (
    f"default-src 'none'; style-src {style_hash(STYLE)}; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_MOST_ON_HOME = 200


def answer(talk: Conversation, path: str, query: str) -> Reply:
    """Answer one request of a browser."""
    if talk.command not in ("GET", "HEAD"):
        raise Rejected(405, "This page can only be read.", {"Allow": "GET, HEAD"})
    if path in ("/", "/studies", "/studies/"):
        return _html(200, "Practice archive", _home(talk))
    found = _STUDY.fullmatch(path)
    study = talk.archive.catalogue.of_number(int(found[1][:15])) if found else None
    if found is None or study is None:
        return _html(404, "Not here", _nothing())
    if found[2] == "files":
        return _download(talk, study, found[3])
    if found[2] == "pictures":
        return _picture(talk, study, found[3])
    number = parse_qs(query).get("page", ["1"])[0]
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1
    title, body = study_page.study(talk.archive, study, max(asked, 1))
    return _html(200, title, body)


def _html(status: int, title: str, body: Markup) -> Reply:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
    }
    return Reply(status, page(title, join((_notice(), _top(), body, _foot())), STYLE).encode(), headers)


def _notice() -> Markup:
    words = tag("span", " Nothing is published, and nothing leaves it.")
    return tag("div", "This is the practice archive on this computer.", words, class_="notice", role="note")


def _top() -> Markup:
    return tag("header", tag("a", "Practice archive", href="/"), class_="top")


def _foot() -> Markup:
    return tag(
        "footer", "Made by Depositor. Numbers that begin with PRACTICE are no accession numbers; do not cite them."
    )


def _home(talk: Conversation) -> Markup:
    studies = talk.archive.catalogue.studies(_MOST_ON_HOME)
    if studies:
        body = tag("div", *(_card(talk, s) for s in studies), class_="shelf")
    else:
        body = tag(
            "p", "No study has been handed over yet. Send one with the archive “Practice archive”.", class_="empty"
        )
    lead = "What was deposited here, newest first. Everything behaves as in a real archive, and stays on this computer."
    place = tag("span", str(talk.archive.folder), class_="mono")
    end = tag("p", "Everything lies in the folder ", place, ". To forget it all, delete that folder.", class_="lead")
    return tag("main", tag("h1", "Studies"), tag("p", lead, class_="lead"), body, tag("h2", "Where it is kept"), end)


def _card(talk: Conversation, study: Deposition) -> Markup:
    files, total = talk.archive.catalogue.totals(study.id)
    state = talk.archive.state(study)
    shown = pictures(talk.archive.folder, study.id)
    place = f"/studies/{study.accession}"
    cover = tag("img", class_="cover", src=f"{place}/pictures/{shown[0][0]}", alt="", loading="lazy") if shown else None
    text = (
        tag("p", study_page.badge(state), " ", tag("span", study.accession or "", class_="mono"), class_="row"),
        tag("h3", study_page.title_of(study)),
        tag("p", ", ".join(study_page.names(study)), class_="lead"),
        tag("p", f"{files:,} files, {study_page.size(total)}", class_="lead"),
    )
    blank = tag("div", class_="cover none")
    return tag("a", cover or blank, tag("div", *text, class_="text"), class_="card", href=place)


def _nothing() -> Markup:
    text = tag("p", "There is no such study in this archive. ", tag("a", "All studies", href="/"), class_="empty")
    return tag("main", tag("h1", "Not here"), text)


def _download(talk: Conversation, study: Deposition, name: str) -> Reply:
    found = talk.archive.catalogue.upload_named(study.id, name)
    path = talk.archive.shelves.path(found.id) if found and found.sha256 else None
    if found is None or path is None or not path.is_file():
        return _html(404, "Not here", _nothing())
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name.rsplit('/', 1)[-1])}",
        "Content-Security-Policy": "sandbox",
    }
    return Reply(200, headers=headers | talk.digest_of(found), file=path)


def _picture(talk: Conversation, study: Deposition, name: str) -> Reply:
    path = picture_path(talk.archive.folder, study.id, name)
    if path is None:
        return _html(404, "Not here", _nothing())
    return Reply(200, headers={"Content-Type": "image/png", "Cache-Control": "max-age=3600"}, file=path)
