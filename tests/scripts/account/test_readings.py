"""The checks find every reading of the simulator, one at a time and all together."""

import itertools
import socket
from typing import Any

import pytest

from scripts.lib.account.client import CheckingClient
from tests.helpers.open_readings import READINGS

from .conftest import WEBHOOK, Person, Visit

LOS_ANGELES = "America/Los_Angeles"
PRESENCE_LABELS = tuple(
    f"label.{name}"
    for name in (
        "room_occupancy",
        "floor_occupancy",
        "zone_occupancy",
        "tag_occupancy",
        "floor_presence_time_secs",
    )
)
# Further settings of the simulator that the documentation leaves open.
MORE = {
    "webhook_status": ("listed", "settable", "ignored", "unknown"),
    "limit_counts": ("rows", "hours"),
}
SWITCHES = {**READINGS, **MORE}
# The checks that determine each switch of the simulator.
TOLD_BY = {
    "traffic_label": ("label.traffic",),
    "estimate_label": ("label.traffic_room_occupancy", "label.traffic_floor_occupancy"),
    "presence_label": PRESENCE_LABELS,
    "dead_rows": ("rows_of_dead_rooms", "rows_of_door_rooms"),
    "incomplete_rows": ("incomplete_rows",),
    "absent_estimates": ("absent_estimates",),
    "estimate_day": ("estimate_day",),
    "flag_scope": ("trial.flag_scope",),
    "second_webhook": ("trial.second_webhook",),
    "refusal": ("trial.refusal",),
    "weekday_case": ("weekday_case",),
    "heatmap_shape": ("heatmap_shape",),
    "heatmap_path": ("heatmap_path",),
    "webhook_input": ("webhook_input", "trial.create"),
    "webhook_status": ("webhook_status", "trial.status"),
    "minute_suffix": ("minute_suffix", "trial.minute_suffix"),
    "stats_shape": ("stats_shape",),
    "raw_shape": ("raw_shape",),
    "limit_counts": ("limit_counts",),
    "graphql_unauthenticated": ("unauthenticated",),
}
# Readings that the checks call something else than the simulator.
OTHERWISE = {("webhook_status", "settable"): "in the input", ("webhook_status", "ignored"): "in the input"}


def expected(settings: dict[str, str]) -> dict[str, str]:
    """Return the readings that the checks must find for some settings."""
    return {name: OTHERWISE.get((name, value), value) for switch, value in settings.items() for name in TOLD_BY[switch]}


async def listen_and_walk(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Route the webhook's address to the run, and have people walk through a door while it waits."""
    simulator = person.simulator
    monkeypatch.setattr(CheckingClient, "now", lambda client: simulator.now() / 1000)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        person.listen = probe.getsockname()[1]
    person.webhook = f"http://127.0.0.1:{person.listen}/hook"
    coverage = simulator.estate.coverage
    room = next(room for room in simulator.estate.rooms if coverage.traffic_sensors(room))

    steps = itertools.count(1)

    async def walk(seconds: float) -> None:
        """Let time pass while three people enter for each one who leaves."""
        simulator.step(seconds)
        if next(steps) % 4:
            await simulator.move(room)
        else:
            await simulator.move(None, from_=room)

    person.walk = walk


def test_every_switch_is_told() -> None:
    """Every switch of the simulator has a check that determines it."""
    assert TOLD_BY.keys() == SWITCHES.keys()


@pytest.mark.parametrize(
    ("switch", "value"), [(switch, value) for switch, values in SWITCHES.items() for value in values]
)
async def test_each_reading(visit: Visit, monkeypatch: pytest.MonkeyPatch, switch: str, value: str) -> None:
    """The checks of a switch find the reading that holds."""
    person = await visit(**{switch: value})
    if switch == "estimate_day":
        # A time zone whose midnight is far enough from that of UTC for people to cross in between.
        next(iter(person.simulator.estate.sites.values())).timezone = LOS_ANGELES
    wanted = expected({switch: value})
    asked = [name for name in wanted if not name.startswith("trial.")] or ["estate"]
    if switch == "flag_scope":
        await listen_and_walk(person, monkeypatch)
    tries = any(name.startswith("trial.") for name in TOLD_BY[switch])
    found = await person.run(*asked, webhook=person.webhook if tries else None)
    assert {name: found[name] for name in wanted} == wanted | _by_trial(switch, value)


def _by_trial(switch: str, value: str) -> dict[str, str]:
    """Return the readings that only a trial can determine."""
    return {"trial.status": value} if switch == "webhook_status" else {}


async def test_all_the_other_way_round(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every switch at its last choice, readings that depend on each other are still found."""
    settings: dict[str, Any] = {switch: values[-1] for switch, values in SWITCHES.items()}
    # If dead sensors have no rows, no row can be marked.
    settings["dead_rows"] = "zero"
    # If a client may not have two webhooks, the second one cannot be refused for another reason.
    person = await visit(rooms=12, **settings)
    for site in person.simulator.estate.sites.values():
        site.timezone = LOS_ANGELES
    await listen_and_walk(person, monkeypatch)
    found = await person.run(webhook=person.webhook)
    # Dead sensors and doors have null rows.
    wanted = expected(settings) | {"rows_of_dead_rooms": "null", "rows_of_door_rooms": "null"}
    wanted |= {"webhook_status": "unknown", "trial.status": "unknown"}
    assert {name: found[name] for name in wanted} == wanted
    assert person.simulator.webhooks == []


async def test_as_it_comes(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings of production, everything is determined that this kind of estate can show."""
    person = await visit(rooms=12)
    for site in person.simulator.estate.sites.values():
        site.timezone = LOS_ANGELES
    person.simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "ZONE_OCCUPANCY_1MIN"])
    await listen_and_walk(person, monkeypatch)
    found = await person.run(webhook=person.webhook)
    wanted = expected({switch: values[0] for switch, values in SWITCHES.items()})
    assert {name: found[name] for name in wanted} == wanted
    unclear = {name for name, reading in found.items() if reading is None}
    # One time zone and one webhook without a header are too few; there may have been no crossings for hours.
    assert unclear <= {"stats_zones", "webhook_secrets", "estimate_lag", "presence_time_unit", "floor_doors"}


