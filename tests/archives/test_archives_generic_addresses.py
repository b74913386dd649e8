"""Addresses of storage of one's own: what is taken, what each means, and what is said of those that are wrong."""

from __future__ import annotations

import pytest

from depositor.archives import descriptor, registry
from depositor.archives.generic.address import FORMS, Address, Bucket, bucket, parse
from depositor.archives.ports import Credentials
from depositor.draft.problem import NeedsUser
from depositor.session import addresses


@pytest.mark.parametrize("protocol", FORMS)
def test_the_example_that_people_see_is_right(protocol: str) -> None:
    form = FORMS[protocol]
    assert parse(protocol, form.example).scheme in form.schemes.values()
    assert addresses.example(descriptor.capabilities(protocol)) == form.example


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://s3.example.org/bucket", Bucket("https://s3.example.org", "bucket", "", "us-east-1", False)),
        (
            "http://127.0.0.1:8000/b/in/box/?region=eu-2&style=virtual",
            Bucket("http://127.0.0.1:8000", "b", "in/box", "eu-2", True),
        ),
        ("s3://b/in?region=eu-north-1", Bucket("https://s3.eu-north-1.amazonaws.com", "b", "in", "eu-north-1", False)),
        (
            "https://b.x.s3.eu-central-1.amazonaws.com/in",
            Bucket("https://s3.eu-central-1.amazonaws.com", "b.x", "in", "eu-central-1", True),
        ),
        (
            "https://s3.eu-central-1.amazonaws.com/b/ä%20b",
            Bucket("https://s3.eu-central-1.amazonaws.com", "b", "ä b", "eu-central-1", False),
        ),
    ],
)
def test_what_an_s3_address_means(text: str, expected: Bucket) -> None:
    assert bucket(parse("s3", text)) == expected


@pytest.mark.parametrize(
    ("text", "folder", "user", "port"),
    [
        ("sftp://ada@host.example.org:2222/data/in/", "/data/in", "ada", 2222),
        ("sftp://host/~/in", "in", "", None),
        ("sftp://host/~", "", "", None),
        ("sftp://host", "", "", None),
        ("SFTP://a%40b@[::1]/x", "/x", "a@b", None),
    ],
)
def test_what_an_sftp_address_means(text: str, folder: str, user: str, port: int | None) -> None:
    found = parse("sftp", text)
    assert (found.folder, found.user, found.port) == (folder, user, port)


def test_ftps_and_davs_are_spelt_in_several_ways() -> None:
    assert parse("ftp", "ftpes://h/x").scheme == "ftps"
    assert parse("webdav", "davs://h/x").url("a b") == "https://h/x/a%20b"
    assert Address("https", "::1", 8443, path="/x").url() == "https://[::1]:8443/x"


@pytest.mark.parametrize(
    ("protocol", "text", "code", "words"),
    [
        ("s3", "", "place.no-address", "has no address yet"),
        ("s3", "s3.example.org/bucket", "place.bad-address", "must begin with one of: https://"),
        ("s3", "sftp://host/bucket", "place.bad-address", "This one begins with sftp://"),
        ("s3", "https://s3.example.org/", "place.bad-address", "does not name a bucket"),
        ("s3", "https://key:secret@s3.example.org/b", "place.bad-address", "A password has no place"),
        ("s3", "https://s3.example.org/b?style=odd", "place.bad-address", "behind the ?"),
        ("s3", "https://s3.example.org/b?acl=public", "place.bad-address", "behind the ?"),
        ("tus", "https://host/files/#x", "place.bad-address", "behind a #"),
        ("sftp", "sftp://host:99999/x", "place.bad-address", "not a whole address"),
        ("sftp", "sftp:///x", "place.bad-address", "does not name a computer"),
        ("sftp", "sftp://host/../etc", "place.bad-address", "not a plain one"),
        ("ftp", "ftp://host/a%0Ab", "place.bad-address", "not a plain one"),
        ("webdav", "https://ho st/x", "place.bad-address", "does not name a computer"),
    ],
)
def test_what_is_wrong_is_said_with_an_example(protocol: str, text: str, code: str, words: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        registry.get(protocol).session(text, Credentials()).sign_in()
    problem = caught.value.problem
    assert problem.code == code
    assert words in problem.message.english()
    assert FORMS[protocol].example in problem.advice.english()
    assert "choose-address" in problem.actions
    found = addresses.problem(descriptor.capabilities(protocol), text)
    assert found is not None
    assert found.code == code


def test_lines_that_others_can_read_are_told() -> None:
    ftp, dav = descriptor.capabilities("ftp"), descriptor.capabilities("webdav")
    assert addresses.warning(ftp, "ftp://ftp.example.org/in")
    assert addresses.warning(dav, "http://cloud.example.org/in")
    assert addresses.warning(ftp, "ftps://ftp.example.org/in") is None
    assert addresses.warning(dav, "http://127.0.0.1:8080/in") is None
