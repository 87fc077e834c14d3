"""Kinds of deals, as a book of customers (CRM) has them: all are sales, whoever buys, and for which time."""

from holdfast.onboarding.called.names import plain_words

_DEALS = (
    "new business;existing business;net new;net new business;new logo;existing logo;new customer;existing customer;"
    "existing customer upgrade;existing customer replacement;existing customer downgrade;new client;existing client;"
    "new account;existing account;new deal;existing deal;renewal;renewals;renewal business;contract renewal;"
    "early renewal;auto renewal;upsell;up sell;upsells;cross sell;crosssell;add on;addon;add on business;expansion;"
    "expansion business;extension;amendment;upgrade;downgrade;reactivation;win back;winback;neugeschaft;"
    "bestandsgeschaft;neukunde;bestandskunde;verlangerung;nysalg;mersalg;nyforsaljning;merforsaljning;fornyelse;"
    "nuevo negocio;renovacion;renouvellement;rinnovo"
)


def is_kind_of_deal(text: str) -> bool:
    """Say whether a text is a kind of deal.

    Examples
    --------
    >>> [is_kind_of_deal(text) for text in ("Existing Business", "Existing Customer - Upgrade", "Invoice")]
    [True, True, False]
    """
    return " ".join(plain_words(text)) in _DEALS.split(";")
