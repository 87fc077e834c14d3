"""What the scoring service answers has the bytes of `scores.parquet`, in both settings; and which rows it refuses."""

import json
import shutil

import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from holdfast.config import load_config
from holdfast.errors import ConfigError
from holdfast.serve.app import create_app
from holdfast.serve.desk import Desk
from tests.serve.services import Served, records, same_scores

ROW = {"customer_id": "1", "ordered_at": "2024-01-01", "amount": "5", "order_id": "a"}
HOME = "http://127.0.0.1:8401"


def asking(served: Served, *changes: str, said=lambda _: None) -> TestClient:
    return TestClient(create_app(Desk(load_config(served.path, changes), served.path.parent, say=said)), base_url=HOME)


@pytest.fixture(scope="module")
def client(scenario):
    return asking(scenario)


@pytest.fixture(scope="module")
def shop_client(a_shop):
    return asking(a_shop)


def scored(client, address: str, **body) -> list[dict]:
    answer = client.post(address, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["scores"]


@pytest.mark.parametrize("customers", [1, 7, 150])
def test_rows_of_a_table_score_to_the_last_bit_like_the_command(scenario, client, customers):
    want = scenario.scores.iloc[3 : 3 + customers]
    rows = scenario.rows(want["customer_id"])
    same_scores(scored(client, "/score", as_of=scenario.as_of, rows=rows), want)


def test_rows_of_features_score_to_the_last_bit_like_the_command(scenario, client):
    want = scenario.scores.iloc[:40]
    rows = records(scenario.features.iloc[:40])
    same_scores(scored(client, "/score/features", rows=rows), want)
    same_scores(scored(client, "/score/features", rows=rows[:1]), want[:1])


def test_numbers_are_read_like_the_texts_of_the_file(a_shop, shop_client):
    want = a_shop.scores.iloc[:30]
    rows = [{**row, "amount": float(row["amount"])} for row in a_shop.rows(want["customer_id"])]
    same_scores(scored(shop_client, "/score", as_of=a_shop.as_of, rows=rows), want)


def test_reasons_are_those_of_the_lists(a_shop, shop_client):
    for name, key in (("at_risk", "reasons"), ("win_back", "reasons"), ("high_value", "value_reasons")):
        folder = a_shop.config.outputs / "shop" / a_shop.as_of / "lists"
        listed = pd.read_parquet(folder / f"{name}.parquet").head(25).set_index("customer_id")
        answers = scored(shop_client, "/score", as_of=a_shop.as_of, rows=a_shop.rows(listed.index))
        assert len(answers) == len(listed) > 10
        for answer in answers:
            row = listed.loc[answer["customer_id"]]
            assert answer[key] == [row[f"reason_{i}"] for i in (1, 2, 3) if row[f"reason_{i}"]]


def test_contracts_have_reasons_too_and_nobody_pays_for_them_who_wants_none(a_club):
    client, rows = asking(a_club), a_club.rows(a_club.scores["customer_id"].head(5))
    answers = scored(client, "/score", as_of=a_club.as_of, rows=rows)
    assert all(1 <= len(a["reasons"]) <= 3 and a["value_reasons"][0].startswith("pays ") for a in answers)
    bare = scored(client, "/score", as_of=a_club.as_of, rows=rows, reasons=False)
    assert bare == [{k: v for k, v in a.items() if not k.endswith("reasons")} for a in answers]


def test_reasons_speak_the_language_of_the_scenario(a_shop):
    who = a_shop.scores["customer_id"].head(3)
    english, danish = (
        scored(asking(a_shop, f"language={code}"), "/score", as_of=a_shop.as_of, rows=a_shop.rows(who))
        for code in ("en", "da")
    )
    assert [a["reasons"] for a in english] != [a["reasons"] for a in danish]
    assert [a["clv_365d"] for a in english] == [a["clv_365d"] for a in danish]


def test_an_id_keeps_its_zeros_and_one_that_is_a_number_is_refused(a_shop, shop_client):
    (row, *_) = a_shop.rows(a_shop.scores["customer_id"].head(1))
    assert row["customer_id"].startswith("0")
    assert scored(shop_client, "/score", as_of=a_shop.as_of, rows=[row])[0]["customer_id"] == row["customer_id"]
    answer = shop_client.post("/score", json={"as_of": a_shop.as_of, "rows": [{**row, "customer_id": 17}]})
    assert (answer.status_code, answer.json()) == (422, {"error": "rows[0].customer_id must be text (ids are text)."})


def test_a_row_that_cannot_be_read_is_named_and_not_quoted(a_shop, shop_client):
    rows = a_shop.rows(a_shop.scores["customer_id"].head(2))
    rows[1] = {**rows[1], "ordered_at": "Jane Roe"}
    no_date = "is not an ISO 8601 date (2024-12-31 or 2024-12-31 23:59:59) between 1970 and 2199"
    answer = shop_client.post("/score", json={"as_of": a_shop.as_of, "rows": rows})
    assert (answer.status_code, answer.json()) == (422, {"error": f"rows[1].ordered_at {no_date}."})
    rows[0] = {**rows[0], "amount": "Jane Roe"}
    answer = shop_client.post("/score", json={"as_of": a_shop.as_of, "rows": rows})
    assert answer.json() == {
        "error": f'rows[0].amount is not a number below 10^12 with decimal mark "."; rows[1].ordered_at {no_date}.'
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"rows": [ROW]}, "as_of is missing."),
        ({"as_of": "soon", "rows": [ROW]}, "as_of must be a date"),
        ({"as_of": "9999-12-31", "rows": [ROW]}, "must lie from 1970"),
        ({"as_of": "2024-03-01", "rows": []}, "rows has no row."),
        ({"as_of": "2024-03-01", "rows": [{"customer_id": "1"}]}, "rows[0].ordered_at is missing; "),
        (
            {"as_of": "2024-03-01", "rows": [{"customer_id": "1", "ordered_at": "2024-01-01", "Jane Roe": 1}]},
            "rows[0].amount is missing; rows[0].order_id is missing.",
        ),
        ({"as_of": "2024-03-01", "rows": [{**ROW, "ordered_at": "2024-04-01"}]}, ""),
        ([], "The body is not what the schema says."),
    ],
)
def test_what_is_wrong_with_a_body_is_said(shop_client, body, said):
    answer = shop_client.post("/score", json=body)
    if said:
        assert answer.status_code == 422
        assert said in answer.json()["error"]
        assert "Jane" not in answer.text
    else:
        assert answer.json()["scores"] == [], "nobody had bought by then"


