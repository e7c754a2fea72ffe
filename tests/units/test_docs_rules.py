"""The page on rules: it has every key, with the default that the contract has; its examples are rule files."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitor.domain.rules import compile_rules
from schemas.advice import Advice, StepFor
from schemas.business_hours import BusinessHours
from schemas.customer_life import CustomerLife, Important, LostAfter, Need, Ordinary, Potential, Tiers
from schemas.rule_files import parse_rules
from schemas.rule_kinds import (
    Ageing,
    Count,
    Decline,
    Due,
    EffortParts,
    Score,
    ScorePart,
    Sequence,
    Signal,
    Silence,
    Streak,
)
from schemas.rule_parts import (
    FILTERS,
    Chosen,
    Common,
    CountStep,
    LateStep,
    NextStep,
    OrdersSoFar,
    Personal,
    Prior,
    ShareStep,
    TimesStep,
    allowed_values,
)
from schemas.rule_scopes import RuleScope, ScopedRule
from schemas.spans import told_span
from tests.conftest import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/how-to/write-rules.md").read_text()
TABLES: dict[str, type[BaseModel]] = {
    "Keys of every rule": ScopedRule,
    "`scopes`": RuleScope,
    "Silence": Silence,
    "`personal`": Personal,
    "`prior`": Prior,
    "Count": Count,
    "What can be chosen": Chosen,
    "`orders`": OrdersSoFar,
    "Ageing": Ageing,
    "`business_hours`": BusinessHours,
    "Due": Due,
    "Signal": Signal,
    "Streak": Streak,
    "Decline": Decline,
    "Sequence": Sequence,
    "Score": Score,
    "`parts`": ScorePart,
    "`effort`": EffortParts,
    "Steps of silence and ageing": TimesStep,
    "Steps of count and streak": CountStep,
    "Steps of due": LateStep,
    "Steps of decline": ShareStep,
    "Customers": CustomerLife,
    "`lost_after`": LostAfter,
    "`tiers`": Tiers,
    "`important`": Important,
    "`or`": Need,
    "`ordinary`": Ordinary,
    "`potential`": Potential,
    "`advice`": Advice,
    "`next_steps`": StepFor,
    "`next_step`": NextStep,
}
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def table_under(heading: str) -> dict[str, str]:
    """The first table below a heading: key to default, as written."""
    _, below = re.split(rf"^#+ {re.escape(heading)}$", PAGE, maxsplit=1, flags=re.MULTILINE)
    section = re.split(r"^#", below, maxsplit=1, flags=re.MULTILINE)[0]
    table = section[section.index("| key |") :].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {key.strip("`"): default for key, default, *_ in rows}


def own_keys(part: type[BaseModel]) -> set[str]:
    """The keys that a part adds to those that every rule has."""
    common = set(ScopedRule.model_fields) if part is not ScopedRule and issubclass(part, Common) else set()
    return set(part.model_fields) - common - {"kind"}


def told_default(field: FieldInfo) -> str:
    """The default of a key, as the page writes it."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, BaseModel):
        return "see below"
    return f"`{told_span(value) if isinstance(value, timedelta) else value}`"


@pytest.mark.parametrize(("heading", "part"), TABLES.items(), ids=TABLES)
def test_every_key_stands_in_its_table_with_its_default(heading: str, part: type[BaseModel]) -> None:
    fields = {part.model_fields[name].alias or name: part.model_fields[name] for name in own_keys(part)}
    expected = {key: told_default(field) for key, field in fields.items()}
    assert {key: each for key, each in table_under(heading).items() if key != "kind"} == expected


@pytest.mark.parametrize("kind", FILTERS)
def test_what_can_be_counted_stands_with_all_its_fields_and_values(kind: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |"))
    for field in FILTERS[kind]:
        assert f"`{field}`: {', '.join(allowed_values(kind, field))}" in row


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_rule_file(example: str) -> None:
    text = example if "rules:" in example else "version: 1\nrules:\n" + example
    assert compile_rules(parse_rules(text, "example")).rules
