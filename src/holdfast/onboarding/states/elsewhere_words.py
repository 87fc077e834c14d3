"""States in Vietnamese, Thai, Greek, Hebrew, Arabic, Hindi, and in further languages of Europe."""

from collections.abc import Sequence

from holdfast.data.values.words import word_list
from holdfast.onboarding.called.elsewhere import folded

# What a text says, the first that is found: words after each other, each with what it begins with.
_STATES = (
    # It was only asked for.
    ("unknown", "yeu cau;kerelem;zadost o;ziadost o;zahtev za;zahtjev za;pyynto;taotlus;αιτημα;αιτηση;בקשת;अनुरोध"),
    ("unknown", "طلب إلغاء;طلب الغاء;طلب استرداد;khong huy;nincs torolve"),
    (
        "unpaid",
        "chua thanh toan;cho thanh toan;fizetesre var;kifizetetlen;nincs kifizetve;nincs fizetve;neplatit;neachitat;"
        "maksmata;tasumata;neapmoket;laukia apmokejimo;neapmaksat;gaida apmaksu;nezaplacen;neuhrazen;nezaplaten;"
        "neuhraden;ceka na platbu;caka na platbu;ceka na zaplaceni;neplacen;maksamat;odottaa maksua;απληρωτ;ανεξοφλητ;"
        "αναμονη πληρωμ;σε αναμονη πληρωμ;לא שולם;טרם שולם;ממתין לתשלום;غير مدفوع;بانتظار الدفع;في انتظار الدفع;"
        "भुगतान लंबित;अवैतनिक",
    ),
    (
        "failed",
        "that bai;giao hang that bai;thanh toan that bai;khong thanh cong;bi tu choi;tu choi;sikertelen;meghiusult;"
        "elutasit;esuat;nereusit;ebaonnestu;tagasi lukat;nepavyk;atmest;neizdev;noraidit;neuspes;neuspje;zamitnut;"
        "zamietnut;odbijen;zavrnjen;hylatty;epaonnistu;απετυχ;αποτυχ;απορριφ;נכשל;נדח;فشل;فاشل;مرفوض;विफल;असफल;अस्वीकृत",
    ),
    (
        "cancelled",
        "da huy;bi huy;huy don;huy bo;khach huy;don huy;torolve;torolt;visszavon;lemond;ervenytelenit;sztorno;"
        "tuhistat;katkestat;atsaukt;atcelt;zrusen;otkazan;ponisten;preklican;peruttu;peruutettu;mitatoi;ακυρω;בוטל;"
        "מבוטל;ביטול;ملغ;الملغ;إلغاء;الغاء;ألغي;تم إلغاء;تم الغاء;تم الإلغاء;रद्द",
    ),
    (
        "refunded",
        "da tra hang;tra hang;hoan tien;da hoan tien;da hoan tra;hoan hang;visszaterit;visszakuld;visszaru;rambursat;"
        "returnat;tagastat;tagasi makstud;tagasimakse;grazint;atgriezt;atmaksat;vracen;vraten;vratk;refundov;povracen;"
        "vrnjen;palautettu;hyvitetty;επιστροφ;επιστραφ;επεστραφ;הוחזר;זוכה;זיכוי;החזר;مسترد;استرداد;مرتجع;تم استرداد;"
        "रिफंड;धनवापसी;वापस",
    ),
    ("pending", "phieu tam;cho xac nhan;piszkozat;fuggoben;εκκρεμ;προχειρ;טיוטה;مسودة;koncept;luonnos"),
    (
        "sold",
        "hoan thanh;hoan tat;da giao;dang giao;giao thanh cong;da thanh toan;thanh cong;da xac nhan;teljesit;kifizet;"
        "fizetve;kiszallit;szallitas alatt;feldolgoz;lezar;sikeres;atvev;livrat;platit;achitat;finalizat;expediat;"
        "incasat;procesat;confirmat;taidetud;makstud;tasutud;tarnitud;saadetud;lopetatud;kinnitatud;ivykdyt;apmoket;"
        "pristatyt;issiust;uzbaigt;patvirtint;izpildit;apmaksat;piegadat;pabeigt;nosutit;vyrizen;vybaven;zaplacen;"
        "uhrazen;zaplaten;uhraden;dorucen;odeslan;odoslan;dokoncen;expedov;potvrzen;potvrden;placen;isporucen;zavrsen;"
        "poslan;dostavljen;izvrsen;zakljucen;maksettu;toimitettu;lahetetty;ολοκληρω;πληρω;εξοφλ;απεστα;παραδ;παραδοθ;"
        "εκτελε;επιβεβαι;שולם;שולמ;הושל;נמסר;נשלח;סופק;אושר;مكتمل;مدفوع;تم التسليم;تم التوصيل;تم الشحن;منجز;ناجح;पूर्ण;"
        "भुगतान किया;वितरित;सफल;भेजा;डिलीवर",
    ),
)
_DENIES = {"khong", "chua", "nem", "nu", "δεν", "μη", "לא", "لم", "غير", "नहीं", "ei", "nav", "nie", "ne"}
_PARTLY = word_list(
    "mot phan;reszben;reszleg;partial;osaliselt;dalin;daleji;castec;ciastoc;djelomic;osittain;μερικ;חלקי;جزئ;आंशिक"
)
# Thai sets no blanks between words: anywhere in a text, the first that is found.
_THAI = (
    ("unknown", "ขอยกเลิก คำขอ รอคืน รอยกเลิก ขอคืน ไม่ยกเลิก"),
    ("unpaid", "ยังไม่ชำระ รอชำระ ค้างชำระ ยังไม่จ่าย รอการชำระ"),
    ("failed", "ล้มเหลว ไม่สำเร็จ ปฏิเสธ"),
    ("partly refunded", "คืนเงินบางส่วน คืนสินค้าบางส่วน ยกเลิกบางส่วน"),
    ("cancelled", "ยกเลิก"),
    ("refunded", "คืนเงิน คืนสินค้า ตีคืน"),
    ("unknown", "ไม่"),
    ("sold", "สำเร็จ ชำระแล้ว ชำระเงินแล้ว จ่ายแล้ว ส่งแล้ว กำลังจัดส่ง เสร็จ ส่งมอบ"),
)

