"""Long ids that a spreadsheet has cut (4.91541E+11): refused where they are needed, left aside where others stand."""

import pytest

from holdfast.errors import DataError
from tests.onboarding.looked import day, shop

CUT = [f"4.9154{i}E+11" for i in range(10)]


def rows(ids: list[str], *, name: str = "customer_id", also: str = "") -> list[list[str]]:
    header = [name, "date", "amount", *([also] if also else [])]
    more = [[f"c{i % 7}@x.com"] if also else [] for i in range(400)]
    return [header, *([ids[i % len(ids)], day(i), "10.50", *more[i]] for i in range(400))]


@pytest.mark.parametrize("name", ["customer_id", "phone", "loyalty card no"])
@pytest.mark.parametrize("ids", [CUT, [*CUT, "491540123456"], [c.replace(".", ",").lower() for c in CUT]])
def test_customers_whose_ids_a_spreadsheet_cut_are_refused(name, ids):
    with pytest.raises(DataError, match=f'"{name}" holds long numbers .* Export it again, as text') as refused:
        shop(rows(ids, name=name))
    assert "4915" not in str(refused.value)


def test_where_another_column_names_them_cut_ids_are_left_aside():
    found = shop(rows(CUT, also="customer email"))
    assert found.settings["columns.customer_id"] == "customer email"
    assert any('"customer_id" holds long numbers' in line for line in found.told)


@pytest.mark.parametrize(
    "ids",
    [
        [f"1e5{i:03d}" for i in range(40)],
        [f"12E4{i}" for i in range(40)],
        ["4915401234567"] + [f"49154012345{i}" for i in range(40)],
    ],
)
def test_ids_that_only_look_so_are_ids(ids):
    found = shop(rows(ids))
    assert (found.settings["columns.customer_id"], found.questions) == ("customer_id", [])
    assert not any("spreadsheet" in line for line in found.told)


def test_one_cut_id_among_many_is_told():
    ids = [f"4915401234{i:02d}" for i in range(40)] * 5
    found = shop(rows([*ids, CUT[0]]))
    assert found.settings["columns.customer_id"] == "customer_id"
    assert any('"customer_id" on 1 line is a number that a spreadsheet cut' in line for line in found.told)


def test_orders_that_a_spreadsheet_cut_are_left_aside():
    header, *lines = rows([f"c{i}" for i in range(40)])
    found = shop([["order_id", *header], *([CUT[i % 10] if i % 9 else f"A{i}", *line] for i, line in enumerate(lines))])
    assert "columns.order_id" not in found.settings
