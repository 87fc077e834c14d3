"""`holdfast init` on exports from Japan, China and Korea: encodings, names of columns, amounts as they are typed."""

from pathlib import Path

import pytest
import yaml

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.encodings import eastern
from holdfast.onboarding.export import Export as Read
from tests.fuzz.configurations import command
from tests.onboarding.exports import Export, Sale, day, sales
from tests.onboarding.plain import read

WIDE = str.maketrans("0123456789,", "０１２３４５６７８９，")
# By encoding: names of customer, order, day, amount, quantity, product, status; what is bought; what became of it.
SHOPS = {
    "cp932": ("会員番号 注文番号 注文日 合計金額 数量 商品名 注文ステータス", "緑茶ティーバッグ", "発送済み"),
    "euc_jp": ("顧客コード 受注番号 受注日時 ご注文金額 個数 品名 ステータス", "ほうじ茶　徳用", "発送済み"),
    "gb18030": ("会员编号 订单编号 下单时间 实付金额 购买数量 商品名称 订单状态", "绿茶 红色连衣裙", "已发货"),
    "cp950": ("會員編號 訂單編號 訂單日期 總金額 數量 商品名稱 訂單狀態", "綠茶 茶葉禮盒", "已出貨"),
    "cp949": ("회원번호 주문번호 주문일자 결제금액 수량 상품명 주문상태", "녹차 선물세트", "배송완료"),
}
ROLES = ("customer_id", "order_id", "ordered_at", "amount", "quantity", "product_id")


def yen(s: Sale) -> str:
    """A whole amount in one of the spellings that stand in one column of a Japanese shop."""
    plain = f"{s.cents:,}"
    return (f"\\{plain}", f"{plain}円", f"￥{plain}", f"{plain}円".translate(WIDE))[s.order % 4]


def shop(encoding: str, paid=lambda s: f"{s.cents}") -> Export:
    names, product, status = SHOPS[encoding]
    cells = (
        lambda s: f"{s.customer + 10001:08d}",
        lambda s: f"JP-{s.order + 100001}",
        day("%Y/%m/%d %H:%M"),
        paid,
        lambda s: "１" if s.order % 9 == 0 else "1",
        lambda s: f"{product} {s.cents % 7}",
        lambda _: status,
    )
    return Export(dict(zip(names.split(), cells, strict=True)), encoding=encoding)


@pytest.mark.parametrize("encoding", SHOPS)
def test_an_export_is_read_in_its_own_encoding_and_words(encoding):
    shop(encoding).write(Path("orders.csv"))
    code, said = command("init", "orders.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    assert f"encoding: {encoding} " in Path("x.yaml").read_text(encoding="utf-8")
    assert f"encoding: {encoding}, as the letters are" in " ".join(Look(["orders.csv"]).findings({}).told)
    written, customers, revenue, lost = read(Path("x.yaml"))
    assert (written["encoding"], written.get("header", True)) == (encoding, True)
    assert written["columns"] == dict(zip(ROLES, SHOPS[encoding][0].split(), strict=False))
    assert (customers, lost, revenue) == (60, 0, sum(s.cents for s in sales()))
    assert command("check", "-c", "x.yaml")[0] == 0


def test_yen_in_all_spellings_of_one_column_are_one_currency():
    shop("cp932", yen).write(Path("orders.csv"))
    assert command("init", "orders.csv", "--yes", "--out", "x.yaml")[0] == 0
    section = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    # No line says that 5,370円 is no 5.37: the names of the columns do.
    assert (section["decimal"], section["thousands"]) == (".", ",")
    assert section["columns"]["amount"] == "合計金額"
    assert section["columns"]["customer_id"] == "会員番号"
    assert read(Path("x.yaml"))[1:] == (60, sum(s.cents for s in sales()), 0)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Käufer,Größe,Straße,Müller", "cp1252"),
        ("Women’s T-shirt,Joe’s,“Best”,2020–2021,£12,20€,naïve café,ÅRHUS,ØLÆÅ", "cp1252"),
        ("Crème brûlée,São João,Ação,Señor", "latin-1"),
        ("Клиент;Дата;Сумма;Товар;МОСКВА;ИВАН", "cp1251"),
        ("Клиент;Дата;Сумма;Товар;МОСКВА;ИВАН", "koi8-r"),
        ("Zákazník,Částka,Příliš žluťoučký kůň", "cp1250"),
        ("Πελάτης,Ποσό,ΑΘΗΝΑ", "cp1253"),
        ("Müşteri,Şehir,İSTANBUL", "cp1254"),
        ("ลูกค้า,จำนวนเงิน,วันที่", "cp874"),
        ("注文日,合計金額", "utf-16-le"),
        ("注文日,合計金額,ありがとう", "utf-8"),
    ],
)
def test_other_letters_stay_what_they_are(text, encoding):
    assert eastern(text.encode(encoding)) is None


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("order,amount\n1,5370円\n2,980円\n", "cp932", "cp932"),
        ("商品①,㈱日本,ﾔﾏﾀﾞ ﾀﾛｳ,ありがとう", "cp932", "cp932"),
        ("商品①を買う,ありがとうございます", "euc_jis_2004", "euc_jis_2004"),
        ("北京市朝阳区,支付宝,红色连衣裙,已发货", "gbk", "gb18030"),
        ("서울특별시 강남구,녹차,배송완료", "cp949", "cp949"),
        ("台北市信義區,烏龍茶,已出貨", "big5", "cp950"),
    ],
)
def test_values_show_the_encoding_without_names_that_are_known(text, encoding, found):
    assert eastern(text.encode(encoding)) == found
    # A sign may be cut where the look ends.
    assert eastern(b"a," * 1000 + text.encode(encoding)[:-1]) == found


