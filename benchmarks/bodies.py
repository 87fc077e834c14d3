"""Bodies that no service should trip over: malformed, oversized, of the wrong kind; with a name not to be echoed."""

import json
import random
from collections.abc import Iterator
from typing import Any

SECRET = "Jane Roe 0012345"  # noqa: S105  # nobody, but as a customer would be
"""Stands in every body, as a cell, an id or a key: it must be in no answer and in no log."""
JSON = "application/json"
Body = tuple[str, bytes, dict[str, str]]
"""Address, body and headers."""


def bodies(count: int, row: dict[str, Any], *, most_bytes: int, seed: int = 1) -> Iterator[Body]:
    """Yield so many bad requests to score; ``row`` is a good one, to be spoilt."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    kinds = (_not_json, _wrong_shape, _wrong_cell, _wrong_key, _cut_short, _wrong_bytes, _oversized, _wrong_type, _deep)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        address = "/score" if chance.random() < 0.7 else "/score/features"
        headers = {"Content-Type": JSON}
        yield address, kind(chance, dict(row), most_bytes, headers), headers


def _body(row: Any, **changes: Any) -> bytes:
    return json.dumps({"as_of": "2024-03-01", "rows": [row], **changes}).encode()


def _not_json(chance: random.Random, *_: Any) -> bytes:
    return chance.choice(
        ["", "{", SECRET, f'{{"rows": [{SECRET}]}}', "null\x00", "[" * 50, f"<xml>{SECRET}</xml>"]
    ).encode()


def _wrong_shape(chance: random.Random, row: dict[str, Any], *_: Any) -> bytes:
    rows: list[Any] = [SECRET, {SECRET: row}, [[SECRET]], [None]]
    shapes: list[Any] = [None, [], SECRET, *({"rows": one} for one in rows), 17]
    return json.dumps(chance.choice(shapes)).encode()


def _wrong_cell(chance: random.Random, row: dict[str, Any], *_: Any) -> bytes:
    name = chance.choice(["customer_id", "ordered_at"])
    row[name] = chance.choice([[SECRET], {SECRET: 1}, "x" * 5000 + SECRET, 7, True] + [SECRET] * (name == "ordered_at"))
    return _body(row)


def _wrong_key(chance: random.Random, row: dict[str, Any], *_: Any) -> bytes:
    row.pop(chance.choice(["customer_id", "ordered_at"]))
    return _body({**row, SECRET: SECRET})


def _cut_short(chance: random.Random, row: dict[str, Any], *_: Any) -> bytes:
    whole = _body({**row, "customer_id": SECRET})
    return whole[: chance.randrange(1, len(whole))]


def _wrong_bytes(chance: random.Random, row: dict[str, Any], *_: Any) -> bytes:
    whole = bytearray(_body({**row, "customer_id": SECRET}))
    whole[chance.randrange(len(whole))] = 0xFF
    return bytes(whole)


def _oversized(chance: random.Random, row: dict[str, Any], most_bytes: int, _: dict[str, str]) -> bytes:
    return _body({**row, "customer_id": SECRET, "more": "x" * (most_bytes + chance.randrange(1000))})


def _wrong_type(chance: random.Random, row: dict[str, Any], _: int, headers: dict[str, str]) -> bytes:
    headers["Content-Type"] = chance.choice(["text/csv", "text/plain", "", "application/xml", SECRET])
    if chance.random() < 0.3:
        headers |= {"Content-Type": JSON, "Content-Encoding": "gzip"}
    return _body({**row, "customer_id": SECRET})


def _deep(chance: random.Random, *_: Any) -> bytes:
    depth = chance.choice([100, 10_000, 100_000])
    return b'{"as_of": "2024-03-01", "rows": ' + b"[" * depth + f'"{SECRET}"'.encode() + b"]" * depth + b"}"
