"""Who was champion, and who is."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
REIGNS_TAG = "holdfast.champions"
"""Numbers of all champions so far, the present one last."""


def reigns(client: "MlflowClient", name: str) -> list[int]:
    """Return the numbers of all champions so far, the present one last.

    The tag is written beside the alias, so a command killed between both leaves them apart: the alias is right.
    """
    model = client.get_registered_model(name)
    numbers = [int(number) for number in json.loads(model.tags.get(REIGNS_TAG, "[]"))]
    if CHAMPION not in model.aliases:
        return []
    present = int(model.aliases[CHAMPION])
    before = numbers[: len(numbers) - numbers[::-1].index(present) - 1] if present in numbers else numbers
    return [*before, present]


def crown(client: "MlflowClient", name: str, number: int) -> None:
    """Make a registered model the champion."""
    numbers = reigns(client, name)
    if not numbers or numbers[-1] != number:
        numbers.append(number)
    client.set_registered_model_tag(name, REIGNS_TAG, json.dumps(numbers))
    client.set_registered_model_alias(name, CHAMPION, str(number))
