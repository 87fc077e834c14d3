"""Columns that say who somebody is: names, e-mail addresses, phones and streets, from which nobody should learn."""

import re
from collections.abc import Callable, Iterable

from holdfast.data.values.words import plain_words, word_list, word_set

PARTS_OF_NAMES = word_list("""
    firstname givenname forename lastname surname familyname vorname nachname fornavn efternavn etternavn fornamn
    efternamn voornaam achternaam prenom nomdefamille apellido cognome sobrenome imie nazwisko
""")
"""What the first and the last name of somebody are called, in the languages of ``names_people``."""
_NAMES = (
    *PARTS_OF_NAMES,
    *word_list("""
        middlename fullname contactname customername clientname membername subscribername buyername holdername
        billingname recipientname cardholder username familienname kundenname ansprechpartner kundenavn kundnamn
        klantnaam nomclient nomdeclient nombrecliente nomecliente adsoyad soyad 姓名 氏名 名前 客户名 顧客名 会員名
        이름 성명 고객명 구매자명 회원명
    """),
)
_PHONES = word_list("""
    phone telefon telefono mobile mobil handy celular cellulare msisdn tlf 电话 手机 電話 携帯 전화 휴대폰
""")
_STREETS = word_set("""
    street streetname address addresses addressline adresse adress gatuadress anschrift strasse strassenname gade
    gadenavn gata straat straatnaam adres direccion indirizzo calle rua ulica 地址 住所 주소
""")
# Of an address these are no street, and these say something about one.
_ELSE = word_set("""
    city town country state zip postal postcode plz region county email mail ip web type status valid verified count
    changes changed since days id product plan company
""")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LOOKED_AT = 500
"""So many different cells say what a column holds."""
# Yes, no and unknown are nobody; nearly all cells of a column are of a kind.
_FEW, _MOSTLY, _DIGITS = 3, 0.8, 7


def names_people(name: str, cells: Iterable[object]) -> bool:
    """Say whether a column says who somebody is, by its name and its different cells; e-mails by these alone.

    A salutation, a city and a postcode are of many.

    Examples
    --------
    >>> names_people("billing_first_name", ["Zoe", "Nils", "Paul", "Greta"])
    True
    >>> names_people("Contact", ["a@x.com", "b@x.com", "c@x.com", "d@y.org"])
    True
    >>> names_people("PhoneService", ["Yes", "No"])
    False
    """
    said = [str(cell) for cell in cells]
    words = plain_words(name)
    joined = "".join(words)
    if len(said) <= _FEW:
        return False
    if _mostly(said, lambda cell: bool(_MAIL.fullmatch(cell.strip()))):
        return True
    if _ELSE & set(words):
        return False
    if any(part in joined for part in _PHONES):
        return _mostly(said, lambda cell: sum(sign.isdigit() for sign in cell) >= _DIGITS)
    of_people = any(part in joined for part in _NAMES) or bool(_STREETS & set(words))
    return of_people and _mostly(said, lambda cell: any(sign.isalpha() for sign in cell))


def _mostly(cells: list[str], holds: Callable[[str], bool]) -> bool:
    return sum(map(holds, cells)) >= _MOSTLY * len(cells)
