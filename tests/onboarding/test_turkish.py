"""Exports of Turkish marketplaces: what columns are called, and what became of orders."""

import pytest

from holdfast.onboarding.states.words import state_of
from tests.onboarding.looked import day, dropped, shop

NAMES = [
    *("Sipariş Numarası", "Paket No", "Sipariş Tarihi", "Alıcı", "E-Posta", "Müşteri Numarası", "Barkod", "Ürün Adı"),
    *("Adet", "Birim Fiyatı", "Satış Tutarı", "İndirim Tutarı", "Faturalanacak Tutar", "Komisyon Oranı"),
    "Sipariş Statüsü",
]
STATES = ("Teslim Edildi", "Kargoya Verildi", "Teslim Edildi", "İptal Edildi", "Teslim Edildi", "Tedarik Edilemedi")


def lira(kurus: int) -> str:
    return f"{kurus // 100},{kurus % 100:02d}"


def orders() -> list[list[str]]:
    rows = [NAMES]
    for i in range(180):
        pieces, price = 1 + i % 2, 5_050 + 37 * i
        less = pieces * price // 10 if i % 4 == 0 else 0
        who = i * 7 % 40
        rows.append(
            [
                *(str(9_000_000 + i), str(77_000 + i), day(i), f"Ali {who}", f"a{who}@x.example", str(10_000 + who)),
                *(str(8_690_000_000_000 + i % 30), f"Ürün {i % 30}", str(pieces), lira(price), lira(pieces * price)),
                *(lira(less), lira(pieces * price - less), "21", STATES[i % 6]),
            ]
        )
    return rows


def test_columns_of_trendyol_are_known_and_its_states_decide():
    found = shop(orders())
    named = ("customer_id", "ordered_at", "order_id", "product_id")
    assert [found.settings[f"columns.{role}"] for role in named] == [
        *("Müşteri Numarası", "Sipariş Tarihi"),
        *("Sipariş Numarası", "Barkod"),
    ]
    assert dropped(found) == {"Sipariş Statüsü": ["Tedarik Edilemedi", "İptal Edildi"]}
    (money,) = found.questions
    assert money.asked.startswith(
        'what is a line worth: "Satış Tutarı" or "Faturalanacak Tutar" or "Adet" × "Birim Fiyatı"?'
    )


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Teslim Edildi", "sold"),
        ("Kargoya Verildi", "sold"),
        ("Hazırlanıyor", "sold"),
        ("Ödendi", "sold"),
        ("Ödenmedi", "unpaid"),
        ("Ödeme Bekleniyor", "unpaid"),
        ("İptal Edildi", "cancelled"),
        ("İptal Talebi", "unknown"),
        ("Teslim Edilemedi", "cancelled"),
        ("İade", "refunded"),
        ("Kısmi İade", "partly refunded"),
        ("İade Talebi Alındı", "unknown"),
        ("Reddedildi", "failed"),
        ("Onay Bekliyor", "pending"),
        ("Yeni", "unknown"),
    ],
)
def test_verbs_deny_at_their_end(text, state):
    assert state_of(text) == state
