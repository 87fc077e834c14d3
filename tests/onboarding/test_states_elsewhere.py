"""States in further languages, flags and codes of answers; documents that are no sale, and lines said once more."""

from datetime import date, timedelta

import pytest

from tests.onboarding.looked import dropped, look, said, shop

LANGUAGES = {
    "Vietnamese": ("Trạng thái", "Hoàn thành", "Đã hủy"),
    "Thai": ("สถานะ", "สำเร็จ", "ยกเลิก"),
    "Greek": ("Κατάσταση", "Ολοκληρώθηκε", "Ακυρώθηκε"),
    "Hungarian": ("Állapot", "Teljesítve", "Törölve"),
    "Romanian": ("Stare comandă", "Livrată", "Anulată"),
    "Hebrew": ("סטטוס", "שולם", "בוטל"),
    "Hindi": ("स्थिति", "पूर्ण", "रद्द"),
    "Arabic": ("حالة الطلب", "مكتمل", "ملغي"),
    "Estonian": ("Olek", "Täidetud", "Tühistatud"),
    "Lithuanian": ("Būsena", "Įvykdytas", "Atšauktas"),
    "Latvian": ("Statuss", "Izpildīts", "Atcelts"),
    "Czech": ("Stav objednávky", "Vyřízena", "Zrušena"),
    "Croatian": ("Stanje narudžbe", "Isporučeno", "Otkazano"),
    "Finnish": ("Tilauksen tila", "Toimitettu", "Peruttu"),
}


@pytest.mark.parametrize(("name", "done", "gone"), LANGUAGES.values(), ids=LANGUAGES)
def test_what_was_cancelled_is_dropped_in_further_languages(name, done, gone):
    found = look({name: [done] * 9 + [gone]})
    assert dropped(found) == {name: [gone]}
    assert said(found) == f'status: "{name}" says 12 lines (126.00) cancelled: dropped (rules.drop)'


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Trạng thái", ["Hoàn thành", "Yêu cầu hủy"]),
        ("สถานะ", ["สำเร็จ", "ขอยกเลิก"]),
        ("Κατάσταση", ["Ολοκληρώθηκε", "Δεν ακυρώθηκε"]),
    ],
)
def test_what_was_only_asked_for_or_denied_counts_and_is_told(name, words):
    found = look({name: words})
    assert dropped(found) == {}
    assert f'status: "{name}" says "{words[1]}" (60 lines): not known here' in said(found)


@pytest.mark.parametrize(
    ("name", "done", "gone"),
    [("authorized_flag", "Y", "N"), ("Authorized", "true", "false"), ("Is successful", "1", "0")],
)
def test_flags_of_what_was_authorized_are_asked(name, done, gone):
    found = look({name: [done] * 9 + [gone]})
    (question,) = found.questions
    assert (question.key, question.choices[0].settings["rules.drop"]) == (
        "rules.drop",
        [{"column": name, "values": [gone]}],
    )


def test_codes_of_answers_other_than_00_are_asked_and_other_codes_are_not():
    (question,) = look({"Response Code": ["00"] * 8 + ["51", "05"]}).questions
    assert question.choices[0].settings["rules.drop"] == [{"column": "Response Code", "values": ["05", "51"]}]
    assert look({"Store Code": ["00"] * 8 + ["51", "05"]}).questions == []
    assert look({"Response Code": ["200"] * 8 + ["404", "500"]}).questions == []


def test_a_word_for_cancelled_under_any_name_is_told():
    found = look({"Situatie": ["Gata"] * 9 + ["Anulata"]})
    assert (dropped(found), found.questions) == ({}, [])
    assert 'status: "Situatie" says "Anulata" on 12 lines (126.00): kept, as it is not called a status' in said(found)
    assert said(look({"Tag": ["Void deck", "Plain", "Anulare gratuita"]})) != said(found)
    assert said(look({"Remarks": ["", "", "Cancelled"]})) == ""


@pytest.mark.parametrize(
    ("name", "sale", "ahead"),
    [
        ("Számla típusa", "Számla", "Díjbekérő"),
        ("Típus", "Számla", "Díjbekérő"),
        ("Belegart", "Rechnung", "Proforma-Rechnung"),
        ("Document type", "Invoice", "Invoice (pro-forma)"),
        ("Loại chứng từ", "Hóa đơn", "Báo giá"),
    ],
)
def test_proformas_beside_invoices_are_no_sales(name, sale, ahead):
    found = look({name: [sale] * 9 + [ahead]})
    assert dropped(found) == {name: [ahead]}
    # Alone, they are all that there is.
    assert dropped(look({name: [ahead, "X"]})) == {}


def _lines(again: str, *, same: bool) -> list[list[str]]:
    rows = [["Customer ID", "Order date", "Order ID", "Amount", "Transaction type"]]
    for i in range(200):
        row = [f"c{i % 20}", str(date(2023, 1, 1) + timedelta(days=2 * i)), f"o{1000 + i}", f"{10 + i % 37}.50"]
        rows.append([*row, "Sale"])
        if i % 9 == 0:
            rows.append([*row[:3], row[3] if same else "3.25", again])
    return rows


def test_reprints_that_repeat_a_sale_are_dropped_and_others_asked():
    found = shop(_lines("Reprint", same=True))
    assert dropped(found) == {"Transaction type": ["Reprint"]}
    assert '("Reprint": 100% of them repeat order, customer and amount of another line)' in said(found)
    other = shop(_lines("Reprint", same=False))
    assert (dropped(other), [q.key for q in other.questions]) == ({}, ["rules.drop"])
    # What was bought in the same order for the same price is no reprint.
    assert dropped(shop(_lines("Sale online", same=True))) == {}


def _tickets(named: str) -> list[list[str]]:
    rows = [["Ticket number", "Issue date", "Customer ID", "Coupon status", "Total", "Original ticket"]]
    for i in range(300):
        when, who = str(date(2023, 1, 1) + timedelta(days=i)), f"c{i % 30}"
        exchanged = i % 10 == 0
        rows.append([f"t{5000 + i}", when, who, "EXCHANGED" if exchanged else "USED", f"{90 + i % 50}.25", ""])
        if exchanged:
            rows.append([f"t{9000 + i}", when, who, "USED", f"{90 + i % 50}.25", named.format(5000 + i)])
    return rows


def test_tickets_that_another_line_names_as_exchanged_are_asked():
    found = shop(_tickets("t{}"))
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    assert '"EXCHANGED" (30 of them are named by another line in "Original ticket"' in question.asked
    assert question.choices[0].settings["rules.drop"] == [{"column": "Coupon status", "values": ["EXCHANGED"]}]
    # Another number names none of these lines.
    assert not [q for q in shop(_tickets("x{}")).questions if q.key == "rules.drop"]
