"""Remember how this cloud behaves where Butlr's documentation can be read in more than one way.

The code works under every interpretation and learns the right one from answers. Findings are kept by name for the
lifetime of the client and, through `as_dict` and `restore`, across restarts.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from .listeners import Listeners

# The open points, by the name that diagnostics show, and the possible findings for each.
POSSIBLE_FINDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    # Whether the time of a row is the start or the end of its bucket; found for each measurement.
    "label": ("start", "end"),
    # Whether the calibrated estimate restarts at zero at the site's midnight or at that of UTC.
    "estimate_day": ("site", "utc"),
    # Whether one client may have a second webhook.
    "second_webhook": ("allowed", "refused"),
    # How a subscription is refused: with a code, by the error's path alone, or by HTTP status.
    "refusal": ("code", "path", "400", "409", "422"),
    # Which spelling of the webhook inputs was accepted.
    "webhook_input": ("snake", "camel", "mixed"),
    # The suffix of the one-minute event types.
    "minute_suffix": ("1MIN", "1M"),
    # Which spelling of weekdays statistics v4 accept; the other one, or both, are silently ignored.
    "weekday_case": ("capitalized", "lower", "ignored"),
    # Where heatmaps are.
    "heatmap_path": ("/v3/detections", "/api/v3/detections"),
}


class Findings:
    """Findings by name; a name may have a suffix, as in `label.traffic`."""

    def __init__(self) -> None:
        """Start without findings."""
        self._found: dict[str, str] = {}
        self._listeners = Listeners[()]()
        # Locked while a request determines a finding, so that no other task sends the same request.
        self.lock = asyncio.Lock()

    def get(self, name: str) -> str | None:
        """Return the finding of a name, or None while it is unknown."""
        return self._found.get(name)

    def note(self, name: str, finding: str) -> None:
        """Store a finding; raise KeyError for an unknown name and ValueError for an impossible finding."""
        if finding not in POSSIBLE_FINDINGS[name.partition(".")[0]]:
            raise ValueError(f"{finding} is not a possible finding for {name}")
        if self._found.get(name) != finding:
            self._found[name] = finding
            self._listeners.notify()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` for each new finding; return a function that unsubscribes."""
        return self._listeners.add(listener)

    def as_dict(self) -> dict[str, str]:
        """Return all findings by name."""
        return dict(sorted(self._found.items()))

    def restore(self, found: Mapping[str, object]) -> None:
        """Add stored findings that are still possible; newer findings win."""
        for name, finding in found.items():
            if finding in POSSIBLE_FINDINGS.get(name.partition(".")[0], ()):
                self._found.setdefault(name, str(finding))
