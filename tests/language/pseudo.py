"""A language in which every word of a message is marked, and what on a page is left without a mark."""

import re
from gettext import NullTranslations
from html.parser import HTMLParser

from holdfast.language import again


class Pseudo(NullTranslations):
    """A language in which every word of a message is marked, and nothing else."""

    @staticmethod
    def _marked(message):
        return re.sub(r"[^{}]+(?![^{]*\})", lambda own: f"⟦{own[0]}⟧", message)

    def gettext(self, message):
        return self._marked(message)

    def ngettext(self, singular, plural, n):
        return self._marked(singular if n == 1 else plural)

    def pgettext(self, context, message):
        return self._marked(message)


def mark_every_word(monkeypatch):
    """Let whatever is said be said with marks, what was said before in the same language, too."""
    monkeypatch.setattr("holdfast.language.sentences.translations", lambda language: Pseudo())
    monkeypatch.setattr(again, "_again", again._again.__wrapped__)


class Visible(HTMLParser):
    """Collects what a person sees or hears: texts and the attributes that are read out."""

    def __init__(self, text):
        super().__init__()
        self.texts, self._hidden, self._english = [], 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in ("script", "style")
        # Marked as English, such as the model's card, it may be.
        if self._english or ("lang", "en") in attrs:
            self._english += tag == "div"
            return
        self.texts += [
            value
            for name, value in attrs
            if name in ("aria-label", "title", "alt", "data-said", "placeholder") and value
        ]

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style")
        self._english -= bool(self._english) and tag == "div"

    def handle_data(self, data):
        if not self._hidden and not self._english:
            self.texts.append(data)


# Names of the data, of models and of the user's own things, and CLDR's months and thousands: nothing to translate.
NAMES = set(
    re.findall(
        r"\S+",
        """
        shop subs EUR trial contacted control voucher b call list at-risk P alive R F mio t all plan price email i
        someone example org bg_nbd mbg_nbd pareto_nbd recency rfm p base_rate last_period contract customers bought
        purchases revenue margin_net Basic Plus Premium high-value second-order win-back overdue holdfast score segments
        as-of anniversary_in_window earlier_contracts payment_failures price_change plans_had
        jan feb mar apr maj jun jul aug sep okt nov dec januar februar marts april juni juli august september oktober
        november december
        """,
    )
)


def left_over(page, names):
    """The words of a page that went past the catalogues; ``names`` are ids and the like, which nobody translates."""
    # A code within a sentence is an element of its own: only joined are the sentence's marks in pairs.
    left, more = "".join(Visible(page).texts), 1
    while more:  # the heading of a column may stand within a sentence
        left, more = re.subn(r"⟦[^⟦⟧]*⟧", " ", left)
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name, " ")
    return set(re.findall(r"[^\W\d_]+(?:[-_][^\W\d_]+)*", left)) - NAMES
