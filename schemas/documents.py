"""The reference documents made from the contracts: JSON Schemas, AsyncAPI, pages on settings and topics.

`python -m schemas.documents` writes them, `--check` only says which are out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from schemas.asyncapi import asyncapi
from schemas.messages import PAYLOADS
from schemas.rules import RuleFile
from schemas.score_models import BgNbdFile
from schemas.settings import CONFIG_VARIABLE, DEFAULT_FILE, PREFIX, Settings
from schemas.spans import told_span
from schemas.topics import PLANNED, TOPICS, TopicSpec

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("docs/reference")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MADE = "<!-- Made by `python -m schemas.documents`; change the contracts, not this page. -->"


def documents() -> Iterator[tuple[Path, str]]:
    """Every document, as its path below the repository and its text."""
    for topic, payload in PAYLOADS.items():
        schema = _schema(payload, f"What is on the topic {topic}")
        yield FOLDER / "schemas" / f"{topic}.json", _json(schema)
    yield FOLDER / "schemas" / "rule-file.json", _json(_rule_file())
    yield (
        FOLDER / "schemas" / "score-model.json",
        _json(_schema(BgNbdFile, "A model and its fitted parameters")),
    )
    yield FOLDER / "asyncapi.yaml", yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)
    yield FOLDER / "settings.md", settings_page()
    yield FOLDER / "topics.md", topics_page()


def settings_page() -> str:
    """The page on settings."""
    fields = Settings.model_json_schema()["properties"]
    defaults = Settings().model_dump(mode="json")
    rows = (
        (f"`{name}`", _default(defaults[name]), _allowed(field), field["description"])
        for name, field in fields.items()
    )
    return f"""{MADE}

# Settings

An option of a command beats the environment, the environment the file, the file the default.

- The file is `{DEFAULT_FILE}` in the working directory, or what `--config` or `{CONFIG_VARIABLE}` names. Its
  keys are the names below.
- The variable of a setting is its name in capitals after `{PREFIX}`: `{PREFIX}KAFKA`.
- Durations are written as `14d`, `36h`, `1d12h`, `90m`, `10s`.
- An unknown name is an error. An empty variable counts as not set.

`churn-monitor settings` shows the values in force and where each came from; secrets are never shown.

{_table(("setting", "default", "allowed", "what"), rows)}"""


def topics_page() -> str:
    """The page on topics."""
    return f"""{MADE}

# Topics

Names get the prefix `topic_prefix`, the changelog apart. Keys are plain text, values JSON.
*lanes* means one partition for each lane, the setting `partitions`, in all such topics alike. An input's
retention is its owner's choice; that of the others is the least that will do.

`churn-monitor topics check` compares a broker with this table, `churn-monitor topics ensure` makes what is
missing. Inputs that exist are never altered, and partitions never added.

The schemas of the values are in [schemas](schemas), the whole as AsyncAPI in [asyncapi.yaml](asyncapi.yaml).

{_topics(TOPICS)}
## Planned

Belong to the design; nothing reads or writes them yet.

{_topics(PLANNED)}"""


def _topics(specs: Iterable[TopicSpec]) -> str:
    rows = (
        (
            f"`{spec.name}`",
            spec.key,
            spec.role,
            str(spec.partitions),
            spec.cleanup,
            "for good" if spec.retention is None else told_span(spec.retention),
            spec.note,
        )
        for spec in specs
    )
    return _table(("topic", "key", "role", "partitions", "cleanup", "retention", "what"), rows)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _default(value: object) -> str:
    told = value if isinstance(value, str) else json.dumps(value)
    return "" if told in ("", "null") else f"`{told}`"


def _allowed(field: dict[str, Any]) -> str:
    kinds = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    kind: dict[str, Any] = {**field, **kinds[0]}
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if "minimum" in kind:
        return f"{kind['minimum']}" + (f" to {kind['maximum']}" if "maximum" in kind else " and more")
    if "exclusiveMinimum" in kind:
        return f"above {kind['exclusiveMinimum']:g}, up to {kind['maximum']:g}"
    if kind.get("examples"):
        return "a duration"
    return {"boolean": "`true`, `false`", "string": _FORMATS.get(kind.get("format", ""), "a text")}[
        kind["type"]
    ]


_FORMATS = {"path": "a path", "password": "a secret", "date-time": "a moment such as 2026-06-01T12:00:00Z"}


def _schema(payload: Any, title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": title, **TypeAdapter(payload).json_schema()} | {"title": title}


def _rule_file() -> dict[str, Any]:
    """A rule file may name the file of a model; wherever else rules stand, its parameters stand with them."""
    schema = _schema(RuleFile, "A rule file")
    schema["$defs"]["ScorePart"]["properties"]["model"]["anyOf"].insert(0, {"type": "string"})
    return schema


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the documents, or with --check name those that are out of date; exit code 1 if there are any."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    checking = parser.parse_args().check
    stale = [(path, text) for path, text in documents() if _current(path) != text]
    for path, text in stale:
        sys.stdout.write(f"{'out of date' if checking else 'written'}: {path}\n")
        if not checking:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
    return 1 if checking and stale else 0


def _current(path: Path) -> str | None:
    there = ROOT / path
    return there.read_text(encoding="utf-8") if there.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
