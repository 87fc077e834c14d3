"""The messages of the source and the catalogues of translations: `python -m docs.catalogues` brings both together.

New messages are added without a translation, those no longer said are taken out. Beside the catalogues `reasons.json`
lists the messages that reasons are made of, by which a page says them again (`holdfast.language.again`). With `--check`
nothing is written, and the exit code says whether something would be.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

SOURCE = Path(__file__).parent.parent / "src" / "holdfast"
FOLDER = SOURCE / "language"
MARKED = ("_", "gettext", "N_")
TOLD = ("told", "to_tell")
REASONS = (
    "churn/returners.py",
    "churn/signs.py",
    "contractual/reasons.py",
    "forecast/reasons.py",
    "segments/rfm.py",
)
"""Where the reasons that files hold, and the actions of cards, are put into words."""
Message = tuple[str | None, str | tuple[str, str]]
"""Context, and the message; of one with a number its singular and plural."""
_HEADER = '# Sentences of Holdfast. How they are put together: CONTRIBUTING.md, "A new sentence".'
_MADE_WHEN = re.compile(
    r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Generated-By|Report-Msgid-Bugs-To'
    r'|Project-Id-Version|Language-Team|MIME-Version|Content-Transfer-Encoding): .*\\n"\n'
)


def messages() -> list[Message]:
    """Return every message of the source, in the order of its files."""
    found: dict[Message, None] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for message in _of_python(path.read_text(encoding="utf-8")):
            found[message] = None
    for path in sorted(SOURCE.rglob("templates/*.html")):
        for message in _of_template(path.read_text(encoding="utf-8")):
            found[message] = None
    for _, message in list(found):
        for text in (message,) if isinstance(message, str) else message:
            for noun in nouns(text):
                found[None, (f"{{n}} {noun}", f"{{n}} {noun}s")] = None
    return list(found)


def reasons() -> str:
    """Return the text of the list of reasons: JSON."""
    texts = ((SOURCE / name).read_text(encoding="utf-8") for name in REASONS)
    found = dict.fromkeys(m for text in texts for context, m in _of_python(text) if context is None)
    return json.dumps(list(found), indent=1) + "\n"


def nouns(text: str) -> list[str]:
    """Return the nouns that a message counts: ``day`` of ``{silent:n day}``."""
    specs = (spec or "" for _, _, spec, _ in Formatter().parse(text))
    return [spec.removeprefix("n ") for spec in specs if spec.startswith("n ")]


def _of_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        name = node.func.id
        if name in MARKED and given:
            yield None, given[0]
        elif name in TOLD and given:
            yield "told", given[0]
        elif name == "ngettext" and len(given) == 2:
            yield None, (given[0], given[1])


def _of_template(text: str) -> Iterator[Message]:
    for _, function, found in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).extract_translations(text):
        given = found if isinstance(found, tuple) else (found,)  # what is no text, such as a value put in, is None
        if function == "_" and given[0] is not None:
            yield None, given[0]
        elif function == "ngettext" and None not in given[:2]:
            yield None, (str(given[0]), str(given[1]))


def brought_up_to_date(language: str) -> str:
    """Return the text of a catalogue with today's messages; a translation whose message is gone is taken out."""
    path = FOLDER / f"{language}.po"
    old = read_po(BytesIO(path.read_bytes()), locale=language) if path.is_file() else Catalog(locale=language)
    new = Catalog(locale=language, header_comment=_HEADER, fuzzy=False)
    for context, message in messages():
        known = old.get(message if isinstance(message, str) else message[0], context)
        new.add(message, known.string if known is not None else None, context=context)
    written = BytesIO()
    write_po(written, new, width=0, no_location=True)
    return _MADE_WHEN.sub("", written.getvalue().decode("utf-8"))


def main(check: bool) -> int:
    """Write the catalogues anew, or say which are not up to date."""
    from holdfast.language import LANGUAGES

    texts = {f"{name}.po": brought_up_to_date(name) for name in LANGUAGES if name != "en"}
    stale = 0
    for name, text in {"reasons.json": reasons(), **texts}.items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale += 1
            sys.stdout.write(f"{name}: {'not up to date' if check else 'written'}\n")
            if not check:
                path.write_text(text, encoding="utf-8", newline="\n")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
