"""Which of the readings that Butlr's documents leave open hold at this cloud, as far as its answers gave it away.

Where the documents can be read in two ways, the code works under each, and finds out which one holds. What was found is
kept here by name, for as long as the client lives and, through `as_dict`, beyond it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

# What is found out, by the name under which diagnostics show it, and the readings that there are.
READINGS: Final[Mapping[str, tuple[str, ...]]] = {
    # What the time of a row names: the start or the end of its bucket; each measurement has its own.
    "label": ("start", "end"),
    # When the calibrated estimate begins again at zero: at the site's midnight, or at that of UTC.
    "estimate_day": ("site", "utc"),
    # Whether one client may have a second webhook.
    "second_webhook": ("allowed", "refused"),
    # How a subscription is refused: with a code, by the error's path alone, or by the HTTP status.
    "refusal": ("code", "path", "400", "409", "422"),
    # The spelling of the webhook inputs that was accepted.
    "webhook_input": ("snake", "camel", "mixed"),
    # How the one-minute event types end.
    "minute_suffix": ("1MIN", "1M"),
    # Which spelling of weekdays statistics v4 heed; the other is ignored without a word, or both are.
    "weekday_case": ("capitalized", "lower", "ignored"),
    # Where heatmaps are.
    "heatmap_path": ("/v3/detections", "/api/v3/detections"),
}


class Findings:
    """Remembers readings by name; a name may be narrowed, as in `label.traffic`."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self._found: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        # Held by whoever asks what gives a reading away, so that nobody asks the same.
        self.finding = asyncio.Lock()

    def get(self, name: str) -> str | None:
        """Return the reading that holds, None while nothing has given it away."""
        return self._found.get(name)

    def note(self, name: str, reading: str) -> None:
        """Take in what an answer gave away; raises KeyError or ValueError for what is no reading."""
        if reading not in READINGS[name.partition(".")[0]]:
            raise ValueError(f"{reading} is no reading of {name}")
        if self._found.get(name) != reading:
            self._found[name] = reading
            for listener in tuple(self._listeners):
                listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when something new was found; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def as_dict(self) -> dict[str, str]:
        """Return everything that was found, by name."""
        return dict(sorted(self._found.items()))

    def restore(self, found: Mapping[str, object]) -> None:
        """Take over what was found earlier, as far as it is still a reading; what was found since stays."""
        for name, reading in found.items():
            if reading in READINGS.get(name.partition(".")[0], ()):
                self._found.setdefault(name, str(reading))
