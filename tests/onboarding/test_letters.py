"""Files of single bytes whose letters are not Western: the encoding is found by the letters that stand together."""

from pathlib import Path

import pytest
import yaml

from holdfast.onboarding import Look
from holdfast.onboarding.encodings import encodings_of
from holdfast.onboarding.letters import SAID, european
from tests.fuzz.configurations import command
from tests.onboarding.exports import Export, sales
from tests.onboarding.plain import PLAIN, read

POLISH = "Numer zamówienia;Data złożenia;Imię i nazwisko;Wartość zamówienia;Płatność;Łukasz Żółć;Zrealizowane"
CZECH = "Číslo objednávky;Zákazník;Částka;Vyřízena;Vyřizuje se;Příliš žluťoučký kůň;Doručená;Měsíc;Platební způsob"
RUSSIAN = "Вид документа;Дата;Номер;Контрагент;Сумма документа;Валюта;Склад;Ответственный;Состояние"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "cp1250"),
        (POLISH, "iso-8859-2"),
        (CZECH, "cp1250"),
        (CZECH, "iso-8859-2"),
        ("Dátum;Vevő neve;Összeg;Rendelés időpontja;Fizetendő;Gyűjtő;Hűség;Felhő;Szülő;Nő;Erdő;Idő;Kettő", "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        ("Клієнт;Номер замовлення;Сума;Київ;Її;Єдність;Дата оплати", "cp1251"),
        ("Πελάτης;Ποσό;Ημερομηνία παραγγελίας;Κατάσταση;Τρόπος πληρωμής", "cp1253"),
        ("Müşteri;Sipariş Tarihi;Tutarı;Ödeme Şekli;İşlem;Alıcı;Adı;Soyadı;Kargo Ücreti;Doğum günü", "cp1254"),
        ("לקוח;תאריך הזמנה;סכום;סטטוס;אמצעי תשלום", "cp1255"),
        ("Pirkėjas;Užsakymo data;Būsena;Apmokėjimo būdas;Įvykdyta;Šalis;Gatvė;Kiekis vienetų;Ąžuolas", "cp1257"),
    ],
)
def test_letters_of_one_language_tell_the_encoding(text, encoding):
    assert european(text.encode(encoding)) == encoding
    Path("x.csv").write_bytes(text.encode(encoding))
    # A byte further on may show that it is not so.
    assert encodings_of(Path("x.csv"))[:2] == ("utf-8", encoding)
    assert encoding in SAID


@pytest.mark.parametrize(
    "text",
    [
        "Käufer;Größe;Straße;Müller;Jürgen Groß;Köln;Überweisung;Versandgebühr;Stück;Währung",
        "Numéro de commande;Prénom;Adresse de livraison;Payée;Expédiée;Crème brûlée;Noël;Où;Français;À côté;Cœur",
        "Ordrebeløb;Køber;Gennemført;På lager;Århus;Ærø;Søren Kjær;Bjørn Ødegård;Tromsø;Bestillingsår",
        "Año;Dirección;Teléfono;Envío;Niño;España;Señor Núñez;Código;Artículo;¿Qué?;Nº de pedido",
        "Situação;Endereço;São João;Não;Opções;Informação;Preço;Cartão;Código;Às;Três;Avô",
        "Città;Quantità;Però;È;Più;Così;Perché;Unità;Novità;Venerdì;Lunedì",
        "Beställning;Köpare;Malmö;Åsa;Pär;Öl;Färg;Ångström;Blå",
        "Tilausnumero;Käyttäjä;Hyvä;Määrä;Päivä;Äiti;Yö",
        "Þjóð;Útlönd;Ísland;Dagsetning pöntunar;Æð;Eyjafjörður;Ólafur;Kýr",
        "Tellimus;Väärtus;Õun;Üüri;Töö;Jõgi;Müük;Käsi",
        "Quantitat;Adreça;Núm.;Àrea;Què;Gràcies;Països;Més;Això;Informació;Tongà;Dòlar;Nauruà;Åland",
        "Zoë;Renée;François;Søren;Hélène;José;Núñez;Müller;Ærø;Þór",
        "Søren;Hélène;José\n" + "a;b;c\n" * 50,
        "Women’s T-shirt;Joe’s;“Best”;2020–2021;£12;20€;naïve café;n°12;12°C;50 % – 1½;©;®;™;…",
    ],
)
def test_western_letters_stay_western(text):
    assert european(text.encode("cp1252")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Vevő;Összeg;Időpont;Rendelésszám;Fizetési mód;Szállítási díj;Fizetendő;Árengedmény;Előleg",
        "Megrendelő neve;Fizetendő összeg;Dátum;Mennyiség;Egységár;Teljesítve",
        "Naročilo;Kupec;Datum;Plačano;Znesek",
        "Račun;Kupec;Znesek\n1;Kovačič;5\n2;Žagar;5\n3;Zupančič;4",
        "Doklad;Odběratel;Částka;Měna",
        "Narudžba;Kupac;Plaćeno;Količina;Način plaćanja",
        "Račun;Kupac\n1;Kovačić\n2;Horvat\n3;Jurić\n4;Đurđević",
    ],
)
def test_letters_that_are_western_ones_too_are_told_by_what_they_stand_beside(text):
    assert european(text.encode("cp1250")) == "cp1250"


# One Western word after another has the byte of a Central European letter: è, æ, ø, õ, û, ê, ì, ò.
SHARED = {
    "French": "père mère frère crème très après problème siècle goût août coût sûr forêt être tête fenêtre à où",
    "Italian": "è caffè lunedì martedì venerdì così però può città più perché giù",
    "Danish": "køber beløb læder træer pæn sæt bælte kød grøn mælk hår gave ægte øl",
    "Portuguese": "opções limões informações corações não mão pêssego português três você avó pão",
    "Catalan": "què però gràcies interès també això català història dòlar Àsia",
    "Icelandic": "það við með íslenska æð ræða læknir hús góður þeir maður",
    "Estonian": "õun jõgi võti sõber põhi müük töö väärtus õpetaja kõrge",
}


@pytest.mark.parametrize("language", SHARED)
def test_words_of_the_west_with_these_bytes_stay_western(language):
    words = SHARED[language].split()
    for some in (words[:3], words[:6], words):
        assert european(";".join(some).encode("cp1252")) is None


def test_two_words_of_states_that_come_again_and_again_are_enough():
    lines = "".join(f"{i};2024-01-01;Vyřízena;Tričko\n" for i in range(50))
    assert european(("id;date;statusName;itemName\n" + lines).encode("cp1250")) == "cp1250"


@pytest.mark.parametrize(
    ("names", "encoding", "said"),
    [
        (("Numer klienta", "Data złożenia", "Wartość zamówienia"), "cp1250", "Central European (Windows-1250)"),
        (("Номер клиента", "Дата заказа", "Сумма заказа"), "cp1251", "Cyrillic (Windows-1251)"),
    ],
)
def test_an_export_is_read_in_the_encoding_that_is_found_and_it_is_told(names, encoding, said):
    Export(dict(zip(names, PLAIN.values(), strict=True))).write(Path("x.csv"))
    Path("x.csv").write_bytes(Path("x.csv").read_bytes().decode("utf-8").encode(encoding))
    told = "\n".join(Look(["x.csv"]).findings({}).told)
    code, _ = command("init", "x.csv", "--out", "x.yaml", "--force")
    assert f"encoding: {encoding}, as the letters are {said}" in told
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    assert written["encoding"] == encoding
    if code == 0:
        assert read(Path("x.yaml"))[1:] == (60, sum(s.cents for s in sales()) / 100, 0)
    assert names[1] in told
