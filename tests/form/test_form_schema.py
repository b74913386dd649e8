"""The JSON Schema says yes to what the program writes and no to what it would lose."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from form_drafts import complete

from depositor.draft import paths
from depositor.draft.document import from_document, to_document
from depositor.form import profiles
from depositor.form.schema import json_schema

TYPES: dict[str, tuple[type, ...]] = {
    "object": (Mapping,), "array": (list,), "string": (str,), "null": (type(None),), "boolean": (bool,),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def faults(schema: Mapping[str, Any], value: Any, at: str = "$") -> list[str]:
    """A validator for the words that the schema uses; an unknown word is an error."""
    out: list[str] = []
    for word, rule in schema.items():
        out += [f"{at}: {word}" for _ in range(1) if not _holds(word, rule, value)]
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        for key, inner in value.items():
            if key in known:
                out += faults(known[key], inner, f"{at}.{key}")
            elif rest is False:
                out.append(f"{at}.{key}: unknown")
            elif isinstance(rest, Mapping):
                out += faults(rest, inner, f"{at}.{key}")
    if isinstance(value, list) and "items" in schema:
        out += [f for n, inner in enumerate(value) for f in faults(schema["items"], inner, f"{at}[{n}]")]
    return out


def _holds(word: str, rule: Any, value: Any) -> bool:
    if word == "type":
        names = [rule] if isinstance(rule, str) else rule
        fits = any(isinstance(value, TYPES[n]) for n in names)
        return fits and ("boolean" in names or not isinstance(value, bool))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    rules = {
        "required": lambda: not isinstance(value, Mapping) or set(rule) <= value.keys(),
        "enum": lambda: value in rule,
        "anyOf": lambda: any(not faults(one, value) for one in rule),
        "pattern": lambda: not isinstance(value, str) or re.search(rule, value) is not None,
        "minLength": lambda: not isinstance(value, str) or len(value) >= rule,
        "minimum": lambda: not number or value >= rule,
        "maximum": lambda: not number or value <= rule,
        "exclusiveMinimum": lambda: not number or value > rule,
        **dict.fromkeys(
            ("properties", "additionalProperties", "items", "title", "description", "$schema"), lambda: True
        ),
    }
    return rules[word]()


def test_the_complete_document_fits() -> None:
    assert faults(json_schema(), complete()) == []


def test_what_the_program_writes_fits() -> None:
    document = to_document(from_document(complete(), "d"))
    assert faults(json_schema(), json.loads(json.dumps(document))) == []


def test_the_smallest_document_fits() -> None:
    assert faults(json_schema(), {"depositor": 1, "archive": "practice", "files": []}) == []


def test_unknown_keys_are_fine_at_the_top_and_between_modules() -> None:
    document = {**complete(), "notes": 1}
    document["metadata"]["empiar"] = {"scale": 3}
    assert faults(json_schema(), document) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("study.titel", "x"),
        ("biosample[0].colour", "green"),
        ("study.author[0].shoe_size", 43),
        ("study.author[0].affiliation[0].zip", "CB10"),
        ("specimen[0].channels[0].wavelength", 488),
        ("study_component[0].associations[0].sample", "x"),
        ("study.title", 12),
        ("study.keywords", [1]),
        ("biosample[0].organism[0].name", "mouse"),
        ("annotations[0].annotation_type", ["masks"]),
        ("image_data[0].pixel_voxel_size", {"x": 0}),
        ("study.publication[0].year", "last year"),
        ("biosample", {"title": "no list"}),
    ],
)
def test_what_would_be_lost_or_misread_does_not_fit(path: str, value: Any) -> None:
    document = complete()
    document["metadata"] = paths.put(document["metadata"], path, value)
    assert faults(json_schema(), document)


def test_each_call_gives_a_new_value() -> None:
    json_schema()["properties"].clear()
    assert json_schema()["properties"]


EMPIAR: dict[str, Any] = {
    "title": "A volume",
    "release_date": "HP",
    "experiment_type": 5,
    "scale": "3",
    "authors": [{"name": "('Example', 'A')", "order_id": 0}],
    "imagesets": [{"name": "Raw", "category": "('T1', '')", "voxel_type": "T1", "num_images_or_tilt_series": 400}],
    "citation": [{"title": "In preparation", "authors": [{"name": "('Example', 'A')", "order_id": 0}]}],
    "workflows": [{"url": "https://workflowhub.eu/workflows/1", "type": 1}],
}


def _of(module: str, value: Any) -> dict[str, Any]:
    return {"depositor": 1, "archive": "empiar", "files": [], "metadata": {module: value}}


def test_answers_for_one_archive_have_a_shape_too() -> None:
    assert faults(json_schema(), _of("empiar", EMPIAR)) == []
    assert faults(json_schema(), _of("empiar", {**EMPIAR, "experiment_type": "5"})) == []
    assert faults(json_schema(), _of("empiar", {**EMPIAR, "experiment_type": 99}))
    assert faults(json_schema(), _of("empiar", {**EMPIAR, "weather": "rain"}))


def test_every_profile_and_every_archive_is_in_the_schema() -> None:
    known = json_schema()["properties"]["metadata"]["properties"]
    for info in profiles.every():
        for module in profiles._data(info.id).get("module", ()):
            assert set(known[module["key"]].get("items", known[module["key"]])["properties"]) >= {
                f["key"] for f in module["field"]
            }
    row = known["specimen"]["items"]["properties"]["channels"]["anyOf"][1]
    assert {"channel_label", "antibody_rrid", "vendor"} <= set(row["properties"])


def test_a_column_written_by_hand_is_held_against_the_schema() -> None:
    column = {"name": "Genotype", "from": {"pattern": "*_{Genotype}_*"}, "clean": {"rename": {"ko": "knock-out"}}}
    document = {"depositor": 1, "archive": "practice", "files": [], "columns": [column]}
    assert faults(json_schema(), document) == []
    assert faults(json_schema(), {**document, "columns": [{**column, "from": ["*_{Genotype}_*"]}]})
    assert faults(json_schema(), {**document, "columns": [{**column, "rules": [{"if": {"Genotype": 1}}]}]})
