"""Receipts as JSON: the same shape in the store, on disk and on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from depositor.bundle import proof_words
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.draft.submission import Proof, Receipt, State

_OWN = frozenset(f.name for f in fields(Receipt)) - {"more"}


def receipt_from_json(data: Mapping[str, Any]) -> Receipt:
    """Read a receipt. KeyError or ValueError for what is none."""
    return Receipt(
        submission=str(data["submission"]),
        receipt=str(data["receipt"]),
        archive=str(data["archive"]),
        accession=data.get("accession"),
        url=data.get("url"),
        state=State(data["state"]),
        files=int(data["files"]),
        bytes=int(data["bytes"]),
        bytes_sent=int(data.get("bytes_sent", 0)),
        manifest_sha256=str(data["manifest_sha256"]),
        started=str(data.get("started") or ""),
        finished=str(data.get("finished") or ""),
        license=data.get("license"),
        proofs=str(data.get("proofs") or ""),
        title=str(data.get("title") or ""),
        problems=tuple(problem_from_json(p) for p in data.get("problems") or ()),
        more={k: v for k, v in data.items() if k not in _OWN},
    )


def proofs(receipt: Receipt) -> Iterator[Message]:
    """What showed that the files arrived, in words; nothing for receipts of earlier versions."""
    return proof_words.words(receipt.more.get("proved"))


def compared(proved: Mapping[Proof, int]) -> Iterator[Message]:
    """What a comparison afterwards showed, in words, for the files that are as they were sent."""
    return proof_words.words({kind.value: number for kind, number in proved.items()})


def replaced(receipt: Receipt) -> Message | None:
    """That files had changed and were taken as they were then; None where none was."""
    return proof_words.replaced(receipt.more.get("replaced"))


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """A Problem as it was stored; one out of a receipt speaks English, the language of the contract."""
    return Problem.from_stored(data)
