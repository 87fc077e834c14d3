"""Exports of banks: the day of booking is that of a purchase, not the day from which interest is counted."""

from datetime import date, timedelta

import pytest

from holdfast.onboarding.findings import Findings
from tests.onboarding.looked import shop

NAMES = (
    "Auftragskonto;{};{};Buchungstext;Verwendungszweck;Glaeubiger ID;Mandatsreferenz;Kundenreferenz (End-to-End);"
    "Sammlerreferenz;Lastschrift Ursprungsbetrag;Auslagenersatz Ruecklastschrift;Beguenstigter/Zahlungspflichtiger;"
    "Kontonummer/IBAN;BIC (SWIFT-Code);Betrag;Waehrung;Info"
)


def camt(booked: str, value: str) -> Findings:
    """Look at 200 payments of 23 people, as a Sparkasse writes them, two of three with interest from the next day."""
    rows = []
    for i in range(200):
        days = [date(2023, 1, 1) + timedelta(days=2 * i + later) for later in (0, bool(i % 3))]
        who = [f"Kunde {chr(65 + i % 23)}", f"DE89{10**10 + i % 23}", "COBADEFF", f"{20 + i % 30},50", "EUR", "gebucht"]
        text = ["GUTSCHR. UEBERWEISUNG", f"Rechnung {1000 + i}", *[""] * 6]
        rows.append(["DE111", *(d.strftime("%d.%m.%y") for d in days), *text, *who])
    return shop([NAMES.format(booked, value).split(";"), *rows])


@pytest.mark.parametrize(
    ("booked", "value"),
    [
        ("Buchungstag", "Valutadatum"),
        ("Buchungsdatum", "Wertstellung"),
        ("Buchung", "Valuta"),
        ("Buchungstag", "Wertstellungstag"),
        ("Booking date", "Value date"),
        ("Date", "Value Date"),
        ("Transaction date", "ValueDate"),
        ("Bogføringsdato", "Valørdato"),
        ("Bokføringsdato", "Rentedato"),
        ("Bokföringsdag", "Valutadag"),
        ("Date opération", "Date de valeur"),
        ("Fecha operación", "Fecha valor"),
        ("Data contabile", "Data valuta"),
        ("Boekdatum", "Rentedatum"),
        ("Data księgowania", "Data waluty"),
        ("Data lançamento", "Data valor"),
        ("取引日", "起算日"),
    ],
)
def test_the_day_of_booking_counts_and_not_the_value_day(booked, value):
    found = camt(booked, value)
    assert found.settings["columns.ordered_at"] == booked
    assert found.settings["columns.amount"] == "Betrag"
    assert f'"{value}": the day from which the bank counts interest, not that of a purchase' in found.told
    # Whichever comes first.
    assert camt(value, booked).settings["columns.ordered_at"] == booked


def test_a_value_day_is_taken_where_no_other_day_may_be_a_purchase():
    assert camt("Geburtsdatum", "Valutadatum").settings["columns.ordered_at"] == "Valutadatum"
    assert camt("Last login", "Valutadatum").settings["columns.ordered_at"] == "Valutadatum"
    two = camt("Belegdatum", "Rechnungsdatum")
    assert [q.key for q in two.questions][:1] == ["columns.ordered_at"]
    assert "interest" not in "".join(two.told)
