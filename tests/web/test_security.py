"""Who may look and who may not, what no answer goes without, and what never stands in a log."""

import html
import re
import stat
import time

import pytest
from starlette.websockets import WebSocketDisconnect
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.errors import ConfigError
from holdfast.web import server
from holdfast.web.guard import Access
from holdfast.web.password import hashed, matches, read_hash
from holdfast.web.session import Sessions
from tests.report.shops import HOSTILE
from tests.web.sites import HOME, token, visitor

pytestmark = pytest.mark.usefixtures("commands_here")
PASSWORD = "correct horse battery staple"  # noqa: S105  # of the tests alone
PAGES = (
    "/",
    "/lists",
    "/lists/at_risk",
    "/customers",
    "/customers/csv",
    "/customer?id=00001",
    "/model",
    "/due",
    "/make",
)


@pytest.fixture(scope="module")
def locked():
    return Access(password=hashed(PASSWORD))


@pytest.fixture(scope="module")
def site(a_shop):
    return a_shop.site()


def log_in(client, password=PASSWORD, back="/customers?q=00"):
    text = client.get(back).text
    form = {
        "token": token(text),
        "password": password,
        "back": html.unescape(re.search(r'name="back" value="([^"]*)"', text)[1]),
    }
    return client.post("/login", data=form)


# What no answer goes without


@pytest.mark.parametrize("address", [*PAGES, "/nothing", "/static/web.css", "/lists/at_risk?sort=nothing"])
def test_every_answer_has_the_headers(site, address):
    headers = visitor(site).get(address).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"], policy["form-action"]) == ("'self'",) * 3
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-cache" if "/static/" in address else "no-store")
    assert "server" not in headers


def test_the_frameworks_own_pages_are_not_there(site):
    for address in ("/docs", "/redoc", "/openapi.json"):
        assert visitor(site).get(address).status_code == 404


# By which name, from where


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8400", 200),
        ("localhost:1", 200),
        ("[::1]:8400", 200),
        ("LOCALHOST", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8400", 421),
        ("127.0.0.1:8400@evil.example", 421),
        ("", 421),
        ("[::1]x", 421),
    ],
)
def test_only_own_names_are_answered(site, host, status):
    assert visitor(site).get("/make", headers={"host": host}).status_code == status


def test_without_a_login_nobody_but_this_machine_is_answered(site):
    answer = visitor(site, peer="192.0.2.7").get("/customers")
    assert answer.status_code == 403
    assert "00" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(site, method):
    assert visitor(site).request(method, "/customers").status_code == 405


# Log in


def test_without_a_password_no_page_is_shown(site, locked, a_shop):
    client = visitor(site, locked, peer="192.0.2.7")
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 401
        assert '<input type="password"' in answer.text
        assert a_shop.name not in answer.text.replace("holdfast", "")
    assert client.get("/static/style.css").status_code == 200


def test_who_logs_in_comes_to_where_they_wanted_to_go_and_can_leave(site, locked):
    client = visitor(site, locked, peer="192.0.2.7")
    answer = log_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers?q=00")
    cookie = answer.headers["set-cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Strict", "Path=/"))
    text = client.get("/customers?q=00").text
    assert "Log out" in text
    kept = dict(client.cookies)
    assert client.post("/logout", data={"token": token(text)}).status_code == 303
    client.cookies.update(kept)  # whoever kept the cookie cannot use it
    assert client.get("/").status_code == 401


def test_a_wrong_password_is_refused_and_a_session_is_not_taken_over(site, locked):
    client = visitor(site, locked)
    before = client.get("/").headers["set-cookie"]
    assert log_in(client, "wrong horse battery").status_code == 401
    assert client.get("/").status_code == 401
    assert log_in(client).headers["set-cookie"].partition(";")[0] != before.partition(";")[0]


def test_after_ten_wrong_passwords_the_right_one_must_wait(site, locked, monkeypatch):
    monkeypatch.setattr("holdfast.web.app.matches", lambda password, kept: password == PASSWORD)
    client = visitor(site, locked, peer="192.0.2.8")
    assert [log_in(client, "wrong horse battery").status_code for _ in range(11)] == [401] * 10 + [429]
    assert log_in(client).status_code == 429
    later = time.monotonic() + 16 * 60
    monkeypatch.setattr("holdfast.web.session.time.monotonic", lambda: later)
    assert log_in(client).status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb"])
