"""What is known of a customer, as lines: a heading and what there is to say under it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.domain.profile import Profile
from monitor.domain.words import counted, in_words, on_day
from monitor.offline.explain_facts import Category, Known, OpenObject, Remembered

Line = tuple[str, str]


def fact_lines(known: Known, now: datetime) -> Iterator[Line]:
    """All facts, those first that matter most; what is not known is left out, or said to be so."""
    yield from _about(known)
    yield "orders", _orders(known, now)
    yield "rhythm", _rhythm(known)
    if known.next_order_expected is not None:
        yield "rhythm", f"by that the next order is expected on {known.next_order_expected.date()}"
    for bought in known.categories:
        yield "buys", _category(bought)
    for region in known.regions:
        own = ", their own region" if region.own else ""
        yield (
            "region",
            f"{region.name}: {region.of_late:.0%} of orders of late, usually {region.usual:.0%}{own}",
        )
    for pace in known.trend:
        share = f"{pace.share:.0%} of the usual"
        yield "of late", f"{pace.measure} {pace.of_late:.2f} per 30 days, usually {pace.usual:.2f}: {share}"
    for each in known.open_objects:
        yield "open", _open(each, now)
    if not known.open_objects:
        yield "open", "nothing"
    yield "deliveries", _deliveries(known)
    yield from _contacts(known, now)
    if known.scores:
        yield "scores", ", ".join(f"{score.value:g} on {on_day(score.at)}" for score in known.scores)
    for seen in known.other_events:
        yield "events", _remembered(seen)
    if known.forgotten:
        made_room = f"{counted(known.forgotten, 'object')}, kinds of event or categories"
        yield "forgotten", f"{made_room} that made room for others"


def _about(known: Known) -> Iterator[Line]:
    """Who the customer is, and what people said of them."""
    if known.profile is not None:
        yield "profile", _profile(known.profile)
        if known.profile.policy == "let_go":
            yield "policy", "let go: not to be won back, and what is noticed is deliberate churn"
    for each in known.absences:
        reason = f" ({each.reason})" if each.reason else ""
        yield "away", f"from {on_day(each.start)} to {on_day(each.until)}{reason}"
    if known.left is not None:
        reason = f", {known.left.reason}" if known.left.reason else ""
        yield "left", f"declared lost on {on_day(known.left.at)}: {known.left.kind}{reason}"


def _profile(profile: Profile) -> str:
    named = [profile.name, profile.company, profile.home_region, *profile.segments]
    owner = f"owner {profile.owner}" if profile.owner else None
    channel = f"by {profile.preferred_channel}" if profile.preferred_channel else None
    told = f"as told on {on_day(profile.updated)}" if profile.updated else None
    return ", ".join(each for each in (*named, owner, channel, told) if each)


def _orders(known: Known, now: datetime) -> str:
    if known.first_order is None or known.last_order is None:
        return "none"
    ago = in_words(now - known.last_order)
    since = f"the first on {on_day(known.first_order)}, the last on {on_day(known.last_order)}, {ago} ago"
    amounts = [("sales", known.sales), ("margin", known.margin), ("refunds", known.refunds)]
    if known.expenses is not None:
        amounts += [("expenses", known.expenses), ("contribution", known.contribution)]
    told = [
        f"{name} {amount:,.2f}" for name, amount in (*amounts, ("receivable", known.receivable)) if amount
    ]
    return "; ".join([f"{known.orders:,}", since, *told])


def _rhythm(known: Known) -> str:
    if known.mean_gap is None or known.smoothed_gap is None:
        return "none: it takes two orders"
    mean, smoothed = in_words(known.mean_gap), in_words(known.smoothed_gap)
    return f"an order every {mean} on average, smoothed {smoothed}, from {counted(known.gaps, 'gap')}"


def _category(bought: Category) -> str:
    told = f"{bought.name} in {counted(bought.orders, 'order')}, last on {on_day(bought.last)}"
    if bought.mean_gap is None or bought.next_expected is None:
        return told
    every = in_words(bought.mean_gap)
    return f"{told}, every {every} on average; the next expected on {bought.next_expected.date()}"


def _open(each: OpenObject, now: datetime) -> str:
    amount = [] if each.amount is None else [f"{each.amount:,.2f}"]
    told = [f"{each.kind} {each.id}", *amount, f"opened on {on_day(each.opened)}, {in_words(each.age)} ago"]
    if each.due is not None:
        told.append(due(each.due, now))
    if each.hand_overs:
        told.append(f"handed on {counted(each.hand_overs, 'time')}")
    return ", ".join(told)


def due(moment: datetime, now: datetime) -> str:
    """When something is due, and how far off that is."""
    passed = f"{in_words(now - moment)} ago" if moment <= now else f"in {in_words(moment - now)}"
    return f"due on {on_day(moment)}, {passed}"


def _deliveries(known: Known) -> str:
    if known.undelivered is None:
        return "none was ever told, so no order counts as on its way"
    if not known.undelivered:
        return "no order is on its way"
    return f"on their way: orders of {', '.join(map(on_day, known.undelivered))}"


def _contacts(known: Known, now: datetime) -> Iterator[Line]:
    for each in known.contacts:
        yield "contacts", _remembered(each)
    if known.last_contact is None:
        yield "contacts", "none"
    elif known.next_contact_due is None:
        yield "agreed", f"nothing, on {on_day(known.last_contact)}"
    else:
        yield "agreed", f"next contact {due(known.next_contact_due, now)}"


def _remembered(seen: Remembered) -> str:
    kind, *fields = seen.event.split(" ")
    name = f"{kind} ({', '.join(fields)})" if fields else kind
    times = f"{seen.times} times or more" if seen.more else counted(seen.times, "time")
    return f"{name} {times}, last on {on_day(seen.last)}"
