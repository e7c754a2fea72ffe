"""Events and rules for the laws: valid ones of every kind, at full hours, so that equal times are common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product, starmap
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from monitor.domain.observe import observe
from monitor.domain.profile import with_profile
from monitor.domain.rules import RuleSet, compile_rules
from monitor.domain.state import Absence, State, with_about
from schemas.customers import ProfileUpdated
from schemas.events import FACTS, Fact
from schemas.fields import Tier
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


_ORDERS: Sequence[Draft] = [
    ("order.placed", {"amount": 1.0}),
    ("order.placed", {"amount": 20.0, "order_id": "O1"}),
    ("order.placed", {"amount": 5.0, "lines": ({"category": "tea"},), "region": "North"}),
    ("order.placed", {"amount": 5.0, "region": "South"}),
    ("order.placed", {"amount": 5.0, "lines": ({"category": "tea"}, {"category": "salt"}, {})}),
]
_OPENED: Sequence[Draft] = [
    ("ticket.opened", _without_none(ticket_id=ticket, kind=kind, severity=severity))
    for ticket, kind, severity in product(TICKETS, KINDS, (None, "low", "high"))
]
_FOLLOWED: Sequence[Draft] = [
    (kind, {"ticket_id": ticket})
    for kind, ticket in product(
        ("ticket.replied", "ticket.reopened", "ticket.resolved", "ticket.closed"), TICKETS
    )
]
_CONTACTS: Sequence[Draft] = [
    (
        "contact.made",
        _without_none(sentiment=sentiment, direction=direction, outcome=outcome, next_due=due),
    )
    for sentiment, direction, outcome, due in product(
        (None, "negative", "positive"),
        (None, "inbound", "outbound"),
        (None, None, "effective", "unsuccessful"),
        (None, None, at(24 * 20), at(24 * 35)),
    )
]
_OBJECTS: Sequence[Draft] = [
    ("order.invoiced", {"invoice_id": "I1", "amount": 5.0, "due": at(24 * 14)}),
    ("order.paid", {"invoice_id": "I1"}),
    ("quote.sent", {"quote_id": "Q1"}),
    ("quote.lost", {"quote_id": "Q1", "reason": "price"}),
    ("promise.made", {"promise_id": "P1", "due": at(24 * 10)}),
    ("promise.kept", {"promise_id": "P1"}),
    ("contract.signed", {"contract_id": "C1", "ends": at(24 * 30)}),
    ("contract.renewed", {"contract_id": "C1", "ends": at(24 * 60)}),
    ("contract.cancelled", {"contract_id": "C1"}),
    ("ticket.promised", {"ticket_id": "T1", "due": at(24 * 12)}),
    ("ticket.reassigned", {"ticket_id": "T1"}),
    ("customer.told", {"ticket_id": "T2"}),
]
_OTHERS: Sequence[Draft] = [
    ("order.cancelled", {}),
    ("order.delivered", {"order_id": "O1"}),
    ("order.returned", {"order_id": "O1"}),
    ("order.payment_failed", {}),
    ("survey.answered", {"score": 80.0}),
    ("survey.answered", {"score": 20.0}),
    ("campaign.responded", {}),
    ("subscription.cancelled", {"reason": "price"}),
    ("contact.missed", {"direction": "inbound"}),
    ("referral.made", {}),
    ("ticket.rated", {"ticket_id": "T1", "score": 3.0}),
]


def _of_each(*groups: Sequence[T]) -> st.SearchStrategy[T]:
    """Each group as often as the others, in one draw: for draws are what most laws spend their time on."""
    longest = max(map(len, groups))
    return st.sampled_from([group[at % len(group)] for at in range(longest) for group in groups])


tickets = _of_each(_OPENED, _FOLLOWED)
drafts = _of_each(_ORDERS, _OPENED, _FOLLOWED, _CONTACTS, _OBJECTS, _OTHERS)
hours = st.integers(0, DAYS * 24)
lateness = _of_each((0,), (0,), range(24 * 7 + 1))


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


def _in_twos(each: Sequence[T]) -> Iterator[tuple[T, T]]:
    return zip(each[::2], each[1::2], strict=False)


absences: st.SearchStrategy[tuple[Absence, ...]] = st.lists(hours, max_size=6, unique=True).map(
    lambda drawn: tuple(starmap(Absence, _in_twos([at(hour) for hour in sorted(drawn)])))
)
"""Times away as a row keeps them: in order, none within another."""

SEGMENTS, TIERS = ("a", "b"), ("important", "ordinary")


def _known(
    events: Sequence[Fact], away: tuple[Absence, ...], segments: Sequence[str], tier: Tier | None
) -> State:
    """What is known after these events, and of who the customer is."""
    told = {"specversion": "1.0", "id": "p", "source": "/laws", "subject": "ada", "time": EPOCH}
    profile = {**told, "type": "profile.updated", "data": {"segments": tuple(segments)}}
    state = with_about(observed(events), absences=away)
    if segments:
        state = with_profile(state, ProfileUpdated.model_validate(profile))
    return with_about(state, tier=tier) if tier else state


states = st.builds(
    _known,
    stories(customers=("ada",)).map(facts),
    st.just(()) | absences,
    st.just(()) | st.lists(st.sampled_from((*SEGMENTS, "c")), max_size=2, unique=True),
    st.sampled_from((None, None, *TIERS)),
)

_spans = st.sampled_from((1, 6, 24, 48, 72, 168, 336)).map(lambda hours: f"{hours}h")


@st.composite
def _severities(draw: st.DrawFn, numbers: Sequence[Any], measure: str) -> dict[str, Any]:
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


@st.composite
def partial_losses(draw: st.DrawFn) -> dict[str, Any]:
    threshold: dict[str, Any] = draw(
        st.builds(lambda span: {"quiet_for": span}, _spans)
        | st.builds(lambda own: {"personal": own | {"mean": "plain"}}, _personal())
    )
    of_each = {"of": "order.placed", "each": "category", "usual_from": draw(st.integers(2, 4))}
    return {"kind": "silence", **of_each, **threshold, **draw(_severities((1.1, 1.5, 2.0, 3.7), "times"))}


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


_open_hours = st.sampled_from(
    [
        {},
        {},
        {"business_hours": {"from": "09:00", "to": "17:00", "time_zone": "Europe/Berlin", "holidays": "DE"}},
        {"business_hours": {"days": "tue, sat-sun", "from": "00:00", "to": "24:00", "time_zone": "UTC"}},
    ]
)


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
        **draw(_open_hours),
    }


_UNTIL = {
    "ticket.resolved": "customer.told",
    "order.placed": "order.delivered",
    "order.invoiced": "order.paid",
    "quote.sent": ["quote.won", "quote.lost"],
}
_TROUBLES: list[Any] = [
    {"type": "ticket.opened", "where": {"kind": "complaint"}},
    {"type": "contact.made", "where": {"sentiment": "negative"}},
    "order.returned",
    "subscription.cancelled",
    ["quote.lost", "order.payment_failed"],
]


@st.composite
def waits_of_others(draw: st.DrawFn) -> dict[str, Any]:
    of = draw(st.sampled_from(sorted(_UNTIL)))
    more = draw(_severities((1.5, 2.0, 4.0), "times")) | draw(_open_hours)
    return {"kind": "ageing", "of": of, "until": _UNTIL[of], "older_than": draw(_spans), **more}


@st.composite
def dues(draw: st.DrawFn) -> dict[str, Any]:
    kinds = ("promise.made", "ticket.promised", "order.invoiced", "contract.signed", "contact.made")
    side = draw(st.sampled_from(("overdue", "ahead")))
    rule = {"kind": "due", "of": draw(st.sampled_from(kinds)), side: draw(_spans)}
    late = _severities(("500h", "600h", "700h"), "overdue")
    steps = late | _severities((2, 3, 4), "missed") if rule["of"] == "contact.made" else late
    return {**rule, **draw(steps), **draw(_open_hours)}


signals = st.builds(
    lambda of, lasts, until: _without_none(kind="signal", of=of, lasts=lasts, until=until),
    st.sampled_from(_TROUBLES),
    _spans,
    st.sampled_from((None, "order.placed", ["order.placed", "contact.made"])),
)


@st.composite
def streaks(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(2, 3))
    what: dict[str, Any] = draw(
        st.sampled_from(
            [
                {
                    "of": {"type": "contact.made", "where": {"outcome": "unsuccessful"}},
                    "broken_by": {"type": "contact.made", "where": {"outcome": "effective"}},
                },
                {"of": ["order.payment_failed", "order.returned"], "broken_by": "order.placed"},
                {"of": "ticket.reassigned"},
                {"scores_below": 50.0},
            ]
        )
    )
    return {"kind": "streak", "n": n, **what, **draw(_severities((n + 1, n + 2, n + 4), "n"))}


sequences = st.builds(
    lambda after, within, lasts, ending: {
        "kind": "sequence", **after, "within": within, "lasts": lasts, **ending,
    },
    st.sampled_from([*({"after": trouble} for trouble in (*_TROUBLES, "order.placed")), {"scores_below": 50.0}]),
    _spans,
    _spans,
    st.sampled_from(
        [
            {"without": "order.placed"},
            {"without": ["contact.made", "order.placed"]},
            {"then": "order.returned"},
            {"then": {"type": "contact.made", "where": {"outcome": "unsuccessful"}}},
        ]
    ),
)  # fmt: skip

declines = st.builds(
    lambda measure, to, orders, history: {
        "kind": "decline", "measure": measure, "to": to, "min_orders": orders, "min_history": history,
    },
    st.sampled_from(("spend", "orders", "engagement", "loyalty", "own_region")),
    st.sampled_from((0.3, 0.5, 0.8)),
    st.integers(0, 3),
    _spans,
) | st.just({"kind": "decline", "measure": "satisfaction", "to": 0.7})  # fmt: skip


efforts = st.builds(
    lambda contacts, hand_overs, waiting, within, tickets, share: {
        "kind": "score",
        "effort": _without_none(
            contacts=contacts, hand_overs=hand_overs, waiting=waiting, within=within, min_tickets=tickets
        ),
        "at_least": share,
    },
    st.sampled_from((None, {"full": 2}, {"full": 1, "weight": 3})),
    st.sampled_from((None, {"full": 1}, {"full": 3})),
    _spans.map(lambda span: {"full": span}),
    _spans,
    st.integers(1, 3),
    st.sampled_from((0.2, 0.5, 1.0)),
)


def fitted(r: float, alpha: float, a: float, b: float) -> dict[str, Any]:
    """A model with these parameters, as it stands in a rule file."""
    of = {"log_likelihood": -1.0, "customers": 2, "repeat_buyers": 1, "fitted_to": ["orders.csv"]}
    return {"r": r, "alpha": alpha, "a": a, "b": b, "first": "2025-01-01", "last": "2025-12-31", **of}


def _expecting(model: dict[str, Any], within: str, below: float) -> dict[str, Any]:
    return {"model": model, "within": within, "below": below, "weight": 1}


_models = st.sampled_from(
    [(0.243, 4.414, 0.793, 2.426), (2.0, 1.0, 1.0, 1.0), (0.5, 0.1, 4.0, 1.0), (5.0, 0.5, 0.02, 9.0)]
).map(lambda parameters: fitted(*parameters))
_expecting_parts = st.builds(
    _expecting, _models, st.sampled_from(("3d", "90d")), st.sampled_from((1e-4, 0.05, 0.3, 1.0, 4.0))
)
expectations = st.builds(
    lambda parts, share: {"kind": "score", "parts": parts, "at_least": share},
    st.lists(_expecting_parts, min_size=1, max_size=3),
    st.sampled_from((0.2, 0.5, 1.0)),
)


def _only_for(rule: dict[str, Any], orders: dict[str, int]) -> dict[str, Any]:
    return rule | {"orders": orders} if orders else rule


def scored(
    rules: Sequence[dict[str, Any]], share: float, waits: dict[str, str], expecting: list[dict[str, Any]]
) -> RuleSet:
    """These rules, and a score of them all behind them, with what a model expects."""
    resting = [
        {"rule": f"r{place}", "weight": 1 + place}
        for place, rule in enumerate(rules)
        if "parts" not in rule  # a score can't rest on another one
    ]
    if len(resting) + len(expecting) < 2:  # one rule is no score
        return rule_set(*rules)
    parts = resting + expecting
    score = {"name": "score", "kind": "score", "at_least": share, "parts": parts, **waits}
    return rule_set(*rules, score)


def rule_set(*rules: dict[str, Any], customers: dict[str, Any] | None = None) -> RuleSet:
    """These rules, compiled; those without a name are called r0, r1, ..."""
    named = [{"name": f"r{place}", **rule} for place, rule in enumerate(rules)]
    return compile_rules(RuleFile.model_validate({"version": 1, "customers": customers, "rules": named}))


@st.composite
def customer_lives(draw: st.DrawFn) -> dict[str, Any]:
    """What a rule file may say under `customers:`, in hours, for stories of some weeks."""
    floor, ceiling = sorted(draw(st.tuples(*[st.sampled_from((24, 72, 168, 500))] * 2)))
    down, up = sorted(draw(st.tuples(*[st.sampled_from((1.0, 15.0, 22.0, 60.0))] * 2)))
    own = {"factor": 2.0, "floor": f"{floor}h", "ceiling": f"{ceiling}h", "fallback": draw(_spans)}
    important = {"sales_from": up, "down_to": down, "cadence": draw(_spans), "or": {"level": ["gold"]}}
    tiers = {"important": important, "ordinary": {"cadence": draw(_spans)}}
    told: dict[str, Any] = {
        "new_for": draw(_spans),
        "lost_after": own,
        "probation": draw(_spans),
        "probation_factor": draw(st.sampled_from((0.5, 1.0))),
    }
    more: dict[str, Any] = draw(st.sampled_from(({}, {"tiers": tiers})))
    return told | more


def living(rules: Sequence[dict[str, Any]], customers: dict[str, Any]) -> RuleSet:
    """These rules, and what makes customers new, lost, important; where there are tiers, rules that ask for them."""
    off = {"tier": "potential", "mode": "off"}
    sooner = {"tier": "important", "quiet_for": "20h", "keep": "3d"}
    silence: dict[str, Any] = {"kind": "silence", "of": ["order.placed", "contact.made"], "quiet_for": "5d"}
    by_tier = {"name": "by_tier", **silence, "scopes": [sooner, off]}
    cadence = {"name": "cadence", "kind": "due", "of": "contact.made", "overdue": "1h", "cadence": True}
    more = [cadence, by_tier] if "tiers" in customers else []
    parts = [{"rule": f"r{place}", "weight": 1} for place, rule in enumerate(rules) if "parts" not in rule]
    if len(parts) > 1:
        more.append({"name": "sum", "kind": "score", "at_least": 0.6, "parts": parts, "while_lost": "stays"})
    return rule_set(*rules, *more, customers=customers)


_exact = st.one_of(
    silences(),
    partial_losses(),
    counts(),
    ageings(),
    waits_of_others(),
    dues(),
    signals,
    streaks(),
    sequences,
    efforts,
    expectations,
)
_so_many: st.SearchStrategy[dict[str, int]] = st.sampled_from(
    ({}, {}, {}, {"max": 1}, {"max": 2}, {"min": 2}, {"min": 1, "max": 2}, {"min": 2, "max": 3})
)
exact_rules = st.builds(_only_for, _exact, _so_many)
_waits: st.SearchStrategy[dict[str, str]] = st.sampled_from(
    [{}, {}, {}, {"for": "30h"}, {"for": "5d"}, {"keep": "30h"}, {"keep": "9d"}, {"for": "20h", "keep": "3d"}]
)
"""Rules that find the same to the microsecond in whatever order events are told."""

prompt_rules = exact_rules | declines
"""Rules whose warnings fire when they are found, and end when they are not."""

OTHERWISE: dict[str, dict[str, Any]] = {
    "silence": {"quiet_for": "30h"},
    "count": {"within": "60h"},
    "ageing": {"older_than": "10h"},
    "due": {"overdue": "2h"},
    "signal": {"lasts": "50h"},
    "streak": {"n": 2},
    "decline": {"min_history": "30h"},
    "sequence": {"lasts": "40h"},
    "score": {"at_least": 0.9},
}
"""For each kind a key with another value, which makes sense whatever the others are."""


@st.composite
def scoped(draw: st.DrawFn, rule: dict[str, Any], chosen: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The rule with scopes for some of these."""
    made = []
    for by, name in draw(st.lists(st.sampled_from(chosen), min_size=1, max_size=4, unique=True)):
        others = (
            {"mode": "off"},
            {"keep": "2d"},
            {"for": "20h"},
            {"orders": {"max": 1}},
            {"severity": "watch"},
        )
        own = draw(st.sampled_from((OTHERWISE[rule["kind"]], *others)))
        made.append({by: name, **OTHERWISE[rule["kind"]], **own})
    return rule | {"scopes": made}


