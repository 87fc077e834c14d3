"""`holdfast serve` as a process on loopback: load, a champion that changes, bad bodies, slow ones, and who may ask."""

import itertools
import json
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from benchmarks.bodies import SECRET, bodies
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.errors import ConfigError
from holdfast.pipeline import prepare, train
from holdfast.serve.server import limits_of
from holdfast.track import Store
from tests.conftest import RULES
from tests.serve.services import Served, asked, same_scores, service, shop

MOST_BYTES, SECONDS = 200_000, 1.0


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("log") / "said"


@pytest.fixture(scope="module")
def strict(a_shop, log):
    """A service that takes small bodies only, and waits for them for a second."""
    with service(
        a_shop.path, log, "--set", f"serve.most_bytes={MOST_BYTES}", "--set", f"serve.seconds={SECONDS}"
    ) as at:
        yield at


def alive(address: str, served: Served) -> None:
    want = served.scores.head(2)
    status, text = asked(f"{address}/score", {"as_of": served.as_of, "rows": served.rows(want["customer_id"])})
    assert status == 200
    same_scores(json.loads(text)["scores"], want)


@pytest.mark.slow
def test_bad_bodies_get_a_refusal_that_echoes_nothing_and_the_service_lives(a_shop, strict, log):
    (row, *_) = a_shop.rows(a_shop.scores["customer_id"].head(1))
    seen: dict[int, int] = {}
    for address, body, headers in bodies(200, row, most_bytes=MOST_BYTES):
        status, text = asked(f"{strict}{address}", body, headers)
        assert 400 <= status < 500, (status, address, body[:200], text)
        for secret in (SECRET, "Jane", "0012345"):
            assert secret not in text
        assert "\n" not in text
        assert len(text) < 1000
        seen[status] = seen.get(status, 0) + 1
    assert set(seen) == {413, 415, 422}
    alive(strict, a_shop)
    assert "Jane" not in log.read_text(encoding="utf-8")
    assert "bug" not in log.read_text(encoding="utf-8")


def _talk(address: str, *parts: bytes, pause: float) -> bytes:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
        except OSError:
            pass  # they hung up, as they should
        said = b""
        try:
            while part := line.recv(65_536):
                said += part
        except ConnectionResetError:
            pass
    return said


@pytest.mark.slow
@pytest.mark.parametrize("what", ["head", "body", "nothing", "second"])
def test_who_is_slow_is_sent_away(a_shop, strict, what):
    host = strict.removeprefix("http://").encode()
    head = (
        b"POST /score HTTP/1.1\r\nHost: " + host + b"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    get = b"GET /health HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    began = time.monotonic()
    if what == "head":
        said = _talk(strict, *(head[i : i + 1] for i in range(40)), pause=0.2)
        assert said.startswith(b"HTTP/1.1 400")
    elif what == "body":
        said = _talk(strict, head, *([b"x"] * 40), pause=0.2)
        assert said.startswith(b"HTTP/1.1 408")
    elif what == "nothing":
        assert _talk(strict, pause=0).startswith(b"HTTP/1.1 400")
    else:
        said = _talk(strict, get, *(head[i : i + 1] for i in range(40)), pause=0.2)
        assert said.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 20
    alive(strict, a_shop)


@pytest.mark.slow
def test_what_is_no_http_gets_a_refusal(a_shop, strict):
    for sent in (b"\x16\x03\x01 Jane Roe\r\n\r\n", b"GET /Jane\xff HTTP/9.9\r\n\r\n", b"X" * 100_000):
        said = _talk(strict, sent, pause=0)
        assert said.startswith(b"HTTP/1.1 4")
        assert b"Jane" not in said
    for path, status in (("/nowhere/Jane", 404), ("/score", 405), ("/docs", 404), ("/health?q=Jane", 200)):
        got, text = asked(f"{strict}{path}")
        assert got == status
        assert "Jane" not in text
    assert asked(f"{strict}/health", headers={"Host": "Jane.example"})[0] == 421
    alive(strict, a_shop)


@pytest.mark.slow
def test_a_champion_is_swapped_under_load_without_a_request_that_fails(tmp_path):
    served = shop(tmp_path, race=RULES)
    old = served.scores
    later = load_config(served.path, ["as_of=2024-04-01", "churn.horizon_days=60"])
    read = prepare(later, base=tmp_path)
    first = Store(later.models).champion("shop").model_version
    who = old["customer_id"].head(3)
    body = {"as_of": served.as_of, "rows": served.rows(who)}
    with (
        service(served.path, tmp_path / "said", "--set", "serve.reload_seconds=0.2") as at,
        ThreadPoolExecutor(8) as pool,
    ):
        stop = time.monotonic() + 60
        done: list[tuple[int, str]] = []

        def client(_: int) -> None:
            while time.monotonic() < stop:
                done.append(asked(f"{at}/score", body))

        clients = [pool.submit(client, i) for i in range(8)]
        second = train(read).model.model_version
        Store(later.models).promote("shop")
        before = len(done)
        while not any(second in text for _, text in done[before:]) and time.monotonic() < stop:
            time.sleep(0.1)
        Store(later.models).rollback("shop")
        before = len(done)
        while not any(first in text for _, text in done[before + 8 :]) and time.monotonic() < stop:
            time.sleep(0.1)
        stop = 0
        for one in clients:
            one.result()
    assert {status for status, _ in done} == {200}
    answers = [json.loads(text) for _, text in done]
    versions = [version for version, _ in itertools.groupby(sorted(a["model_version"] for a in answers))]
    assert sorted(versions) == sorted({first, second})
    by_version = {a["model_version"]: a["scores"] for a in answers}
    same_scores(by_version[first], old.head(3))
    assert all(a["scores"] == by_version[a["model_version"]] for a in answers), "no answer mixes two models"
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert f"now scoring with {second}" in said
    assert f"now scoring with {first}" in said


@pytest.mark.slow
def test_others_need_a_token_which_is_kept_as_a_hash_alone(a_shop, tmp_path):
    kept = tmp_path / "token"
    open_to_all = load_config(a_shop.path, ['serve.host="0.0.0.0"', f"serve.token_file={kept}"])
    with pytest.raises(ConfigError, match="needs a token"):
        limits_of(open_to_all)
    run = CliRunner().invoke(app, ["serve", "-c", str(a_shop.path), "--set", f"serve.token_file={kept}", "--new-token"])
    token = run.stdout.strip()
    assert len(token) >= 40
    assert token not in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert limits_of(open_to_all).token
    with service(a_shop.path, tmp_path / "said", "--set", f"serve.token_file={kept}") as at:
        assert asked(f"{at}/health")[0] == asked(f"{at}/ready")[0] == 200
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token}):
            for address, body in (("/version", None), ("/openapi.json", None), ("/score", {"rows": []})):
                assert asked(f"{at}{address}", body, given)[0] == 401
        assert asked(f"{at}/version", headers={"Authorization": f"Bearer {token}"})[0] == 200
    kept.chmod(0o644)
    with pytest.raises(ConfigError, match="others than you may read it"):
        limits_of(open_to_all)


def test_a_service_without_a_model_says_so_at_once(tmp_path):
    path = tmp_path / "s.yaml"
    given = {"name": "shop", "purchases": {}, "as_of": "2024-03-01", "models": str(tmp_path / "models")}
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    run = CliRunner().invoke(app, ["serve", "-c", str(path)])
    assert run.exit_code != 0
    assert 'No model "shop"' in str(run.exception)
