"""What columns are called in Turkish, as Trendyol, Hepsiburada and shops write: names, parts of names, what denies.

In Indonesian, as Shopee and Tokopedia write them, too.
"""

TURKISH = {
    "discount": (
        "indirim indirimtutari indirimtutar iskonto iskontotutari saticiindirimtutari toplamindirim diskon totaldiskon",
        "indirimtutar iskonto",
        "=orani =kodu =kupon",
    ),
    "shipping": ("kargoucreti kargobedeli kargotutari teslimatucreti", "kargoucret teslimatucret", "=kodu =firmasi"),
    "tax": ("kdv kdvtutari vergi vergitutari", "kdvtutar vergitutar", "=orani =dairesi =numarasi"),
    "refunded": ("iadetutari iadeedilentutar", "iadetutar", "=tarihi =nedeni =kodu"),
    "customer_id": (
        "musteri musterino musterinumarasi musteriid musterikodu uyeno uyeid uyenumarasi carikod carikodu "
        "usernamepembeli pembeli idpembeli pelanggan idpelanggan nomorpelanggan",
        "musteri",
        "=adi =ad =isim =adres =adresi =sehir =ulke =ilce =grubu =tipi",
    ),
    "order_id": (
        "siparis siparisno siparisnumarasi siparisid sipariskodu faturano faturanumarasi belgeno fisno nopesanan "
        "nomorpesanan idpesanan nofaktur nomorfaktur",
        "siparisno siparisnum faturano",
        "=tarihi =tutari =durumu =statusu =adedi",
    ),
    "product_id": ("urunkodu urunid stokkodu barkod modelkodu", "urunkod stokkod", "=adi =tutari =adedi"),
    "ordered_at": (
        "siparistarihi faturatarihi satistarihi islemtarihi belgetarihi tarih siparistarih "
        "waktupesanandibuat tanggalpesanan tanggalpembelian tanggaltransaksi waktutransaksi tanggal",
        "=tarih =tarihi =tanggal",
        "=teslim =teslimat =kargo =kargoya =sevk =dogum =vade =iade =iptal =guncelleme",
    ),
    "quantity": ("adet miktar urunadedi", "=adet =adedi =miktar =miktari", "=iade =stok"),
    "unit_price": (
        "birimfiyat birimfiyati fiyat satisfiyati urunfiyati",
        "birimfiyat",
        "=indirim =kdv =kargo =maliyet =toplam",
    ),
    "amount": (
        "tutar toplam toplamtutar satistutari siparistutari faturatutari faturalanacaktutar odenentutar odenecektutar "
        "geneltoplam nettutar ciro",
        "=tutar =tutari =toplam =toplami",
        "=indirim =iskonto =kdv =vergi =kargo =komisyon =komisyonu =iade =ucreti =adet =orani =puan =kupon "
        "=diskon =ongkos",
    ),
    "status": ("durum durumu siparisdurumu siparisstatusu statu odemedurumu", "=durum =durumu =statusu", "=medeni"),
    "currency": ("parabirimi doviz dovizcinsi", "parabirim", ""),
    "phone": ("telefon ceptelefonu gsm", "=gsm", ""),
    "email": ("eposta", "eposta", ""),
}
