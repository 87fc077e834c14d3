"""A list that the form makes is the one that the command makes, byte by byte; and the page as a process."""

import html
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPResponse

import pytest
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.errors import ConfigError, NotFoundError
from holdfast.report.page.words import number
from holdfast.web import commands, server
from holdfast.web.forms import wanted_list
from holdfast.web.refused import PageError
from tests.web.sites import token, visitor

PASSWORD = "correct horse battery staple"  # noqa: S105  # of the tests alone


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_form_makes_and_records_the_list_that_the_command_makes(scenario, form, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    by_form, by_command = scenario.copy(tmp_path / "a"), scenario.copy(tmp_path / "b")
    client = visitor(by_form.site())
    asked = {"list": "at_risk", "budget": "20", "capacity": "15", "control": "20", "format": form}
    answer = client.post("/make", data={**asked, "token": token(client.get("/make?list=at_risk").text)})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/issued/{by_form.issued.name}"
    words = ["list", "at-risk", "-c", str(by_command.path), "--budget", "20", "--capacity", "15", "--format", form]
    done = CliRunner().invoke(app, [*words, "--set", "lists.control_share=0.2", "--today", scenario.today])
    assert done.exit_code == 0, done.output
    assert files(by_form.issued) == files(by_command.issued)
    assert (by_form.folder / "report.html").read_bytes() == (by_command.folder / "report.html").read_bytes()

    page = html.unescape(client.get(answer.headers["location"]).text)
    listed = int(re.search(r"^  ([\d,]+) to contact$", done.output, re.M)[1].replace(",", ""))
    assert f"{number(listed)} of " in page
    assert "held back as control (20 % at random)" in page
    taken = client.get(f"{answer.headers['location']}/file")
    assert taken.content == files(by_command.issued)[f"at_risk.{form}"]
    assert f".{form}" in taken.headers["content-disposition"]
    kept = client.get(f"{answer.headers['location']}?is.control=yes")
    assert kept.status_code == 200
    assert "What to expect" in kept.text


@pytest.mark.slow
def test_what_the_command_refuses_the_form_says_and_keeps_what_was_typed(a_shop, tmp_path):
    copy = a_shop.copy(tmp_path)
    (copy.folder / "lists" / "overdue.parquet").unlink()
    client = visitor(copy.site())
    asked = {"list": "overdue", "budget": "12.5", "capacity": "", "control": "", "format": "csv"}
    answer = client.post("/make", data={**asked, "token": token(client.get("/make").text)})
    assert answer.status_code == 404
    assert "overdue.parquet" in answer.text
    assert 'name="budget" value="12.5"' in answer.text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("list", "nothing"),
        ("list", ""),
        ("budget", "-1"),
        ("budget", "a lot"),
        ("budget", "nan"),
        ("budget", "1e99"),
        ("capacity", "1.5"),
        ("control", "100"),
        ("control", "-5"),
        ("format", "exe"),
        ("more", "1"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(field, text):
    form = {"list": "at_risk", "budget": "", "capacity": "", "control": "", "format": "csv", field: text}
    with pytest.raises(PageError) as refused:
        wanted_list(form, {"at_risk": "active"})
    assert refused.value.status == 400


def test_one_list_is_made_at_a_time(a_shop):
    site = a_shop.site()
    with site._locks["making"]:
        client = visitor(site)
        answer = client.post("/make", data={"list": "at_risk", "token": token(client.get("/make").text)})
    assert answer.status_code == 409


@pytest.mark.slow
def test_a_command_that_fails_says_why_in_its_own_words(a_shop, tmp_path):
    with pytest.raises(ConfigError, match="no such configuration file"):
        commands.run(["status"], tmp_path / "nothing.yaml")
    with pytest.raises(NotFoundError, match="run `holdfast train` first"):
        commands.run(["card"], a_shop.path, [f"models={tmp_path}"])


# The page as a process


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


def answer(address: str) -> HTTPResponse:
    for _ in range(300):
        try:
            return urllib.request.urlopen(address)
        except urllib.error.HTTPError as refused:
            return refused
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the page does not answer")


@pytest.mark.slow
def test_the_command_serves_on_this_machine_alone_until_it_is_stopped(a_shop):
    port = free_port()
    command = [sys.executable, "-c", "from holdfast.cli import main; main()", "web", "-c", str(a_shop.path)]
    with subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True) as process:
        try:
            with answer(f"http://127.0.0.1:{port}/customers?q=00123") as found:
                assert found.status == 200
                assert "server" not in found.headers
            again = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, check=False)
            assert again.returncode == 1
            assert "--port names another port" in again.stderr
        finally:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
    assert f"http://127.0.0.1:{port}/  (Ctrl-C stops it)" in said
    assert "GET /customers 200" in said
    assert "00123" not in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="IPv6 loopback is not everywhere")
def test_with_a_certificate_it_speaks_https_and_without_its_key_it_does_not_start(a_shop, tmp_path):
    site = a_shop.site()
    with pytest.raises(ConfigError, match="belong together"):
        server.serve(site, certificate=tmp_path / "c.pem")
    with pytest.raises(Exception, match="cannot be used with this key for HTTPS"):
        server.serve(a_shop.site("web.port=0"), certificate=tmp_path / "c.pem", private_key=tmp_path / "k.pem")


def test_names_and_password_file_come_from_the_configuration(a_shop, tmp_path):
    config = load_config(a_shop.path, [f"web.password_file={tmp_path / 'kept'}", "web.names=[Holdfast.Example]"])
    assert server.password_file(config) == tmp_path / "kept"
    assert server.set_password(config, PASSWORD) == tmp_path / "kept"
    assert "holdfast.example" in server.access_of(config).names
    assert server.password_file(load_config(a_shop.path)) == a_shop.home / "web.password"