def test_letters_behind_many_plain_lines_are_seen():
    lines = "".join(f"c{i % 400},{i},2024-01-{i % 28 + 1:02d},{i % 97}.50,tea\n" for i in range(14_000))
    content = ("customer,order,date,amount,product\n" + lines).encode() + "c1,9,2024-01-03,5.00,緑茶の袋\n".encode(
        "cp932"
    )
    assert len(content) > 1 << 18
    Path("x.csv").write_bytes(content)
    assert "x.csv: 14,001 lines, 5 columns; cp932" in Look(["x.csv"]).findings({}).told[0]


def test_a_damaged_line_is_named_and_not_read_as_western_letters():
    shop("cp932").write(Path("x.csv"))
    lines = Path("x.csv").read_bytes()
    # Behind what is looked at to tell the encoding.
    many = lines + lines.split(b"\r\n", 1)[1] * ((1 << 18) // len(lines) + 1)
    Path("x.csv").write_bytes(many + b"\x85\x20,,,,,,\r\n")
    broken = many.count(b"\n") + 1
    place = rf"x\.csv, line {broken}: not cp932 text\. The letters above it are Japanese"
    with pytest.raises(DataError, match=place):
        Look(["x.csv"]).findings({})


def test_names_that_were_read_as_data_are_told_with_what_to_write():
    shop("cp932").write(Path("x.csv"))
    numbered = {"customer_id": "1", "ordered_at": "3", "amount": "4"}
    section = {"path": "x.csv", "columns": numbered, "header": False, "encoding": "shift_jis", "max_reject_share": 0}

    def refused(**more) -> str:
        config = {"name": "x", "as_of": "end_of_data", "purchases": {**section, **more}}
        Path("x.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        code, said = command("check", "-c", "x.yaml")
        assert code != 0
        return said

    advice = "Line 1 looks like names of columns, which are read as data: set purchases.header: true"
    one = refused(date_format="%Y/%m/%d %H:%M")
    assert advice in one
    assert "purchases.columns write the names that stand there" in one
    assert "date_format:" not in one.split(advice)[1]
    every = refused(date_format="%d.%m.%Y")
    assert advice in every
    assert 'Set purchases.date_format: "%Y/%m/%d %H:%M".' in every
    # The names are on line 1 of the file: where the wrong column is mapped, nobody's words are taken for them.
    assert advice not in refused(columns={**numbered, "ordered_at": "7"}, date_format="%Y/%m/%d %H:%M")


def test_a_column_is_looked_at_once_whatever_is_answered(monkeypatch):
    shop("cp932", yen).write(Path("x.csv"))
    look = Look(["x.csv"])
    first = look.findings({})
    assert first.questions == []
    monkeypatch.setattr(Read, "row", None)
    assert look.findings({}).told == first.told
