"""Charts as inline SVG: one look, readable in grey, each with a title for those who do not see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup, escape

WIDTH, HEIGHT = 420, 230
_SHORT = 5  # letters that take hardly more room than a tick
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 38


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from ``low`` to ``high``, at most about ``most`` of them.

    Examples
    --------
    >>> ticks(0, 293), ticks(-700, 6471, 4)
    ([0.0, 100.0, 200.0], [0.0, 5000.0])
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(1, most - 1)
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(float(size * m) for m in (1, 2, 5, 10) if size * m >= rough * 0.999)
    first = np.ceil(low / step - 1e-9)
    return [float(round(k * step, 10)) + 0.0 for k in np.arange(first, np.floor(high / step + 1e-9) + 1)]


@dataclass
class Chart:
    """A chart with two axes that is drawn piece by piece.

    Attributes
    ----------
    title
        What it shows, for a screen reader.
    x, y
        The range of each axis.
    height
        Of the picture; its width is ``WIDTH``.
    """

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    height: int = HEIGHT
    left: int = _LEFT
    parts: list[str] = field(default_factory=list)

    def at_x(self, value: float) -> float:
        """Return where a value lies across."""
        low, high = self.x
        return self.left + (value - low) / ((high - low) or 1.0) * (WIDTH - self.left - _RIGHT)

    def at_y(self, value: float) -> float:
        """Return where a value lies down."""
        low, high = self.y
        return self.height - _BOTTOM - (value - low) / ((high - low) or 1.0) * (self.height - _TOP - _BOTTOM)

    def add(self, element: str) -> None:
        """Add an element."""
        self.parts.append(element)

    def text(self, x: float, y: float, words: str, *, kind: str = "", anchor: str = "middle") -> None:
        """Add words."""
        kind = f' class="{kind}"' if kind else ""
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Add a line between two places of the picture."""
        self.add(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def box(self, x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> None:
        """Add a rectangle; ``tip`` appears where the mouse rests on it."""
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0):.1f}"'
        self.add(f'<rect {place} class="{kind}">{inside}</rect>')

    def path(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """Add a line through points given in the units of the axes."""
        points = " ".join(f"{self.at_x(a):.1f},{self.at_y(b):.1f}" for a, b in zip(xs, ys, strict=True))
        self.add(f'<polyline points="{points}" class="{kind}"/>')

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """Add the area between two lines."""
        there = [f"{self.at_x(a):.1f},{self.at_y(b):.1f}" for a, b in zip(xs, high, strict=True)]
        back = [f"{self.at_x(a):.1f},{self.at_y(b):.1f}" for a, b in zip(xs, low, strict=True)]
        self.add(f'<polygon points="{" ".join([*there, *reversed(back)])}" class="{kind}"/>')

    def axis_x(self, at: Sequence[tuple[float, str]], name: str) -> None:
        """Add the axis below: places with their words, and what is measured, with its unit."""
        base = self.height - _BOTTOM
        self.line(self.left, base, WIDTH - _RIGHT, base, "axis")
        for value, words in at:
            x = self.at_x(value)
            anchor = "end" if x > WIDTH - _RIGHT - 12 else "middle"
            if x < self.left + 12 and len(words) > _SHORT:  # half of it would lie on the lowest word of the axis
                anchor = "start"
            self.text(WIDTH - 2.0 if anchor == "end" else x, base + 14, words, anchor=anchor)
        self.text((self.left + WIDTH - _RIGHT) / 2, self.height - 6, name, kind="name")

    def axis_y(self, at: Sequence[tuple[float, str]]) -> None:
        """Add the axis at the left, with lines across."""
        for value, words in at:
            y = self.at_y(value)
            self.line(self.left, y, WIDTH - _RIGHT, y, "grid")
            self.text(self.left - 5, y + 4, words, anchor="end")

    def svg(self, *, kind: str = "", ident: str = "") -> Markup:
        """Return the picture."""
        named = f' id="{escape(ident)}"' if ident else ""
        head = f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(self.title)}"{named}'
        return Markup(f'{head} class="chart {kind}">{"".join(self.parts)}</svg>')  # noqa: S704  # words are escaped
