"""When a space is over capacity, and the limits that people set for it. Plain Python; timestamps are in seconds."""

from collections.abc import Awaitable, Callable, Mapping

from ..api.listeners import Listeners


class OverCapacity:
    """Decides whether a space is over its limit, without changing back and forth when people come and go at the limit.

    It is on as soon as there are more people than the limit. It is off again when there have been at most the limit
    minus a margin for the whole of a delay. The timestamps are of any clock that is never set.
    """

    def __init__(self) -> None:
        """Start with nothing known: what was the case before a restart does not count (rule 10)."""
        self._limit: int | None = None
        self._is_over = False
        # Since when there have been few enough people to turn off.
        self._below_since: float | None = None
        # When it turns off unless the people change; None if it does not turn off by itself.
        self.turns_off_at: float | None = None

    def update(
        self,
        people: int | None,
        limit: int | None,
        now: float,
        *,
        margin: int = 0,
        delay: float = 0.0,
        incomplete: bool = False,
    ) -> bool | None:
        """Return whether the space is over its limit now; None if the people or the limit are unknown.

        People who are an incomplete sum may be more: they tell when it is over the limit, never that it is not.
        """
        if incomplete and people is not None and limit is not None and people <= limit:
            people = None
        if limit != self._limit:
            # How it was under another limit says nothing about this one.
            self._limit, self._is_over, self._below_since = limit, False, None
        if people is None or limit is None:
            # Nobody knows whether there were few enough people all the time. What else is known stays.
            self._below_since = self.turns_off_at = None
            return None
        if people > limit:
            self._is_over, self._below_since = True, None
        elif self._is_over and people <= max(limit - margin, 0):
            if self._below_since is None:
                self._below_since = now
            self._is_over = now < self._below_since + delay
        else:
            self._below_since = None
        self.turns_off_at = None
        if self._is_over and self._below_since is not None:
            self.turns_off_at = self._below_since + delay
        return self._is_over


class CapacityLimits:
    """The limits that people set, by space. Each replaces Butlr's capacity, for over capacity only."""

    def __init__(self, save: Callable[[], Awaitable[None]]) -> None:
        """Start without limits; `save` stores them after each change."""
        self._save = save
        self._limits: dict[str, int] = {}
        self._listeners: dict[str, Listeners[()]] = {}

    def restore(self, limits: Mapping[str, int]) -> None:
        """Continue with the limits of the last run."""
        self._limits = dict(limits)

    def as_dict(self) -> dict[str, int]:
        """Return the limits, to be stored as JSON."""
        return dict(self._limits)

    def get(self, space_id: str) -> int | None:
        """Return the limit of a space, or None if nobody set one."""
        return self._limits.get(space_id)

    async def set(self, space_id: str, limit: int | None) -> None:
        """Set the limit of a space, or clear it with None; return when it is stored."""
        if limit is None:
            self._limits.pop(space_id, None)
        else:
            self._limits[space_id] = limit
        self.notify(space_id)
        await self._save()

    def notify(self, space_id: str) -> None:
        """Call the listeners of a space whose limit has been set, or counts from now on, or no longer counts."""
        if listeners := self._listeners.get(space_id):
            listeners.notify()

    def listen(self, space_id: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when the limit of a space changes; return a function that unsubscribes."""
        return self._listeners.setdefault(space_id, Listeners()).add(callback)
