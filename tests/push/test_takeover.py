"""Taking over event types that another system has at Butlr, and giving them back exactly, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.subscriptions import Subscriptions
from custom_components.butlr.const import CONF_MQTT, CONF_POSITIONS, CONF_TAKEN_OVER, MQTT_RECEIVE, SECRET_HEADER
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push import removal, takeover as takeover_module
from custom_components.butlr.push.forwarding import forwarding_of
from custom_components.butlr.push.removal import left_by
from custom_components.butlr.push.taken_over import (
    TakeoverRecord,
    endpoint_of,
    has_secret,
    is_readable,
    taken_secret,
)
from custom_components.butlr.push.takeover import Takeover, read_stored_record
from tests.helpers.other_system import API_KEY, BASIC_AUTH, SECRETS, OtherSystem, basic_header, start_other_system
from tests.helpers.push import ALL_TYPES, occupancy_event, subscribed_types, webhook_path
from tests.helpers.scene import Scene
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook

ROOMS = ["ROOM_OCCUPANCY"]


@pytest.fixture
async def other(socket_enabled: None) -> AsyncIterator[OtherSystem]:
    """Run another system."""
    system = await start_other_system()
    yield system
    await system.server.close()


@pytest.fixture(autouse=True)
def disk(noon: FrozenDateTimeFactory, entry: MockConfigEntry) -> Iterator[dict[str, Any]]:
    """Let the record be on disk as soon as somebody waits for that; return what is on disk."""
    kept: dict[str, Any] = {"record": None}

    def read(path: Path, entry_id: str) -> object:
        assert (path.name, entry_id) == ("core.config_entries", entry.entry_id)
        kept["record"] = entry.data.get(CONF_TAKEN_OVER)
        return kept["record"]

    with (
        patch.object(takeover_module, "read_stored_record", read),
        patch.object(removal, "GIVE_BACK_DELAYS", (0.0, 0.0)),
    ):
        yield kept


def at_butlr(simulator: Simulator, webhook: Webhook) -> dict[str, Any]:
    """Return what Butlr has of a webhook."""
    return asdict(simulator.dispatcher.webhooks[webhook.id])


async def take_over(scene: Scene, *, forward: bool = True) -> None:
    """Set the entry up and take over what another system has."""
    await scene.set_up()
    assert Issue.CLAIMED in scene.issues
    assert await scene.subscription.take_over(forward=forward) is None
    await scene.settle()


# -- taking over and giving back -------------------------------------------------------------------------------------


async def test_both_systems_get_the_events(scene: Scene, other: OtherSystem, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing but the endpoint changes at Butlr; the other system receives the same bytes with its own header.

    What it never was told, such as our secret, it is not told now. No secret is logged or in the diagnostics.
    """
    caplog.set_level("DEBUG", "custom_components.butlr")
    webhook = other.subscribe(
        scene.simulator, [*ROOMS, "SENSOR_HEALTH"], basic_auth=BASIC_AUTH, http_timeout=7, send_on_value_change=True
    )
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    taken = at_butlr(scene.simulator, webhook)
    changed = {key for key in before if before[key] != taken[key]}
    assert changed == {"url", "http_timeout", "api_key", "basic_auth"}
    assert taken["url"] == f"{scene.url}{webhook_path(scene.entry)}"
    assert taken["api_key"] == {"key": SECRET_HEADER, "value": taken_secret(scene.entry, webhook.id)}
    # The one-minute variant is not needed anymore.
    assert subscribed_types(scene.simulator) == ALL_TYPES - set(ROOMS)
    assert scene.issues == set()
    for room in ("Boardroom", "Focus Room", "Boardroom"):
        await scene.enter(room)
        await scene.settle()
    assert scene.mismatches == []
    assert scene.mode == "push"
    events = [one.event for one in scene.simulator.deliveries if one.webhook_id == webhook.id]
    assert other.bodies == [json.dumps(event).encode() for event in events] != []
    assert {headers["authorization"] for headers in other.headers} == {basic_header()}
    assert not any(SECRET_HEADER.lower() in headers for headers in other.headers)
    diagnostics = await async_get_config_entry_diagnostics(scene.hass, scene.entry)
    assert diagnostics["link"]["push"]["taken_over"] == {
        "webhooks": 1,
        "forward": True,
        "giving_back": False,
        "events": {"sent": len(events)},
        "waiting": 0,
    }
    # After a restart, nothing is asked for but lists.
    scene.simulator.requests.clear()
    await scene.reload()
    assert set(scene.webhook_requests) == {"Webhooks", "DetailsOfWebhooks"}
    await scene.remove()
    assert at_butlr(scene.simulator, webhook) == before
    assert [one.id for one in scene.simulator.webhooks] == [webhook.id]
    # The server of the other system logs what it is asked.
    logged = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    told = "".join(logged) + json.dumps(diagnostics)
    assert not [secret for secret in (*SECRETS, taken["api_key"]["value"]) if secret in told]


