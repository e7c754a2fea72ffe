"""A YAML text as a model of a contract, and what pydantic finds wrong with it in our words.

Those with a list of `rules`, each rule with its `kind`, are rule files and scenarios; others may be anything.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schemas.errors import ConfigError
from schemas.near_misses import allowed, near, near_name, near_span
from schemas.rule_scopes import NOT_IN_SCOPES, RuleScope
from schemas.yaml_files import Location, YamlText

Contract = TypeVar("Contract", bound=BaseModel)

_PROBLEMS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "unknown key",
    "model_type": "should be keys with values",
    "model_attributes_type": "should be keys with values",
}
_CHOSEN_BY = re.compile(r"(?:[\w.]+ has no )?(\w+) (?:to choose by|is never)")
_UNKNOWN = re.compile(r"'([^']*)'|has no (\w+)")


def validated(model: type[Contract], text: YamlText) -> tuple[Contract | None, list[ConfigError]]:
    """The content as a model, or all that is wrong with it; misspelt keys come first."""
    if repeated := text.repeated():
        return None, repeated
    try:
        return model.model_validate(text.content), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    teller = _Teller(model, text)
    ordered = sorted(errors, key=lambda each: each["type"] != "extra_forbidden")
    told = {str(each): each for each in map(teller.told, teller.without_doubles(ordered))}
    return None, list(told.values())


class _Teller:
    def __init__(self, model: type[BaseModel], text: YamlText) -> None:
        self._model = model
        self._text = text
        rules = model.model_fields.get("rules")
        self._kinds = [
            kind
            for rule in (_models_in(rules.annotation) if rules else ())
            for kind in get_args(rule.model_fields["kind"].annotation)
        ]

    def without_doubles(self, errors: list[Any]) -> list[Any]:
        """Leave out what only follows: a key that is missing because it is misspelt, a list short of what is wrong."""
        meant = {
            (*each["loc"][:-1], near(str(each["loc"][-1]), self._keys_at(each["loc"][:-1])))
            for each in errors
            if each["type"] == "extra_forbidden"
        }
        beginnings = {each["loc"][:end] for each in errors for end in range(len(each["loc"]))}
        follows = {"missing": meant, "too_short": beginnings}
        return [each for each in errors if each["loc"] not in follows.get(each["type"], ())]

    def told(self, error: Any) -> ConfigError:
        location, problem, remedy = self._location(error), _problem(error), self._remedy(error)
        problem, choices = _parted(problem)
        if choices and (unknown := _UNKNOWN.search(problem)):
            remedy = allowed(unknown[1] or unknown[2], choices)
        if (chosen := _CHOSEN_BY.match(problem)) and self._text.holds((*location, "where", chosen[1])):
            location = (*location, "where", chosen[1])
        raised = self._text.error(problem, location, remedy)
        if error["type"] in {"missing", "union_tag_not_found"}:
            key = ".".join(part for part in (raised.key, str(self._missing(error))) if part)
            return ConfigError(problem, where=raised.where, key=key, remedy=remedy)
        return raised

    def _location(self, error: Any) -> Location:
        """Where it is in the text: pydantic's own location less the tags of unions."""
        if error["type"] == "duplicate_name":
            return ("rules", error["ctx"]["place"], "name")
        if error["type"] == "misplaced":  # a validator of ours that saw more than one part
            return tuple(error["ctx"]["location"])
        location: Location = error["loc"]
        bare: Location = ()
        for at, part in enumerate(location):
            tag = part in self._kinds and at > 0 and isinstance(location[at - 1], int)
            bare = bare if tag else (*bare, part)
        return (*bare, "kind") if error["type"].startswith("union_tag") else bare

    def _missing(self, error: Any) -> int | str:
        return self._location(error)[-1]

    def _remedy(self, error: Any) -> str | None:
        kind, context = error["type"], error.get("ctx", {})
        if kind.startswith("union_tag"):
            return allowed(str(context.get("tag", "")), self._kinds)
        if kind == "extra_forbidden":
            return allowed(str(error["loc"][-1]), self._keys_at(error["loc"][:-1]))
        if kind == "literal_error":
            choices = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
            return allowed(str(error["input"]), choices)
        meant = _meant(error)
        return f"did you mean {meant}?" if meant else None

    def _keys_at(self, location: Location) -> list[str]:
        """The keys that are allowed in the mapping at a location of pydantic's."""
        models: list[type[BaseModel]] = [self._model]
        for part in location:
            if part in self._kinds:
                models = [
                    model for model in models if part in get_args(model.model_fields["kind"].annotation)
                ]
            elif part == "scopes":
                models = [RuleScope, *models]
            elif isinstance(part, str):
                models = [
                    found
                    for model in models
                    for name, field in model.model_fields.items()
                    if part in (name, field.alias)
                    for found in _models_in(field.annotation)
                ]
        keys = [field.alias or name for model in models for name, field in model.model_fields.items()]
        return [key for key in keys if key not in NOT_IN_SCOPES] if RuleScope in models else keys


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _problem(error: Any) -> str:
    kind = error["type"]
    if kind in _PROBLEMS:
        return _PROBLEMS[kind]
    if kind == "union_tag_invalid":
        return f"no rule is of kind {error['ctx']['tag']!r}"
    if kind == "literal_error":
        return f"{error['input']!r} is not allowed"
    text: str = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return text[:1].lower() + text[1:]


def _parted(problem: str) -> tuple[str, list[str]]:
    """A message of a validator of ours, and what it says is allowed."""
    problem, _, choices = problem.partition("; allowed: ")
    return problem, choices.split(", ") if choices else []


def _meant(error: Any) -> str | None:
    given = error["input"]
    if not isinstance(given, str):
        return None
    if error["type"] == "string_pattern_mismatch" and error["loc"][-1] == "name":
        return near_name(given)
    return near_span(given) if "is not a duration" in error["msg"] else None
