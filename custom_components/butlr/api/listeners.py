"""Callbacks to call when something changes. Plain Python."""

from collections.abc import Callable

from ..const import LOGGER


class Listeners[*ArgsT]:
    """Callbacks with the same arguments; the others are called even if one of them raises."""

    __slots__ = ("_callbacks", "_failing")

    def __init__(self) -> None:
        """Start without callbacks."""
        self._callbacks: list[Callable[[*ArgsT], None]] = []
        # Callbacks whose last call raised. A failure is logged once, until a call succeeds again.
        self._failing: frozenset[Callable[[*ArgsT], None]] = frozenset()

    def __bool__(self) -> bool:
        """Return whether there is any callback to call."""
        return bool(self._callbacks)

    def add(self, callback: Callable[[*ArgsT], None]) -> Callable[[], None]:
        """Add a callback and return a function that removes it."""
        self._callbacks.append(callback)

        def remove() -> None:
            self._callbacks.remove(callback)
            self._failing -= {callback}

        return remove

    def notify(self, *args: *ArgsT) -> None:
        """Call all callbacks in the order in which they were added."""
        for callback in tuple(self._callbacks):
            try:
                callback(*args)
            except Exception:  # noqa: BLE001 - a listener can raise anything
                if callback not in self._failing:
                    self._failing |= {callback}
                    LOGGER.exception("A listener failed: %r", callback)
            else:
                if self._failing:
                    self._failing -= {callback}


def all_of(*removers: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls all of these functions."""

    def remove() -> None:
        for one in removers:
            one()

    return remove