async def test_alone(scene: Scene, other: OtherSystem) -> None:
    """The other system gets nothing; that can be changed later, and it can be given back on request."""
    webhook = other.subscribe(scene.simulator, ROOMS, api_key=API_KEY)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene, forward=False)
    await scene.enter("Boardroom")
    await scene.settle()
    assert (scene.mismatches, other.bodies) == ([], [])
    scene.subscription.takeover.set_forward(forward=True)
    await scene.enter("Boardroom")
    await scene.settle()
    assert [headers["x-bms-key"] for headers in other.headers] == [API_KEY["value"]]
    assert await scene.subscription.give_back()
    await scene.settle()
    assert at_butlr(scene.simulator, webhook) == before
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert scene.issues == {Issue.CLAIMED}
    assert "ROOM_OCCUPANCY_1MIN" in subscribed_types(scene.simulator)


async def test_disabling_gives_back(scene: Scene, other: OtherSystem) -> None:
    """A restart or a reload does not; enabling again takes nothing over."""
    webhook = other.subscribe(scene.simulator, ROOMS, api_key=API_KEY)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    scene.simulator.settings.retry_delays = ()
    await scene.unload()
    assert at_butlr(scene.simulator, webhook) != before
    # Events are passed on while the entry is not loaded.
    await scene.enter("Boardroom")
    await scene.settle()
    assert len(other.bodies) == 1
    await scene.set_up()
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    await scene.settle()
    assert at_butlr(scene.simulator, webhook) == before
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await scene.settle()
    assert at_butlr(scene.simulator, webhook) == before
    assert scene.issues == {Issue.CLAIMED}


async def test_the_other_system_needs_no_loaded_entry(scene: Scene, other: OtherSystem) -> None:
    """Its events are passed on while set-up is retried because Butlr's API is down; ours are sent again by Butlr."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    await take_over(scene)
    scene.simulator.faults.set("graphql", "500")
    await scene.reload()
    headers = {SECRET_HEADER: taken_secret(scene.entry, webhook.id)}
    event = occupancy_event(scene.simulator)
    assert (await scene.http.post(webhook_path(scene.entry), json=event, headers=headers)).status == 200
    assert await scene.push(event) == 503
    assert (await scene.http.get(webhook_path(scene.entry))).status == 405
    assert (await scene.http.post(webhook_path(scene.entry), data=b" " * 70_000, headers=headers)).status == 413
    await scene.settle()
    assert [json.loads(body) for body in other.bodies] == [event]
    scene.simulator.faults.clear()
    await scene.reload()
    assert await scene.push(event) == 200


async def test_a_changed_address(scene: Scene, other: OtherSystem) -> None:
    """The taken webhook gets it as ours do; without an address, everything is given back."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    await scene.set_external_url("http://127.0.0.1:9")
    assert at_butlr(scene.simulator, webhook)["url"].startswith("http://127.0.0.1:9/")
    await scene.set_external_url(None)
    assert at_butlr(scene.simulator, webhook) == before
    assert CONF_TAKEN_OVER not in scene.entry.data


async def test_pushes_over_mqtt_instead(scene: Scene, other: OtherSystem) -> None:
    """Whoever receives them so needs nobody else's, even if it has a webhook of its own for positions."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    options = {CONF_MQTT: MQTT_RECEIVE, CONF_POSITIONS: list(scene.data.estate.data.floors)}
    scene.hass.config_entries.async_update_entry(scene.entry, options={**scene.entry.options, **options})
    await scene.subscription.reconcile()
    assert at_butlr(scene.simulator, webhook) == before


async def test_pushes_that_do_not_arrive_are_given_back(scene: Scene, other: OtherSystem) -> None:
    """Butlr cannot reach us at all, as soon as a poll finds a change of which no push has told."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    await scene.set_external_url("http://127.0.0.1:9")
    scene.simulator.settings.retry_delays = ()
    for _ in range(4):
        await scene.enter("Boardroom")
        await scene.pass_time(60.5)
    assert at_butlr(scene.simulator, webhook) == before


