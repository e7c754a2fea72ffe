"""What a play came to: the warnings seen, held against the truth about the customers. Pure arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import quantiles

import msgspec

from monitor.demo.characters import Customer, Kind
from monitor.demo.plays import Play
from monitor.demo.seen import Seen, Told

DAY = timedelta(days=1)


class Spread(msgspec.Struct, frozen=True):
    """How days are spread: a tenth lies below `low`, half below `middle`, a tenth above `high`."""

    low: float
    middle: float
    high: float


class Group(msgspec.Struct, frozen=True):
    """The customers of one kind who are gone: how many, and how many of them were warned of.

    `days` is from the last order to the warning, `ahead` counts warnings before that order.
    """

    customers: int
    warned: int
    ahead: int
    days: Spread | None


class FalseAlarms(msgspec.Struct, frozen=True):
    """Warnings about customers who were not leaving.

    `warnings` of `all_warnings` about customers; `customers` of the `stayed` had one or more.
    """

    warnings: int
    all_warnings: int
    customers: int
    stayed: int


class RuleTold(msgspec.Struct, frozen=True):
    """How often a rule's warnings began, rose and ended, and how many stand."""

    rule: str
    began: int
    rose: int
    ended: int
    standing: int


class Records(msgspec.Struct, frozen=True):
    """What became of the records that were sent; `applied` holds the late ones, too."""

    sent: int
    applied: int
    repeated: int
    late: int
    unknown_type: int
    dead_letters: dict[str, int]
    left_out: int


class InRedis(msgspec.Struct, frozen=True):
    """What the subscriber of the streams got, against the topic."""

    entries: int
    missing: int
    repeated: int


class Findings(msgspec.Struct, frozen=True):
    """All of it; `groups` and `false_alarms` only where the truth is known."""

    begin: datetime
    until: datetime
    customers: int
    records: Records
    rules: list[RuleTold]
    ended: dict[str, int]
    groups: dict[Kind, Group]
    false_alarms: FalseAlarms | None
    redis: InRedis


def find(play: Play, seen: Seen) -> Findings:
    """Compare what was seen with the truth."""
    people = play.customers
    return Findings(
        begin=play.span.begin,
        until=play.span.until,
        customers=len({each.key for each in play.deliveries if each.at is not None}),
        records=_records(play, seen),
        rules=_rules(seen),
        ended=dict(
            Counter(each.cause or "" for each in seen.told if each.change == "resolved").most_common()
        ),
        groups={} if people is None else _groups(people, seen.told),
        false_alarms=None if people is None else _false_alarms(people, seen.told),
        redis=_in_redis(seen),
    )


def is_right(customer: Customer, told: Told) -> bool:
    """Whether this warning's customer was leaving at its moment, or had left."""
    match customer.kind:
        case Kind.stays | Kind.pauses:
            return False
        case Kind.once:
            return True
        case Kind.stops | Kind.complains:
            return customer.turned is not None and told.at >= customer.turned


def alarms(told: Iterable[Told]) -> list[Told]:
    """When warnings about customers as such became grave; one about a ticket, or one to watch, is no alarm yet."""
    grave: set[tuple[str, str]] = set()
    found: list[Told] = []
    for each in told:
        warning = each.customer, each.rule
        if each.change == "resolved":
            grave.discard(warning)
        elif each.about is None and each.severity != "watch" and warning not in grave:
            grave.add(warning)
            found += [each] if each.change in ("firing", "raised") else []
    return found


def spread(days: Sequence[float]) -> Spread | None:
    """The spread of these numbers; None where there are too few to speak of one."""
    if len(days) < 2:
        return None
    tenths = quantiles(days, n=10, method="inclusive")
    return Spread(*(round(each, 1) for each in (tenths[0], tenths[4], tenths[8])))


def _records(play: Play, seen: Seen) -> Records:
    return Records(
        sent=len(play.deliveries),
        applied=seen.counts["applied"],
        repeated=seen.counts["repeated"],
        late=seen.counts["late"],
        unknown_type=seen.counts["unknown_type"],
        dead_letters=dict(sorted(seen.letters.items())),
        left_out=play.left_out,
    )


def _rules(seen: Seen) -> list[RuleTold]:
    changes = Counter((each.rule, each.change) for each in seen.told)
    standing = Counter(rule for _, rule, _ in seen.standing)
    return [
        RuleTold(
            rule, changes[rule, "firing"], changes[rule, "raised"], changes[rule, "resolved"], standing[rule]
        )
        for rule in sorted({each.rule for each in seen.told})
    ]


def _groups(people: Mapping[str, Customer], told: Iterable[Told]) -> dict[Kind, Group]:
    first: dict[str, Told] = {}
    for each in alarms(told):
        if is_right(people[each.customer], each):
            first.setdefault(each.customer, each)
    return {kind: _group(kind, people, first) for kind in (Kind.stops, Kind.complains, Kind.once)}


def _group(kind: Kind, people: Mapping[str, Customer], first: Mapping[str, Told]) -> Group:
    those = [each for each in people.values() if each.kind is kind]
    days = [(first[each.id].at - each.last_order) / DAY for each in those if each.id in first]
    return Group(len(those), len(days), sum(each < 0 for each in days), spread(days))


def _false_alarms(people: Mapping[str, Customer], told: Iterable[Told]) -> FalseAlarms:
    raised = alarms(told)
    wrong = [each for each in raised if not is_right(people[each.customer], each)]
    stayed = {each.id for each in people.values() if each.kind in (Kind.stays, Kind.pauses)}
    return FalseAlarms(len(wrong), len(raised), len(stayed & {each.customer for each in wrong}), len(stayed))


def _in_redis(seen: Seen) -> InRedis:
    on_topic = {each.id for each in seen.told}
    got = seen.in_redis
    return InRedis(got.total(), len(on_topic - got.keys()), got.total() - len(got))
