"""Two checkers of pages that others wrote: axe-core for people with other senses and hands, html-validate for HTML."""

import json
import shutil
import subprocess
import tempfile
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


def axe_violations(page: Any, at_least: int = 30) -> list[str]:
    """What axe-core finds on an open page of Playwright, everything unfolded; one line each, empty is good.

    A page of which fewer than ``at_least`` rules could say anything was not there.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) >= at_least, "axe-core hardly looked"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['target']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def html_errors(*files: Path) -> list[str]:
    """What html-validate finds in files, by the rules in ``.htmlvalidate.json``; one line each, empty is good."""
    command = ["node", str(_VALIDATOR), "--config", str(PROJECT / ".htmlvalidate.json"), "-f", "json", *map(str, files)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:  # node cuts a pipe off at 64 KB when it ends
        done = subprocess.run(command, stdout=told, stderr=subprocess.PIPE, text=True, check=False, cwd=PROJECT)
        told.seek(0)
        found = told.read()
    assert found, done.stderr
    return [
        f"{Path(file['filePath']).name}:{one['line']} {one['ruleId']}: {one['message']}"
        for file in json.loads(found)
        for one in file["messages"]
    ]


def low_contrast(page: Any) -> list[str]:
    """Words on an open page whose contrast to what is really behind them is below WCAG's 4.5 to 1; empty is good.

    Counts what axe-core leaves open ("incomplete"): words in pictures, on hatched fields, and outside the window.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    counted, low = page.evaluate(_CONTRAST)
    assert counted > 2, "no words were looked at"
    return list(low)


_CONTRAST = """() => {
    const channels = c => { const v = c.match(/[\\d.]+/g).map(Number); return v.length > 3 ? v : [...v, 1]; };
    const light = c => { const [r, g, b] = channels(c).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ratio = (a, b) => { const both = [light(a), light(b)].sort((x, y) => y - x);
        return (both[0] + 0.05) / (both[1] + 0.05); };
    const colours = text => text.match(/rgba?\\([^)]+\\)/g) || [];
    const solid = c => channels(c)[3] > 0;
    const behind = e => { for (; e; e = e.parentElement) { const style = getComputedStyle(e);
        const found = [...colours(style.backgroundImage), style.backgroundColor].filter(solid);
        if (found.length) return found; } return ['rgb(255, 255, 255)']; };
    const holds = (shape, x, y) => { const b = shape.getBoundingClientRect(), fill = getComputedStyle(shape).fill;
        return fill !== 'none' && solid(fill) && b.left <= x && x <= b.right && b.top <= y && y <= b.bottom; };
    const shapes = e => { const box = e.getBoundingClientRect(), owner = e.ownerSVGElement;
        const earlier = [...owner.querySelectorAll('rect, polygon, circle, path')]
            .filter(s => s.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
        return [box.left + 1, (box.left + box.right) / 2, box.right - 1].flatMap(x => {
            const under = earlier.filter(s => holds(s, x, (box.top + box.bottom) / 2));
            return under.length ? [getComputedStyle(under.at(-1)).fill] : behind(owner); }); };
    let counted = 0; const low = [];
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const e = words.currentNode.parentElement, style = getComputedStyle(e);
        const hidden = !e.getBoundingClientRect().width || style.visibility === 'hidden';
        if (!words.currentNode.data.trim() || hidden || e.closest('title, script, style')) continue;
        const drawn = e.closest('svg'), ink = drawn ? style.fill : style.color;
        counted += 1;
        const worst = Math.min(...(drawn ? shapes(e.closest('text') || e) : behind(e)).map(c => ratio(ink, c)));
        if (worst < 4.5) low.push(`${worst.toFixed(2)}: ${e.outerHTML.slice(0, 100)}`);
    }
    document.querySelectorAll('input, select, button').forEach(e => {
        if (['hidden', 'range', 'radio'].includes(e.type)) return;
        const typed = Math.min(...behind(e).map(c => ratio(getComputedStyle(e).color, c)));
        const hint = e.placeholder ? ratio(getComputedStyle(e, '::placeholder').color, behind(e)[0]) : 99;
        if (Math.min(typed, hint) < 4.5) low.push(`${typed}/${hint}: ${e.outerHTML.slice(0, 100)}`);
    });
    return [counted, low];
}"""
