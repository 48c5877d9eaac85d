"""What can be set while the simulator runs: its habits and its faults."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
import random
from typing import Any, Self

from tests.helpers.open_readings import READINGS

type Json = dict[str, Any]

FAULT_MODES = (
    "none",
    "401",
    "403",
    "404",
    "429",
    "500",
    "504",
    "hang",
    "garbage",
    "empty",
    "graphql_errors",
    "drop",
)

_CHOICES: Mapping[str, tuple[str, ...]] = {
    **READINGS,
    "webhook_permission": ("granted", "403", "forbidden"),
    "endpoint_update": ("replaced", "merged", "resets", "ignored"),
    "webhook_status": ("listed", "settable", "ignored", "unknown"),
    "outlines": ("rectangles", "shapes", "some", "none"),
    "rhythm": ("auto", "office", "flat"),
    "limit_counts": ("rows", "hours"),
    "client_key": ("client_id", "id"),
}

_RATES = ("loss", "duplicates", "disorder", "recompute")


@dataclass(slots=True)
class Settings:
    """The simulator's habits; every attribute takes effect immediately."""

    token_life: float = 3666
    """Seconds a token lives; told to the client as `expires_in`."""
    processing_limit: float = 160
    """Ids times hours at one-minute buckets; above it: 200 without data."""
    limit_counts: str = "rows"
    """rows = coarser buckets weigh proportionally less in this and the next limit; hours = they weigh as much."""
    overload_limit: float = 0
    """The same measure: above it reporting and statistics answer 504; 0 = never."""
    heatmap_path: str = "both"
    """Where heatmaps are: /v3/detections, /api/v3/detections or both."""
    floor_plans: bool = False
    """Whether there are pictures of the floors. No answer with one has been seen of the real cloud."""
    outlines: str = "rectangles"
    """What `coordinates` of rooms and zones are: rectangles, other polygons, those of three rooms in four, or none."""
    loss: float = 0
    """Share of the events that never leave."""
    duplicates: float = 0
    """Share of the events that are sent twice, same id."""
    disorder: float = 0
    """Share of the events that are held back for up to `disorder_delay` seconds while later ones pass."""
    disorder_delay: float = 0.5
    recompute: float = 0
    """Share of the occupancy events sent again for the same moment with another id.

    A recomputed minute was sent with a provisional count first: the later arrival is the right one.
    """
    retry_delays: tuple[float, ...] = (1, 3, 5)
    """Seconds before each further attempt after a failed delivery; then the event is dropped."""
    webhook_input: str = "snake"
    """Spelling of the webhook inputs that this cloud knows: snake, camel or both."""
    minute_suffix: str = "1MIN"
    """How the one-minute event types end here: 1MIN or 1M."""
    introspection: bool = True
    webhook_permission: str = "granted"
    """granted; 403 answers webhook operations with that status; forbidden with a GraphQL error."""
    require_https: bool = False
    """Refuse plain http endpoints as the real cloud does; off because the simulator itself is plain http."""
    graphql_unauthenticated: str = "http"
    """What an invalid token gets from GraphQL: http = status 401, errors = status 200 with UNAUTHENTICATED."""
    traffic_label: str = "end"
    """What the time of a traffic row names: the start or the end of its bucket."""
    estimate_label: str = "start"
    """The same of estimates from traffic."""
    presence_label: str = "start"
    """The same of everything that presence sensors count."""
    dead_rows: str = "zero"
    """What presence answers hold of a space in which nothing senses people: rows of zero, or none."""
    incomplete_rows: str = "none"
    """How such rows are marked as unusable, in which spelling; none = not at all."""
    absent_estimates: str = "absent"
    """What calibrated answers hold of a space where nobody crossed since the day began: nothing, or zero."""
    estimate_day: str = "site"
    """Whose midnight the calibrated estimate falls back at: that of the question's time zone, or that of UTC."""
    flag_scope: str = "occupancy"
    """Of which event types send_on_value_change swallows what equals the event before."""
    second_webhook: str = "allowed"
    """Whether one client may have more than one webhook."""
    refusal: str = "code"
    """How a subscription is refused: with an error's code, by the error's path alone, or by the HTTP status."""
    client_key: str = "client_id"
    """By what API tokens are listed and deleted: their client ID, or an id of its own."""
    clients_manage_clients: bool = False
    """Whether an API token may list and delete API tokens; no scope for that is documented."""
    webhook_status: str = "listed"
    """Whether a webhook has a `status`: listed only, settable by an update, settable to no effect, or not at all."""
    endpoint_update: str = "replaced"
    """What becomes of the parts of an endpoint that an update leaves out: gone or kept; or of the rest of the webhook:
    its flag is reset; or the update is answered without being done."""
    weekday_case: str = "capitalized"
    """Which spelling of weekdays statistics v4 heed; others are ignored without a word, perhaps all."""
    heatmap_shape: str = "wrapped"
    """Where the cells of a heatmap stand: lists in a list of objects, in one object, bare; or objects."""
    positions_rate: float = 2
    """How often a second each presence sensor says where people are, if anybody subscribed to that; 0 = never."""
    pir_hold: float = 30
    """Seconds without anybody until PIR_NO_MOTION."""
    activity: float = 1
    """How much faster than life the people live."""
    rhythm: str = "auto"
    """office follows the clock, flat does not; auto = office at activity 1, else flat."""
    paused: bool = True
    """Nobody moves by himself while paused."""
    stats_shape: str = "measurement"
    """measurement = as documented; both adds count, mean, median ... that one client expects."""
    raw_shape: str = "nested"
    """What `group_by: {raw: true}` alone answers: nested maps or a flat list; both are reported."""
    fallback_timezone: str = "UTC"
    """Day boundary of a site that has no time zone."""

    def update(self, changes: Mapping[str, Any]) -> None:
        """Change several immediately.

        Raises:
            ValueError: a name or value that does not exist; nothing has changed then.
        """
        known = {item.name for item in fields(self)}
        checked: Json = {}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}")
            checked[name] = self._checked(name, value)
        for name, value in checked.items():
            setattr(self, name, value)

    def _checked(self, name: str, value: Any) -> Any:
        """Return the value in the setting's own type.

        Raises:
            ValueError: it does not fit.
        """
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}")
            return value
        current = getattr(self, name)
        if isinstance(current, bool) or isinstance(value, bool):
            if not (isinstance(current, bool) and isinstance(value, bool)):
                raise ValueError(f"{name} does not take {value!r}")  # noqa: TRY004
            return value
        if isinstance(current, tuple) and isinstance(value, list | tuple):
            return tuple(float(item) for item in value)
        if isinstance(current, str) and isinstance(value, str):
            return value
        if not isinstance(current, int | float) or not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{name} does not take {value!r}")
        if name in _RATES and value > 1:
            raise ValueError(f"{name} is a share between 0 and 1")
        return value

    def as_dict(self) -> Json:
        """Return all settings as JSON."""
        return asdict(self)


