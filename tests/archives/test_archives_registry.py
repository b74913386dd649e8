"""Every archive of the contract is described; what is built can be used; texts are for people."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest

from depositor.archives import descriptor, registry
from depositor.archives.ports import Archive, Credentials
from depositor.bundle import documents, naming
from depositor.draft.problem import NeedsUser

IDS = (
    "practice", "package", "bioimage-archive", "empiar", "idr", "ssbd", "zenodo", "figshare", "dataverse", "dandi",
    "tcia", "xnat", "dicomweb", "s3", "tus", "webdav", "sftp", "ftp",
)  # fmt: skip
BUILT = ("practice", "package", "bioimage-archive", "s3", "tus", "webdav", "sftp", "ftp")
CAN = {
    "draft", "resume", "checksum", "release-date", "states", "verify", "withdraw", "public-page", "accession",
    "trial",
}  # fmt: skip
LICENSES = {
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0",
}  # fmt: skip


def test_every_archive_of_the_contract_is_described() -> None:
    assert set(descriptor.ids()) == set(IDS)
    assert [a.capabilities().id for a in registry.archives()] == list(BUILT)
    assert {c.id for c in registry.planned()} == set(IDS) - set(BUILT)


def test_what_is_built_is_what_the_registry_has() -> None:
    assert {i for i in IDS if descriptor.built(i)} == {a.capabilities().id for a in registry.archives()}


@pytest.mark.parametrize("archive_id", IDS)
def test_a_descriptor_makes_sense(archive_id: str) -> None:
    found = descriptor.capabilities(archive_id)
    assert found.id == archive_id
    assert found.can <= CAN
    assert found.default_license in found.licenses
    assert set(found.licenses) <= LICENSES
    assert set(found.sent_documents) <= set(found.documents)
    for url in (found.homepage, found.endpoint, found.sandbox, found.signup):
        assert not url or urlsplit(url).scheme == "https"
    assert found.kind in ("practice", "folder", "specialist", "general", "clinical", "protocol")
    limits = found.limits
    assert all(v is None or v > 0 for v in (limits.file_bytes, limits.total_bytes, limits.files))
    assert naming.propose("raw/Ärger & Maße/a:b?.ome.tiff", found.naming)


@pytest.mark.parametrize("archive_id", [i for i in IDS if descriptor.built(i)])
def test_what_is_built_uses_documents_that_can_be_written(archive_id: str) -> None:
    assert set(descriptor.capabilities(archive_id).documents) <= set(documents.formats())


def test_texts_are_sentences_without_places() -> None:
    texts = list(descriptor.texts())
    assert len(texts) == 4 * len(IDS)
    assert len({t.id for t in texts}) == len(texts)
    for text in texts:
        assert text.id.startswith("archive.")
        assert text.text.endswith(".")
        assert text.text == " ".join(text.text.split())
        assert not [name for _, name, _, _ in string.Formatter().parse(text.text) if name is not None]


def test_an_unknown_archive_is_answered_with_those_there_are() -> None:
    with pytest.raises(NeedsUser) as caught:
        registry.get("flickr")
    assert "practice, package, bioimage-archive" in caught.value.problem.advice.english()
    with pytest.raises(NeedsUser) as caught:
        registry.get("zenodo")
    assert "Zenodo" in caught.value.problem.message.english()


def test_members_have_the_shape_of_the_port_and_touch_no_network_at_first() -> None:
    for member in registry.archives():
        assert isinstance(member.capabilities().id, str)
        checked: Archive = member
        checked.session("http://127.0.0.1:9", Credentials("u", "p")).close()


def test_credentials_show_no_secret() -> None:
    shown = repr(Credentials("ada", "pass-word", "to-ken", "ftp://u:bulk-pass@h/"))
    assert "ada" in shown
    assert not [s for s in ("pass-word", "to-ken", "bulk-pass") if s in shown]
