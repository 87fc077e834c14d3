"""What states are called in Turkish, whose verbs deny at their end (edildi, edilmedi, edilemedi), and in Indonesian."""

from collections.abc import Sequence

# What a text says, the first that is found; words after each other, each with what it begins with.
_STATES = (
    ("unknown", "iade talep;iade talebi;iade onay bekl;iade bekl;iade red;iade edilmedi;iade edilemedi;iptal talebi"),
    ("unknown", "iptal edilmedi;iptal edilemedi;iptal talep"),
    ("partly refunded", "kismi iade;kismen iade"),
    ("unknown", "permintaan;diajukan;tidak"),
    ("cancelled", "batal;dibatal;iptal;tedarik edilemedi;teslim edilemedi;gonderilemedi;vazgec"),
    ("refunded", "dikembali;pengembalian;iade"),
    (
        "unpaid",
        "belum bayar;belum dibayar;menunggu pembayaran;odeme bekl;odenmedi;odeme yapilmadi;odeme alinmadi;odenmemis",
    ),
    ("failed", "gagal;ditolak;reddedil;basarisiz;onaylanmadi;odeme hata"),
    ("pending", "onay bekl;beklemede;askida;taslak"),
    ("sold", "teslim edildi;kargoya veril;kargolan;kargoda;tamamlan;onaylan;odendi;odeme alindi;hazirlan;paketlen"),
    ("sold", "selesai;dikirim;terkirim;diterima;berhasil;dibayar;lunas;dikemas"),
    ("sold", "sevk edil;gonderildi;faturaland;faturalandi;satildi;dagitimda;teslimatta"),
)


def state_in_turkish(words: Sequence[str]) -> str | None:
    """Return what the words of a state say in Turkish or Indonesian; nothing where none is known.

    Examples
    --------
    >>> [state_in_turkish(text.split()) for text in ("teslim edildi", "teslim edilemedi", "iade edildi", "iade talebi")]
    ['sold', 'cancelled', 'refunded', 'unknown']
    >>> [state_in_turkish(text.split()) for text in ("batal", "sedang dikirim", "belum bayar", "tidak terkirim")]
    ['cancelled', 'sold', 'unpaid', 'unknown']
    >>> state_in_turkish(["delivered"]) is None
    True
    """
    for state, texts in _STATES:
        if any(_begins(words, text.split()) for text in texts.split(";")):
            return state
    return None


def _begins(words: Sequence[str], parts: Sequence[str]) -> bool:
    """Say whether words stand after each other that begin so."""
    places = range(len(words) - len(parts) + 1)
    return any(all(words[at + i].startswith(part) for i, part in enumerate(parts)) for at in places)
