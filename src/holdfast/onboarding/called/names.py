"""What columns are called, in several languages: names help, contents decide."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from holdfast.data.values.words import plain_words as plain_words
from holdfast.data.values.words import word_list, word_set
from holdfast.onboarding.called.contracts import WORDS
from holdfast.onboarding.called.eastern import EASTERN
from holdfast.onboarding.called.nobody import PLACES, THINGS
from holdfast.onboarding.called.objects import seen_through as seen_through
from holdfast.onboarding.called.turkish import TURKISH

_TAXES = "(?:sales )?(?:tax|taxes|vat|mwst|mw st|ust|moms|mva|tva|iva|gst|btw)"
_INCLUDING = (
    "incl|including|inclusive|inc|included|inkl|inklusive|incluido|incluida|incluye|compris|excl|excluding|exclusive|"
    "excluded|exkl|exklusive|eksl|ekskl|eks|ex|zzgl|ohne|mit|med|uden|utan|uten|hors|avec|con|sin|with|without|plus|fara|cu"
)
_TAX_ASIDE = re.compile(
    rf" (?:(?:{_INCLUDING})(?: of| de| la| der)? {_TAXES}|{_TAXES} (?:{_INCLUDING})|ttc|tvac|ht|"
    "税込|税抜|税別|含税|不含税|含稅|부가세포함)(?= )"
)
_CURRENCIES = word_set("""
    eur euro usd gbp chf dkk sek nok kr pln zl czk huf ron bgn try cad aud nzd jpy cny inr brl mxn zar 円 元 원
""")
_CONVERTED = {
    *("converted", "base", "settlement", "settled", "umgerechnet", "omregnet", "omraknat", "convertido", "converti"),
}
# Numbers that a state or an authority gives to people and companies: in shops that ask for them, they name customers.
_TAX_IDS = (
    "cpf cnpj cpfcnpj cpfoucnpj dni nif nie cif cuit cuil nit rut rfc curp codicefiscale partitaiva piva pesel nip "
    "siret siren cvr cvrnr cvrnummer orgnr orgnummer organisationsnummer organisasjonsnummer personnummer personnr "
    "cprnr cprnummer fodselsnummer steuernummer ustid ustidnr ustidnummer vatid vatnumber vatregno taxid taxnumber"
)
_TAX_ID_NAMES = frozenset(_TAX_IDS.split())
_OF_AN_ID = {"id", "ids", "nr", "nbr", "no", "number", "nummer", "num", "numero", "code", "codigo", "key"}
_ENDS_OF_AN_ID = word_list("""
    id nr nummer number 番号 コード 编号 编码 編號 代碼 번호 코드
