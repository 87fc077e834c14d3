"""Random numbers by a keyed hash: in one experiment the same customer always draws the same number."""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def uniform(experiment: str, customers: Iterable[str]) -> npt.NDArray[np.float64]:
    """Return a number in [0, 1) per customer that depends on the experiment's key and the customer's id alone.

    Neither the order of the rows nor who else is there changes it; under another key, the numbers are independent.
    """
    key = hashlib.sha256(experiment.encode()).digest()
    raw = b"".join(hashlib.blake2b(c.encode(), key=key, digest_size=8).digest() for c in customers)
    # 53 bits, the precision of a float: exactly in [0, 1).
    return np.asarray((np.frombuffer(raw, dtype=">u8") >> 11).astype(np.float64) / 2.0**53)
