"""Events about orders, their invoices and payments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import Amount, Currency, Id, Instant, Label, Part


class Line(Part):
    """One line of an order; `price` is that of one unit."""

    sku: Id | None = None
    category: Label | None = None
    quantity: Amount = 1.0
    price: Amount | None = None


class PlacedOrder(Part):
    """An order as placed; a plain feed gives the amount alone."""

    amount: Amount
    order_id: Id | None = None
    currency: Currency | None = None
    margin: float | None = None
    region: Label | None = None
    lines: Annotated[tuple[Line, ...], Field(max_length=1000)] = ()


class OrderPlaced(CloudEvent):
    """A customer placed an order."""

    type: Literal["order.placed"]
    data: PlacedOrder


class OrderReference(Part):
    """Which order is meant; without an id, the customer's oldest that fits."""

    order_id: Id | None = None
    reason: Label | None = None


class OrderDelivered(CloudEvent):
    """An order reached the customer."""

    type: Literal["order.delivered"]
    data: OrderReference = OrderReference()


class OrderCancelled(CloudEvent):
    """An order was called off."""

    type: Literal["order.cancelled"]
    data: OrderReference = OrderReference()


class OrderReturned(CloudEvent):
    """The customer sent goods back."""

    type: Literal["order.returned"]
    data: OrderReference = OrderReference()


class Refund(OrderReference):
    """Money given back; the whole order's where no amount is said."""

    amount: Amount | None = None
    currency: Currency | None = None


class OrderRefunded(CloudEvent):
    """The customer was given money back."""

    type: Literal["order.refunded"]
    data: Refund = Refund()


class Invoice(Part):
    """A receivable that is open until it is paid."""

    invoice_id: Id
    amount: Amount
    due: Instant
    currency: Currency | None = None
    order_id: Id | None = None


class OrderInvoiced(CloudEvent):
    """An invoice went out to the customer."""

    type: Literal["order.invoiced"]
    data: Invoice


class Payment(Part):
    """A payment of an invoice; of the whole of it where no amount is said."""

    invoice_id: Id
    amount: Amount | None = None


class OrderPaid(CloudEvent):
    """The customer paid an invoice."""

    type: Literal["order.paid"]
    data: Payment


class FailedPayment(Part):
    """An attempt to collect money that failed; `attempt` counts from 1."""

    invoice_id: Id | None = None
    attempt: Annotated[int, Field(ge=1, le=1000)] = 1
    reason: Label | None = None


class OrderPaymentFailed(CloudEvent):
    """An attempt to collect a payment failed."""

    type: Literal["order.payment_failed"]
    data: FailedPayment = FailedPayment()


OrderEvent = (
    OrderPlaced
    | OrderDelivered
    | OrderCancelled
    | OrderReturned
    | OrderRefunded
    | OrderInvoiced
    | OrderPaid
    | OrderPaymentFailed
)
