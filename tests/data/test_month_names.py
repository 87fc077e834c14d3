"""Months named in other languages: the engine and the advice read them alike, and as Babel writes them."""

from datetime import datetime

import duckdb
import pytest
from babel.dates import format_datetime

from holdfast.data.source import Written
from holdfast.data.values.date_styles import date_option, formats_of
from holdfast.data.values.moments import timestamp
from holdfast.data.values.month_names import in_english, plain_format

SPOKEN = "en de de_AT fr es pt pt_BR it nl da nb sv pl fi".split()  # noqa: SIM905


def by_engine(cells, date_format):
    read = timestamp("x", "VARCHAR", Written(date_format=date_format)).value
    made = duckdb.connect().execute(f"SELECT {read} FROM (SELECT UNNEST(?) AS x)", [cells]).fetchall()
    return [row[0] for row in made]


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize(
    ("written", "date_format"),
    [("d MMMM yyyy HH:mm", "%d %B %Y %H:%M"), ("dd. MMM yyyy HH:mm", "%d. %b %Y %H:%M"), ("dd-LLL-yyyy", "%d-%b-%Y")],
)
def test_every_month_is_read_as_babel_writes_it(language, written, date_format):
    days = [datetime(2023, month, 3 + month, 14, 5 * month - 5) for month in range(1, 13)]
    days = [day if "%H" in date_format else datetime(day.year, day.month, day.day) for day in days]
    cells = [format_datetime(day, written, locale=language) for day in days]
    assert by_engine(cells, date_format) == days
    assert by_engine([cell.upper() for cell in cells], date_format) == days
    plain = plain_format(date_format)
    assert [datetime.strptime(in_english(cell, date_format), plain) for cell in cells] == days


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize(
    ("written", "date_format"), [("EEEE d MMMM yyyy", "%A %d %B %Y"), ("EEE, d MMM yyyy", "%a, %d %b %Y")]
)
def test_the_day_of_the_week_may_stand_before(language, written, date_format):
    days = [datetime(2024, 3, 4 + n) for n in range(7)]
    cells = [format_datetime(day, written, locale=language) for day in days]
    assert by_engine(cells, date_format) == days
    assert date_format in formats_of(cells)


EXPORTS = {
    "Mercado Libre": ("15 de enero de 2024 14:22 hs.", "%d de %B de %Y %H:%M hs.", "2024-01-15 14:22"),
    "Brazil": ("1º de março de 2024 às 09:05", "%d de %B de %Y às %H:%M", "2024-03-01 09:05"),
    "France": ("1er février 2024 à 14h22", "%d %B %Y à %Hh%M", "2024-02-01 14:22"),
    "France, short": ("5 févr. 2024 14:22", "%d %b %Y %H:%M", "2024-02-05 14:22"),
    "Germany": ("5. März 2024, 14:22 Uhr", "%d. %B %Y, %H:%M Uhr", "2024-03-05 14:22"),
    "Germany, short": ("05. Mär. 2024", "%d. %b %Y", "2024-03-05 00:00"),
    "Denmark": ("5. maj 2024 kl. 14.22", "%d. %B %Y kl. %H.%M", "2024-05-05 14:22"),
    "Italy": ("5-set-2024", "%d-%b-%Y", "2024-09-05 00:00"),
    "Poland": ("5 października 2024", "%d %B %Y", "2024-10-05 00:00"),
    "English": ("5 Sept 2024", "%d %b %Y", "2024-09-05 00:00"),
}


@pytest.mark.parametrize(("cell", "date_format", "moment"), EXPORTS.values(), ids=EXPORTS)
def test_what_exports_write_is_advised_and_read(cell, date_format, moment):
    assert f'"{date_format}"' in date_option([cell], Written())
    assert by_engine([cell], date_format) == [datetime.fromisoformat(moment)]


@pytest.mark.parametrize(
    "cell", ["5 leden 2024", "5 foo 2024", "5 mar-a-lago 2024", "31 février 2024", "5 januaryish 2024"]
)
def test_other_words_and_days_that_never_were_are_not_read(cell):
    assert by_engine([cell], "%d %B %Y") == [None]
    assert formats_of([cell]) == []


def test_a_word_that_is_no_month_is_told_which_languages_are_read():
    said = date_option(["5. ledna 2024", "6. února 2024"], Written())
    assert said.startswith("Names of months are read in English, German, French, Spanish, Portuguese, Italian, Dutch, ")
    assert "write others as numbers" in said
    mixed = date_option(["5 mai 2024", "6 srpna 2024", "7 ledna 2024"], Written(date_format="%d %b %Y"))
    assert "reads 1 of the 3 different values as it is; mend the others. Names of months are read in English" in mixed
    assert "Names of months" not in date_option(["5/2024"], Written())
