"""What columns of states and documents are called in languages whose other columns need no words here."""

import re
import unicodedata

from holdfast.onboarding.called.cyrillic import in_latin

# Whole names, without the accents of Latin and Greek letters.
_COLUMNS = {
    "status": "trang thai;tinh trang;สถานะ;κατασταση;allapot;statusz;stare;stadiu;סטטוס;מצב;स्थिति;الحالة;حالة;olek;"
    "staatus;busena;statuss;stavoklis;stanje;وضعیت",
    "order status": "trang thai don hang;tinh trang don hang;trang thai don;สถานะคำสั่งซื้อ;สถานะออเดอร์;สถานะรายการ;"
    "κατασταση παραγγελιας;rendeles allapota;rendeles statusza;megrendeles allapota;stare comanda;starea comenzii;"
    "status comanda;סטטוס הזמנה;מצב הזמנה;ऑर्डर स्थिति;ऑर्डर की स्थिति;حالة الطلب;حالة الطلبية;tellimuse olek;"
    "tellimuse staatus;uzsakymo busena;uzsakymo statusas;pasutijuma statuss;stav objednavky;stav objednavek;"
    "stanje narudzbe;status narudzbe;status porudzbine;status narocila;tilauksen tila",
    "payment status": "trang thai thanh toan;tinh trang thanh toan;สถานะการชำระเงิน;κατασταση πληρωμης;fizetes allapota;"
    "fizetesi allapot;stare plata;starea platii;סטטוס תשלום;भुगतान स्थिति;حالة الدفع;makse olek;mokejimo busena;"
    "maksajuma statuss;stav platby;stav uhrady;status placanja;status placila;maksun tila",
    "document type": "szamla tipusa;bizonylat tipusa;bizonylattipus;tip document;tipul documentului;loai chung tu;"
    "loai hoa don;ประเภทเอกสาร;τυπος παραστατικου;ειδος παραστατικου;סוג מסמך;نوع المستند;दस्तावेज़ प्रकार;dokumendi liik;"
    "dokumento tipas;dokumenta veids;typ dokladu;druh dokladu;vrsta dokumenta;tip dokumenta;asiakirjatyyppi",
    "type": "tipus;loai;ประเภท;τυπος;סוג;نوع;प्रकार;liik;tipas;veids",
}
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """Return a text in lower case, without the accents of Latin and Greek letters, and with single blanks.

    Examples
    --------
    >>> folded("Trạng  thái"), folded("Κατάσταση")
    ('trang thai', 'κατασταση')
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold().replace("đ", "d")))
    return " ".join(re.sub("[-_./]+", " ", unicodedata.normalize("NFC", bare)).split())


_BY_COLUMN = {folded(name): said for said, names in _COLUMNS.items() for name in names.split(";")}


def in_english(name: str) -> str | None:
    """Return what such a column is called in English; nothing of others.

    Examples
    --------
    >>> in_english("Trạng thái"), in_english("Számla típusa"), in_english("Amount")
    ('status', 'document type', None)
    """
    return _BY_COLUMN.get(folded(name))


def known_name(name: str) -> str:
    """Return what a column is called in English where its own language is known by whole names alone; others stay.

    Examples
    --------
    >>> known_name("Trạng thái"), known_name("Вид документа"), known_name("Amount")
    ('status', 'document type', 'Amount')
    """
    return in_english(name) or in_latin(name)