# -- what others do --------------------------------------------------------------------------------------------------


async def test_another_system_takes_its_own_back(scene: Scene, other: OtherSystem) -> None:
    """Nobody fights over it: the takeover ends, and is told."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    await take_over(scene)
    scene.simulator.dispatcher.webhooks[webhook.id].url = "https://moved.example.org/hook"
    await scene.subscription.reconcile()
    assert at_butlr(scene.simulator, webhook)["url"] == "https://moved.example.org/hook"
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert scene.issues == {Issue.CLAIMED}


async def test_what_the_owner_changes_meanwhile_stays(scene: Scene, other: OtherSystem) -> None:
    """Only the endpoint is put back."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    scene.simulator.dispatcher.webhooks[webhook.id].event_types = [*ROOMS, "HIVE_HEALTH"]
    await scene.remove()
    assert at_butlr(scene.simulator, webhook) == before | {"event_types": [*ROOMS, "HIVE_HEALTH"]}


@pytest.mark.parametrize(
    "details",
    [
        {"filters": {"floor_ids": ["space_1"]}},
        {"status": False},
        {"name": "Home Assistant 12345678 (occupancy)", "url": "https://ha.example.org/api/webhook/x"},
        {"url": "https://ha.example.org/api/webhook/x", "api_key": {"key": SECRET_HEADER.lower(), "value": "x"}},
    ],
    ids=["filtered", "switched off", "a Home Assistant", "taken by another"],
)
async def test_what_cannot_be_taken_over(scene: Scene, other: OtherSystem, details: dict[str, Any]) -> None:
    """It would send too little, or take its own back."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    for key, value in details.items():
        setattr(webhook, key, value)
    await scene.set_up()
    assert await scene.subscription.others() == []
    assert await scene.subscription.take_over(forward=True) == "nothing_to_take"


def test_a_webhook_that_is_told_otherwise_than_documented(entry: MockConfigEntry) -> None:
    """It could not be put back as it was, and nothing breaks."""
    endpoint = {"url": "https://bms.example.org", "http_timeout": 4, "api_key": API_KEY, "basic_auth": None}
    row: dict[str, Any] = {"id": "w", "name": "🏢", "event_types": ROOMS, "endpoint_config": endpoint}
    assert is_readable(row)
    assert endpoint_of(row) == endpoint
    for change in (
        {"name": None},
        {"endpoint_config": None},
        {"endpoint_config": {**endpoint, "api_key": "x-bms-key: bms-api-secret"}},
        {"endpoint_config": {**endpoint, "basic_auth": {"username": "bms"}}},
    ):
        assert not is_readable(row | change)
        assert not has_secret(row | change, entry)


async def test_a_flag_that_swallows_crossings(scene: Scene, other: OtherSystem) -> None:
    """The webhook sends us what it sends, but its type is polled as often as without it."""
    other.subscribe(scene.simulator, ["TRAFFIC", "FLOOR_OCCUPANCY"], send_on_value_change=True)
    await take_over(scene)
    assert {str(kind) for kind in scene.subscription.status.types} == ALL_TYPES - {"TRAFFIC"}
    assert scene.issues == set()


# -- what goes wrong -------------------------------------------------------------------------------------------------


async def test_butlr_does_not_do_it(scene: Scene, other: OtherSystem, disk: dict[str, Any]) -> None:
    """Whether it refuses, does not answer, answers without doing it, or nothing can be written: nothing is left."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await scene.set_up()
    scene.simulator.settings.endpoint_update = "ignored"
    assert await scene.subscription.take_over(forward=True) == "refused"
    scene.simulator.settings.endpoint_update = "replaced"
    with (
        patch.object(takeover_module, "read_stored_record", lambda *_: "something else"),
        patch.multiple(takeover_module, STORE_CHECKS=3, STORE_CHECK_INTERVAL=0),
    ):
        assert await scene.subscription.take_over(forward=True) == "not_stored"
    scene.simulator.settings.require_https = True
    assert await scene.subscription.take_over(forward=True) == "refused"
    scene.simulator.settings.require_https = False
    scene.simulator.faults.set("graphql", "500")
    assert await scene.subscription.others() == []
    assert await scene.subscription.take_over(forward=True) == "cannot_connect"
    scene.simulator.faults.clear()
    assert at_butlr(scene.simulator, webhook) == before
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert await scene.subscription.take_over(forward=True) is None


