"""`make test-spark` where something is absent: it passes, and says which it is and how to install it."""

import subprocess
from pathlib import Path

import pytest

from tests.spark import real


def _java(folder: Path, version: str) -> str:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2022-01-01' >&2\n")
    program.chmod(0o755)
    return str(folder)


def test_no_java_and_an_old_one_are_told_apart(tmp_path):
    how = "install one, on Debian and Ubuntu: apt-get install openjdk-17-jre-headless"
    assert real.java_absent(str(tmp_path)) == f"there is no Java here; {how}"
    assert real.java_absent(_java(tmp_path / "old", "11.0.2")) == f"Java here is 11, and Spark 4 needs 17; {how}"
    assert real.java_absent(_java(tmp_path / "new", "21.0.1")) == ""


def test_what_is_absent_is_said_aloud_and_passes(tmp_path, monkeypatch, capsys):
    refused = subprocess.CompletedProcess([], 1)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(real, "SPARK", tmp_path / ".spark")
    monkeypatch.setattr(real.subprocess, "run", lambda *_, **__: refused)
    assert real.main(["--small"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("Real Spark was NOT tested here: there is no Java here; install one")
    assert said.endswith('pip cannot install it: pip install --no-deps --target .spark "pyspark>=4.0,<5" "py4j".')


@pytest.mark.parametrize("name", ["spark-connect_2.13-4.0.0.jar", ""])
def test_spark_that_lies_there_is_not_laid_again(tmp_path, monkeypatch, name):
    jars = tmp_path / "pyspark" / "jars"
    jars.mkdir(parents=True)
    (jars / (name or "half.jar")).touch()
    asked = []
    monkeypatch.setattr(real.subprocess, "run", lambda *a, **_: asked.append(a) or subprocess.CompletedProcess([], 0))
    assert real.spark_absent(tmp_path) == ""
    assert len(asked) == (0 if name else 1)
