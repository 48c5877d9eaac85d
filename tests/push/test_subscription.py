"""The subscription at Butlr: what is created there, when it is corrected, and what is retried."""

from unittest.mock import patch

from graphql import GraphQLError
from homeassistant.components.webhook import async_generate_path
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState
import pytest

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push.supervisor import RECOUNT_DELAY
from tests.helpers.push import (
    ALL_TYPES,
    MOVEMENT_TYPES,
    OCCUPANCY_TYPES,
    both_webhooks,
    our_webhooks,
    subscribed_types,
    webhook_path,
)
from tests.helpers.scene import Scene
from tests.simulator.delivery import Webhook
from tests.simulator.subscriptions import SubscriptionResolvers

# An address at which nobody listens.
NOWHERE = "http://127.0.0.1:9"


def api_key(scene: Scene) -> dict[str, str]:
    """Return the header that Butlr is asked to send, as its API names it."""
    return {"key": SECRET_HEADER, "value": scene.entry.data[CONF_WEBHOOK_SECRET]}


def ids(scene: Scene) -> set[str]:
    """Return the ids of all webhooks at Butlr."""
    return {webhook.id for webhook in scene.simulator.webhooks}


# -- subscribing ------------------------------------------------------------------------------------------------------


async def test_two_webhooks_are_created(scene: Scene) -> None:
    """One for occupancy with `send_on_value_change`, one for the rest without it."""
    await scene.set_up()
    occupancy, movements = both_webhooks(scene.simulator)
    assert (set(occupancy.event_types), set(movements.event_types)) == (OCCUPANCY_TYPES, MOVEMENT_TYPES)
    assert (occupancy.name, movements.name) == (
        "Home Assistant 00000001 (occupancy)",
        "Home Assistant 00000001 (entries, exits, motion)",
    )
    assert (occupancy.send_on_value_change, movements.send_on_value_change) == (True, False)


async def test_both_webhooks_have_the_url_and_the_secret(scene: Scene) -> None:
    """Butlr sends the secret as a header."""
    await scene.set_up()
    for webhook in both_webhooks(scene.simulator):
        assert webhook.url == f"{scene.url}{webhook_path(scene.entry)}"
        assert webhook.api_key == api_key(scene)


async def test_the_first_event_verifies_pushes(scene: Scene) -> None:
    """From then on, occupancy is polled less often."""
    await scene.set_up()
    assert scene.mode == "polling"
    assert scene.data.occupancy.update_interval == OCCUPANCY_INTERVAL
    await scene.enter("Boardroom")
    assert scene.mode == "push"
    assert scene.data.occupancy.update_interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert scene.mismatches == []


async def test_totals_are_polled_again_after_subscribing(scene: Scene) -> None:
    """Butlr had not counted the running minute yet when the subscription began."""
    await scene.set_up()
    scene.simulator.requests.clear()
    await scene.pass_time(RECOUNT_DELAY + 1)
    assert "traffic" in scene.requests()


async def test_unloading_cancels_the_poll_of_totals(scene: Scene) -> None:
    """Nothing is requested after unloading."""
    await scene.set_up()
    await scene.unload()
    scene.simulator.requests.clear()
    await scene.pass_time(RECOUNT_DELAY + 1)
    assert scene.requests() == []


async def test_a_restart_changes_nothing(scene: Scene) -> None:
    """A reload neither creates, updates nor deletes webhooks."""
    await scene.set_up()
    before = scene.simulator.webhooks
    scene.simulator.requests.clear()
    for _ in range(3):
        await scene.reload()
    assert set(scene.webhook_requests) == {"Webhooks"}
    assert scene.simulator.webhooks == before


@pytest.mark.parametrize("spelling", ["snake", "camel", "both"])
@pytest.mark.parametrize("introspection", [True, False])
async def test_every_spelling_of_the_input(scene: Scene, spelling: str, introspection: bool) -> None:
    """Creating and updating work, and nothing is created twice."""
    scene.simulator.settings.update({"webhook_input": spelling, "introspection": introspection})
    await scene.set_up()
    assert len(scene.simulator.webhooks) == 2
    await scene.set_external_url(NOWHERE)
    for webhook in both_webhooks(scene.simulator):
        assert webhook.url.startswith(f"{NOWHERE}/")
        assert webhook.api_key == api_key(scene)