async def test_removal_while_butlr_is_down(scene: Scene, other: OtherSystem) -> None:
    """A message stays that says what to do by hand, without secrets, and survives a restart.

    Until then, Home Assistant passes the events on, and gives them back as soon as Butlr is there again.
    """
    webhook = other.subscribe(scene.simulator, ROOMS, api_key=API_KEY, basic_auth=BASIC_AUTH)
    webhook.name = "Suite 🏢"
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    scene.simulator.faults.set("graphql", "500")
    await scene.remove()
    issue = scene.issue(Issue.NOT_GIVEN_BACK)
    assert issue is not None
    assert issue.is_persistent
    assert (issue.translation_placeholders or {})["webhooks"] == "- `Suite 🏢: ROOM_OCCUPANCY → 127.0.0.1`"
    assert not [secret for secret in SECRETS if secret in str(issue)]
    await scene.simulator.deliver(occupancy_event(scene.simulator))
    await scene.settle()
    assert len(other.bodies) == 1
    await scene.pass_time(removal.FIRST_LATER_DELAY)
    assert scene.issues == {Issue.NOT_GIVEN_BACK}
    scene.simulator.faults.clear()
    await scene.pass_time(2 * removal.FIRST_LATER_DELAY)
    assert scene.issues == set()
    assert at_butlr(scene.simulator, webhook) == before
    assert left_by(scene.hass, scene.entry.entry_id) is None


async def test_disabling_while_set_up_is_retried(scene: Scene, other: OtherSystem) -> None:
    """Home Assistant does not unload such an entry; what it has taken over is given back all the same."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    scene.simulator.faults.set("graphql", "500")
    await scene.reload()
    assert scene.entry.state is ConfigEntryState.SETUP_RETRY
    scene.simulator.faults.clear()
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    await scene.settle()
    assert at_butlr(scene.simulator, webhook) == before
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert scene.issues == set()


async def test_disabling_while_butlr_is_down(scene: Scene, other: OtherSystem) -> None:
    """The message goes away by itself once the entry is enabled and could give back."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    before = at_butlr(scene.simulator, webhook)
    await take_over(scene)
    scene.simulator.faults.set("graphql", "500")
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    await scene.settle()
    assert scene.issues == {Issue.NOT_GIVEN_BACK}
    await scene.simulator.deliver(occupancy_event(scene.simulator))
    await scene.settle()
    assert len(other.bodies) == 1
    scene.simulator.faults.clear()
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await scene.settle()
    assert at_butlr(scene.simulator, webhook) == before
    assert scene.issues == {Issue.CLAIMED}


async def test_a_webhook_that_was_deleted(scene: Scene, other: OtherSystem) -> None:
    """Whoever deleted it may want that, so it is not created again; the user is told, and says that it is fine."""
    webhook = other.subscribe(scene.simulator, ROOMS)
    await take_over(scene)
    scene.simulator.dispatcher.remove(webhook.id)
    await scene.subscription.reconcile()
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert not await scene.subscription.give_back()
    assert scene.issues == {Issue.NOT_GIVEN_BACK}
    scene.subscription.takeover.forget()
    await scene.subscription.reconcile()
    assert scene.issues == set()


# -- kills at every step ---------------------------------------------------------------------------------------------


class KilledError(BaseException):
    """The process is gone."""


