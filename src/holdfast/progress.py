"""What long work says while it runs: what it does, how much of it is done, and how long the rest will take."""

import time
from collections.abc import Callable

Say = Callable[[str], None]
"""Receives sentences. Counts, which follow each other quickly, go to its attribute ``counting`` where it has one."""
_WAIT = 2.0


def quiet(_: str) -> None:
    """Say nothing: what library users get unless they ask for progress."""


class Steps:
    """Count the steps of work that may take long, and say so every two seconds.

    Parameters
    ----------
    say
        Receives the sentences.
    total
        How many steps there are.
    what
        What is counted, in the plural.

    Examples
    --------
    >>> times = iter([0.0, 1.0, 30.0, 31.0])
    >>> steps = Steps(print, 400, "customers", clock=lambda: next(times))
    >>> steps.done(50)
    >>> steps.done(50)
    100 of 400 customers, about 90 s left
    >>> steps.done(50)
    """

    def __init__(self, say: Say, total: int, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say: Say = getattr(say, "counting", say)
        self._total, self._what, self._clock = total, what, clock
        self._count, self._began = 0, clock()
        self._said = self._began

    def done(self, steps: int = 1) -> None:
        """Count some more steps."""
        self._count += steps
        now = self._clock()
        if now - self._said >= _WAIT and self._count < self._total:
            left = (now - self._began) / self._count * (self._total - self._count)
            self._said = now
            self._say(f"{self._count:,} of {self._total:,} {self._what}, about {_spell(left)} left")


def _spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
