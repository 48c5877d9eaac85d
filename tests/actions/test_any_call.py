"""Whatever is asked, over the WebSocket API or by an automation, is answered, or refused with a reason."""

from datetime import UTC, datetime, time as wall_time, timedelta, timezone
import math
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.api.questions import WEEKDAYS
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.services import ACTIONS
from tests.conftest import Ask
from tests.helpers.registries import device_of, find
from tests.repository.test_files import ENGLISH
from tests.simulator import Simulator

NOW = datetime(2026, 10, 28, 15, 0, tzinfo=UTC)
NUMBERS = (
    0,
    1,
    -1,
    0.5,
    0.25,
    8,
    60,
    200,
    201,
    366,
    10**9,
    10**18,
    1e308,
    "nan",
    "inf",
    "-inf",
    "1e999",
    "8",
    "٣",
    True,
)
# Values that JSON does not have.
NO_JSON = (math.nan, math.inf, -math.inf, 10**400, 1 + 2j, b"8", {8}, timedelta(days=1), object())
TEXTS = (
    "",
    " ",
    "quiet",
    "QUIET",
    "\0",
    "\u202e",
    "x" * 5_000,
    "{{ states }}",
    "../../etc/passwd",
    "all",
    "none",
    "😀",
)
MOMENTS = (
    *("0001-01-01 00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"),
    *("1969-12-31 23:59:59", "1970-01-01T00:00:00Z", "1999-12-31 23:59:59", "2000-01-01 00:00:00"),
    *("2026-10-25 02:30:00", "2026-03-29 02:30:00", "2026-10-28T14:59:59.999999Z", "2026-10-28T15:00:59Z"),
    *("2026-10-28 08:00:00", "2026-10-28", "2026-13-01 00:00:00", "now", "-7d", "2026-10-27T10:00:00+23:59"),
)
TIMES = (
    "00:00",
    "00:00:01",
    "06:00",
    "22:00",
    "22:00:10",
    "23:59",
    "23:59:59",
    "24:00",
    "25:00",
    "8",
    "-1:00",
    "22:00:10.5",
)
LISTS: tuple[Any, ...] = ([], [[]], [None], ["quiet"] * 500, list(range(200)), {}, {"a": 1}, None)
anything = st.one_of(
    st.sampled_from((*NUMBERS, *TEXTS, *MOMENTS, *TIMES, *LISTS)),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
times_of_day = st.one_of(
    st.sampled_from(TIMES),
    st.times().map(wall_time.isoformat),
    st.times().map(lambda time: time.replace(second=0, microsecond=0).isoformat()),
)
zones = st.sampled_from([None, UTC, *(timezone(timedelta(hours=hours)) for hours in (-12, 5.5, 14, -23.9, 23.9))])
timestamps = st.one_of(
    st.sampled_from(MOMENTS),
    st.datetimes(timezones=zones).map(datetime.isoformat),
    st.builds(
        lambda minutes, zone: (NOW - timedelta(minutes=minutes)).replace(tzinfo=zone).isoformat(),
        st.integers(-1000, 12_000),
        zones,
    ),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "start_time": timestamps,
    "end_time": timestamps,
    "hours_start": times_of_day,
    "hours_end": times_of_day,
    "weekdays": st.lists(st.sampled_from([*WEEKDAYS, "Monday"]), max_size=9),
    "interval": st.sampled_from(["1m", "1h", "1d", "1w"]),
    "function": st.sampled_from(["mean", "max", "sum"]),
    "resolution": st.sampled_from([0.25, "0.5", "1", 1.0, 0.3]),
    "tags": st.one_of(st.text(), st.lists(st.text(), max_size=4)),
    "tags_match": st.sampled_from(["all", "any"]),
    "capacity_min": st.sampled_from(NUMBERS),
    "capacity_max": st.sampled_from(NUMBERS),
    "free_minutes": st.sampled_from(NUMBERS),
    "limit": st.sampled_from(NUMBERS),
    "days": st.sampled_from(NUMBERS),
    "hardware": st.sampled_from([True, "off", "perhaps"]),
    "config_entry_id": st.sampled_from(["none", "", None]),
}


@pytest.fixture(autouse=True)
def _now(freezer: FrozenDateTimeFactory) -> None:
    """Set the time before anything is set up."""
    freezer.move_to(NOW)


def questions(targets: list[dict[str, Any]], more: tuple[Any, ...] = ()) -> st.SearchStrategy[tuple[str, Any, Any]]:
    """Return a strategy for calls: an action, a target, and fields, of which one or two are invalid."""

    def of(name: str) -> st.SearchStrategy[tuple[str, Any, Any]]:
        known = {str(field) for action in ACTIONS if action.name == name for field in action.fields}
        sensible = {key: values for key, values in FIELDS.items() if key in known or key == "config_entry_id"}
        wrong = st.one_of(anything, st.sampled_from(more)) if more else anything
        fields = st.builds(
            lambda right, others: {**right, **others},
            st.fixed_dictionaries({}, optional={key: sensible[key] for key in sensible if key != "config_entry_id"}),
            st.dictionaries(st.sampled_from(sorted(sensible)), wrong, max_size=1),
        )
        strange = st.dictionaries(st.sampled_from(["device_id", "entity_id", "area_id", "label_id", "floor_id"]), wrong)
        return st.tuples(st.just(name), st.one_of(st.sampled_from(targets), st.sampled_from(targets), strange), fields)

    return st.sampled_from([action.name for action in ACTIONS]).flatmap(of)


def drawn(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """Return examples, the same on every run."""
    found: list[Any] = []

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found


@pytest.fixture
def targets(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> list[dict[str, Any]]:
    """Return valid targets."""
    names = ("Boardroom", "First Floor", "Harbour Café", "Lobby", "Desk Row A")
    devices = [device_of(hass, entry, find(simulator, name)).id for name in names]
    return [*({"device_id": [device]} for device in devices), {"device_id": devices}, {}]


@pytest.mark.timeout(600)
async def test_over_the_websocket_api(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, targets: list[dict[str, Any]]
) -> None:
    """No call ends in an unknown error, and a refused call causes no request."""
    refused = answered = 0
    with patch.object(Budget, "spend"):
        for action, target, fields in drawn(questions(targets), 150):
            simulator.requests.clear()
            # Home Assistant validates only the part of the command that it calls the target.
            answer = await ask(action, None, **{**fields, **target})
            await hass.async_block_till_done(wait_background_tasks=True)
            if "code" not in answer:
                answered += 1
                continue
            assert answer["code"] in ("service_validation_error", "invalid_format", "home_assistant_error"), (
                action,
                target,
                fields,
                answer,
            )
            assert answer["message"]
            if answer["code"] == "home_assistant_error":
                assert answer["translation_key"] in ENGLISH["exceptions"], (action, target, fields, answer)
            else:
                refused += 1
                assert not simulator.requests, (action, target, fields, answer)
    assert refused > 50
    assert answered > 10


async def test_from_an_automation(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, targets: list[dict[str, Any]]
) -> None:
    """Values from templates can be of types that JSON does not have."""
    refused = 0
    wrong: list[Any] = []
    with patch.object(Budget, "spend"):
        for action, target, fields in drawn(questions(targets, NO_JSON), 200):
            simulator.requests.clear()
            try:
                await hass.services.async_call(
                    DOMAIN, action, {**fields, **target}, blocking=True, return_response=True
                )
            except (vol.Invalid, ServiceValidationError) as err:
                refused += 1
                if simulator.requests:
                    wrong.append((action, target, fields, err))
            except HomeAssistantError as err:
                if err.translation_key not in ENGLISH["exceptions"]:
                    wrong.append((action, target, fields, err))
            await hass.async_block_till_done(wait_background_tasks=True)
    assert wrong == []
    assert refused > 50