def test_log_in_leads_nowhere_else(site, locked, back):
    client = visitor(site, locked)
    form = {"token": token(client.get("/").text), "password": PASSWORD, "back": back}
    assert client.post("/login", data=form).headers["location"] == "/"


def test_there_is_no_log_in_where_there_is_no_password(site):
    client = visitor(site)
    assert client.post("/login", data={"token": token(client.get("/make").text), "password": "x"}).status_code == 404


def test_a_password_is_kept_as_a_slow_hash_of_its_own_salt():
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first != second
    assert first.startswith("scrypt$32768$8$1$")
    assert matches(PASSWORD, first)
    assert not matches(PASSWORD[:-1], first)
    assert not matches("x" * 2000, first)
    with pytest.raises(ConfigError, match="12 to 1,024 characters"):
        hashed("too short")


def test_set_password_writes_a_file_for_its_owner_alone_and_shows_nothing(a_shop, tmp_path):
    copy = a_shop.copy(tmp_path)
    done = CliRunner().invoke(app, ["web", "-c", str(copy.path), "--set-password"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    path = copy.home / "web.password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert matches(PASSWORD, read_hash(path))
    assert PASSWORD not in done.output + done.stderr + path.read_text(encoding="utf-8")
    assert server.access_of(load_config(copy.path)).password == read_hash(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others than you may read it"):
        read_hash(path)
    path.chmod(0o600)
    path.write_text(PASSWORD, encoding="utf-8")
    with pytest.raises(ConfigError, match="holds no password's hash"):
        read_hash(path)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example"])  # noqa: S104
def test_another_address_needs_a_login(a_shop, host, tmp_path):
    changes = [f'web.host="{host}"', f"web.password_file={tmp_path / 'p'}"]
    with pytest.raises(ConfigError, match="needs a login: `holdfast web --set-password`"):
        server.access_of(load_config(a_shop.path, changes))
    server.set_password(load_config(a_shop.path, changes), PASSWORD)
    access = server.access_of(load_config(a_shop.path, [*changes, "web.names=[Shop.Example]"]))
    assert access.guarded
    assert "shop.example" in access.names
    assert "0.0.0.0" not in access.names  # noqa: S104
    done = CliRunner().invoke(app, ["web", "-c", str(a_shop.path), "--host", host])
    assert isinstance(done.exception, ConfigError)


# A trusted proxy

PROXIED = Access(header="X-Forwarded-User", proxies=frozenset({"192.0.2.1"}), names=frozenset({"shop.example"}))
AT_PROXY = {"peer": "192.0.2.1", "home": "http://shop.example"}


def test_a_trusted_proxys_header_counts_and_nobody_elses(site):
    trusted = visitor(site, PROXIED, **AT_PROXY)
    assert trusted.get("/customers", headers={"x-forwarded-user": "ann"}).status_code == 200
    for given in ({}, {"x-forwarded-user": " "}, {"x-forwarded-user": "x" * 300}):
        assert trusted.get("/customers", headers=given).status_code == 403
    assert (
        trusted.get("/customers", headers=[("x-forwarded-user", "ann"), ("x-forwarded-user", "bob")]).status_code == 403
    )
    for peer in ("192.0.2.9", "127.0.0.1"):
        other = visitor(site, PROXIED, peer=peer, home="http://shop.example")
        said = {"x-forwarded-user": "ann", "x-forwarded-for": "192.0.2.1", "forwarded": "for=192.0.2.1"}
        assert other.get("/customers", headers=said).status_code == 403


def test_a_form_belongs_to_whom_the_proxy_named(site):
    client = visitor(site, PROXIED, **AT_PROXY)
    form = {"token": token(client.get("/make", headers={"x-forwarded-user": "ann"}).text), "list": "nothing"}
    assert client.post("/make", data=form, headers={"x-forwarded-user": "bob"}).status_code == 403
    assert client.post("/make", data=form, headers={"x-forwarded-user": "ann"}).status_code == 400


def test_behind_https_the_cookie_is_for_https_alone(site):
    headers = {"x-forwarded-user": "ann", "x-forwarded-proto": "https"}
    cookie = visitor(site, PROXIED, **AT_PROXY).get("/make", headers=headers).headers["set-cookie"]
    assert cookie.startswith("__Host-holdfast-8400=")
    assert "; Secure" in cookie
    assert "Secure" not in visitor(site).get("/make", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]


def test_a_header_without_proxies_is_no_configuration(a_shop):
    for change in ("web.proxy_header=X-User", "web.proxies=[127.0.0.1]", "web.proxies=[nobody]"):
        with pytest.raises(ConfigError, match="web"):
            load_config(a_shop.path, [change])


# Forms


def test_a_form_of_another_session_or_none_is_refused(site):
    client, other = visitor(site), visitor(site)
    theirs, mine = token(other.get("/make").text), token(client.get("/make").text)
    form = {"list": "nothing"}
    assert client.post("/make", data=form).status_code == 403
    assert client.post("/make", data={**form, "token": theirs}).status_code == 403
    assert client.post("/make", data={**form, "token": f"{mine}x"}).status_code == 403
    assert client.post("/make", data={**form, "token": "é"}).status_code == 403
    assert visitor(site).post("/make", data={**form, "token": mine}).status_code == 403, "no cookie"
    assert client.post("/make", data={**form, "token": mine}).status_code == 400, "ours, and no such list"


@pytest.mark.parametrize("address", ["/make", "/due", "/login", "/logout"])
def test_no_address_takes_a_form_without_a_token(site, locked, address):
    for access in (None, locked):
        client = visitor(site, access)
        client.get("/make")
        assert client.post(address, data={"list": "at_risk"}).status_code == 403


def test_a_form_from_another_site_is_refused(site):
    client = visitor(site)
    form = {"token": token(client.get("/make").text), "list": "nothing"}
    for where, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 400)):
        assert client.post("/make", data=form, headers={"sec-fetch-site": where}).status_code == status


def test_forms_are_small_and_of_one_kind(site):
    client = visitor(site)
    mine = token(client.get("/make").text)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/make", json={"token": mine}).status_code == 415
    assert client.post("/make", files={"token": b"x"}).status_code == 415
    assert client.post("/make", content=b"a=" + b"x" * 20_000, headers=kind).status_code == 413
    assert client.post("/make", content=b"&".join(b"a%d=1" % i for i in range(40)), headers=kind).status_code == 400
    assert client.post("/make", content=b"a=\xff", headers=kind).status_code == 400
    assert client.post("/make", content=b"a=%ff", headers=kind).status_code == 400
    assert client.post("/make", content=f"token={mine}&token={mine}".encode(), headers=kind).status_code == 400
    assert client.post("/due", data={"token": mine, "more": "1"}).status_code == 400


def test_sessions_and_tokens_end(monkeypatch):
    sessions = Sessions()
    session = sessions.new("ann")
    cookie, mine = sessions.cookie(session), sessions.token(session)
    assert sessions.read(cookie) == session
    assert sessions.is_ours(mine, session)
    assert Sessions().read(cookie) is None, "another process, another secret"
    assert sessions.read(mine) is None, "a token is no cookie"
    assert not sessions.is_ours(cookie, session)
    later = time.time() + 12 * 3600 + 60
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert sessions.read(cookie) is None
    assert not sessions.is_ours(mine, session)


# What never stands in a log


def test_the_log_names_pages_and_no_customers(a_shop, locked):
    said: list[str] = []
    client = visitor(a_shop.site(say=said.append), locked)
    log_in(client, back=f"/customer?id={HOSTILE[3]}")
    client.get("/customer", params={"id": HOSTILE[2]})
    client.get("/customers", params={"q": "00123"})
    client.get("/customers?sort=00123")
    client.get("/lists/00123")
    client.get("/00123")
    lines = "\n".join(said)
    assert "GET /customer 200" in lines
    assert "GET /customers 200" in lines
    assert "GET /lists/{name} 404" in lines
    assert "POST /login 303" in lines
    assert PASSWORD not in lines
    assert not re.search(r"00123|a&b|7\*7|id=|q=", lines)


def test_an_error_of_ours_is_told_by_its_place_and_not_by_its_words(a_shop, monkeypatch):
    said: list[str] = []
    site = a_shop.site(say=said.append)

    def fails(who):
        raise ValueError(f"cannot convert {who}")

    monkeypatch.setattr(site, "customer", fails)
    answer = visitor(site).get("/customer", params={"id": "00123"})
    assert answer.status_code == 500
    assert "00123" not in answer.text + "\n".join(said)
    assert any(re.fullmatch(r"ValueError \(test_security\.py, line \d+\): this is a bug in Holdfast", s) for s in said)


def test_websockets_are_closed(site):
    with pytest.raises(WebSocketDisconnect) as closed, visitor(site).websocket_connect(f"ws{HOME[4:]}/"):
        pass
    assert closed.value.code == 1008
