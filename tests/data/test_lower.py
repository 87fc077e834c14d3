"""Letters that Python and the engine lower differently: a word that a user wrote down is the one in the file."""

import pandas as pd
import pytest

from holdfast.data import Columns, Exclusion, Rules, Source, read_purchases
from holdfast.data.engine import connect
from holdfast.data.values.parse import spelt
from holdfast.data.values.words import lowered


def test_lowered_is_what_the_engine_makes_of_every_letter():
    letters = [chr(i) for i in range(1, 0x20000) if not 0xD800 <= i < 0xE000]
    text = pd.DataFrame({"letter": letters})
    with connect() as connection:
        connection.register("letters", text)
        read = connection.execute("SELECT letter, LOWER(letter) FROM letters").fetchall()
    assert [letter for letter, lower in read if lowered(letter) != lower] == []
    assert lowered("İPTAL ΛΟΓΟΣ Straße") == "iptal λογοσ straße"


@pytest.mark.parametrize(("word", "stated"), [("İPTAL", "İptal"), ("Gebühr Straße", "gebühr straße")])
def test_words_for_blanks_and_excluded_products_are_found(word, stated):
    frame = pd.DataFrame({"who": ["a", "b"], "day": ["2024-01-01"] * 2, "paid": ["1", "2"], "sku": ["x", word]})
    columns = Columns(customer_id="who", ordered_at="day", amount="paid", product_id="sku")
    log = read_purchases(Source(frame, columns, rules=Rules(exclude=Exclusion("product_id", [stated]))))
    assert log.report.dropped == {"exclude": 1}
    gone = frame.assign(who=["a", word])
    source = Source(gone, columns, missing_values=(stated,), rules=Rules(missing_customer="drop"))
    assert read_purchases(source).report.dropped == {"missing_customer": 1}


def test_an_id_given_by_hand_is_folded_as_those_of_the_file():
    assert spelt("İPEK@X.TR", "fold") == "ipek@x.tr"
