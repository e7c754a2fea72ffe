"""The usual names of the columns that matter, without case, spaces and signs.

Of each kind, the first name that a file has wins.
"""

from __future__ import annotations

import re


def bare(name: str) -> str:
    """Strip a name of case, spaces and signs: "Customer ID" and "customer_id" are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CUSTOMER = _words("""
    customeruniqueid customer customerid customerno customernumber customernr customercode customerkey custid
    cust client clientid clientnumber buyer buyerid user userid account accountid accountnumber member
    memberid shopper shopperid visitorid household householdkey email customeremail buyeremail emailaddress
    useremail customername clientname buyername kunde kundennr kundennummer kundenid cliente idcliente
""")
TIME = _words("""
    orderpurchasetimestamp purchasetimestamp ordertimestamp orderdatetime orderedat orderdate ordertime
    placedat purchasedate purchasedat purchasetime invoicedate invoicetime transactiondate
    transactiontimestamp transactiontime transdate createdat created creationdate
    datecreated orderplacedat eventtime paidat
    paymentdate salesdate saledate datetime timestamp date time day when
    bestelldatum rechnungsdatum     datum fecha
""")
AMOUNT = _words("""
    amount orderamount totalamount total ordertotal totalprice ordervalue grandtotal totalvalue totalsales
    sales revenue dollarvalue paymentvalue value netamount amountpaid transactionamount purchaseamount spend
    spent sum subtotal netsales turnover betrag gesamtbetrag summe umsatz importe
""")
QUANTITY = _words("quantity qty units orderquantity quantityordered menge")
PRICE = _words("unitprice price priceeach itemprice unitcost einzelpreis")
ORDER = _words("""
    orderid orderno ordernumber ordernr invoiceno invoice invoiceid invoicenumber transactionid transactionno
    bestellnummer
""")
CLOCK = _words("time orderhour ordertime timeofday clock hour invoicetime uhrzeit")
