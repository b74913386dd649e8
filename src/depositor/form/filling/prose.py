"""The two descriptions of an image acquisition, put together from atoms: each a few words about one fact.

Atoms have names, so that what is known as values (microscope details) takes the place of what headers say, and what a
person changes there is changed in the text alone where it came from. The clauses lie in ``resources/prefill.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from depositor import resources
from depositor.draft.facts import Channel
from depositor.form.filling import wording
from depositor.form.filling.flat_facts import unit_of
from depositor.form.filling.gathering import Group

Atom = tuple[str, str]  # what it is said about (a channel, or nothing), and the words
Atoms = dict[str, Atom]

PARTS = ("instrument", "parameters")
_MOST_CHANNELS = 40
_OF_CHANNEL: Mapping[str, str] = {
    "fluorophore": "{}", "metal": "{}", "excitation_nm": "excitation {}", "emission_nm": "emission {}",
    "band_nm": "detected {}", "filter": "filter {}", "exposure_s": "exposure {}", "laser_percent": "laser at {}",
    "gain": "gain {}", "pinhole_um": "pinhole {}",
}  # fmt: skip


def title(group: Group) -> str:
    """A short name for an acquisition: ``Celldiscoverer 7 5x/0.35``; else its method; empty where nothing is known."""
    signature = group.signature
    model = (signature.instrument.model or signature.instrument.manufacturer or "") if signature.instrument else ""
    parts = [model.strip(), wording.lens(signature.objective)]
    name = " ".join(filter(None, parts))
    if not model and signature.methods:
        name = f"{_capital(signature.methods[0][1])} {name}".strip()
    return (name or wording.objective(signature.objective))[:120]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def told(atoms: Mapping[str, Atom]) -> str:
    """The atoms as text: clauses with ``; `` between, those about one channel together."""
    clauses: dict[str, list[str]] = {}
    for at, (head, words) in enumerate(atoms.values()):
        clauses.setdefault(head or f"\0{at}", []).append(words)
    return "; ".join(words[0] if head[0] == "\0" else f"{head}: {', '.join(words)}" for head, words in clauses.items())


def clause_of(part: str, fact: str) -> str | None:
    """The words for a fact with a place ``{}`` for its value, None where this description does not tell it."""
    found: str | None = resources.toml("prefill.toml")["prose"][part].get(fact)
    return found


def order(part: str, atoms: Mapping[str, Atom]) -> Atoms:
    """The atoms in the order of the table: channels first, what is not in the table last."""
    table = list(resources.toml("prefill.toml")["prose"][part])
    places = {name: at for at, name in enumerate(table)}
    first = {name: at for at, name in enumerate(atoms)}

    def place(name: str) -> tuple[int, int]:
        return (-1 if name.startswith("channels/") else places.get(name, len(table))), first[name]

    return {name: atoms[name] for name in sorted(atoms, key=place)}


# --- from headers ----------------------------------------------------------------------------------------------------


def instrument(group: Group) -> str:
    """Stand, objective, light source and detector in one line; empty where the headers say nothing of them."""
    return told(of_group("instrument", group))


def parameters(group: Group) -> str:
    """Channels, settings, pixel size, step and interval in one line; a range where the files differ."""
    return told(of_group("parameters", group))


def of_group(part: str, group: Group) -> Atoms:
    """What the headers of a group say. A lens alone is no instrument: it is then told with the parameters."""
    named = any(group.tally(fact) for fact in _NAMING) or group.signature.instrument is not None
    if part == "instrument":
        return _of_table(part, group) if named else {}
    return {**({} if named else _of_table("instrument", group)), **_channels(group), **_of_table(part, group)}


_NAMING = ("detector", "ions.source", "ions.analyzer")  # with one of these a reader knows what took the image


def _of_table(part: str, group: Group) -> Atoms:
    atoms: Atoms = {}
    for fact, words in resources.toml("prefill.toml")["prose"][part].items():
        said = _value(fact, group)
        if said:
            atoms[fact] = ("", clean(words.format(said)))
    return atoms


def clean(words: str) -> str:
    """Words that can be found again in the text: semicolons part its clauses."""
    return re.sub(r";\s*", ", ", words).strip()


def _value(fact: str, group: Group) -> str:
    tally = group.tally(fact)
    special = _SPECIAL.get(fact)
    if special:
        return special(group)
    if tally.low is not None and tally.high is not None:
        return wording.span((tally.low, tally.high), unit_of(fact))
    return wording.quantity(tally.agreed(), "")


_SPECIAL: Mapping[str, Callable[[Group], str]] = {
    "instrument": lambda group: wording.device(group.signature.instrument),
    "objective": lambda group: wording.objective(group.signature.objective),
    "detector": lambda group: wording.detector_name(group.tally("detector").top()),
    "light_sources": lambda group: wording.of_part(group.tally("light_sources").top() or ()),
    "software": lambda group: _software(group.tally("software").top()),
}


def _software(found: Any) -> str:
    name = str(found or "").partition(";")[0].strip()
    return name if re.search(r"[^\W\d_]{3}", name) else ""  # "05" tells nobody anything


def channels(group: Group) -> dict[str, list[Channel]]:
    """Each channel of a group by its name (or number), as each of the differing files has it."""
    found: dict[str, list[Channel]] = {}
    for value in group.tally("channels").values():
        for at, one in enumerate(value):
            found.setdefault(called(one, at), []).append(one)
    return found


def called(channel: Channel, at: int) -> str:
    """The name of a channel, else its dye or metal, else its number."""
    return channel.name or channel.fluorophore or channel.metal or f"Channel {at + 1}"


def _channels(group: Group) -> Atoms:
    found = list(channels(group).items())[:_MOST_CHANNELS]
    if group.tally("electrons.exposure_s"):  # the one "channel" of an electron microscope has nothing more to say
        found = [(label, alike) for label, alike in found if any(c.name for c in alike)]
    return {name: atom for label, alike in found for name, atom in of_channel(label, alike).items()}


def of_channel(name: str, alike: Sequence[Channel]) -> Atoms:
    """``EGFP``: ``mEGFP``, ``excitation 488 nm``, ``exposure 20 to 50 ms``; only what is known."""
    atoms = {fact: _of_channel(fact, alike, name) for fact in _OF_CHANNEL}
    named = {f: clean(_OF_CHANNEL[f].format(said)).replace(", ", " ") for f, said in atoms.items() if said}
    return {f"channels/{name}/{f}": (clean(name), words) for f, words in named.items()}


def _of_channel(fact: str, alike: Sequence[Channel], name: str) -> str:
    if fact == "band_nm":
        bands = {(c.emission_from_nm, c.emission_to_nm) for c in alike if c.emission_from_nm and c.emission_to_nm}
        return wording.span(next(iter(bands)), "nm") if len(bands) == 1 else ""
    values = [v for v in (getattr(c, fact) for c in alike) if v]
    if fact in ("fluorophore", "metal"):
        return " or ".join(str(v) for v in dict.fromkeys(values) if v != name)
    numbers = [v * 1000 if fact == "exposure_s" else v for v in values if isinstance(v, (int, float))]
    if numbers:
        return wording.span(numbers, "ms" if fact == "exposure_s" else unit_of(fact))
    return str(values[0]) if len(set(values)) == 1 else ""


# --- following values ------------------------------------------------------------------------------------------------


def amended(text: str, before: Mapping[str, Atom], after: Mapping[str, Atom]) -> str:
    """``text`` with the atoms of ``before`` replaced by those of ``after``; what else it says stays."""
    pieces = _taken_apart(text, {head for head, _ in (*before.values(), *after.values()) if head})
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        at = None if old == new else _found(pieces, name, old or new)
        if at is not None and pieces[at] != new:
            pieces[at : at + 1] = [new] if new and new not in pieces else []
        elif at is None and new and new not in pieces:
            pieces.insert(_end_of(pieces, new[0]), new)
    return told({str(at): piece for at, piece in enumerate(pieces)})


def _found(pieces: Sequence[Atom], name: str, atom: Atom | None) -> int | None:
    """Where an atom stands: the same words, else other words about the same fact (``z step 0.3 to 0.5 µm``)."""
    if atom is None or atom in pieces:
        return pieces.index(atom) if atom else None
    start, _, end = _frame(name).partition("{}")
    if not start and not end:
        return None
    alike = (at for at, (of, w) in enumerate(pieces) if of == atom[0] and w.startswith(start) and w.endswith(end))
    return next(alike, None)


def _frame(name: str) -> str:
    """The clause with a place for its value."""
    if name.startswith("channels/"):
        return _OF_CHANNEL.get(name.rpartition("/")[2], "{}")
    module, _, key = name.partition(".")
    own: str | None = resources.toml("prefill.toml")["written"].get(module, {}).get(key)
    return own or next((c for part in PARTS if (c := clause_of(part, name))), "{}")


def _taken_apart(text: str, heads: Iterable[str]) -> list[Atom]:
    pieces: list[Atom] = []
    for clause in filter(None, text.split("; ")):
        head = next((h for h in heads if clause.startswith(f"{h}: ")), "")
        words = clause.removeprefix(f"{head}: ").split(", ") if head else [clause]
        pieces += ((head, w) for w in words)
    return pieces


def _end_of(pieces: Sequence[Atom], head: str) -> int:
    """Behind what is said about the same channel, else at the end."""
    same = [at for at, (of, _) in enumerate(pieces) if head and of == head]
    return same[-1] + 1 if same else len(pieces)