class Killer:
    """Ends what is running at a request, before or after Butlr has executed it, and watches who has the events."""

    def __init__(self, simulator: Simulator, wanted: set[str]) -> None:
        """Count the requests about webhooks."""
        self._answer = simulator.graphql.answer
        simulator.graphql.answer = self.answer  # type: ignore[method-assign]
        self._simulator = simulator
        self._wanted = wanted
        self.task: asyncio.Task[Any] | None = None
        self.at = 0
        self.executed = False
        self.count = 0
        self.unowned = 0

    def answer(self, body: dict[str, Any]) -> Any:
        """Answer a request, or end the one who sent it."""
        if "ebhooks" not in json.dumps(body):
            return self._answer(body)
        self.count += 1
        kill = self.count == self.at
        answer = self._answer(body) if self.executed or not kill else None
        held = {name for webhook in self._simulator.webhooks for name in webhook.event_types}
        self.unowned += not self._wanted <= held
        if kill and self.task:
            self.task.cancel()
        return answer or self._answer({"query": "query Webhooks { webhooks { id } }"})


@pytest.mark.parametrize("update", ["replaced", "merged", "resets"])
async def test_kills_at_every_step(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    other: OtherSystem,
    disk: dict[str, Any],
    update: str,
) -> None:
    """After a restart, Butlr has either of the two endpoints; in the end it is the former one, byte for byte.

    What was not waited for is not on disk. The id changes only where Butlr keeps our header beside another one; only
    there the types belong to nobody for one request.
    """
    simulator.settings.endpoint_update = update
    client = ButlrClient(async_get_clientsession(hass), simulator.client_id, simulator.client_secret, simulator.url)
    url = "http://ha.example.org/api/webhook/" + entry.data["webhook_id"]
    killer = Killer(simulator, {*ROOMS, "TRAFFIC", "SENSOR_HEALTH"})

    def start() -> Takeover:
        """Return a takeover as after a start, with what is on disk."""
        data = {key: value for key, value in entry.data.items() if key != CONF_TAKEN_OVER}
        data |= {CONF_TAKEN_OVER: disk["record"]} if disk["record"] else {}
        hass.config_entries.async_update_entry(entry, data=data)
        return Takeover(hass, entry, Subscriptions(client), forwarding_of(hass, entry))

    async def take() -> None:
        takeover = start()
        if takeover.record is None:
            assert await takeover.begin({*ROOMS, "TRAFFIC"}, forward=True) is None
        await takeover.reconcile(url)

    async def give_back() -> None:
        assert await start().give_back()
        disk["record"] = None

    async def run(action: Any, at: int, *, executed: bool) -> bool:
        """Run an action and kill it at a request; return whether it came to its end before."""
        killer.count, killer.at, killer.executed = 0, at, executed
        killer.task = asyncio.ensure_future(action())
        try:
            await killer.task
        except asyncio.CancelledError:
            return False
        finally:
            killer.at = 0
        return True

    for action in (take, give_back):
        for executed in (False, True):
            at, ended = 1, False
            while not ended:
                simulator.dispatcher.remove(*[webhook.id for webhook in simulator.webhooks])
                with_key = other.subscribe(simulator, [*ROOMS, "SENSOR_HEALTH"], api_key=API_KEY, http_timeout=3)
                without = other.subscribe(simulator, ["TRAFFIC"], basic_auth=BASIC_AUTH, send_on_value_change=True)
                before = [at_butlr(simulator, webhook) for webhook in (with_key, without)]
                disk["record"] = None
                if action is give_back:
                    await take()
                ended = await run(action, at, executed=executed)
                at += 1
                assert {webhook.url for webhook in simulator.webhooks} <= {url, other.url}
                if action is take:
                    await take()
                    assert {webhook.url for webhook in simulator.webhooks} == {url}
                await give_back()
                after = [asdict(webhook) for webhook in sorted(simulator.webhooks, key=lambda one: one.http_timeout)]
                if update == "merged":
                    assert after[0] == before[0]
                    for one in (*after, *before):
                        one.update(id="", foreign=True)
                assert after == before
            assert at > 4
    assert (killer.unowned > 0) == (update == "merged")


async def test_the_record_on_disk(tmp_path: Path) -> None:
    """It is read from Home Assistant's own file."""
    file = tmp_path / "core.config_entries"
    assert read_stored_record(file, "1") is None
    entries = [{"entry_id": "0", "data": {}}, {"entry_id": "1", "data": {CONF_TAKEN_OVER: {"forward": True}}}]
    file.write_text(json.dumps({"data": {"entries": entries}}))
    assert [read_stored_record(file, key) for key in "012"] == [None, {"forward": True}, None]


def test_a_record_survives_the_disk(entry: MockConfigEntry) -> None:
    """It is the same after JSON."""
    assert TakeoverRecord.of(entry) is None
