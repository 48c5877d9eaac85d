"""The subscription at Butlr: what is registered there, and what becomes of it."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from graphql import GraphQLError
from homeassistant.components.webhook import async_generate_path
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.push.supervisor import RECOUNT_DELAY
from tests.conftest import Http, SetUp
from tests.helpers.push import (
    ALL_TYPES,
    MOVEMENT_TYPES,
    OCCUPANCY_TYPES,
    both_webhooks,
    our_webhooks,
    room_id,
    subscribed_types,
)
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook
from tests.simulator.subscriptions import SubscriptionResolvers


async def test_registers_and_proves(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Two webhooks with the secret header; the first event proves them and slows the occupancy poll down."""
    await set_up()
    counts, movements = both_webhooks(simulator)
    assert (set(counts.event_types), set(movements.event_types)) == (OCCUPANCY_TYPES, MOVEMENT_TYPES)
    assert (counts.name, movements.name) == (
        "Home Assistant 00000001 (occupancy)",
        "Home Assistant 00000001 (entries, exits, motion)",
    )
    for webhook in (counts, movements):
        assert webhook.url == f"{hass.config.external_url}{async_generate_path(entry.data[CONF_WEBHOOK_ID])}"
        assert webhook.api_key == {"key": SECRET_HEADER, "value": entry.data[CONF_WEBHOOK_SECRET]}
    assert counts.send_on_value_change
    assert not movements.send_on_value_change
    organization = simulator.estate.id
    assert state_of(hass, organization, "update_mode") == "polling"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, organization, "update_mode") == "push"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert mismatches(hass, simulator) == []


