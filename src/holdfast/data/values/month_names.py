"""Names of months and weekdays in several languages → English, for formats that name them: by lists, no guess."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from holdfast.data.engine import literal
from holdfast.data.values.words import word_list

LANGUAGES = (
    "English, German, French, Spanish, Portuguese, Italian, Dutch, Danish, Norwegian, Swedish, Polish and Finnish"
)
"""The languages whose names are read; no word of one is another month in another."""

_ENGLISH = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
# By month, without accents: as a whole, and as usually cut short, where a point may follow.
_WHOLE = (
    "january januar janner janvier enero janeiro gennaio januari styczen stycznia tammikuu tammikuuta",
    "february februar feber fevrier febrero fevereiro febbraio februari luty lutego helmikuu helmikuuta",
    "march marz maerz mars marzo marco maart marts marzec marca maaliskuu maaliskuuta",
    "april avril abril aprile kwiecien kwietnia huhtikuu huhtikuuta",
    "may mai mayo maio maggio mei maj maja toukokuu toukokuuta",
    "june juni juin junio junho giugno czerwiec czerwca kesakuu kesakuuta",
    "july juli juillet julio julho luglio lipiec lipca heinakuu heinakuuta",
    "august aout agosto augustus augusti sierpien sierpnia elokuu elokuuta",
    "september septembre septiembre setiembre setembro settembre wrzesien wrzesnia syyskuu syyskuuta",
    "october oktober octobre octubre outubro ottobre pazdziernik pazdziernika lokakuu lokakuuta",
    "november novembre noviembre novembro listopad listopada marraskuu marraskuuta",
    "december dezember decembre diciembre dezembro dicembre desember grudzien grudnia joulukuu joulukuuta",
)
_SHORT = word_list("""
    jan janv ene gen sty tammi; feb febr fev fevr lut helmi; mar marz mrz mars mrt marts maalis;
    apr avr abr avril kwi huhti; may mai maj mag mei touko; jun juin juni giu cze kesa; jul juil juli lug lip heina;
    aug aou aout ago sie elo; sep sept set wrz syys; oct okt out ott paz loka; nov lis marras; dec dez des dic gru joulu
""")
# Which day of the week it was, the date says: the word need only be one.
_DAYS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes miercoles jueves viernes sabado domingo segunda terca quarta quinta sexta lunedi martedi "
    "mercoledi giovedi venerdi sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag "
    "tirsdag onsdag torsdag fredag lørdag søndag tisdag lordag sondag poniedziałek wtorek sroda czwartek piatek sobota "
    "niedziela maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai "
    "mo di mi do fr sa so lun mar mer jeu ven sam dim mie jue vie sab dom seg ter qua qui sex gio ma wo vr za zo man "
    "tir ons tor fre lør søn tis lor son pon wt sr czw pt sob niedz ndz ke pe la su to ti tirs tors"
)
_WEEKDAY = rf"^({'|'.join(sorted(_DAYS.split(), key=len, reverse=True))})(-feira|na)?[.]?([, ])"
_NAMES = {"%B": _WHOLE, "%b": _SHORT}
_POINT = {"%B": "", "%b": "[.]?"}
# 1er janvier, 1º de janeiro.
_FIRST = r"\b1(er|[º°])"


def _of(words: str, name: str) -> str:
    return rf"\b({'|'.join(words.split())})\b{_POINT[name]}"


_PATTERNS = {name: [_of(words, name) for words in _NAMES[name]] for name in _NAMES}
_ANY = {name: re.compile("|".join(_PATTERNS[name]), re.IGNORECASE | re.ASCII) for name in _NAMES}
_ENGLISH_OF = {
    name: {
        word: e if name == "%B" else e[:3]
        for e, words in zip(_ENGLISH, _NAMES[name], strict=True)
        for word in words.split()
    }
    for name in _NAMES
}


def names_month(date_format: str) -> str:
    """Return how a format names the month, ``%B`` (whole) or ``%b`` (cut short); empty where it does not.

    Examples
    --------
    >>> names_month("%d. %B %Y"), names_month("%d-%b-%y"), names_month("%Y-%m-%d")
    ('%B', '%b', '')
    """
    return next((name for name in _NAMES if name in date_format), "")


def plain_format(date_format: str) -> str:
    """Return a format without accents, and without the point of a month that is cut short: what English cells fit.

    Examples
    --------
    >>> plain_format("%d %b. %Y à %H:%M")
    '%d %b %Y a %H:%M'
    """
    return _bare(date_format).replace("%b.", "%b")


@lru_cache(maxsize=65_536)
def in_english(cell: str, date_format: str) -> str:
    """Return a cell with English names of the month and the weekday, without accents, to be read by ``plain_format``.

    Examples
    --------
    >>> in_english("15 de enero de 2024", "%d de %B de %Y"), in_english("1er févr. 2024", "%d %b %Y")
    ('15 de January de 2024', '1 Feb 2024')
    >>> in_english("Mi., 6. Mär. 2024", "%a, %d. %b %Y"), in_english("5 leden 2024", "%d %B %Y")
    ('Mon, 6. Mar 2024', '5 leden 2024')
    """
    name = names_month(date_format)
    bare = re.sub(_FIRST, "1", _bare(cell), flags=re.ASCII)
    if day := _weekday(date_format):
        bare = re.sub(_WEEKDAY, rf"{day}\3", bare, flags=re.IGNORECASE)
    return _ANY[name].sub(lambda m: _ENGLISH_OF[name][m.group().rstrip(".").casefold()], bare)


def sql_in_english(cell: str, date_format: str) -> str:
    """Return the SQL of ``in_english`` for the SQL of a cell."""
    name = names_month(date_format)
    made = f"regexp_replace(strip_accents({cell}), {literal(_FIRST)}, '1')"
    if day := _weekday(date_format):
        english = literal(rf"{day}\3")
        made = f"regexp_replace({made}, {literal(_WEEKDAY)}, {english}, 'i')"
    for pattern, month in zip(_PATTERNS[name], _ENGLISH, strict=True):
        said = month if name == "%B" else month[:3]
        made = f"regexp_replace({made}, {literal(pattern)}, '{said}', 'gi')"
    return made


def unknown_month(cells: Sequence[str]) -> bool:
    """Say whether most cells hold a word between numbers, as a date does, and none that is the name of a month.

    Examples
    --------
    >>> unknown_month(["5 leden 2024", "6. února 2024"]), unknown_month(["5 enero 2024"]), unknown_month(["n/a"])
    (True, False, False)
    """
    worded = [_bare(c) for c in cells if re.search(r"\d", c) and re.search(r"[^\W\d_]{3}", c)]
    unread = [c for c in worded if not any(pattern.search(c) for pattern in _ANY.values())]
    return 2 * len(unread) > len(cells)


def _weekday(date_format: str) -> str:
    return {"%A": "Monday", "%a": "Mon"}.get(date_format[:2], "")


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