def test_two_currencies_are_refused_without_a_word_of_theirs(a_shop, tmp_path):
    client = asking(a_shop, "purchases.columns.currency=money")
    rows = [
        {"customer_id": "1", "ordered_at": "2024-01-01", "amount": 5, "order_id": "a", "money": "Jane Roe"},
        {"customer_id": "1", "ordered_at": "2024-01-02", "amount": 5, "order_id": "b", "money": "John Doe"},
    ]
    answer = client.post("/score", json={"as_of": "2024-03-01", "rows": rows})
    assert answer.status_code == 422
    assert "cannot be read" in answer.text
    assert "Roe" not in answer.text
    assert "Doe" not in answer.text


def test_a_scenario_with_tables_beside_purchases_takes_features_only(a_shop, tmp_path):
    (tmp_path / "v.csv").write_text("customer_id,visited_at\n1,2024-01-01\n", encoding="utf-8")
    client = asking(a_shop, f"tables.visits.path={tmp_path / 'v.csv'}")
    rows = a_shop.rows(a_shop.scores["customer_id"].head(1))
    answer = client.post("/score", json={"as_of": a_shop.as_of, "rows": rows})
    assert answer.status_code == 409
    assert "tables.visits" in answer.text
    assert scored(client, "/score/features", rows=records(a_shop.features.head(1)))


def test_the_openapi_document_describes_what_comes_back(scenario, client):
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    schemas = {**document["components"]["schemas"]}
    everything = {"components": {"schemas": schemas}}

    def valid(reference: str, content) -> None:
        Draft202012Validator({"$ref": reference, **everything}).validate(content)

    body = {"as_of": scenario.as_of, "rows": scenario.rows(scenario.scores["customer_id"].head(3))}
    asked = document["paths"]["/score"]["post"]
    valid(asked["requestBody"]["content"]["application/json"]["schema"]["$ref"], body)
    valid(
        asked["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
        client.post("/score", json=body).json(),
    )
    features = {"rows": records(scenario.features.head(2))}
    asked = document["paths"]["/score/features"]["post"]
    valid(asked["requestBody"]["content"]["application/json"]["schema"]["$ref"], features)
    valid("#/components/schemas/Error", client.post("/score", json={}).json())
    for address in ("/health", "/ready", "/version"):
        schema = document["paths"][address]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator(schema).validate(client.get(address).json())


def test_customers_who_were_erased_since_are_left_out(a_shop, tmp_path):
    from holdfast.pipeline import forget

    folder = tmp_path / "copy"
    shutil.copytree(a_shop.path.parent, folder)
    text = a_shop.path.read_text(encoding="utf-8").replace(str(a_shop.path.parent), str(folder))
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    copy = Served(folder / "scenario.yaml", a_shop.as_of, a_shop.table)
    client, (gone, stays) = asking(copy), a_shop.scores["customer_id"].head(2)
    rows = copy.rows([gone, stays])
    assert len(scored(client, "/score", as_of=copy.as_of, rows=rows)) == 2
    forget(copy.config, [gone], base=folder)
    assert [a["customer_id"] for a in scored(client, "/score", as_of=copy.as_of, rows=rows)] == [stays]


def test_a_model_that_answers_another_question_is_refused(a_shop):
    with pytest.raises(ConfigError, match=r"churn.horizon_days is 90, but the champion was trained with 60"):
        asking(a_shop, "churn.horizon_days=90")


def test_version_says_what_answers(a_shop, shop_client):
    told = shop_client.get("/version").json()
    model = json.loads((a_shop.config.outputs / "shop" / a_shop.as_of / "model.json").read_text())["model_version"]
    assert (told["model_version"], told["scenario"], told["trained_as_of"]) == (model, "shop", "2024-03-01")