async def test_without_introspection(visit: Visit) -> None:
    """If the schema cannot be read, a trial determines the same readings."""
    person = await visit(introspection=False, webhook_input="camel", minute_suffix="1M")
    found = await person.run("introspection", "webhook_input", "minute_suffix", "webhook_status", webhook=WEBHOOK)
    assert found["introspection"] == "disabled"
    assert (found["webhook_input"], found["minute_suffix"]) == (None, None)
    assert (found["trial.create"], found["trial.minute_suffix"], found["trial.status"]) == ("camel", "1M", "listed")
    assert found["webhook_status"] == "listed"


async def test_suffix_of_what_is_there(visit: Visit) -> None:
    """Without the schema, an existing webhook shows the suffix of one-minute types."""
    person = await visit(introspection=False)
    person.simulator.add_foreign_webhook(["ROOM_OCCUPANCY_1MIN"])
    assert (await person.run("minute_suffix"))["minute_suffix"] == "1MIN"


@pytest.mark.parametrize("label", ["start", "end"])
async def test_rare_crossings(visit: Visit, label: str) -> None:
    """If no row is at an end of the range, the buckets beside an existing row are requested."""
    person = await visit(traffic_label=label)
    reporting = person.simulator.reporting
    usual = reporting.answer

    def without_zeros(question: Any) -> Any:
        """Answer like a cloud that does not support create_empty."""
        answer = usual(question)
        return answer | {"data": [row for row in answer["data"] if row["value"]]}

    reporting.answer = without_zeros
    # Only one crossing is old enough to be requested.
    assert (await person.run("label.traffic"))["label.traffic"] == label


async def test_midnights_that_are_one(visit: Visit) -> None:
    """If the site's time zone is UTC, the two days are the same."""
    person = await visit()
    next(iter(person.simulator.estate.sites.values())).timezone = "UTC"
    assert (await person.run("estimate_day"))["estimate_day"] is None
    assert "also midnight in UTC" in person.evidence("estimate_day")


@pytest.mark.parametrize("day", ["site", "utc"])
async def test_nobody_at_night(visit: Visit, day: str) -> None:
    """Without crossings between the two midnights, the rooms missing in the night's answers decide."""
    person = await visit(estimate_day=day)
    found = await person.run("estimate_day", "estimate_day_without_zone")
    assert (found["estimate_day"], found["estimate_day_without_zone"]) == (day, "utc")
    assert "first half hour" in person.evidence("estimate_day")


async def test_says_when_to_ask_again(visit: Visit) -> None:
    """Without crossings at night, the evidence says when to run the check again."""
    person = await visit(absent_estimates="zero")
    assert (await person.run("estimate_day"))["estimate_day"] is None
    assert "between 00:00 and 0" in person.evidence("estimate_day")


async def test_overload(visit: Visit) -> None:
    """Answers that report overload are distinguished from empty ones."""
    person = await visit(rooms=12, overload_limit=100)
    found = await person.run("limit_rooms", "refused_for_now")
    assert found["limit_rooms"] is not None
    assert "504" in person.evidence("limit_rooms")
    assert found["refused_for_now"] == "504"
