"""What may befall a file on a disk."""

import os
import random
from pathlib import Path

WAYS = 20


def damage(path: Path, way: int) -> None:
    """Change a file in one of twenty ways."""
    chance = random.Random(f"{path.name} {way}")  # noqa: S311  # damage, no secret
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    if way < 8:  # one bit
        content[at] ^= 1 << way
    elif way < 11:  # cut
        del content[(at, len(content) - 1, 0)[way - 8] :]
    elif way < 14:  # something more
        content += (b"\n", b"\0", b"{}")[way - 11]
    elif way < 16:  # something less
        del content[at : at + (1, 100)[way - 14]]
    elif way == 16:
        content[at:at] = b"7"
    elif way == 17:
        content = bytearray(os.urandom(len(content)))
    elif way == 18:
        path.unlink()
        path.mkdir()
        return
    else:
        path.unlink()
        return
    path.write_bytes(bytes(content))
