"""Every test has a folder of its own, and what it has looked at already is not looked at again."""

import copy
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.onboarding.findings import Answers, Findings
from holdfast.onboarding.look import Look


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the test's own folder, as who calls ``holdfast init`` does in theirs."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _looked_at_once() -> Iterator[None]:
    """Give a test that looks at files with the same answers as `holdfast init` just did a copy of what that found.

    That two looks find the same is asked in ``test_looks.py``; one look that is asked twice does find twice. Most of a
    look is the engine's time to compile what it is asked, and tests look once to write the YAML, once to compare.
    """
    kept: dict[object, tuple[Look, Findings]] = {}
    find = Look.findings

    @functools.wraps(find)
    def findings(look: Look, answers: Answers) -> Findings:
        if look._url:
            return find(look, answers)
        read = [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in look._paths]
        key = (Path.cwd(), *look._named, *read, repr(sorted(answers.items())))
        if key not in kept or kept[key][0] is look:
            kept[key] = look, find(look, answers)
        return _copy(kept[key][1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Look, "findings", findings)
        yield


def _copy(found: Findings) -> Findings:
    return replace(
        found,
        answers=dict(found.answers),
        settings=copy.deepcopy(found.settings),
        why=dict(found.why),
        told=list(found.told),
        questions=list(found.questions),
        others=list(found.others),
        tables={name: _copy(table) for name, table in found.tables.items()},
    )
