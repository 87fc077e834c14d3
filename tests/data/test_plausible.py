"""What no shop's log can be is told or refused."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import ColumnRule, Columns, Exclusion, PurchaseLog, Rules, Source, read_purchases, simulate_shop
from holdfast.data.beginnings import Beginnings, unknown_beginnings
from holdfast.data.customers_seen import customers_seen
from holdfast.errors import DataError
from holdfast.pipeline import prepare
from tests.conftest import settings

AMOUNT = Columns(amount="amount")


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    return simulate_shop(300, seed=3).purchases[["customer_id", "ordered_at", "amount"]]


def added(plain: pd.DataFrame, *rows: tuple) -> pd.DataFrame:
    more = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    more["ordered_at"] = pd.to_datetime(more["ordered_at"])
    return pd.concat([plain, more], ignore_index=True)


def notes(frame: pd.DataFrame, **options) -> list[str]:
    return read_purchases(Source(frame, AMOUNT, **options)).report.notes


def beginnings_of(log: PurchaseLog) -> Beginnings | None:
    with customers_seen(log.connection) as seen:
        return unknown_beginnings(log.connection, seen)


def test_a_plain_shop_gives_no_note(plain, cdnow):
    assert notes(plain) == []
    assert cdnow.report.notes == []


def test_amounts_too_small_for_cents_are_told(plain):
    small = plain.assign(amount=(plain["amount"] / 590).round(6))
    mean = small["amount"].round(2).mean()
    assert notes(small) == [
        f"Most amounts were rounded to two decimals, and a line is worth {mean:.2f} on average: that is too coarse. "
        "Write amounts in a unit that is a thousand times smaller."
    ]
    assert notes(small.assign(amount=small["amount"] * 1000)) == []
    # Small, but whole cents.
    assert notes(small.assign(amount=small["amount"].round(2))) == []


def test_phones_that_are_written_in_several_ways_are_told(plain):
    number = plain["customer_id"].astype(int) + 601_000_000
    mixed = number.astype(str).where(plain.index % 2 == 0, "+48 " + number.astype(str))
    customers = mixed.nunique()
    assert [note for note in notes(plain.assign(customer_id=mixed)) if "phones" in note] == [
        f"{customers} customers are told apart by numbers that end alike where others begin with a country's code or a "
        f"0: by their last 8 digits they are {number.nunique()}. If these are phones, write each in one way, or map "
        "the others to it (tables.id_map)."
    ]
    # In one way each; and ids that are no phones.
    assert notes(plain.assign(customer_id=("+48" + number.astype(str)))) == []
    assert notes(plain.assign(customer_id="C" + mixed)) == []


def test_numbers_with_and_without_marks_are_told_and_following_the_advice_works(plain):
    # Their last digits are not alike, as those of phones would be.
    number = (plain["customer_id"].astype(int) * 7_000_000_019 % 9_999_999_967 + 1000).astype(str).str.zfill(11)
    marked = number.str[:3] + "." + number.str[3:9] + "-" + number.str[9:]
    mixed = plain.assign(customer_id=marked.where(plain.index % 3 == 0, number.str.lstrip("0")))
    (note,) = notes(mixed)
    customers = mixed["customer_id"].nunique()
    assert note == (
        f"{customers} customers are {number.nunique()} if dots, dashes, blanks and leading zeros of their numbers make "
        "no difference: one person may count as several. purchases.id_case: digits makes them one."
    )
    assert notes(mixed, id_case="digits") == []
    # Marks that part one number in several ways are no other way to write it; a few alike are chance.
    assert notes(plain.assign(customer_id=marked)) == []
    assert notes(plain.assign(customer_id=number.str[:4] + "-" + number.str[4:])) == []


def test_a_line_worth_all_others_together_is_a_total_and_following_the_advice_works(plain):
    total = round(float(plain["amount"].sum()), 2)
    frame = added(plain, ("Report", "2024-06-01", total))
    with pytest.raises(DataError, match=rf"frame line {len(frame)} is worth exactly what all other lines are together"):
        notes(frame)
    rules = Rules(exclude=Exclusion("customer_id", ["report"]))
    assert notes(frame, rules=rules) == []
    assert any("totals, not purchases" in n for n in notes(added(plain, ("Total", "2024-06-01", total + 1))))


def test_few_lines_that_hold_most_of_the_money_are_told_and_following_the_advice_works(plain):
    unknown = plain.assign(amount=plain["amount"].where(plain.index % 400 != 7, 999_999.0))
    few = int((unknown["amount"] == 999_999.0).sum())
    assert few == 5
    (said,) = notes(unknown)
    assert said.startswith(f"{few} lines, each worth more than 1,000 times the usual one, hold 9")
    assert "purchases.rules.drop" in said
    written = unknown.astype({"amount": str})
    assert notes(written, rules=Rules(drop=[ColumnRule("amount", ["999999.0"])])) == []
    # More than a hundredth of the lines are another kind of customers, and a tenth of the money is a good day.
    assert notes(plain.assign(amount=plain["amount"].where(plain.index % 50 != 7, 999_999.0))) == []
    large = plain["amount"].where(plain.index % 2000 != 7, 1_100 * np.exp(np.log(plain["amount"]).mean()).round(2))
    assert not any("hold" in said for said in notes(plain.assign(amount=large)))


def test_one_order_far_in_the_future_cannot_move_the_as_of_date(plain, tmp_path):
    frame = added(plain, ("a", "2099-01-01", 5.0))
    given = settings(tmp_path, as_of="end_of_data")
    last = plain["ordered_at"].max().date()
    with pytest.raises(DataError, match=rf"all lines except 1 line end on {last}.*last_date: {last}"):
        prepare(make_config(given), purchases=frame.assign(order_id="1"))
    dropped = settings(tmp_path, as_of="end_of_data", purchases__rules={"last_date": last.isoformat()})
    prepared = prepare(make_config(dropped), purchases=frame.assign(order_id="1"))
    assert prepared.log.report.dropped == {"dates": 1}
    assert (prepared.cutoff.date - last).days == 1
    stated = prepare(make_config(settings(tmp_path)), purchases=frame.assign(order_id="1"))
    assert any("dated long after all others, until 2099-01-01" in n for n in stated.log.report.notes)


def test_one_order_long_before_all_others_is_told(plain):
    (note,) = notes(added(plain, ("a", "1970-01-01", 5.0)))
    assert note == (
        "1 line dated long before all others, from 1970-01-01; the others begin on 2023-01-03. "
        "purchases.rules.first_date drops them."
    )


def test_months_without_a_line_are_named(plain):
    gone = plain[~plain["ordered_at"].dt.strftime("%Y-%m").isin(["2023-06", "2023-07"])]
    (note,) = notes(gone)
    assert note.startswith("No line at all in 2 months (2023-06, 2023-07)")
    # A handful of lines a year leaves months empty by chance.
    assert notes(plain.sample(40, random_state=1)) == []


@pytest.mark.parametrize("empty", [True, False])
def test_ids_that_change_on_a_day_are_told(plain, empty):
    sold = plain[plain["ordered_at"].dt.strftime("%Y-%m") != "2023-09"] if empty else plain
    late = sold["ordered_at"] >= "2023-10-05"
    renamed = sold.assign(customer_id=sold["customer_id"].astype("str").where(~late, "new-" + sold["customer_id"]))
    before = sold.loc[~late, "customer_id"].nunique()
    said = notes(renamed)[0]
    assert said.startswith(f"None of the {before} customers from before 2023-10-0")
    # A few whose ids were kept change nothing; a tenth who buy on does.
    kept = sold.loc[~late, "customer_id"].unique()
    for share, told in ((0.005, True), (0.2, False)):
        own = sold["customer_id"].isin(kept[: int(share * len(kept))])
        found = notes(renamed.assign(customer_id=renamed["customer_id"].where(~own, sold["customer_id"])))
        assert any(note.startswith("Only ") for note in found) is told


def test_customers_who_come_once_or_stop_one_by_one_are_no_change_of_ids(plain):
    once = plain.assign(customer_id=np.arange(len(plain)).astype(str))
    assert not [note for note in notes(once) if note.startswith("Only ")]
    assert not [note for note in notes(plain) if note.startswith("Only ")]


def test_a_customer_with_a_tenth_of_all_lines_is_told(plain):
    till = plain.sample(200, random_state=2).assign(customer_id="kasse 1")
    (note,) = notes(pd.concat([plain, till], ignore_index=True))
    assert note.startswith("One customer has 10% of all lines (200 lines)")


@pytest.mark.parametrize(
    ("as_of", "said"), [("2024-09-30", "everybody would look as if they had left"), ("2024-07-20", "")]
)
def test_an_as_of_date_long_after_the_last_line(plain, tmp_path, as_of, said):
    config = make_config(settings(tmp_path, as_of=as_of))
    assert plain["ordered_at"].max().date() == date(2024, 6, 23)
    if said:
        with pytest.raises(DataError, match=said):
            prepare(config, purchases=plain.assign(order_id="1"))
    else:
        notes_ = prepare(config, purchases=plain.assign(order_id="1")).log.report.notes
        shut = "Nobody bought from 2024-06-24 on: you are shut, or the newest lines are missing. The 26 days"
        assert [n for n in notes_ if n.startswith(shut)]
        config = make_config(settings(tmp_path, as_of=as_of, churn__shut=[]))
        notes_ = prepare(config, purchases=plain.assign(order_id="1")).log.report.notes
        assert [n for n in notes_ if n.startswith("as_of 2024-07-20 lies 26 days after the last line (2024-06-23)")]


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (0.0, "every line is worth 0. Map another column .purchases.columns.amount."),
        (-1.0, "no line is worth more than 0, and a negative amount is a return"),
        (0.00001, "every amount is below a cent"),
    ],
)
def test_a_log_in_which_nobody_bought_says_why_with_its_account(plain, factor, said):
    with pytest.raises(
        DataError, match=rf"Nobody bought anything: {said}.*{len(plain):,} lines in; {len(plain):,} kept"
    ):
        notes(plain.assign(amount=plain["amount"] * factor))


def test_following_the_advice_a_log_of_zeros_counts_its_lines(plain):
    log = read_purchases(Source(plain.assign(amount=0.0), Columns()))
    assert (log.has_money, log.report.kept) == (False, len(plain))


def test_customers_who_buy_to_sell_are_told_by_their_number_alone(plain):
    days = [f"2023-{month:02}-01" for month in range(1, 12)]
    median = plain.groupby("customer_id")["amount"].sum() / plain.groupby("customer_id")["ordered_at"].nunique()
    basket, total = 21 * float(median.median()), float(plain["amount"].sum())
    # Baskets that are large enough, and just enough of them for a fifth of the money.
    each = max(basket, 0.26 * total / 22)
    rows = [(who, day, round(each, 2)) for who in ("Trade", "Resale") for day in days]
    (said,) = notes(added(plain, *rows))
    share, _, rest = said.partition("% of the money comes from ")
    assert 20 <= int(share) < 30
    assert rest.startswith("2 customers of 302, in baskets more than")
    assert "companies that buy to sell" in said
    assert "Trade" not in said
    assert notes(added(plain, *((who, day, round(each / 3, 2)) for who, day, _ in rows))) == []
    tagged = added(plain, *rows)
    tagged["kind"] = ["shop"] * len(plain) + ["trade"] * len(rows)
    dropped = Rules(drop=[ColumnRule("kind", values=["trade"])])
    assert notes(tagged, rules=dropped) == []


def test_a_log_that_starts_in_the_middle_says_whose_beginning_it_does_not_show():
    world = simulate_shop(3000, seed=2, days=900, joining_days=800)
    cut = world.purchases[world.purchases["ordered_at"] >= "2024-01-01"]
    (said,) = notes(cut[["customer_id", "ordered_at", "amount"]])
    assert "the log seems to start in the middle of the shop's history" in said
    found = beginnings_of(read_purchases(Source(cut, AMOUNT)))
    start = (date(2024, 1, 1) - date(1970, 1, 1)).days
    first = cut.groupby("customer_id")["ordered_at"].min()
    early = (first < "2024-01-29").sum()
    assert found.early == early
    assert f"{early:,} customers first appear in the first 28 days, {early / found.usual:.1f} times as many" in said
    # Newcomers truly join evenly: 3,000 in 800 days are 105 in 28.
    assert found.usual == pytest.approx(105, rel=0.15)
    assert start + 28 < found.until < start + 200
    assert found.customers == (first < pd.Timestamp("1970-01-01") + pd.Timedelta(days=found.until)).sum()
    # Most of those were customers before, hardly any of the later ones were.
    joined = world.truth.set_index("customer_id")["joined"].loc[first.index]
    before = (joined < 365).to_numpy()
    told = (first < pd.Timestamp("1970-01-01") + pd.Timedelta(days=found.until)).to_numpy()
    assert before[told].mean() > 0.6
    assert before[~told].mean() < 0.2


def test_a_whole_log_a_cohort_and_an_opening_rush_of_passers_by_show_their_beginnings(plain, cdnow):
    whole = simulate_shop(3000, seed=2, days=900, joining_days=800).purchases
    cohort = simulate_shop(1500, seed=2, joining_days=20).purchases
    rush = pd.DataFrame({"customer_id": [f"x{i}" for i in range(600)], "ordered_at": pd.Timestamp(2023, 1, 3)})
    opened = pd.concat([whole, rush.assign(amount=10.0)], ignore_index=True)
    for frame in (whole, cohort, opened, plain):
        assert beginnings_of(read_purchases(Source(frame, AMOUNT))) is None
    assert beginnings_of(cdnow) is None


def bought_on(days: int, customer: str = "x") -> list[tuple]:
    first = pd.Timestamp("2020-01-01")
    return [(customer, first + pd.Timedelta(days=i), 20.0) for i in range(days)]


def test_one_customer_with_many_times_as_many_purchase_days_as_any_other_is_told(plain):
    most = int(plain.groupby("customer_id")["ordered_at"].apply(lambda days: days.dt.date.nunique()).max())
    (note,) = [n for n in notes(added(plain, *bought_on(5 * most))) if n.startswith("One customer")]
    assert f"One customer bought on {5 * most} days, whoever comes next on {most}: a till" in note
    assert "purchases.missing_values names such a word" in note
    assert not [n for n in notes(added(plain, *bought_on(4 * most))) if n.startswith("One customer")]


def test_ids_that_hide_letters_behind_stars_are_told(plain):
    masked = plain.assign(customer_id=plain["customer_id"].str[:-1] + "****")
    (note,) = [n for n in notes(masked) if "stars" in n]
    people = masked["customer_id"].nunique()
    assert note.startswith(f"{people} customers of {people} are told apart by ids that hide letters behind stars")
    assert "phones (purchases.columns.customer_id)" in note
    assert not [n for n in notes(plain.assign(customer_id=plain["customer_id"] + "*")) if "stars" in n]


def test_ids_that_a_spreadsheet_cut_are_told(plain):
    numbers = plain.assign(customer_id="49154" + plain["customer_id"].str[-1] + "123456")
    assert not [n for n in notes(numbers) if "spreadsheet" in n]
    assert not [n for n in notes(plain.assign(customer_id="12E4" + plain["customer_id"])) if "spreadsheet" in n]
    cut = numbers.assign(customer_id=numbers["customer_id"].str[0] + "," + numbers["customer_id"].str[1:6] + "E+11")
    (note,) = [n for n in notes(cut) if "spreadsheet" in n]
    assert note.startswith(f"{cut['customer_id'].nunique()} customers ({len(cut):,} lines) have an id as a spreadsheet")
