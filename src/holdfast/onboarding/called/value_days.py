"""Days from which a bank counts interest, in several languages: none of a purchase where another day is there."""

from holdfast.data.values.words import plain_words, word_list

_BEGINS = ("valuta", "valeur", "valor", "waluty", "wertstell", "rentedat", "rentedag")
# What banks call the day of booking, where its name does not say that it is a date.
_BOOKED = word_list("""
    buchung bogfor bokfor book posted posting boek ksieg contab comptab operac operati transa lanc
""")
_HOLDS = ("valuedate", "dateofvalue", "起算日", "起息日", "기산일")


def is_value_day(name: str) -> bool:
    """Say whether a column of dates is called after value days, as banks write them beside the day of booking.

    Examples
    --------
    >>> [is_value_day(name) for name in ("Valutadatum", "Value Date", "Fecha valor", "Valørdato", "Date de valeur")]
    [True, True, True, True, True]
    >>> is_value_day("Buchungstag"), is_value_day("Booking date")
    (False, False)
    """
    words = plain_words(name)
    joined = "".join(words)
    return any(word.startswith(_BEGINS) for word in words) or any(part in joined for part in _HOLDS)


def is_booking_day(name: str) -> bool:
    """Say whether a column of dates beside a value day is called after booking.

    Examples
    --------
    >>> [is_booking_day(name) for name in ("Buchung", "Post date", "Fecha operación", "Operator checked", "Last login")]
    [True, True, True, False, False]
    """
    return any(word.startswith(_BOOKED) or word == "post" for word in plain_words(name))


# When a line was last touched, loaded or exported: what whoever keeps the table writes, and nobody who bought.
_TOUCHED = word_list("""
    update upd modif changed sync etl import export extract refresh ingest snapshot geandert aktualis opdater
    uppdater oppdater andret
""")


def is_stamp(name: str) -> bool:
    """Say whether a column of dates is called after what keeps the table: its last change, or its export.

    Examples
    --------
    >>> [is_stamp(name) for name in ("last_update", "ModifiedDate", "updated_at", "etl_date", "Export Date")]
    [True, True, True, True, True]
    >>> [is_stamp(name) for name in ("payment_date", "rental_date", "OrderDate", "created_at", "Last order")]
    [False, False, False, False, False]
    """
    return any(word.startswith(_TOUCHED) for word in plain_words(name))
