"""Columns that say where, how and from whom was bought: lists say what their customers have in common in them."""

from collections.abc import Iterator, Mapping, Sequence

from holdfast.columns import LABELS
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Whole names, without accents, blanks and capitals: a part of one would take a customer's branch for the purchase's.
_NAMES = {
    "branch": "branch branchid branchname branchno branchcode store storeid storename storeno storecode storenumber "
    "shop shopid shopname outlet outletid filiale filialnr filialnummer filial filialid butik butiksnr butikid "
    "butiksnamn butikk butikknr magasin boutique tienda sucursal negozio sklep winkel filiaal loja "
    # Of a wholesaler, who delivers from them, and of a practice.
    "warehouse warehouseid warehousename warehousecode depot lager lagerort lagernr lagerid lagersted magazyn "
    "magazzino magazijn almacen entrepot standort praxis klinik clinic location locationid locationname",
    "channel": "channel saleschannel orderchannel sourcename platform marketplace kanal vertriebskanal salgskanal "
    "forsaljningskanal canal canalvente canaldevente canaledivendita verkoopkanaal",
    "category": "category categoryname productcategory productgroup department brand vendor genre kategorie "
    "warengruppe produktgruppe varegruppe varugrupp kategori produktkategori categorie rayon marque categoria "
    "reparto marca kategoria marka maerke "
    # Of a practice, and of a charity.
    "service servicename servicetype treatment treatmenttype leistung leistungsart behandlung behandlungsart "
    "ydelse behandling fund fundname designation spendenzweck",
    "seller": "salesperson salesrep salesrepresentative accountmanager seller sellerid sellername verkaufer vertreter "
    "saelger selger saljare vendeur vendedor venditore sprzedawca verkoper "
    "representative aussendienst aussendienstmitarbeiter vertriebsmitarbeiter "
    "practitioner clinician dentist veterinarian therapist stylist behandler therapeut tierarzt zahnarzt tandlaege "
    "dyrlaege tannlege veterinaer tandlakare",
    "region": "region country countrycode shippingcountry billingcountry land pays pais paese kraj landcode bundesland "
    "kanton province provincia provins",
    "promotion": "promotion promocode promotioncode coupon couponcode voucher vouchercode discountcode campaign "
    "campaigncode appeal appealcode gutschein gutscheincode aktionscode rabatkode rabattkode rabattkod kampagne "
    "kampanje kampanj codepromo cupon kodrabatowy kortingscode",
}
# What has more values than this tells purchases apart, not groups of them.
_MOST = 1_000


def is_of_goods(name: str) -> bool:
    """Say whether a column's name is that of a category of what was sold."""
    return "".join(plain_words(name)) in _NAMES["category"].split()


def find_labels(columns: Sequence[Profile], findings: Findings) -> None:
    """State which columns say where, how and from whom was bought: the first that fits and that nothing names."""
    named = set(_texts([findings.settings, *(c.settings for q in findings.questions for c in q.choices)]))
    for role in LABELS:
        names = _NAMES[role].split()
        known = findings.settings.pop(f"columns.{role}", None)
        fits = [p for p in columns if "".join(plain_words(p.name)) in names and p.name not in named]
        fits += [p for p in columns if p.name == known]
        grouped = [p for p in fits if 2 <= p.distinct <= _MOST and p.repeats and not p.is_date]
        if grouped:
            findings.set(f"columns.{role}", grouped[0].name)
            findings.tell(f'{role}: "{grouped[0].name}" ({counted(grouped[0].distinct, "value")})')


def _texts(value: object) -> Iterator[str]:
    """Yield every text that a value of a key holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