_TEXTS = tuple((state, tuple(folded(one).split() for one in texts.split(";"))) for state, texts in _STATES)
_PARTS_OF_THAI = tuple((state, tuple(folded(one) for one in parts.split())) for state, parts in _THAI)


def state_elsewhere(text: str) -> str | None:
    """Return what a text of a status says in these languages; nothing where no word of it is known.

    Examples
    --------
    >>> [state_elsewhere(text) for text in ("Đã hủy", "ยกเลิก", "Ακυρώθηκε", "Törölve", "בוטל", "ملغي", "रद्द")]
    ['cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled']
    >>> [state_elsewhere(text) for text in ("Hoàn thành", "Chưa thanh toán", "ไม่สำเร็จ", "Részben törölve", "Paid")]
    ['sold', 'unpaid', 'failed', 'partly refunded', None]
    """
    said = folded(text)
    for state, parts in _PARTS_OF_THAI:
        if any(part in said for part in parts):
            return state
    words = said.split()
    found = next((state for state, texts in _TEXTS if any(_stands_in(words, one) for one in texts)), None)
    if found in ("refunded", "cancelled") and any(f" {said}".find(f" {part}") >= 0 for part in _PARTLY):
        return "partly refunded"
    if found in ("sold", "refunded", "cancelled") and _DENIES & set(words):
        return "unknown"
    return found


def _stands_in(words: Sequence[str], parts: Sequence[str]) -> bool:
    """Say whether words stand after each other that begin so."""
    places = range(len(words) - len(parts) + 1)
    return any(all(words[at + i].startswith(part) for i, part in enumerate(parts)) for at in places)
