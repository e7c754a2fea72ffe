"""Events about what is agreed beyond single orders: quotes, contracts, subscriptions, points.

They travel with orders.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import Amount, Currency, Id, Instant, Label, Part


class Quote(Part):
    """An offer that is open until it is won or lost."""

    quote_id: Id
    amount: Amount | None = None
    currency: Currency | None = None


class QuoteSent(CloudEvent):
    """An offer went out to the customer."""

    type: Literal["quote.sent"]
    data: Quote


class QuoteWon(CloudEvent):
    """The customer accepted an offer."""

    type: Literal["quote.won"]
    data: Quote


class LostQuote(Quote):
    """An offer that the customer declined, and why."""

    reason: Label | None = None


class QuoteLost(CloudEvent):
    """The customer declined an offer."""

    type: Literal["quote.lost"]
    data: LostQuote


class Contract(Part):
    """A contract and the moment it runs out."""

    contract_id: Id
    ends: Instant


class ContractSigned(CloudEvent):
    """The customer signed a contract."""

    type: Literal["contract.signed"]
    data: Contract


class ContractReference(Part):
    """Which contract is meant; `ends` where its end is new."""

    contract_id: Id
    ends: Instant | None = None
    reason: Label | None = None


class ContractRenewed(CloudEvent):
    """The customer renewed a contract."""

    type: Literal["contract.renewed"]
    data: ContractReference


class ContractCancelled(CloudEvent):
    """The customer cancelled a contract."""

    type: Literal["contract.cancelled"]
    data: ContractReference


class ContractEnded(CloudEvent):
    """A contract ran out."""

    type: Literal["contract.ended"]
    data: ContractReference


class SubscriptionChange(Part):
    """What happened to a subscription, and the customer's reason."""

    subscription_id: Id | None = None
    from_plan: Annotated[Label | None, Field(alias="from")] = None
    to_plan: Annotated[Label | None, Field(alias="to")] = None
    reason: Label | None = None


class SubscriptionCancelled(CloudEvent):
    """The customer cancelled a subscription."""

    type: Literal["subscription.cancelled"]
    data: SubscriptionChange = SubscriptionChange()


class SubscriptionDowngraded(CloudEvent):
    """The customer changed to a lesser plan."""

    type: Literal["subscription.downgraded"]
    data: SubscriptionChange = SubscriptionChange()


class Points(Part):
    """Points of a loyalty programme."""

    points: Amount | None = None


class PointsRedeemed(CloudEvent):
    """The customer used points."""

    type: Literal["points.redeemed"]
    data: Points = Points()


class Reward(Part):
    """What was given to a loyal customer, and what it was worth."""

    reward: Label | None = None
    amount: Amount | None = None


class RewardGiven(CloudEvent):
    """The customer was rewarded."""

    type: Literal["reward.given"]
    data: Reward = Reward()


AgreementEvent = (
    QuoteSent
    | QuoteWon
    | QuoteLost
    | ContractSigned
    | ContractRenewed
    | ContractCancelled
    | ContractEnded
    | SubscriptionCancelled
    | SubscriptionDowngraded
    | PointsRedeemed
    | RewardGiven
)
