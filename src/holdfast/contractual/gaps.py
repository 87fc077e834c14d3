"""What looks like an end and may be none: pauses longer than a renewal, ends ahead, and contracts that cost nothing."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from holdfast.contractual.notice import ends_in, exported_later
from holdfast.contractual.spells import NOTICED, OPEN, Spells
from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.language import to_tell, told

# A return after more than a year is a new beginning; fewer returns than these, or this share of ends, are chance.
_YEAR, _LEAST, _SHARE = 365, 10, 0.05
# Most of them are back within so many days.
_MOST = 0.9
# Of those that run so many have an end ahead where it is that of a term.
_TERMS = 0.9
_OF_TERM = to_tell(
    'A day in "{column}" lies ahead for {ahead:,} of {running:n running contract}, for {within:,} within the '
    "outcome window (until {until}): that is the end of a term, which may be renewed, and no notice. The "
    "probability says who is likely not to renew; lists.show: [{shown}] puts the day beside each."
)
_SINCE = to_tell(
    'A day in "{column}" lies ahead for {ahead:,} of {running:n running contract}, for {within:,} within the '
    "outcome window (until {until}). Contracts that began on the as-of date or later say that the table is of a "
    "later day, so these ends may be what happened since, and are not used: for notices, run as of the day of the "
    "export."
)
_OF_NOTICE = to_tell(
    'A day in "{column}" lies ahead for {ahead:,} of {running:n running contract}, for {within:,} within the '
    "outcome window (until {until}): where that is a notice that was given, whoever is on the list leaves whatever "
    "the probability says. It is not used, for it may be the end of a term that is renewed: if it is a notice, put "
    "the column under subscriptions.columns.leaves_at too. lists.show: [{shown}] puts the day beside each."
)
_NOTICE = to_tell(
    'A day in "{column}" lies ahead for {ahead:,} of {running:n running contract}, for {within:,} within the '
    "outcome window (until {until}): notice was given, so they are on the list notice_given and not on at_risk. "
    "The probability of the others is that of leaving without having given notice yet."
)


def notes_on_gaps(spells: Spells, as_of: date, *, grace_days: int = 0) -> list[str]:
    """Return what to know of returns after an end, and of contracts that run at no price; empty where there is nothing.

    Parameters
    ----------
    spells
        As they were read.
    as_of
        First day that is not known.
    grace_days
        Of contracts that ended because no bill came: so many days of waiting are behind each end already.

    Examples
    --------
    >>> import pandas as pd
    >>> each = {"start": [0, 150], "end": [100, OPEN], "end_reason": ["pause", None], "price": [20.0, 0.0]}
    >>> frame = pd.concat([pd.DataFrame({"customer_id": f"C{i}", **each}) for i in range(20)])
    >>> back, free = notes_on_gaps(Spells.of(frame, renewal_days=30), date(1970, 9, 1))
    >>> print(back.partition(":")[0])
    20 of 20 contracts that ended were followed by another of the same customer 31 to 365 days later
    >>> print(free.partition(". ")[0])
    20 contracts that run cost nothing now, as in a trial: their value is 0, whatever is paid for them later
    """
    known = spells.known_at((as_of - EPOCH).days)
    return [*_returns(known, grace_days), *_free(known)]


def notes_on_ends_ahead(
    spells: Spells, cutoff: Cutoff, columns: str | Sequence[str], *, stated: bool = False
) -> list[str]:
    """Return how many contracts that run are known to end, which is no secret to whoever reads the list.

    A table that holds contracts begun after the outcome window was exported later: its ends are what happened.

    Parameters
    ----------
    spells
        As they were read.
    cutoff
        The as-of date, and the outcome window after it.
    columns
        The column of the ends, as the table calls it, or several of which the earliest day counts; none where all ends
        are what happened (movements).
    stated
        Whether it is that of notices alone (``columns.leaves_at``).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"customer_id": ["a", "b"], "start": 0, "end": [110, OPEN], "end_reason": None})
    >>> cutoff = Cutoff(date(1970, 4, 11), 30)
    >>> (said,) = notes_on_ends_ahead(Spells.of(frame, renewal_days=30), cutoff, "until")
    >>> print(said.partition(":")[0])
    A day in "until" lies ahead for 1 of 2 running contracts, for 1 within the outcome window (until 1970-05-11)
    """
    day, end = cutoff.day, (cutoff.window_end - EPOCH).days
    begun = spells.begun_before(day)
    whole = begun.contracts()
    running = whole[whole["end"] >= day]
    ahead = running[running["end"] < OPEN]
    if stated and NOTICED in begun.frame:
        ahead = ahead[begun.frame[NOTICED].to_numpy(dtype=bool)[ahead["last"].to_numpy()]]
    if ahead.empty or not columns or (spells.frame["start"] >= end).any():
        return []
    within = int((ahead["end"] < end).sum())
    names = [columns] if isinstance(columns, str) else list(columns)
    counts = {
        "ahead": len(ahead),
        "running": len(running),
        "column": '" or "'.join(names),
        "within": within,
        "until": cutoff.window_end,
    }
    shown = ", ".join(f'"{name}"' for name in names)
    if not stated and len(running) >= _LEAST and len(ahead) >= _TERMS * len(running):
        # Hardly anybody has no day there: so many have not given notice.
        return [told(_OF_TERM, **counts, shown=shown)]
    if exported_later(spells, day):
        return [told(_SINCE, **counts)]
    if ends_in(spells, cutoff, running["customer_id"], stated=stated) is None:
        return [told(_OF_NOTICE, **counts, shown=shown)]
    return [told(_NOTICE, **counts)]


def _returns(known: Spells, grace_days: int) -> list[str]:
    """Say how many came back later than a renewal, and within how many days most of them did."""
    contracts = known.contracts()
    who = contracts["customer_id"]
    ended = int((contracts["end"] < OPEN).sum())
    gaps = (contracts["start"] - contracts["end"].groupby(who, sort=False).shift()).dropna()
    gaps = gaps[gaps <= _YEAR]
    if len(gaps) < max(_LEAST, _SHARE * ended):
        return []
    most = int(np.ceil(gaps.quantile(_MOST)))
    return [
        told(
            "{back:,} of {ended:n contract} that ended were followed by another of the same customer {first} to {last} "
            "days later: each counts as an end and a new beginning. If these were pauses, "
            "subscriptions.renewal_days: {renewal} takes nine in ten of them for one contract that went on.",
            back=len(gaps),
            ended=ended,
            first=known.renewal_days + 1,
            last=_YEAR,
            renewal=grace_days + most,
        )
    ]


def _free(known: Spells) -> list[str]:
    frame = known.frame
    if "price" not in frame or not (frame["price"] > 0).any():
        return []
    free = int(((frame["price"] == 0) & (frame["end"] == OPEN)).sum())
    if not free:
        return []
    said = to_tell(
        "{free:,} contracts that run cost nothing now, as in a trial: their value is 0, whatever is paid for them "
        "later. Where nothing ever is, as of a free membership, each counts as a contract too: if that is no customer "
        "of yours, leave its rows out of the file."
    )
    if free == 1:
        said = to_tell(
            "1 contract that runs costs nothing now, as in a trial: its value is 0, whatever is paid for it later. "
            "Where nothing ever is, as of a free membership, it counts as a contract too: if that is no customer of "
            "yours, leave its rows out of the file."
        )
    return [told(said, free=free)]