""")


class Fit(IntEnum):
    """How well a name fits a role."""

    NEVER = 0
    SILENT = 1
    PARTLY = 2
    WHOLE = 3


@dataclass(frozen=True)
class Words:
    """Names of one role, without accents, blanks and capitals: whole, parts, and parts that speak against it.

    A part stands anywhere in a name; of up to three letters, or written ``=part``, it is a word of its own, and
    ``-part`` ends a word.
    """

    whole: frozenset[str]
    parts: tuple[str, ...]
    never: tuple[str, ...] = ()

    def fit(self, name: str) -> Fit:
        """Say how well a column's name fits.

        Examples
        --------
        >>> ROLES["customer_id"].fit("Kundenr."), ROLES["amount"].fit("Beløb i alt"), ROLES["amount"].fit("Tax amount")
        (<Fit.WHOLE: 3>, <Fit.PARTLY: 2>, <Fit.NEVER: 0>)
        """
        name = seen_through(name)
        words = _without_currency(without_tax(plain_words(name)))
        if words != plain_words(name):
            return min(self._fit(words), Fit.PARTLY)
        return self._fit(words)

    def _fit(self, words: list[str]) -> Fit:
        joined = "".join(words)
        if joined in self.whole:
            return Fit.WHOLE
        if any(_is_in(word, joined, words) for word in self.never):
            return Fit.NEVER
        return Fit.PARTLY if any(_is_in(word, joined, words) for word in self.parts) else Fit.SILENT


def _is_in(word: str, joined: str, words: list[str]) -> bool:
    """Say whether a name holds a word; short ones of Latin letters, and ``=word``, must stand alone."""
    if word[0] in "=-":
        return any(one == word[1:] if word[0] == "=" else one.endswith(word[1:]) for one in words)
    return word in joined if len(word) > 3 or not word.isascii() else word in words


def without_tax(words: list[str]) -> list[str]:
    """Return the words of a name without those that say whether tax is in it: it says what else the column is.

    Examples
    --------
    >>> [without_tax(plain_words(name)) for name in ("Total (incl. VAT)", "Betrag inkl. MwSt.", "Montant TTC", "Tax")]
    [['total'], ['betrag'], ['montant'], ['tax']]
    """
    joined = f" {' '.join(words)} "
    return _TAX_ASIDE.sub(" ", joined).split()


def _without_currency(words: list[str]) -> list[str]:
    """Return the words of a name without the currency that ends it, as in "Price (EUR)"."""
    return words[:-1] if len(words) > 1 and words[-1] in _CURRENCIES else words


def is_converted(name: str) -> bool:
    """Say whether a column of money is in the shop's own currency beside one in the customer's.

    Examples
    --------
    >>> [is_converted(name) for name in ("Converted Amount", "Grand Total (Base)", "Amount", "Database")]
    [True, True, False, False]
    """
    return bool(_CONVERTED & set(plain_words(name)))


def is_eastern(name: str) -> bool:
    """Say whether a name is written in a script of Japan, China or Korea.

    Examples
    --------
    >>> is_eastern("合計金額"), is_eastern("Größe")
    (True, False)
    """
    return any(not word.isascii() for word in plain_words(name))


def customer_fit(name: str) -> Fit:
    """Say how well a name fits a customer; an address names one too, less well than a number, and a place nobody.

    Examples
    --------
    >>> [customer_fit(name).name for name in ("Customer ID", "E-mail", "Postal Code of Buyer")]
    ['WHOLE', 'PARTLY', 'NEVER']
    """
    if is_nobody(name):
        return Fit.NEVER
    return max(ROLES["customer_id"].fit(name), min(ROLES["email"].fit(name), Fit.PARTLY))


def money_fit(name: str) -> Fit:
    """Say how well a name fits what a line is worth, or a piece of it."""
    return max(ROLES["amount"].fit(name), ROLES["unit_price"].fit(name))


def says_nothing(name: str) -> bool:
    """Say whether a name leaves open what a column holds: only then may its contents decide without a question.

    Examples
    --------
    >>> [says_nothing(name) for name in ("id", "c", "column_3", "brand")]
    [True, True, True, False]
    """
    # Latin letters alone: of names in other scripts, those that are no role's are not understood.
    joined = "".join(word for word in plain_words(name) if word.isascii())
    return joined == "who" or len(joined) <= 2 or bool(re.fullmatch(r"(col|column|field|var)?[0-9]+", joined))


def says_id(name: str) -> bool:
    """Say whether a name says that the column holds ids: of two that name customers, the other may hold their names.

    Examples
    --------
    >>> [says_id(name) for name in ("Customer ID", "kundenr", "Customer", "Navn")]
    [True, True, False, False]
    """
    words = plain_words(name)
    joined = "".join(words)
    return bool(_OF_AN_ID & set(words)) or joined.endswith(_ENDS_OF_AN_ID) or joined in _TAX_ID_NAMES


def is_nobody(name: str) -> bool:
    """Say whether a name says that a column holds something else than customers, however often its values come back.

    Examples
    --------
    >>> [is_nobody(name) for name in ("Postal Code of Buyer", "ship-state", "Apple Identifier", "customer_ip_address")]
    [True, True, True, True]
    >>> [is_nobody(name) for name in ("App user ID", "Buyer", "Ref", "id")]
    [False, False, False, False]
    """
    if _PLACES.fit(name) >= Fit.PARTLY:
        return True
    words = plain_words(name)
    # Words of other scripts are not set apart by blanks.
    named = bool(THINGS & set(words)) or any(t in "".join(words) for t in THINGS if not t.isascii())
    return named and ROLES["customer_id"].fit(name) < Fit.PARTLY


def _words(whole: str, parts: str, never: str = "") -> Words:
    return Words(frozenset(whole.split()), tuple(parts.split()), tuple(never.split()))


def _with(roles: dict[str, Words], others: Mapping[str, tuple[str, str, str]]) -> dict[str, Words]:
    """Return the names of roles with those in other languages."""
    return roles | {
        role: Words(of.whole | more.whole, of.parts + more.parts, of.never + more.never)
        for role, of in roles.items()
        if role in others and (more := _words(*others[role]))
    }


_PLACES = _words("", PLACES)
_NO_ID = (
    "name navn namn group gruppe type typ country city land segment note count total amount price date status email"
)
# Money that stands beside a line's price.
BESIDE_PRICE = {
    "refunded": _words(
        "refunded refund refunds refundamount refundedamount amountrefunded totalrefunded totalrefund refundtotal "
        "refundvalue returnamount returnedamount erstattet erstattung erstattungsbetrag ruckerstattung "
        "ruckerstattungsbetrag retourbetrag refundering refunderet refunderetbelob tilbagebetalt refusjon refundert "
        "aterbetalt aterbetalning rembourse montantrembourse remboursement reembolso importereembolsado reembolsado "
        "rimborso importorimborsato rimborsato zwrot kwotazwrotu terugbetaald terugbetaaldbedrag orderrefund "
        "partialrefund partialrefunds partlyrefunded",
        "refunded refundamount refundtotal partialrefund returned returns erstatt gutschrift ruckzahl tilbagebetal "
        "retur rimborsat reembolsad devuelt rembours zwrot estorn teruggave retourwert creditedamount",
        "date day at status reason id number nr count quantity qty items fee tax type",
    ),
    "discount": _words(
        "discount discountamount discounts rabatt rabattbetrag rabat rabatbelob rabattbelopp remise descuento "
        "sconto importosconto korting kortingsbedrag desconto discpct discpercent discperc",
        "discount rabatt rabat remise descuento nachlass sconto korting",
        "code type name id",
    ),
    "shipping": _words(
        "shipping shippingcost shippingcosts shippingamount freight versand versandkosten fragt frakt livraison envio "
        "spedizione spesedispedizione costospedizione wysylka kosztwysylki kosztdostawy verzendkosten frete",
        "shipping freight versandkosten fragt frakt porto spedizione wysylki verzendkosten",
        "date day method address name city country zip phone street company id status discount tax",
    ),
    "tax": _words(
        "tax taxes taxamount vat vatamount mwst mwstbetrag ust moms tva iva",
        "tax vat mwst umsatzsteuer moms tva iva btw podatek",
        "rate percent satz number code id incl",
    ),
    "rate": _words(
        "exchangerate fxrate conversionrate currencyrate wechselkurs umrechnungskurs kurs valutakurs vaxelkurs "
        "tauxdechange tipodecambio",
        "exchangerate fxrate wechselkurs valutakurs vaxelkurs tauxdechange",
    ),
}
ROLES = {
    "customer_id": _words(
        "customerid customer customernumber customerno customernr customercode "
        "custid custno cust clientid client clientno "
        "userid user username memberid membernumber memberno membernr member buyerid buyernumber buyer "
        "borrower borrowernumber shopperid accountid playerid gamerid subscriberid supporterid constituentid guestid "
        "patientid patientnr patientennr patientno passengerid "
        "ownerid ownerno ownernumber halter halternr halterid tierhalter "
        "guestno guestnumber guestcode ospite codiceospite idospite gastnr gastnummer gastid gastenummer "
        "policyholderid insuredid accountno accountnumber accountnr accountcode accountref loyaltycard "
        "kundenkarte kundenkartennr familyid familyno familynumber lidnummer lidnr callingmsisdn callingnumber "
        "vrm licenseplate licenceplate numberplate "
        "kunde kundeid kundenid kundenr kundennr "
        "kundenummer kundennummer kundnr kundnummer kundid debitor debitornr debitorennr debitorennummer idclient "
        "codeclient numeroclient numclient noclient numerodeclient cliente idcliente codigocliente numerocliente "
        "numerodecliente clienteid codicecliente numerocliente ncliente klient "
        "kontrahent nabywca auftraggeber idklienta numerklienta nrklienta "
        "buyerusername buyerlogin buyernickname customerusername memberusername loginkupujacego contactid contactname "
        "accountaccountid invoicepartnerdisplayname partnerdisplayname "
        "businesspartner businesspartnerid businesspartnerno bpcode cardcode "
        "geschaftspartner geschaftspartnernr forretningspartner soldto soldtoparty soldtopartyid "
        "soldtocustomer soldtocustomerno soldtoid soldtono soldtonr soldtonumber soldtopt sellto "
        "selltocustomer selltocustomerno selltocustomernr billto billtoparty billtopartyid "
        "billtocustomer billtocustomerno billtoid billtono rechnungsempfanger kunnr kunag "
        "destinatairefacture destinatariofactura intestatariofattura odbiorca faktureringskunde fakturakund "
        f"kodklienta klientid kupujacy klant klantid klantnummer klantnr klantcode comprador {_TAX_IDS}",
        "customer client kunde kund buyer member user shopper debitor kaufer klient klant household donor patron "
        "player supporter subscriber visitorid contactid cardid cardholder loyaltycard lyltycard membership mitglied "
        "medlem abonnent adherent socio versicherungsnehmer policyholder",
        "navn namn name group gruppe type typ country city land segment note since seit siden sedan status age zip "
        f"value wert service calls support medlemskab medlemskap mitgliedschaft mitgliedsart {PLACES}",
    ),
    "phone": _words(
        "phone phonenumber phoneno mobile mobilenumber mobileno cell tel telephone telephonenumber contactnumber "
        "telefon telefonnummer telefonnr handy handynummer mobil mobilnummer telefono movil celular cellulare komorka "
        "msisdn",
        "phone telefon mobile",
        "type brand model device service os",
    ),
    "email": _words("email emailaddress mail customeremail billingemail epost courriel correo", "email epost courriel"),
    "ordered_at": _words(
        "orderdate orderedat datetimeordered createdat purchasedate purchasedat dateofpurchase invoicedate "
        "transactiondate saledate orderdato ordredato kobsdato fakturadato orderdatum bestelldatum rechnungsdatum "
        "belegdatum auftragsdatum kaufdatum kopdatum fakturadatum datecommande datedecommande datefacture "
        "datedefacture dateachat datedachat fechapedido fechadepedido fechacompra fechadecompra fechafactura "
        "dataordine datadellordine dataacquisto datadiacquisto datafattura datavendita datadocumento datazamowienia "
        "datazlozeniazamowienia datazakupu datasprzedazy datawystawienia datafaktury datadopedido datapedido "
        "datacompra besteldatum aankoopdatum factuurdatum verkoopdatum bookedat bookedon bookingdate bookingtime "
        "dateofbooking soldat soldon solddate dateofsale placedat placedon verkaufsdatum buchungsdatum buchungszeit "
        "kelt szamlakelte kiallitasdatuma vasarlasdatuma rendelesdatuma dataemiterii datafacturii datacomenzii",
        "date dato datum fecha data day tag dag time timestamp created ordered purchased termin appointment "
        "buchungstag",
        "ship deliver due birth dob update upd modif refund cancel return delet liefer versand fallig forfald lever "
        "geburt fodsel livraison echeance entrega envio nacimiento paid payment fulfil export import expire valid "
        "spedizione consegna pagamento nascita scadenza wysylki dostawy platnosci urodzenia waznosci zahlung terminat "
        "verzend thank acknowledg geboorte betaal limit deadline estimated expected promised eligib =next =nachste "
        "=nachster =naeste =neste =nasta kiegyenlit hatarid fizetes esedekes scadent plata platii =prochain =prochaine "
        "=proxima =proximo =prossima =prossimo =volgende",
    ),
    "amount": _words(
        "amount amt sum dollars euros total totalamount linetotal lineamount ordertotal orderamount grandtotal "
        "sales revenue value spend spent turnover ordervalue dollarvalue betrag "
        "gesamtbetrag gesamtpreis totalprice prixtotal preciototal totalpris linjepris "
        "rechnungsbetrag umsatz summe gesamtsumme belob "
        "ordrebelob totalbelob linjebelob fakturabelob belop ordrebelop totalbelop "
        "linjebelop fakturabelop belopp totalbelopp orderbelopp fakturabelopp summa montant "
        "montanttotal importe importetotal valor "
        "importo importototale totale totaleordine totaledocumento totalefattura ricavo "
        "kwota kwotabrutto kwotanetto suma "
        "razem wartosc wartoscbrutto wartosczamowienia bedrag totaalbedrag totaal omzet orderbedrag factuurbedrag "
        "betaald bezahlt betalt pagado totalpagado montantpaye pagato zaplacono "
        "soldfor itemsubtotal itemssubtotal "
        "baseimponible imponibile totalfactura totalfatura importefactura importeneto totalneto montantht totalht",
        "amount total revenue gross net brutto netto betrag umsatz belob belop montant importe sales summe "
        "value importo totale kwota wartosc bedrag",
        "tax vat mwst moms tva iva ship freight discount "
        "rabat rabatt remise descuento sconto korting btw podatek spedizione spese "
        "wysylki verzend fee refund cost margin transactions pageviews hits "
        "balance rimbors zwrot erstatt rembours reembols refunder terugbeta aterbeta tilbagebeta tilbakebeta "
        "quantita ilosc aantal count id points weight duties tip versand fragt frakt outstanding number quantity "
        "menge antal anzahl date remaining restbetrag offener key unique",
    ),
    "quantity": _words(
        "quantity qty lineitemquantity units pieces menge anzahl stuck antal stk quantite qte cantidad numberofcds "
        "quantita qta pezzi ilosc liczba sztuk liczbasztuk aantal stuks quantidade qtde",
        "quantity qty menge anzahl antal quantite cantidad quantita ilosc aantal quantidade",
        "refund ship stock",
    ),
    "unit_price": _words(
        "price unitprice lineitemprice itemprice preis einzelpreis "
        "stuckpreis stkpreis pris stykpris enhedspris apris "
        "styckpris enhetspris prix prixunitaire precio preciounitario "
        "prezzo prezzounitario cena cenajednostkowa cenabrutto cenanetto prijs "
        "stukprijs eenheidsprijs preco precounitario",
        "price preis pris prix precio prezzo cena prijs preco",
        "compare tax total cost ship gesamt linjepris",
    ),
    "order_id": _words(
        "orderid idorder order ordernumber orderno ordernr invoice invoiceid invoiceno invoicenr invoicenumber "
        "bestellnummer bestellnr bestellung rechnungsnummer rechnungsnr rechnung "
        "belegnummer belegnr auftragsnummer auftragsnr ordrenr "
        "ordrenummer ordreid ordre fakturanr fakturanummer "
        "fakturanummer ordernummer saleid saleno salenumber commande idcommande numerocommande "
        "numerodecommande facture numerofacture numerodefacture pedido idpedido numeropedido numerodepedido factura "
        "numerofactura numerodefactura transactionid transactionno txnid transid basketid basket cartid incrementid "
        "receiptid receiptno "
        "ordine idordine numeroordine numerodordine nordine codiceordine "
        "fattura numerofattura numerodifattura nfattura "
        "zamowienie idzamowienia numerzamowienia nrzamowienia numerfaktury nrfaktury paragon nrparagonu "
        "bon bonnr bonnummer bonid kassenbon kassenbonnr kassenbonnummer "
        "receipt receiptnr receiptnumber appointmentid appointmentno appointmentnumber "
        "terminid terminnr terminnummer giftid giftno giftnumber donationid donationno "
        "bookingid bookingno bookingref bookingreference bookingnumber bookingcode "
        "reservationid reservationno reservationnumber reservationcode reservation confirmationnumber "
        "buchungsnummer buchungsnr reservierungsnummer prenotazione nprenotazione numeroprenotazione idprenotazione "
        "codiceprenotazione reserva numeroreserva numerodereserva idreserva numeroreservation numerodereservation "
        "rezerwacja nrrezerwacji numerrezerwacji reservering reserveringsnummer bokningsnummer bokningsnr "
        "bookingnummer "
        "bestelnummer bestelling bestelnr factuurnummer factuurnr factuur",
        "order invoice bestell rechnung ordre faktura commande "
        "facture pedido factura receipt transaction beleg auftrag ordine fattura zamowieni faktury bestel factuur",
        f"{_NO_ID} datum dato fecha betrag belob belopp montant importe sum line quantity qty menge antal anzahl",
    ),
    "product_id": _words(
        "productid product productcode productno sku "
        "productsku lineitemsku stockcode articleid articleno articlenumber "
        "itemid itemno itemcode item artikel artikelid "
        "artikelnr artikelnummer varenr varenummer vare reference produit "
        "idproduit codeproduit producto idproducto articulo codigoarticulo produkt produktid produktnr produktnummer "
        "prodotto idprodotto codiceprodotto articolo codicearticolo towar kodproduktu "
        "kodtowaru indeks produto codigoproduto",
        "sku product prodid prodnbr prodno prodcode artikel article stockcode varen produkt produit producto articulo "
        "prodotto articolo towar",
        f"{_NO_ID} description beskrivelse beschreibung qty quantity category navn nom",
    ),
    "currency": _words(
        "currency currencycode wahrung valuta valutakode devise moneda divisa waluta munteenheid moeda",
        "currency wahrung valuta waluta",
    ),
    "status": _words(
        "status state orderstatus financialstatus paymentstatus zustand bestellstatus ordrestatus statut estado "
        "etat stato stan orderstate paymentstate etatcommande etatdelacommande etatdecommande etatdupaiement "
        "statoordine statodellordine statopagamento statuszamowienia stanzamowienia statusplatnosci bestelstatus "
        "situacao situacaodopedido situacion stav tila durum "
        "currentstate stateid currentstatus idorderstate statuscode",
        "status statut estado situacao",
        "marital churn fulfillment address adresse anschrift direccion indirizzo",
    ),
    **{role: _words(*words) for role, words in WORDS.items()},
}
BESIDE_PRICE, ROLES = (_with(_with(roles, EASTERN), TURKISH) for roles in (BESIDE_PRICE, ROLES))
