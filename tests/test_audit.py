"""The audit notices what it looks for, and the project passes it."""

from importlib.metadata import distribution

import pytest

from tests.audit import LOCK, SOURCE, changed_files, dangerous, locked


def test_every_locked_package_has_hashes():
    pins = locked(LOCK.read_text(encoding="utf-8"))
    assert len(pins) > 50
    assert [name for name, (_, hashes) in pins.items() if not hashes] == []
    assert locked("a==1\nb==2 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n") == {
        "a": (("1",), 0),
        "b": (("2",), 2),
    }


def test_nothing_in_the_source_runs_what_it_reads():
    assert {p.name: found for p in SOURCE.rglob("*.py") if (found := dangerous(p.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from joblib import load", "eval(x)", "yaml.load(x)", "subprocess.run(x, shell=True)"],
)
def test_what_would_is_noticed(text):
    assert dangerous(text)
    assert not dangerous("yaml.load(x, Loader=Ours)")


def test_a_changed_file_of_a_package_is_noticed(monkeypatch):
    package = distribution("typer")
    assert list(changed_files(package)) == []
    record = package.read_text("RECORD").replace("typer/main.py,sha256=", "typer/main.py,sha256=0")
    monkeypatch.setattr(type(package), "read_text", lambda self, name: record)
    assert list(changed_files(package)) == ["typer/main.py was changed"]
