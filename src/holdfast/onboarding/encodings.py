"""In which encodings a text is tried, in this order; the first that can be read is taken."""

import re
from pathlib import Path

# What is valid UTF-8 by chance is rare; cp1252 has bytes without a letter, latin-1 has none; zero bytes, which UTF-16
# without its mark is full of, make the others refuse.
_BEFORE, _AFTER = ("utf-8",), ("cp1252", "latin-1", "utf-16-le", "utf-16-be")
_LOOKED_AT = 1 << 18
_LETTERS = re.compile(rb"[\x80-\xff]+")
# Signs of other scripts, such as that of the yuan, take four bytes.
_FOUR = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
# The signs of everyday Chinese begin with bytes from b0 to d7; Korean syllables do too, but with none above c8.
_EVERYDAY, _BEYOND_KOREAN = re.compile(rb"[\xb0-\xd7]."), re.compile(rb"[\xc9-\xd7].")
_MOST, _SOME = 0.8, 0.1


def encodings_of(path: Path) -> tuple[str, ...]:
    """Return the encodings to try: Chinese would be read as Western letters, which no byte contradicts."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    return (*_BEFORE, *(("gb18030",) if is_chinese(start) else ()), *_AFTER)


def is_chinese(text: bytes) -> bool:
    """Say whether a text that is no UTF-8 is written in GB18030: in pairs of bytes, most of everyday signs.

    Examples
    --------
    >>> is_chinese("下单时间,订单金额,¥35".encode("gb18030")), is_chinese("Käufer,Größe".encode("cp1252"))
    (True, False)
    """
    runs = _LETTERS.findall(_FOUR.sub(b"", text))
    paired = [run for run in runs if len(run) % 2 == 0 and _PAIR.match(run)]
    if not runs or len(paired) < _MOST * len(runs):
        return False
    pairs = [pair for run in paired for pair in _PAIR.findall(run)]
    everyday = sum(1 for pair in pairs if _EVERYDAY.match(pair))
    return everyday >= _MOST * len(pairs) and sum(1 for p in pairs if _BEYOND_KOREAN.match(p)) >= _SOME * len(pairs)
