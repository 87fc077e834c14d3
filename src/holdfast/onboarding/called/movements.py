"""What tools that count recurring revenue call its changes, in several languages."""

from enum import Enum

from holdfast.data.values.words import plain_words


class Kind(Enum):
    """What a change does to the recurring revenue of a customer."""

    BEGINS = 1
    BACK = 2
    CHURNS = 3
    RISES = 4
    FALLS = 5


# Beginnings of words, the plainest kinds first: a returning customer is no new one, and a cancelled upgrade none.
_STEMS = {
    Kind.BACK: "reactiv resurrect winback wonback reconnect reaktiv genaktiv gjenaktiv ateraktiv reattiv",
    Kind.FALLS: "contraction contracted downgrad downsell decreas shrink reduc herabstuf nedgrader kontraktion",
    Kind.RISES: "expan expand upgrad upsell crosssell increas erweiter hochstuf opgrader oppgrader uppgrader",
    Kind.CHURNS: "churn cancel lost terminat kundig opsag opsig oppsig uppsag resili disdett baja desabonn",
    Kind.BEGINS: "new neu neukund ny nykund nouveau nouvelle nuevo nueva novo nova nuovo nuova nieuw acqui activation",
}
# Stripe says ACTIVE_START and ACTIVE_END.
_WHOLE = {"start": Kind.BEGINS, "started": Kind.BEGINS, "end": Kind.CHURNS, "ended": Kind.CHURNS}
_SHORT = 3
_OF_PLANS: tuple[str, ...] = ("expan", "contraction", "upgrad", "downgrad", "upsell", "downsell", "erweiter")
_OF_PLANS += ("kontraktion", "hochstuf", "herabstuf", "opgrader", "oppgrader", "uppgrader", "nedgrader")


def kind_of(word: str) -> Kind | None:
    """Return what a word of a column means where changes of recurring revenue are listed; nothing where none is meant.

    Examples
    --------
    >>> [kind.name for word in ("new_biz", "Reactivation", "ACTIVE_END", "Downgrade") if (kind := kind_of(word))]
    ['BEGINS', 'BACK', 'CHURNS', 'FALLS']
    >>> [kind_of(word) for word in ("deposit", "sale", "nylon", "renewal", "points earned")]
    [None, None, None, None, None]
    """
    words = plain_words(word)
    joined = "".join(words)
    for kind, stems in _STEMS.items():
        for stem in stems.split():
            # Short stems are words of their own: "ny" is new, "nylon" is not.
            if any(w == stem if len(stem) <= _SHORT + 1 else w.startswith(stem) for w in words):
                return kind
            if len(stem) > _SHORT + 1 and joined.startswith(stem):
                return kind
    return next((_WHOLE[w] for w in words if w in _WHOLE), None)


def says_plans(word: str) -> bool:
    """Say whether a word is of subscriptions alone, whose plans are upgraded and contracted; stock is increased, too.

    Examples
    --------
    >>> [says_plans(word) for word in ("Expansion", "downgrade", "increase", "new")]
    [True, True, False, False]
    """
    return any(w.startswith(_OF_PLANS) for w in plain_words(word))


def says_churn(word: str) -> bool:
    """Say whether a word says that a customer churned; what is cancelled, lost or ended may be an order.

    Examples
    --------
    >>> [says_churn(word) for word in ("Churned", "cancelled")]
    [True, False]
    """
    return any(w.startswith("churn") for w in plain_words(word))


def says_recurring(name: str) -> bool:
    """Say whether a name speaks of recurring revenue, of a month (MRR) or of a year (ARR).

    Examples
    --------
    >>> [says_recurring(name) for name in ("activity_mrr_movement", "ARR change", "Recurring revenue", "amount")]
    [True, True, True, False]
    """
    return bool({"mrr", "arr", "recurring"} & set(plain_words(name)))


def says_change(name: str) -> bool:
    """Say whether a name speaks of a change, and not of what there is before or after it.

    Examples
    --------
    >>> [says_change(name) for name in ("mrr_change", "MRR delta", "activity-mrr-movement", "mrr", "MRR after")]
    [True, True, True, False, False]
    """
    return bool({"change", "delta", "movement", "diff", "difference", "impact", "net"} & set(plain_words(name)))
