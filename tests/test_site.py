"""The documentation as pages: it builds without a warning and asks nobody for anything, and its commands run."""

import doctest
import re
import shlex
import subprocess
import sys
from calendar import month_abbr, month_name
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docs import public
from docs.generate import _keys
from typer.main import get_command
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import Config
from tests.conftest import PROJECT
from tests.test_documents import BLOCK

DOCS = PROJECT / "docs"
PAGES = [PROJECT / "README.md", *sorted(DOCS.rglob("*.md"))]
# In this order one folder goes from nothing to an issued list and a measured one.
WALK = [DOCS / "tutorial.md", *(DOCS / "howto" / f"{who}.md" for who in ("retention", "marketing", "data-science"))]
TREE = get_command(app)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages; a warning fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-b", "html"]
    command += ["-d", str(folder / "doctrees"), str(DOCS), str(folder / "html")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "html"


def commands_of(page: Path) -> list[str]:
    """Return the `holdfast` lines of a page's shell blocks."""
    blocks = [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == "sh"]
    return [line for block in blocks for line in block.splitlines() if line.startswith("holdfast ")]


class _Requests(HTMLParser):
    """What a browser would fetch for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {str(given["id"])} if given.get("id") else set()
        names = ("src", "srcset", "data", "poster") + (("href",) if tag in ("link", "image", "use") else ())
        self.found += [str(given[name]) for name in names if given.get(name)]


def read(page: Path) -> _Requests:
    parser = _Requests()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.mark.slow
def test_the_pages_build_without_a_warning_and_ask_nobody_for_anything(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        for address in read(page).found:
            assert not re.match(r"(?:[a-z]+:)?//", address) or address.startswith("data:"), f"{page.name}: {address}"
            if not address.startswith(("data:", "#")):
                assert (page.parent / address.partition("?")[0].partition("#")[0]).exists(), f"{page.name}: {address}"
    for path in [*site.rglob("*.css"), *site.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//", text), path.name
    for path in site.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:fetch|import|open|src\s*=)\s*\(?\s*['\"`](?:https?:)?//", text), path.name


@pytest.mark.slow
def test_the_glossary_is_that_of_contributing_and_the_changes_are_those_of_the_changelog(site):
    words = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Words")[2].partition("\n## ")[0]
    terms = re.findall(r"^\| ([^|]+?) \|", words, flags=re.M)[2:]
    assert len(terms) > 20
    shown = (site / "glossary.html").read_text(encoding="utf-8")
    for term in terms:
        plain = term.replace("`", "")
        assert plain in re.sub(r"<[^>]+>", "", shown).replace("&amp;", "&"), term
    assert "0.1.0" in (site / "changelog.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_public_name_is_on_its_page(site):
    pages = {place: site / "reference" / "python" / f"{place}.html" for place, _, _ in public.public()}
    texts = {place: page.read_text(encoding="utf-8") for place, page in pages.items()}
    anchors = {place: read(page).ids for place, page in pages.items()}
    for place, name, _ in public.public():
        assert f'<span class="pre">{name}</span>' in texts[place], f"{place}.{name}"
        assert place == "holdfast" or f"{place}.{name}" in anchors[place], f"{place}.{name} has no anchor"


@pytest.mark.parametrize("place", public.MODULES)
def test_every_public_name_has_an_example_that_the_tests_run(place):
    """The examples themselves run with ``--doctest-modules``; here each must state what comes out."""
    missing = []
    for home, name, thing in public.public():
        if home == place:
            found = doctest.DocTestParser().get_examples(thing.__doc__ or "")
            missing += [] if any(example.want for example in found) else [name]
    assert not missing, f"{place}: without an example: {', '.join(missing)}"


def test_modules_that_pages_and_notebooks_import_from_are_public():
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    texts += [path.read_text(encoding="utf-8") for path in (PROJECT / "notebooks").glob("*.ipynb")]
    used = {
        m for text in texts for m in re.findall(r"from (holdfast[\w.]*) import|^import (holdfast[\w.]*)", text, re.M)
    }
    assert {name for pair in used for name in pair if name} <= set(public.MODULES)


def leaves(command, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return {path: command}
    return {p: c for name, child in inner.items() for p, c in leaves(child, (*path, name)).items()}


def test_every_command_and_every_option_is_documented():
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    for path, command in leaves(TREE).items():
        _, found, section = page.partition(f"\n## `holdfast {' '.join(path)}`\n")
        assert found, path
        section = section.partition("\n## ")[0]
        for parameter in command.params:
            for option in parameter.opts if parameter.name != "help" else ():
                assert f"`{option}`" in section, (path, option)


def test_every_command_is_used_in_a_page():
    shown = {tuple(shlex.split(line)[1:]) for page in PAGES for line in commands_of(page)}
    told = " ".join(page.read_text(encoding="utf-8") for page in PAGES if "reference" not in page.parts)
    for path in leaves(TREE):
        used = any(words[: len(path)] == path for words in shown) or f"`holdfast {' '.join(path)}" in told
        assert used or f"`{' '.join(path[-1:])}`" in told, path


def test_every_key_of_the_configuration_is_documented():
    page = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    for key, _, meaning in _keys(Config, ""):
        assert f"| {key} |" in page, key
        assert len(meaning) > 3, key
    for name, info in Config.model_fields.items():
        assert f"`{name}" in page, name
        assert info.description or name, name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(PROJECT)))
def test_commands_of_pages_exist_with_their_options(page):
    for line in commands_of(page):
        words, at = shlex.split(line, comments=True)[1:], TREE
        while words and hasattr(at, "commands"):
            assert words[0] in at.commands, line
            at, words = at.commands[words[0]], words[1:]
        known = {option for parameter in at.params for option in parameter.opts}
        for word in words:
            assert not re.match(r"--?[a-z]", word) or word.partition("=")[0] in known, line


@pytest.mark.slow
def test_the_tutorial_and_the_how_tos_run_from_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # in this process: twenty commands import everything once
    said = {}
    for page in WALK:
        for line in commands_of(page):
            done = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
            assert done.exit_code == 0, f"{line}\n{done.output}"
            said[line] = done.stdout
        for path in re.findall(r"`(outputs/[^`]+)`", page.read_text(encoding="utf-8")):
            assert (tmp_path / path).is_file(), f"{page.name} speaks of {path}"
    rehearsed = next(text for line, text in said.items() if line.startswith("holdfast experiment list"))
    assert "no significant effect" in rehearsed
    assert "raises" not in rehearsed
    card = next(text for line, text in said.items() if line == "holdfast card -c demo.yaml")
    assert card.startswith("# Model card: demo, m-")


# A surname, perhaps with others, and a year: "Fader & Hardie (2005)", "Wilson's (1927)", "Holm 1979".
_PAPER = re.compile(
    r"\b([A-Z][a-z]+)(?:[,’'s]*(?: et al\.| & [A-Z][\w-]+|, [A-Z][\w-]+|-[A-Z]\w+)*)* \(?((?:19|20)\d\d)\b(?!-)"
)


def test_every_paper_that_the_code_names_is_in_the_method():
    page = (DOCS / "method.md").read_text(encoding="utf-8")
    for path in sorted((PROJECT / "src").rglob("*.py")):
        text = " ".join(path.read_text(encoding="utf-8").replace("#", " ").split())
        for name, year in _PAPER.findall(text):
            if name not in (*month_name, *month_abbr, "Excel", "Ordre", "Sales"):
                assert re.search(rf"{name}\b[^|;]*\b{year}", page), f"{path.name}: {name} {year}"
