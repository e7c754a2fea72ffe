"""Events and rules for the laws: valid ones of every kind, at full hours, so that equal times are common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from monitor.domain.observe import observe
from monitor.domain.rules import RuleSet, compile_rules
from monitor.domain.state import State
from schemas.events import FACTS, Fact
from schemas.rules import RuleFile
from schemas.warnings import SEVERITIES

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 40

CUSTOMERS = ("ada", "bo", "cy")
TICKETS = ("T1", "T2", "T3")
KINDS = (None, "complaint", "question")

T = TypeVar("T")
Draft = tuple[str, dict[str, Any]]


class Told(NamedTuple):
    """What an event says, whose it is, when it happened, and how many hours later it is told."""

    draft: Draft
    customer: str
    hour: int
    late: int


def at(hour: float) -> datetime:
    """The moment so many hours after the epoch."""
    return EPOCH + hour * HOUR


def fact(kind: str, data: dict[str, Any], *, hour: float, customer: str = "ada", name: str = "1") -> Fact:
    """A valid event."""
    told = {"specversion": "1.0", "id": name, "source": "/laws", "subject": customer, "time": at(hour)}
    return FACTS.validate_python({**told, "type": kind, "data": data})


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


_orders: st.SearchStrategy[Draft] = st.just(("order.placed", {"amount": 1.0}))
_opened: st.SearchStrategy[Draft] = st.builds(
    lambda ticket, kind, severity: (
        "ticket.opened",
        _without_none(ticket_id=ticket, kind=kind, severity=severity),
    ),
    st.sampled_from(TICKETS),
    st.sampled_from(KINDS),
    st.sampled_from((None, "low", "high")),
)
_followed: st.SearchStrategy[Draft] = st.builds(
    lambda kind, ticket: (kind, {"ticket_id": ticket}),
    st.sampled_from(("ticket.replied", "ticket.reopened", "ticket.resolved", "ticket.closed")),
    st.sampled_from(TICKETS),
)
_contacts: st.SearchStrategy[Draft] = st.builds(
    lambda sentiment, direction: ("contact.made", _without_none(sentiment=sentiment, direction=direction)),
    st.sampled_from((None, "negative", "positive")),
    st.sampled_from((None, "inbound", "outbound")),
)
_others: st.SearchStrategy[Draft] = st.sampled_from(
    [
        ("order.cancelled", {}),
        ("order.delivered", {}),
        ("contact.missed", {"direction": "inbound"}),
        ("referral.made", {}),
        ("ticket.rated", {"ticket_id": "T1", "score": 3.0}),
    ]
)

tickets = st.one_of(_opened, _followed)
drafts = st.one_of(_orders, _opened, _followed, _contacts, _others)
hours = st.integers(0, DAYS * 24)
lateness = st.one_of(st.just(0), st.just(0), st.integers(0, 24 * 7))


def stories(
    *,
    most: int = 30,
    customers: Sequence[str] = CUSTOMERS,
    late: bool = True,
    of: st.SearchStrategy[Draft] = drafts,
) -> st.SearchStrategy[list[Told]]:
    """Events of a few customers in the order in which they are told."""
    told = st.builds(Told, of, st.sampled_from(customers), hours, lateness if late else st.just(0))
    return long_lists(told, most).map(lambda drawn: sorted(drawn, key=lambda one: one.hour + one.late))


def long_lists(elements: st.SearchStrategy[T], most: int) -> st.SearchStrategy[list[T]]:
    """Lists that are long more often than Hypothesis makes them, and can be short all the same."""
    return st.lists(elements, min_size=most // 2, max_size=most) | st.lists(elements, max_size=most)


def facts(story: Sequence[Told]) -> list[Fact]:
    """The events of a story, each with an id of its own."""
    return [
        fact(*told.draft, hour=told.hour, customer=told.customer, name=str(place))
        for place, told in enumerate(story)
    ]


def observed(events: Sequence[Fact]) -> State:
    """What is known after these events."""
    state = State()
    for event in events:
        state = observe(state, event)
    return state


states = stories(customers=("ada",)).map(facts).map(observed)

_spans = st.sampled_from((1, 6, 24, 48, 72, 168, 336)).map(lambda hours: f"{hours}h")


@st.composite
def _severities(draw: st.DrawFn, numbers: Sequence[float], measure: str) -> dict[str, Any]:
    """A severity, and steps above it."""
    base = draw(st.integers(0, 2))
    higher = draw(st.lists(st.sampled_from(SEVERITIES[base + 1 :]), unique=True)) if base < 2 else []
    reached = draw(
        st.lists(st.sampled_from(numbers), min_size=len(higher), max_size=len(higher), unique=True)
    )
    steps = zip(sorted(higher, key=SEVERITIES.index), sorted(reached), strict=True)
    return {
        "severity": SEVERITIES[base],
        "steps": [{"severity": severity, measure: number} for severity, number in steps],
    }


@st.composite
def _personal(draw: st.DrawFn) -> dict[str, Any]:
    floor, ceiling = sorted(draw(st.tuples(*[st.sampled_from((1, 24, 72, 168, 500))] * 2)))
    prior = st.none() | st.builds(
        lambda gap, weight: {"gap": gap, "weight": weight}, _spans, st.sampled_from((0.0, 0.5, 1.0, 4.0))
    )
    return _without_none(
        factor=draw(st.sampled_from((0.5, 1.0, 1.7, 3.0))),
        floor=f"{floor}h",
        ceiling=draw(st.sampled_from((None, f"{ceiling}h"))),
        fallback=draw(_spans),
        min_gaps=draw(st.integers(1, 3)),
        mean=draw(st.sampled_from(("plain", "smoothed"))),
        prior=draw(prior),
    )


@st.composite
def silences(draw: st.DrawFn) -> dict[str, Any]:
    threshold: dict[str, Any] = (
        {
            "quiet_for": draw(_spans),
            "of": draw(
                st.sampled_from((["order.placed"], ["contact.made"], ["order.placed", "contact.made"]))
            ),
        }
        if draw(st.booleans())
        else {"personal": draw(_personal()), "of": ["order.placed"]}
    )
    return {"kind": "silence", **threshold, **draw(_severities((1.1, 1.5, 2.0, 3.7), "times"))}


_choices = st.sampled_from(
    [
        ["ticket.opened"],
        [{"type": "ticket.opened", "where": {"kind": ["complaint"]}}],
        [
            {"type": "ticket.opened", "where": {"severity": ["high"]}},
            {"type": "contact.made", "where": {"sentiment": ["negative"]}},
        ],
        ["contact.made", "order.cancelled"],
        ["ticket.reopened", "contact.missed"],
    ]
)


@st.composite
def counts(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 4))
    return {
        "kind": "count",
        "of": draw(_choices),
        "n": n,
        "within": draw(_spans),
        "as_of": draw(st.sampled_from(("now", "last_event"))),
        **draw(_severities((n + 1, n + 2, n + 4), "n")),
    }


@st.composite
def ageings(draw: st.DrawFn) -> dict[str, Any]:
    ends = ("ticket.replied", "ticket.resolved", "ticket.closed")
    return {
        "kind": "ageing",
        "of": "ticket.opened",
        "until": draw(st.lists(st.sampled_from(ends), min_size=1, unique=True)),
        "older_than": draw(_spans),
        "where": draw(st.sampled_from(({}, {"kind": ["complaint"]}, {"severity": ["low", "high"]}))),
        **draw(_severities((1.5, 2.0, 4.0), "times")),
    }


def rule_set(*rules: dict[str, Any]) -> RuleSet:
    """These rules, compiled; those without a name are called r0, r1, ..."""
    named = [{"name": f"r{place}", **rule} for place, rule in enumerate(rules)]
    return compile_rules(RuleFile.model_validate({"version": 1, "rules": named}))


rules = st.one_of(silences(), counts(), ageings())
rule_sets = st.lists(rules, min_size=1, max_size=4).map(lambda drawn: rule_set(*drawn))
