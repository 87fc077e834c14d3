"""Two checkers of pages that others wrote: axe-core for people with other senses and hands, html-validate for HTML."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import PROJECT

_MODULES = PROJECT / "node_modules"
AXE = _MODULES / "axe-core" / "axe.min.js"
_VALIDATOR = _MODULES / "html-validate" / "bin" / "html-validate.mjs"
ABSENT = "node and its packages are not installed (make html-checkers): the HTML was not checked"


def axe_is_there() -> bool:
    return AXE.is_file()


def validator_is_there() -> bool:
    return shutil.which("node") is not None and _VALIDATOR.is_file()


def axe_violations(page: Any) -> list[str]:
    """What axe-core finds on an open page of Playwright, everything unfolded; one line each, empty is good."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 30, "axe-core hardly looked"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['target']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def html_errors(*files: Path) -> list[str]:
    """What html-validate finds in files, by the rules in ``.htmlvalidate.json``; one line each, empty is good."""
    command = ["node", str(_VALIDATOR), "--config", str(PROJECT / ".htmlvalidate.json"), "-f", "json", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    assert done.stdout, done.stderr
    return [
        f"{Path(file['filePath']).name}:{one['line']} {one['ruleId']}: {one['message']}"
        for file in json.loads(done.stdout)
        for one in file["messages"]
    ]
