"""Long arrays in blocks, worked on at once, each fitting the processor's cache; and work for the cores that are idle.

Blocks have a fixed length, so that sums over them are the same on any number of cores.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar, TypeVar
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

BLOCK = 1 << 16
_MOST_THREADS = 8

In = TypeVar("In")
Out = TypeVar("Out")


def blocks(length: int) -> list[slice]:
    """Return the slices that cut ``length`` rows into blocks."""
    return [slice(start, min(start + BLOCK, length)) for start in range(0, max(length, 1), BLOCK)]


def cores(threads: int = 0) -> int:
    """Return how many things are worth doing at once: ``threads``, or all cores (0)."""
    return min(threads or os.cpu_count() or 1, _MOST_THREADS)


def at_once(work: Callable[[In], Out], items: Sequence[In], *, threads: int = 0) -> list[Out]:
    """Apply ``work`` to each item, in order, on ``threads`` cores (0: all), for work that lets go of Python's lock."""
    # Most arrays are one block, and a fit comes here a thousand times: counting the cores costs more than the work.
    if len(items) < 2 or (threads := min(len(items), cores(threads))) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


class Crew:
    """Work that goes on while its caller does something else, for work that lets go of Python's lock."""

    _all: ClassVar[WeakSet["Crew"]] = WeakSet()

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._all.add(self)

    def start(self, work: Callable[[], Out], *, threads: int = 0) -> "Future[Out]":
        """Let ``work`` begin as soon as one of ``threads`` (0: all) cores is free; with one, at once and to its end."""
        if cores(threads) < 2:
            done: Future[Out] = Future()
            done.set_result(work())
            return done
        if self._pool is None:
            self._pool = ThreadPoolExecutor(cores(threads), thread_name_prefix="holdfast")
        return self._pool.submit(work)

    @classmethod
    def dismiss(cls) -> None:
        """Forget the work of every crew that has not begun: nobody will ask for it."""
        for crew in list(cls._all):
            if crew._pool is not None:
                crew._pool.shutdown(wait=False, cancel_futures=True)
                crew._pool = None


def sort_in_place(keys: npt.NDArray[np.int64]) -> None:
    """Sort integers; long arrays in two halves at once, which a stable sort then merges."""
    if len(keys) > 4 * BLOCK and (os.cpu_count() or 1) > 1:
        middle = len(keys) // 2
        at_once(lambda half: half.sort(), [keys[:middle], keys[middle:]])
        keys.sort(kind="stable")
    else:
        keys.sort()