# -- the URL ----------------------------------------------------------------------------------------------------------


async def test_a_new_external_url_is_subscribed(scene: Scene) -> None:
    """The same webhooks get it. It has not been verified, so occupancy is polled immediately."""
    await scene.set_up_and_verify()
    before = ids(scene)
    scene.simulator.requests.clear()
    await scene.set_external_url(NOWHERE)
    assert ids(scene) == before
    assert all(webhook.url.startswith(f"{NOWHERE}/") for webhook in scene.simulator.webhooks)
    assert "room_occupancy" in scene.requests()
    assert scene.mode == "polling"


async def test_without_an_external_url_the_webhooks_are_deleted(scene: Scene) -> None:
    """Polling goes on at the usual pace."""
    await scene.set_up_and_verify()
    await scene.set_external_url(None)
    assert scene.simulator.webhooks == []
    assert scene.mode == "polling"
    assert scene.data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_many_changes_are_coalesced(scene: Scene) -> None:
    """Ten changes in a row cause one running and one queued reconcile, and the last change wins."""
    await scene.set_up()
    scene.simulator.requests.clear()
    for number in range(10):
        await scene.hass.config.async_update(external_url=f"http://127.0.0.1:{number + 1}")
    await scene.settle()
    assert len(scene.requests("Webhooks")) <= 2
    assert all(webhook.url.startswith("http://127.0.0.1:10/") for webhook in both_webhooks(scene.simulator))


async def test_other_core_settings_cause_no_request(scene: Scene) -> None:
    """Such as the name of the home."""
    await scene.set_up()
    scene.simulator.requests.clear()
    await scene.hass.config.async_update(location_name="Elsewhere")
    await scene.settle()
    assert scene.requests() == []


@pytest.mark.parametrize(
    ("api", "external", "expected"),
    [("http", "http", True), ("https", "http", False), ("https", "https", True)],
)
async def test_plain_http_is_only_for_a_simulator(scene: Scene, api: str, external: str, expected: bool) -> None:
    """Butlr's own cloud pushes to https only, so a plain http URL counts as no public URL there."""
    await scene.set_up()
    url = f"{external}://home.example.org"
    with patch.object(scene.data.client, "base_url", f"{api}://api.butlr.io"):
        scene.hass.config.external_url = url
        found = await scene.subscription._public_url()
    assert found == (f"{url}{async_generate_path(scene.entry.data[CONF_WEBHOOK_ID])}" if expected else None)


# -- retrying ---------------------------------------------------------------------------------------------------------


async def test_subscribing_is_retried_with_a_growing_delay(scene: Scene) -> None:
    """After 30 s, doubling each time; setting up does not wait for it."""
    scene.hass.set_state(CoreState.starting)
    await scene.set_up()
    scene.simulator.faults.set("graphql", "500")
    scene.simulator.requests.clear()
    scene.hass.set_state(CoreState.running)
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.settle()
    tries = []
    for second in range(0, 241, 10):
        await scene.pass_time(10 if second else 0)
        if scene.requests("Webhooks"):
            tries.append(second)
        scene.simulator.requests.clear()
    assert tries == [0, 30, 90, 210]
    scene.simulator.faults.clear()
    await scene.pass_time(240)
    assert len(scene.simulator.webhooks) == 2


async def test_a_graphql_error_is_retried(scene: Scene) -> None:
    """Only a refusal is final; an error from a failing backend comes with HTTP 200 and may go away."""
    await scene.set_up()
    before = ids(scene)
    scene.simulator.faults.set("graphql", "graphql_errors")
    await scene.set_external_url(NOWHERE)
    scene.simulator.faults.clear()
    await scene.pass_time(31)
    assert ids(scene) == before
    assert all(webhook.url.startswith(f"{NOWHERE}/") for webhook in scene.simulator.webhooks)


async def test_a_successful_reconcile_ends_the_retries(scene: Scene) -> None:
    """One that was triggered by something else makes the pending retry unnecessary."""
    await scene.set_up()
    scene.simulator.faults.set("graphql", "graphql_errors")
    await scene.subscription.reconcile()
    assert scene.subscription.retrying
    scene.simulator.faults.clear()
    await scene.subscription.reconcile()
    assert not scene.subscription.retrying


