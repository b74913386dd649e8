"""Large bodies are read while they are sent, and by nobody any more once the sending has ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from carrier_suite import BytesBody
from plain_server import PlainServer
from transfer_world import noise, wait_for

from depositor.draft.problem import Retryable
from depositor.transfer import read_ahead
from depositor.transfer.http.wire import HttpWire
from depositor.transfer.net import web
from depositor.transfer.read_ahead import Ahead

LARGE = read_ahead.WORTH + 12_345


def readers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "read"]


class Counted(BytesBody):
    """Says how much of it was read."""

    read_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        block = super().read(size)
        self.read_bytes += len(block)
        return block


@pytest.mark.parametrize("size", [0, 1, read_ahead.WORTH - 1, LARGE])
def test_all_bytes_in_order(size: int) -> None:
    body = Ahead(BytesBody(noise(size)))
    assert len(body) == size
    assert b"".join(body) == noise(size)
    body.close()
    assert not readers()


def test_what_reading_raises_comes_out_where_the_bytes_are_sent() -> None:
    body = Ahead(BytesBody(noise(LARGE), break_at=1_000_000))
    taken = []
    with pytest.raises(Retryable) as caught:
        taken.extend(body)
    assert caught.value.problem.code == "test.broken"
    assert sum(map(len, taken)) <= 1_000_000
    body.close()


def test_no_more_is_read_ahead_than_a_few_blocks() -> None:
    counted = Counted(noise(2 * LARGE))
    body = Ahead(counted)
    taking = iter(body)
    next(taking)
    wait_for(lambda: counted.read_bytes >= 4 * 65536)
    body.close()
    before = counted.read_bytes
    assert before <= 6 * read_ahead.BLOCK
    assert not readers()
    assert counted.read_bytes == before


@pytest.mark.parametrize("fault", [{"drop": 100_000}, {"lose": True}])
def test_nobody_reads_once_a_request_has_failed(fault: dict[str, Any]) -> None:
    with PlainServer() as server:
        server.fault("PUT", **fault)
        wire = HttpWire(server.url, None, web.Timeouts(5, 5))
        body = Counted(noise(2 * LARGE))
        with pytest.raises(Retryable) as caught:
            wire.ask("PUT", f"{server.url}/x", {}, body)
        assert caught.value.problem.code == "network.dropped"
        assert not readers()
        wire.close()


def test_nobody_reads_once_a_request_has_ended() -> None:
    with PlainServer() as server:
        wire = HttpWire(server.url, None, web.Timeouts(5, 5))
        assert wire.ask("PUT", f"{server.url}/x", {}, BytesBody(noise(LARGE))).status_code == 201
        assert server.content("x") == noise(LARGE)
        assert not readers()
        wire.close()
