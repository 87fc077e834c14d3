"""What an audit can say without asking anybody: `make audit` (`python -m tests.audit`).

Advisories of known weaknesses are kept in databases on the network; where `pip-audit` is installed and may ask them, it
is run too. Everything else needs this machine alone.
"""

import ast
import base64
import csv
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).parent.parent
SOURCE, LOCK = PROJECT / "src" / "holdfast", PROJECT / "requirements.lock"
# What runs what it reads, or reads what somebody else may have written to be run.
_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "xmlrpc", "telnetlib", "ftplib"}
_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


def locked(text: str) -> dict[str, tuple[tuple[str, ...], int]]:
    """Return the versions (one for each range of Pythons) and number of hashes of every package in a lock."""
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    name = ""
    for line in text.splitlines():
        if pin := _PIN.match(line):
            name = _plain(pin[1])
            versions, hashes = found.get(name, ((), 0))
            found[name] = ((*versions, pin[2]), hashes)
        if "--hash=sha256:" in line and name:
            found[name] = (found[name][0], found[name][1] + line.count("--hash=sha256:"))
    return found


def dangerous(text: str) -> list[str]:
    """Return what a source file imports or calls that could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.partition(".")[0] in _MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            # Of yaml.load those with a loader of ours, which makes plain values only.
            safe = called == "yaml.load" and len(node.args) + len(node.keywords) > 1
            shell = any(k.arg == "shell" and getattr(k.value, "value", False) is True for k in node.keywords)
            if (called in _CALLS and not safe) or shell:
                found.append(f"{called}(…)")
    return found


def changed_files(dist: Distribution) -> Iterator[str]:
    """Yield the files of an installed package that are not what its record says."""
    record = dist.read_text("RECORD")
    for name, digest, *_ in csv.reader((record or "").splitlines()):
        path = Path(str(dist.locate_file(name)))
        if not digest.startswith("sha256=") or path.suffix == ".pyc":
            continue
        if not path.is_file():
            yield f"{name} is missing"
            continue
        seen = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        if seen != digest.removeprefix("sha256="):
            yield f"{name} was changed"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Print a line per question, and fail if one of them is answered badly."""
    wrong: list[str] = []

    def told(what: str, bad: list[str]) -> None:
        print(f"{what:<68}{'ok' if not bad else f'{len(bad)} WRONG'}", flush=True)
        wrong.extend(bad)
        print("".join(f"  {line}\n" for line in bad[:20]), end="")

    pins = locked(LOCK.read_text(encoding="utf-8"))
    told(f"{len(pins)} packages are pinned with hashes", [n for n, (_, hashes) in pins.items() if not hashes])
    here = {_plain(d.metadata["Name"]): d for d in distributions() if d.metadata["Name"]}
    told(
        "what is installed is what is locked",
        [
            f"{n} {here[n].version}, locked {' or '.join(v)}"
            for n, (v, _) in pins.items()
            if n in here and here[n].version not in v
        ],
    )
    changed = [f"{n}: {file}" for n in pins if n in here for file in changed_files(here[n])]
    told("files of installed packages are what their records say", changed)
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    told("installed packages agree with each other", done.stdout.splitlines() if done.returncode else [])
    source = [f"{p.relative_to(PROJECT)}: {w}" for p in sorted(SOURCE.rglob("*.py")) for w in dangerous(p.read_text())]
    told("nothing in src runs what it reads (pickle, eval, shells)", source)
    if find_spec("pip_audit") is None:
        print("known weaknesses: not asked (pip-audit is not installed, and asks a database on the network)")
    else:
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "-r", str(LOCK), "--disable-pip"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode and "No known" not in asked.stdout and not asked.stdout.startswith("Name"):
            print("known weaknesses: not asked (the database cannot be reached)")
        else:
            told("known weaknesses (pip-audit)", asked.stdout.splitlines() if asked.returncode else [])
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