async def test_a_partial_subscription_is_completed(scene: Scene) -> None:
    """Butlr fails after it accepted some event types: they stay subscribed, and the next try completes them."""
    scene.simulator.add_foreign_webhook(["TRAFFIC"]).hidden = True
    permit, calls = SubscriptionResolvers._permit, 0

    def failing(resolvers: SubscriptionResolvers) -> None:
        nonlocal calls
        permit(resolvers)
        calls += 1
        if calls == 7:
            raise GraphQLError("down", extensions={"code": "INTERNAL_SERVER_ERROR"})

    with patch.object(SubscriptionResolvers, "_permit", failing):
        await scene.set_up()
    # List, occupancy, movements together, everything in one, then the movements one by one until the failure.
    assert calls == 7
    assert subscribed_types(scene.simulator) == OCCUPANCY_TYPES | {"PIR_MOTION"}
    assert scene.subscription.status.types == OCCUPANCY_TYPES
    await scene.pass_time(31)
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"TRAFFIC"}
    assert scene.subscription.status.types == ALL_TYPES - {"TRAFFIC"}


# -- which webhooks are ours ------------------------------------------------------------------------------------------


async def test_superfluous_webhooks_of_ours_are_deleted(scene: Scene) -> None:
    """Those of others are never touched."""
    await scene.set_up()
    before = scene.simulator.webhooks
    scene.simulator.dispatcher.webhooks["webhook_old"] = Webhook(
        "webhook_old", "Home Assistant 00000001", ["DETECTIONS"], "https://old.example.org/api/webhook/x"
    )
    foreign = scene.simulator.add_foreign_webhook(["SENSOR_HEALTH"])
    await scene.reload()
    assert scene.simulator.webhooks == [*before, foreign]


async def test_webhooks_of_a_removed_entry_are_reused(scene: Scene) -> None:
    """Butlr was unreachable when that entry was removed; a webhook of another Home Assistant is left alone."""
    await scene.set_up()
    before = ids(scene)
    for webhook in scene.simulator.webhooks:
        webhook.name, webhook.api_key = "Home Assistant OLDENTRY", {"key": SECRET_HEADER, "value": "old"}
        webhook.url = f"{scene.url}{async_generate_path('old')}"
    foreign = scene.simulator.add_foreign_webhook(["DETECTIONS"], "Home Assistant ELSEWHERE")
    await scene.reload()
    assert foreign in scene.simulator.webhooks
    assert {webhook.id for webhook in our_webhooks(scene.simulator)} == before
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert all(webhook.url.endswith(scene.entry.data[CONF_WEBHOOK_ID]) for webhook in our_webhooks(scene.simulator))


@pytest.mark.parametrize("changed", ["name", "secret", "url", "everything but the name"])
async def test_our_webhooks_are_recognized(scene: Scene, changed: str) -> None:
    """After a restored backup, a new secret or a new URL they are still ours and corrected; a new name is kept."""
    await scene.set_up()
    before = ids(scene)
    for webhook in scene.simulator.webhooks:
        if changed == "name":
            webhook.name = "Renamed by somebody"
        if changed in ("secret", "everything but the name"):
            webhook.api_key = {"key": SECRET_HEADER, "value": "from before the backup"}
        if changed in ("url", "everything but the name"):
            webhook.url = "https://old.example.org/api/webhook/from-before"
    await scene.reload()
    assert ids(scene) == before
    for webhook in both_webhooks(scene.simulator):
        assert webhook.api_key == api_key(scene)
        assert webhook.url.startswith(scene.url)
    await scene.enter("Boardroom")
    assert scene.mismatches == []


async def test_invalid_urls_of_others(scene: Scene) -> None:
    """Whatever other systems entered as a URL, ours are created."""
    urls = ("http://[", "", "no address", "https://example.org:port/")
    for event_type, url in zip(("DETECTIONS", "SENSOR_HEALTH", "HIVE_HEALTH", "TRAFFIC"), urls, strict=True):
        scene.simulator.add_foreign_webhook([event_type], f"Home Assistant {event_type}").url = url
    await scene.set_up()
    assert len(scene.simulator.webhooks) == 6


# -- claimed event types ----------------------------------------------------------------------------------------------


