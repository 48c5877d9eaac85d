"""The log of requests."""

from dataclasses import dataclass


@dataclass(slots=True)
class RequestRecord:
    """One request to the API."""

    at: int
    """Milliseconds since the epoch."""
    path: str
    kind: str
    """GraphQL operation name, measurement, or login."""
    ids: int
    """How many ids it was about, as far as it names any."""
    status: int
    """0 = the connection was dropped."""
    fault: str | None = None
    """The planned fault that hit it."""
    milliseconds: float = 0
