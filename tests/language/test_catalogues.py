import re
from io import BytesIO
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from docs import catalogues

from holdfast.language import LANGUAGES, counted, retold, speaking, told
from holdfast.language.catalogue import TOLD, told_messages, translations

OTHERS = [name for name in LANGUAGES if name != "en"]


def catalogue(language):
    return read_po(BytesIO((catalogues.FOLDER / f"{language}.po").read_bytes()), locale=language)


def translated(language):
    """Every message with its translation: the singular and the plural ones are pairs of their own."""
    for message in catalogue(language):
        if not message.id:
            continue
        if isinstance(message.id, str):
            yield message.id, message.string
        else:
            yield from ((message.id[1], said) for said in message.string)


def places(text):
    return sorted((name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_message_of_the_source_and_no_other(language):
    assert catalogues.brought_up_to_date(language) == (catalogues.FOLDER / f"{language}.po").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_its_placeholders_and_commands(language):
    for message, said in translated(language):
        assert said.strip(), message
        assert set(places(said)) == set(places(message)), message
        assert re.findall(r"`[^`]+`", said) == re.findall(r"`[^`]+`", message), message
        assert '"' not in said or '"' in message, message
    # What the same words say in any of them is a name, a formula, or a figure.
    same = {message for message, said in translated(language) if message == said}
    assert len(same) < 45, same


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("da", "1 åben henvendelse", "2 åbne henvendelser"),
        ("sv", "1 öppet ärende", "2 öppna ärenden"),
        ("nb", "1 åpen henvendelse", "2 åpne henvendelser"),
        ("zh", "1 个未结工单", "2 个未结工单"),
        ("en", "1 open ticket", "2 open tickets"),
    ],
)
def test_a_number_stands_with_the_right_form_of_its_noun(language, one, two):
    with speaking(language):
        assert (counted(1, "open ticket"), counted(2, "open ticket")) == (one, two)


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_file_tells_in_english_is_found_again_and_said_in_the_readers_language(language):
    for message, _ in told_messages():
        names = dict(places(message))
        values = {
            name: "weekly_plan" if not spec else 2 if spec.startswith("n ") or spec == "g" else 0.25
            for name, spec in names.items()
        }
        english = told(message, **values)
        with speaking(language):
            said = retold(english)
            again = translations(language).pgettext(TOLD, message)
        own = [text for text, *_ in Formatter().parse(again) if text.strip()]
        assert all(text.replace("{{", "{") in said for text in own), (english, said)


def test_what_is_not_ours_stays_as_it_stands():
    with speaking("da"):
        assert retold("Call them on Monday") == "Call them on Monday"
        assert retold("") == ""


def test_a_sentence_within_a_sentence_and_its_figures_are_retold_too():
    note = told(
        "No retention curve: {reason}.",
        reason=told(
            "{contracts:,} contracts of which {ended} ended; {least} and {least_ended} are needed",
            contracts=1234,
            ended=7,
            least=100,
            least_ended=20,
        ),
    )
    assert note == "No retention curve: 1,234 contracts of which 7 ended; 100 and 20 are needed."
    with speaking("da"):
        said = "Ingen fastholdelseskurve: 1.234 aftaler, hvoraf 7 er ophørt; der skal 100 og 20 til."
        assert retold(note) == said
    with speaking("sv"):
        assert retold("too young: nobody had bought before 2024-03-01") == "för ung: ingen hade köpt före 1 mars 2024"
    with speaking("zh"):
        assert retold("Acquisition: 1 scored customer not in tables.customers: not counted.") == (
            "获客：1 位已评分客户不在 tables.customers 中：未计入。"
        )