async def test_claimed_event_types_are_left_alone(scene: Scene) -> None:
    """Their one-minute variant is subscribed if it is free, else they are only polled."""
    foreign = scene.simulator.add_foreign_webhook(
        ["ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "ZONE_OCCUPANCY_1MIN", "TRAFFIC"]
    )
    await scene.set_up()
    assert foreign in scene.simulator.webhooks
    occupancy, movements = both_webhooks(scene.simulator)
    assert set(occupancy.event_types) == {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY_1MIN"}
    assert set(movements.event_types) == {"PIR_MOTION", "PIR_NO_MOTION"}


async def test_occupancy_is_polled_often_unless_all_of_it_is_pushed(scene: Scene) -> None:
    """Pushes of rooms arrive, but those of zones do not."""
    scene.simulator.add_foreign_webhook(["ZONE_OCCUPANCY", "ZONE_OCCUPANCY_1MIN"])
    await scene.set_up_and_verify()
    assert scene.data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_all_event_types_are_claimed(scene: Scene) -> None:
    """Nothing is subscribed, our webhooks are deleted, and only polling is used."""
    await scene.set_up_and_verify()
    scene.simulator.webhooks[0].event_types.clear()
    scene.simulator.webhooks[1].event_types = ["PIR_MOTION"]
    foreign = scene.simulator.add_foreign_webhook([*ALL_TYPES, *(f"{name}_1MIN" for name in OCCUPANCY_TYPES)])
    await scene.subscription.reconcile()
    assert scene.simulator.webhooks == [foreign]
    assert scene.mode == "polling"


@pytest.mark.parametrize("suffix", ["1MIN", "1M"])
async def test_both_spellings_of_the_one_minute_variant(scene: Scene, suffix: str) -> None:
    """The sources know two. The right one is found by asking, and not asked for again every time."""
    scene.simulator.settings.minute_suffix = suffix
    scene.simulator.add_foreign_webhook(["ROOM_OCCUPANCY"])
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"ROOM_OCCUPANCY"} | {f"ROOM_OCCUPANCY_{suffix}"}
    assert len(our_webhooks(scene.simulator)) == 2
    scene.simulator.requests.clear()
    await scene.subscription.reconcile()
    assert scene.requests() == ["Webhooks"]


async def test_a_one_minute_variant_claimed_in_the_other_spelling(scene: Scene) -> None:
    """It is the same variant, so it is not requested."""
    scene.simulator.settings.minute_suffix = "1M"
    scene.simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1M"])
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"ROOM_OCCUPANCY"}


async def test_event_types_claimed_by_a_hidden_webhook(scene: Scene) -> None:
    """Butlr refuses them because a webhook of another account has them; all others are subscribed."""
    scene.simulator.add_foreign_webhook(["PIR_MOTION", "ZONE_OCCUPANCY"]).hidden = True
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"PIR_MOTION", "ZONE_OCCUPANCY"} | {"ZONE_OCCUPANCY_1MIN"}
    assert len(our_webhooks(scene.simulator)) == 2
    assert scene.issues == {Issue.CLAIMED}
    scene.simulator.requests.clear()
    for _ in range(3):
        await scene.subscription.reconcile()
    assert scene.requests() == ["Webhooks"] * 3


# -- removing the entry -----------------------------------------------------------------------------------------------


async def test_unloading_keeps_the_webhooks(scene: Scene) -> None:
    """So that a restart does not recreate them."""
    await scene.set_up()
    await scene.unload()
    assert len(scene.simulator.webhooks) == 2


async def test_removing_the_entry_deletes_our_webhooks(scene: Scene) -> None:
    """And no others."""
    foreign = scene.simulator.add_foreign_webhook(["DETECTIONS"])
    await scene.set_up()
    await scene.remove()
    assert scene.simulator.webhooks == [foreign]


async def test_removing_the_entry_when_our_webhooks_are_gone(scene: Scene) -> None:
    """Someone may have deleted them at Butlr."""
    await scene.set_up()
    scene.simulator.dispatcher.webhooks.clear()
    foreign = scene.simulator.add_foreign_webhook(["DETECTIONS"])
    await scene.remove()
    assert scene.simulator.webhooks == [foreign]


async def test_removing_the_entry_while_the_cloud_is_down(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """The entry is removed, and the log says what is left behind."""
    await scene.set_up()
    scene.simulator.faults.set("graphql", "500")
    await scene.remove()
    assert not scene.hass.config_entries.async_entries("butlr")
    assert "could not be deleted" in caplog.text