_BY_CUSTOMER = [("customer", name) for name in CUSTOMERS[:2]]
_BY_SEGMENT = [("segment", name) for name in SEGMENTS]
_BY_TIER = [("tier", name) for name in TIERS]

_lost: st.SearchStrategy[dict[str, str]] = st.sampled_from(
    [{}, {}, {"while_lost": "stays"}, {"while_lost": "ends"}]
)
plain_rules = st.builds(lambda rule, waits, lost: rule | waits | lost, prompt_rules, _waits, _lost)
scoped_rules = plain_rules.flatmap(lambda rule: scoped(rule, [*_BY_CUSTOMER, *_BY_SEGMENT, *_BY_TIER]))
"""Rules with scopes of all sorts; they need a file that has tiers."""

TIERED = {"tiers": {"important": {"sales_from": 100.0}}}

rules = plain_rules | plain_rules.flatmap(lambda rule: scoped(rule, [*_BY_CUSTOMER, *_BY_SEGMENT]))
_plain_sets = st.lists(rules, min_size=1, max_size=4).map(lambda drawn: rule_set(*drawn))
living_sets = st.builds(living, st.lists(rules, max_size=3), customer_lives())
rule_sets = st.one_of(
    _plain_sets,
    st.builds(
        scored,
        st.lists(rules, min_size=2, max_size=3),
        st.sampled_from((0.3, 0.6, 1.0)),
        _waits,
        st.just([]) | st.lists(_expecting_parts, min_size=1, max_size=2),
    ),
    living_sets,
)
