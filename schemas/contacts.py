"""Events about contacts with a customer: calls, mails, visits, promises, surveys, campaigns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import Amount, Id, Instant, Label, Level, Part, Score, Wait

Direction = Literal["inbound", "outbound"]
Outcome = Literal["effective", "unsuccessful"]
ContactKind = Literal["complaint", "question", "suggestion", "incident", "sales", "service", "care", "other"]
Sentiment = Literal["negative", "neutral", "positive"]
Intent = Literal["leave", "downgrade", "stay", "buy"]


class Contact(Part):
    """A contact that took place; `wait` is how long the customer waited (ISO 8601, such as PT5M)."""

    contact_id: Id | None = None
    direction: Direction | None = None
    channel: Label | None = None
    outcome: Outcome | None = None
    kind: ContactKind | None = None
    sentiment: Sentiment | None = None
    intent: Intent | None = None
    reason: Label | None = None
    next_due: Instant | None = None
    owner: Label | None = None
    agent: Label | None = None
    value: Level | None = None
    quality: Level | None = None
    wait: Wait | None = None
    cost: Amount | None = None


class ContactMade(CloudEvent):
    """We spoke with the customer, or wrote to each other, or tried to."""

    type: Literal["contact.made"]
    data: Contact = Contact()


class MissedContact(Part):
    """A call that nobody took: theirs by us (inbound), or ours by them (outbound)."""

    direction: Direction | None = None
    channel: Label | None = None


class ContactMissed(CloudEvent):
    """A call was not taken."""

    type: Literal["contact.missed"]
    data: MissedContact = MissedContact()


class Promise(Part):
    """What we promised the customer by `due`."""

    promise_id: Id
    due: Instant
    kind: Literal["rebate", "callback", "delivery", "other"] = "other"


class PromiseMade(CloudEvent):
    """We promised the customer something."""

    type: Literal["promise.made"]
    data: Promise


class PromiseReference(Part):
    """Which promise is meant."""

    promise_id: Id


class PromiseKept(CloudEvent):
    """We kept a promise."""

    type: Literal["promise.kept"]
    data: PromiseReference


class Survey(Part):
    """Which survey is meant."""

    survey_id: Id | None = None


class SurveySent(CloudEvent):
    """A survey went out to the customer."""

    type: Literal["survey.sent"]
    data: Survey = Survey()


class SurveyAnswer(Survey):
    """How satisfied the customer said to be."""

    score: Score


class SurveyAnswered(CloudEvent):
    """The customer answered a survey."""

    type: Literal["survey.answered"]
    data: SurveyAnswer


class Winback(Part):
    """An attempt to win a lost customer back."""

    kind: Literal["apology", "offer", "call", "visit", "fix", "gift", "other"]
    reason: Label | None = None


class WinbackTried(CloudEvent):
    """We tried to win a lost customer back."""

    type: Literal["winback.tried"]
    data: Winback


class CampaignResponse(Part):
    """An answer to a campaign."""

    campaign: Label | None = None


class CampaignResponded(CloudEvent):
    """The customer answered a campaign."""

    type: Literal["campaign.responded"]
    data: CampaignResponse = CampaignResponse()


class Referral(Part):
    """Whom the customer brought, as a customer id."""

    referred: Annotated[str | None, Field(min_length=1, max_length=256)] = None


class ReferralMade(CloudEvent):
    """The customer recommended us."""

    type: Literal["referral.made"]
    data: Referral = Referral()


class Training(Part):
    """Which training was attended."""

    training: Label | None = None


class TrainingAttended(CloudEvent):
    """The customer attended a training."""

    type: Literal["training.attended"]
    data: Training = Training()


ContactEvent = (
    ContactMade
    | ContactMissed
    | PromiseMade
    | PromiseKept
    | SurveySent
    | SurveyAnswered
    | WinbackTried
    | CampaignResponded
    | ReferralMade
    | TrainingAttended
)
