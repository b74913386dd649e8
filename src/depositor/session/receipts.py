"""Receipts as JSON: the same shape in the store, on disk and on standard output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from depositor.draft.problem import Problem
from depositor.draft.submission import Receipt, State

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


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """A Problem as it was stored; one out of a receipt speaks English, the language of the contract."""
    return Problem.from_stored(data)
