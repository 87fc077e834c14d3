"""Whether prices of contracts are in hundredths: what says so, what leaves it open, what denies it."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from holdfast.onboarding.called.names import plain_words, seen_through
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import (
    is_whole,
    is_without_cents,
    lines_of_ids,
    loses_cents,
    number_of,
    shows_cents,
    unit_of,
)
from holdfast.onboarding.profile import Profile

# What interfaces of billing systems call a price in hundredths.
_OF_INTERFACES = {"amount", "unitamount", "planamount", "priceamount", "unitpriceamount", "unitprice", "itemamount"}
# Words such as pro_monthly are no ids: these are long, and hold digits.
_IDS = "(sub|cus|ctm|price|plan|pri|pro|prod|txn|si|in)_[A-Za-z]*[0-9][A-Za-z0-9]*"
_LEAST_LETTERS = len("sub_12345678")
# In hundredths 5.00 and more, written as prices are: 9.00, 19.99, 49.50, 12.95. Different prices of a list are few.
_LEAST, _MOST_PRICES, _NEARLY_ALL = 500, 60, 0.9
_ENDINGS = "0, 49, 50, 90, 95, 98, 99"
# Hundreds and fifties are as often whole money; of a list in hundredths so many prices end otherwise.
_CENTS, _SEVERAL = "49, 90, 95, 98, 99", 2
# What costs less in all is whole money: none is sold for 0.99.
_MOST_WHOLE = 100
# Named so in languages of countries whose prices have no hundredths.
_OF_CROWNS = ("manadsavgift", "manadspris", "manedspris", "manedlig", "manadlig", "manadskostnad")
_WHOLE_MONEY = "BIF CLP CZK DJF DKK GNF HUF ISK JPY KMF KRW MGA NOK PYG RWF SEK UGX VND VUV XAF XOF XPF"


class Unit(Enum):
    """Of what a price is a number."""

    WHOLE = 1
    HUNDREDTH = 2
    OPEN = 3


class Prices(NamedTuple):
    """The unit of a column of prices, and the least and the largest that is not 0."""

    unit: Unit
    least: float
    most: float


def prices_of(export: Export, found: Sequence[Profile], price: Profile, findings: Findings) -> Prices:
    """Return what a column of prices holds; open where whole numbers could be either, as 1900 is 19.00 or 1,900.

    A name that speaks of cents says it, and so do ids of an interface beside a name that interfaces use, where no price
    would be below 5.00, and 19 is not how the file keeps 19.00. One of the two leaves it open, and so do several prices
    that end as those in hundredths do (1999, 4990), where nearly all others end in hundreds or fifties and none is
    below 5.00. Hundreds alone (900, 2500) are whole money.
    """
    value = number_of(price, findings)
    query = (
        f"SELECT COALESCE(MIN({value}), 0), COALESCE(MAX({value}), 0), "
        f"COUNT(*) FILTER ({value} % 100 IN ({_ENDINGS})), COUNT({value}), COUNT(DISTINCT {value}), "
        f"COUNT(DISTINCT {value}) FILTER ({value} % 100 IN ({_CENTS})) "
        f"FROM {TABLE} WHERE {value} > 0"
    )
    least, most, charm, filled, different, cents = map(float, export.connection.execute(query).fetchall()[0])
    made = (least, most)
    if unit_of(price.name) == "cents":
        return Prices(Unit.HUNDREDTH, *made)
    whole = filled and is_whole(export, price, findings) and not shows_cents(export, price)
    if not whole or is_without_cents(export, found, _WHOLE_MONEY.split()):
        return Prices(Unit.WHOLE, *made)
    joined = "".join(plain_words(seen_through(price.name)))
    of_interface = joined in _OF_INTERFACES
    ids = lines_of_ids(export, found, _IDS, letters=_LEAST_LETTERS) > export.lines / 2
    if most < _MOST_WHOLE:
        return Prices(Unit.WHOLE, *made)
    if of_interface and ids:
        sure = least >= _LEAST and not loses_cents(export, price)
        return Prices(Unit.HUNDREDTH if sure else Unit.OPEN, *made)
    ends_so = cents >= _SEVERAL and not joined.startswith(_OF_CROWNS)
    may_be = (
        (of_interface or ids or ends_so)
        and least >= _LEAST
        and different <= _MOST_PRICES
        and charm >= _NEARLY_ALL * filled
    )
    return Prices(Unit.OPEN if may_be else Unit.WHOLE, *made)
