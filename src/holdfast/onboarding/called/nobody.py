"""Columns that come back and are nobody: where, when, with what, through whom or in which money something was bought.

Written as parts of names are (`names.Words`): anywhere in a name, `=word` as a word of its own.
"""

from holdfast.data.values.persons import PARTS_OF_NAMES

# These are nobody whatever else their name says: the postal code of a buyer is no buyer.
PLACES = (
    "postalcode postcode zipcode postleitzahl postnummer postnr codepostal codigopostal codicepostale kodpocztowy "
    "pincode =zip =plz =cep =cap =cp "
    "=city =town =village =suburb =ort =wohnort =stadt =stad =poststed =postort =woonplaats =plaats =ville =commune "
    "=localite =ciudad =localidad =citta =localita =comune =cidade =miasto =miejscowosc "
    "=country countrycode =land =lande =pays =pais =paese =kraj =state =province =provincia =provins =provincie "
    "=region =regione =regiao =county =kommune =bundesland =kanton =departement =wojewodztwo =fylke =lan "
    "ipaddress ipadresse =ip useragent "
    "currency wahrung waluta =valuta =devise =moneda =divisa =moeda "
    "郵便番号 都道府県 市区町村 邮编 邮政编码 郵遞區號 省份 城市 国家 國家 우편번호 도시 국가 "
    "通貨 币种 货币 幣別 통화"
)
# These are nobody where their name does not speak of customers: an app's user id names a user.
_THINGS = (
    "week month year quarter session visit store shop cashier seller staff waiter server table tisch bord "
    "sku asin ean upc gtin isbn barcode parent app apple application bundle listing version product item "
    "title titel tittel titre titulo titolo tytul "
    "device gerat enhed enhet appareil dispositivo urzadzenie apparaat model os browser "
    "evse charger chargepoint ladepunkt ladesaule station payout payouts auszahlung udbetaling utbetaling uitbetaling "
    "channel kanal canal canale kanaal marketplace platform campaign coupon promo voucher promotion offer "
    "event venue terminal register warehouse carrier tracking parcel url "
    "period periods periode zeitraum periodo okres time hour uhrzeit heure hora ora godzina tijd digits last4 "
    "itemnumber "
    # Measures of whoever bought, or of what was.
    "age alder alter leeftijd edad idade wiek nights noches noites notti nachten duration dauer varighed duree "
    "duracion durata secs seconds mins minutes location standort lokation ubicacion locatie lokalizacja "
    "機種 端末 设备 設備 기기 渠道 チャネル 채널 商品 产品 產品 상품"
)
THINGS = frozenset(_THINGS.split())
# People share them: beside an address or an id, none of these alone is who bought.
NAMES_IN_PART = {*PARTS_OF_NAMES, *["nom", "nombre", "nombres", "apellidos", "nome", "apelido"]}
