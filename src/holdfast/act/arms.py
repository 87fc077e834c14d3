"""Lots drawn by a keyed hash: the same customer always draws the same lot of one experiment."""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def uniform(experiment: str, customers: Iterable[str]) -> npt.NDArray[np.float64]:
    """Return a number in [0, 1) per customer that depends on the experiment's key and on him alone.

    Neither the order of the rows nor who else is there changes it; under another key, lots are independent.
    """
    key = hashlib.blake2b(experiment.encode(), digest_size=32).digest()
    lots = [
        int.from_bytes(hashlib.blake2b(str(c).encode(), key=key, digest_size=8).digest(), "big") >> 11
        for c in customers
    ]
    return np.array(lots, dtype=np.float64) / 2**53
