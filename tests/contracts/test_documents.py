"""The reference documents: up to date, and whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.asyncapi import asyncapi
from schemas.documents import FOLDER, documents
from schemas.messages import PAYLOADS
from schemas.settings import Settings
from schemas.topics import CHANGELOG, DEAD_LETTERS, TOPICS
from tests.conftest import ROOT

pytestmark = pytest.mark.docs

MADE = dict(documents())


@pytest.mark.parametrize("path", MADE, ids=str)
def test_the_document_is_what_the_contracts_make(path: Path) -> None:
    assert (ROOT / path).read_text() == MADE[path], "run: python -m schemas.documents"


def test_no_document_is_left_of_what_is_no_more() -> None:
    there = {path.relative_to(ROOT) for path in (ROOT / FOLDER / "schemas").iterdir()}
    assert there == {path for path in MADE if path.parent.name == "schemas"}


@pytest.mark.parametrize("path", [path for path in MADE if path.suffix == ".json"], ids=str)
def test_a_published_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(MADE[path]))


def test_every_topic_has_a_contract_but_for_raw_bytes_and_rows() -> None:
    assert {spec.name for spec in TOPICS} - PAYLOADS.keys() == {DEAD_LETTERS, CHANGELOG}


def references(node: Any) -> set[str]:
    match node:
        case {"$ref": str(ref)}:
            return {ref}
        case dict():
            return set().union(*map(references, node.values()))
        case list():
            return set().union(*map(references, node))
    return set()


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    for reference in references(document):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_setting_is_documented() -> None:
    page = MADE[FOLDER / "settings.md"]
    assert [name for name in Settings.model_fields if f"| `{name}` |" not in page] == []