@dataclass(slots=True)
class Fault:
    """How one endpoint misbehaves."""

    mode: str = "none"
    count: int | None = None
    """After so many faulty answers it is over; None = until changed."""
    rate: float = 1
    """Share of the requests that are hit."""
    retry_after: float | None = 60
    """Seconds in the Retry-After header of a 429; None leaves the header out."""
    seconds: float = 5
    """How long a hang lasts; the request is answered normally afterwards."""

    @classmethod
    def read(cls, value: Any) -> Self:
        """Build a fault from JSON: a mode's name or an object.

        Raises:
            ValueError: not a fault.
        """
        if value is None:
            return cls()
        given: Json = value if isinstance(value, dict) else {"mode": str(value)}
        unknown = given.keys() - {item.name for item in fields(cls)}
        fault = None if unknown else cls(**given)
        if fault is None or fault.mode not in FAULT_MODES:
            raise ValueError(f"not a fault: {value!r}")
        return fault

    def strikes(self, rng: random.Random) -> bool:
        """Decide whether the request at hand is hit, and count it."""
        if self.mode == "none" or (self.rate < 1 and rng.random() >= self.rate):
            return False
        if self.count is not None:
            if self.count <= 0:
                self.mode = "none"
                return False
            self.count -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The fault plan: one fault an endpoint."""

    login: Fault = field(default_factory=Fault)
    graphql: Fault = field(default_factory=Fault)
    reporting: Fault = field(default_factory=Fault)
    stats: Fault = field(default_factory=Fault)
    sign_in: Fault = field(default_factory=Fault)
    clients: Fault = field(default_factory=Fault)

    def set(self, endpoint: str, mode: str, **details: Any) -> None:
        """Plan one fault, e.g. `set("reporting", "429", retry_after=3, count=2)`.

        Raises:
            ValueError: no such endpoint or fault.
        """
        self.update({endpoint: {"mode": mode, **details}})

    def update(self, plan: Mapping[str, Any]) -> None:
        """Replace the faults of the endpoints named in the plan.

        Raises:
            ValueError: no such endpoint or fault; nothing has changed then.
        """
        read: dict[str, Fault] = {}
        for endpoint, value in plan.items():
            if endpoint not in {item.name for item in fields(self)}:
                raise ValueError(f"unknown endpoint {endpoint}")
            read[endpoint] = Fault.read(value)
        for endpoint, fault in read.items():
            setattr(self, endpoint, fault)

    def clear(self) -> None:
        """End all faults."""
        for item in fields(self):
            setattr(self, item.name, Fault())

    def of(self, endpoint: str) -> Fault:
        """Return the fault of an endpoint."""
        fault: Fault = getattr(self, endpoint)
        return fault

    def as_dict(self) -> Json:
        """Return the plan as JSON."""
        return asdict(self)