async def test_totals_are_counted_again_after_a_subscription(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What Butlr had not counted yet when the subscription began is there a little later; unloading cancels that."""
    await set_up()
    simulator.requests.clear()
    freezer.tick(RECOUNT_DELAY + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "traffic" in {request.kind for request in simulator.requests}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.requests.clear()
    freezer.tick(RECOUNT_DELAY + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []


async def test_is_found_again_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A reload neither creates, changes nor deletes anything at Butlr."""
    await set_up()
    before = simulator.webhooks
    for _ in range(3):
        simulator.requests.clear()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert not [
            request
            for request in simulator.requests
            if request.kind.endswith("Webhooks") and request.kind != "Webhooks"
        ]
    assert simulator.webhooks == before


async def test_a_new_public_address(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The subscription follows the external URL; without one it goes, and polling serves."""
    await set_up()
    before = {webhook.id for webhook in simulator.webhooks}
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    simulator.requests.clear()
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {webhook.id for webhook in simulator.webhooks} == before
    assert all(webhook.url.startswith("http://127.0.0.1:9/") for webhook in simulator.webhooks)
    # Nothing has proven the new address, so people are polled, beginning at once.
    assert "room_occupancy" in {request.kind for request in simulator.requests}
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    await hass.config.async_update(external_url=None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.webhooks == []
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_duplicates_of_ours_go(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """One too many of ours is deleted; what is not ours is never touched."""
    await set_up()
    before = simulator.webhooks
    simulator.dispatcher.webhooks["webhook_old"] = Webhook(
        "webhook_old", "Home Assistant 00000001", ["DETECTIONS"], "https://old.example.org/api/webhook/x"
    )
    foreign = simulator.add_foreign_webhook(["SENSOR_HEALTH"])
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.webhooks == [*before, foreign]


async def test_what_a_removed_entry_left_behind_is_ours(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Butlr could not be reached when an entry was removed: the next one takes its webhook over, and only that."""
    await set_up()
    before = {webhook.id for webhook in simulator.webhooks}
    for webhook in simulator.webhooks:
        webhook.name, webhook.api_key = "Home Assistant OLDENTRY", {"key": SECRET_HEADER, "value": "old"}
        webhook.url = f"{hass.config.external_url}{async_generate_path('old')}"
    foreign = simulator.add_foreign_webhook(["DETECTIONS"], "Home Assistant ELSEWHERE")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert foreign in simulator.webhooks
    assert {webhook.id for webhook in our_webhooks(simulator)} == before
    assert subscribed_types(simulator) == ALL_TYPES
    assert all(webhook.url.endswith(entry.data[CONF_WEBHOOK_ID]) for webhook in our_webhooks(simulator))


async def test_what_others_hold_is_theirs(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Of a type that is taken, the one-minute variant is subscribed, else it is left to the polls."""
    foreign = simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "ZONE_OCCUPANCY_1MIN", "TRAFFIC"])
    await set_up()
    assert foreign in simulator.webhooks
    counts, movements = both_webhooks(simulator)
    assert set(counts.event_types) == {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY_1MIN"}
    assert set(movements.event_types) == {"PIR_MOTION", "PIR_NO_MOTION"}
    # Pushes arrive, but zones are not among them: they need the usual pace of polls.
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_everything_taken(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Then nothing is registered, what was ours goes, and polling serves."""
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    simulator.webhooks[0].event_types.clear()
    simulator.webhooks[1].event_types = ["PIR_MOTION"]
    occupancy_types = {kind for kind in ALL_TYPES if kind.endswith("OCCUPANCY")}
    foreign = simulator.add_foreign_webhook([*ALL_TYPES, *(f"{kind}_1MIN" for kind in occupancy_types)])
    await entry.runtime_data.push.subscription.reconcile()
    assert simulator.webhooks == [foreign]
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"


@pytest.mark.parametrize("spelling", ["snake", "camel", "both"])
@pytest.mark.parametrize("introspection", [True, False])
async def test_either_spelling_of_the_inputs(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    spelling: str,
    introspection: bool,
) -> None:
    """Creating and updating survive both, and nothing is created twice."""
    simulator.settings.update({"webhook_input": spelling, "introspection": introspection})
    await set_up()
    assert len(simulator.webhooks) == 2
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    for webhook in both_webhooks(simulator):
        assert webhook.url.startswith("http://127.0.0.1:9/")
        assert webhook.api_key == {"key": SECRET_HEADER, "value": entry.data[CONF_WEBHOOK_SECRET]}


async def test_registration_is_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """After 30 s, doubling, until it works; setting up does not wait for it."""
    hass.set_state(CoreState.starting)
    await set_up()
    simulator.faults.set("graphql", "500")
    simulator.requests.clear()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    tries = []
    for second in range(0, 241, 10):
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        if any(request.kind == "Webhooks" for request in simulator.requests):
            tries.append(second)
        simulator.requests.clear()
        freezer.tick(10)
    assert tries == [0, 30, 90, 210]
    simulator.faults.clear()
    freezer.tick(240)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(simulator.webhooks) == 2


async def test_a_passing_graphql_error_is_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only a refusal is final; a backend that fails beside HTTP 200 may recover."""
    await set_up()
    before = {webhook.id for webhook in simulator.webhooks}
    simulator.faults.set("graphql", "graphql_errors")
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.faults.clear()
    freezer.tick(31)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {webhook.id for webhook in simulator.webhooks} == before
    assert all(webhook.url.startswith("http://127.0.0.1:9/") for webhook in simulator.webhooks)


async def test_other_settings_do_not_concern_the_subscription(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Butlr is not asked when, say, the name of the home changes."""
    await set_up()
    simulator.requests.clear()
    await hass.config.async_update(location_name="Elsewhere")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []


async def test_removal_when_nothing_is_left_at_butlr(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Somebody may have deleted the webhook there; what others have stays."""
    await set_up()
    simulator.dispatcher.webhooks.clear()
    foreign = simulator.add_foreign_webhook(["DETECTIONS"])
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == [foreign]


async def test_only_https_reaches_home_assistant_from_outside(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A plain http address is no use to the real cloud, only to one that is plain http itself."""
    await set_up()
    subscription = entry.runtime_data.push.subscription
    assert await subscription._public_url() is not None
    with patch.object(entry.runtime_data.client, "base_url", "https://api.butlr.io"):
        assert await subscription._public_url() is None
        hass.config.external_url = "https://home.example.org"
        assert (
            await subscription._public_url()
            == f"https://home.example.org{async_generate_path(entry.data[CONF_WEBHOOK_ID])}"
        )


async def test_removal_deletes_the_subscription(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """With the entry goes what it made at Butlr, and only that; unloading alone deletes nothing."""
    foreign = simulator.add_foreign_webhook(["DETECTIONS"])
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    assert len(simulator.webhooks) == 3
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == [foreign]


async def test_removal_while_the_cloud_is_down(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The entry goes all the same, and the person is told what stays behind."""
    await set_up()
    simulator.faults.set("graphql", "500")
    await hass.config_entries.async_remove(entry.entry_id)
    assert not hass.config_entries.async_entries("butlr")
    assert "could not be deleted" in caplog.text


async def test_who_asks_at_once_is_served_at_once(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Ten changes in a row are one reconcile under way and one after it, and the last one counts."""
    await set_up()
    simulator.requests.clear()
    for number in range(10):
        await hass.config.async_update(external_url=f"http://127.0.0.1:{number + 1}")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len([request for request in simulator.requests if request.kind == "Webhooks"]) <= 2
    assert all(webhook.url.startswith("http://127.0.0.1:10/") for webhook in both_webhooks(simulator))


@pytest.mark.parametrize("suffix", ["1MIN", "1M"])
async def test_either_spelling_of_the_one_minute_variant(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, suffix: str
) -> None:
    """The sources know two; which one holds here, only asking tells. It is not asked for again at every occasion."""
    simulator.settings.minute_suffix = suffix
    simulator.add_foreign_webhook(["ROOM_OCCUPANCY"])
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES - {"ROOM_OCCUPANCY"} | {f"ROOM_OCCUPANCY_{suffix}"}
    assert len(our_webhooks(simulator)) == 2
    simulator.requests.clear()
    await entry.runtime_data.push.subscription.reconcile()
    assert [request.kind for request in simulator.requests] == ["Webhooks"]


async def test_a_minute_variant_that_another_holds_in_the_other_spelling(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """It is the same variant, and theirs."""
    simulator.settings.minute_suffix = "1M"
    simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1M"])
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES - {"ROOM_OCCUPANCY"}


async def test_a_holder_that_is_not_shown(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Butlr refuses the types that a webhook of another account holds: the rest is subscribed."""
    simulator.add_foreign_webhook(["PIR_MOTION", "ZONE_OCCUPANCY"]).hidden = True
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES - {"PIR_MOTION", "ZONE_OCCUPANCY"} | {"ZONE_OCCUPANCY_1MIN"}
    assert len(our_webhooks(simulator)) == 2
    simulator.requests.clear()
    for _ in range(3):
        await entry.runtime_data.push.subscription.reconcile()
    assert [request.kind for request in simulator.requests] == ["Webhooks"] * 3


async def test_half_a_subscription_is_gone_on_with(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Butlr fails after the first event types were agreed on: they are pushed, and the next try makes it whole."""
    simulator.add_foreign_webhook(["TRAFFIC"]).hidden = True
    permit, calls = SubscriptionResolvers._permit, 0

    def failing(resolvers: SubscriptionResolvers) -> None:
        nonlocal calls
        permit(resolvers)
        calls += 1
        if calls == 7:
            raise GraphQLError("down", extensions={"code": "INTERNAL_SERVER_ERROR"})

    with patch.object(SubscriptionResolvers, "_permit", failing):
        await set_up()
    # List, counts, movements together, all in one, then the movements one by one until the failure.
    assert calls == 7
    assert subscribed_types(simulator) == OCCUPANCY_TYPES | {"PIR_MOTION"}
    assert entry.runtime_data.push.subscription.status.types == OCCUPANCY_TYPES
    freezer.tick(31)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert subscribed_types(simulator) == ALL_TYPES - {"TRAFFIC"}
    assert entry.runtime_data.push.subscription.status.types == ALL_TYPES - {"TRAFFIC"}


@pytest.mark.parametrize("changed", ["name", "secret", "address", "everything but the name"])
async def test_ours_is_known_again(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, changed: str
) -> None:
    """After a restored backup, a new secret or a new address it is still ours, and put right; a name is no wrong."""
    await set_up()
    before = {webhook.id for webhook in simulator.webhooks}
    for webhook in simulator.webhooks:
        if changed == "name":
            webhook.name = "Renamed by somebody"
        if changed in ("secret", "everything but the name"):
            webhook.api_key = {"key": SECRET_HEADER, "value": "of the time before the backup"}
        if changed in ("address", "everything but the name"):
            webhook.url = "https://old.example.org/api/webhook/of-the-time-before"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {webhook.id for webhook in simulator.webhooks} == before
    for webhook in both_webhooks(simulator):
        assert webhook.api_key == {"key": SECRET_HEADER, "value": entry.data[CONF_WEBHOOK_SECRET]}
        assert webhook.url.startswith(str(hass.config.external_url))
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert mismatches(hass, simulator) == []


async def test_addresses_that_are_none(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """What other systems entered as an address is no reason to stumble."""
    addresses = ("http://[", "", "no address", "https://example.org:port/")
    for kind, url in zip(("DETECTIONS", "SENSOR_HEALTH", "HIVE_HEALTH", "TRAFFIC"), addresses, strict=True):
        simulator.add_foreign_webhook([kind], f"Home Assistant {kind}").url = url
    await set_up()
    assert len(simulator.webhooks) == 6
