"""Pushes that stop, and pushes that are impossible: noticed, repaired, reported in Repairs, and cleared again."""

from http import HTTPStatus
import time

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, DOMAIN
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.issues.issue import FIXABLE_ISSUES, Issue, issue_id
from custom_components.butlr.push.supervisor import RECHECK_DELAY, RECOUNT_DELAY
from custom_components.butlr.push.webhook import REFUSALS_BEFORE_WARNING
from tests.helpers.push import both_webhooks, occupancy_event, secret_header, webhook_path
from tests.helpers.scene import Scene

# Long enough for a poll to miss a push, and for the pushes of its type to become suspect.
UNTIL_SUSPECT = 9
# Long enough for suspect pushes to be reported.
UNTIL_REPORTED = 31


# -- pushes that stop -------------------------------------------------------------------------------------------------


@pytest.fixture
async def stopped(scene: Scene) -> Scene:
    """Return a scene in which pushes arrived for a while, and stopped before people moved."""
    await scene.set_up_and_verify()
    await scene.pass_minutes(12)
    assert scene.mode == "push"
    scene.simulator.settings.loss = 1.0
    scene.simulator.requests.clear()
    await scene.enter("Focus Room")
    await scene.pass_minutes(UNTIL_SUSPECT)
    return scene


async def test_pushes_that_stop_are_noticed(stopped: Scene) -> None:
    """Polling goes back to the usual pace, and the states are right again."""
    assert stopped.mode == "polling"
    assert stopped.data.occupancy.update_interval == OCCUPANCY_INTERVAL
    assert [line for line in stopped.mismatches if " motion: " not in line] == []


async def test_pushes_that_stop_cause_a_check_of_the_subscription(stopped: Scene) -> None:
    """It is checked once, and once more after half an hour in which nothing changes."""
    assert stopped.webhook_requests == ["Webhooks"]
    await stopped.pass_minutes(UNTIL_REPORTED)
    assert stopped.webhook_requests == ["Webhooks"] * 2


async def test_pushes_that_stop_are_reported(stopped: Scene) -> None:
    """Not before half an hour has passed."""
    assert stopped.issues == set()
    await stopped.pass_minutes(UNTIL_REPORTED)
    assert stopped.issues == {Issue.PUSHES_MISSED}
    assert stopped.placeholders(Issue.PUSHES_MISSED) == {"entry": "Harbour Campus"}


async def test_pushes_that_come_back_are_verified_again(stopped: Scene) -> None:
    """Events alone do not clear the issue: polls must agree with them for a few minutes."""
    await stopped.pass_minutes(UNTIL_REPORTED)
    stopped.simulator.settings.loss = 0.0
    await stopped.enter("Focus Room")
    await stopped.enter("Boardroom")
    assert stopped.issues == {Issue.PUSHES_MISSED}
    await stopped.pass_minutes(6)
    assert stopped.mode == "push"
    assert stopped.data.occupancy.interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert stopped.issues == set()
    assert stopped.mismatches == []


async def test_missed_crossings_are_noticed(scene: Scene) -> None:
    """The traffic poll finds crossings that were not pushed."""
    await scene.set_up_and_verify()
    await scene.pass_minutes(6)
    _, movements = both_webhooks(scene.simulator)
    movements.event_types.remove("TRAFFIC")
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    movements.event_types.append("TRAFFIC")
    await scene.pass_minutes(6)
    assert scene.mode == "polling"
    assert scene.mismatches == []


async def test_a_single_missed_type_is_noticed(scene: Scene) -> None:
    """Other types that still arrive do not hide it; the webhook is corrected, and the next event verifies it."""
    await scene.set_up_and_verify()
    await scene.pass_minutes(2)
    occupancy, _ = both_webhooks(scene.simulator)
    occupancy.event_types.remove("ROOM_OCCUPANCY")
    await scene.enter("Boardroom")
    await scene.pass_minutes(UNTIL_SUSPECT)
    occupancy, _ = both_webhooks(scene.simulator)
    assert "ROOM_OCCUPANCY" in occupancy.event_types
    assert scene.mode == "polling"
    await scene.enter("Boardroom")
    assert scene.mode == "push"
    assert scene.issues == set()


async def test_deleted_webhooks_are_recreated(scene: Scene) -> None:
    """Someone deleted them at Butlr: the polls notice it, and the first event verifies the new ones."""
    await scene.set_up_and_verify()
    await scene.pass_minutes(2)
    scene.simulator.dispatcher.webhooks.clear()
    await scene.enter("Boardroom")
    await scene.pass_minutes(UNTIL_SUSPECT)
    assert len(scene.simulator.webhooks) == 2
    await scene.enter("Boardroom")
    assert scene.mode == "push"


async def test_the_subscription_is_checked_after_an_outage(scene: Scene) -> None:
    """A cloud that comes back may have lost the webhooks."""
    await scene.set_up_and_verify()
    for endpoint in ("login", "graphql", "reporting"):
        scene.simulator.faults.set(endpoint, "drop")
    await scene.pass_minutes(6)
    scene.simulator.dispatcher.webhooks.clear()
    scene.simulator.faults.clear()
    await scene.pass_minutes(2)
    assert len(scene.simulator.webhooks) == 2


async def test_a_url_that_butlr_cannot_reach_is_reported(scene: Scene) -> None:
    """No event ever arrives: only polling is used, and it is reported once people have moved."""
    scene.simulator.settings.retry_delays = ()
    scene.hass.config.external_url = "http://127.0.0.1:9"
    await scene.set_up()
    await scene.pass_minutes(60)
    assert scene.issues == set()
    await scene.enter("Boardroom")
    await scene.pass_minutes(40)
    assert scene.mode == "polling"
    assert scene.issues == {Issue.PUSHES_MISSED}
    assert scene.mismatches == []
    assert scene.state("Boardroom", "motion") == STATE_UNKNOWN


# -- the sensor "last push" -------------------------------------------------------------------------------------------


@pytest.fixture
async def with_last_push(scene: Scene) -> Scene:
    """Return a scene in which the sensor that shows the last push is enabled."""
    await scene.set_up()
    registry = er.async_get(scene.hass)
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{scene.simulator.estate.id}_last_push")
    assert entity_id is not None
    registry.async_update_entity(entity_id, disabled_by=None)
    # Home Assistant reloads the entry half a minute later.
    await scene.pass_time(31)
    assert scene.organization_state("last_push") == STATE_UNKNOWN
    return scene


async def test_last_push_ignores_events_of_others(with_last_push: Scene) -> None:
    """Neither an event of another organization nor one without the secret changes it."""
    scene = with_last_push
    await scene.push(occupancy_event(scene.simulator, metadata={"org_id": "org_x", "room_id": "room_x"}))
    await scene.http.post(webhook_path(scene.entry), json=occupancy_event(scene.simulator))
    assert scene.organization_state("last_push") == STATE_UNKNOWN


async def test_last_push_shows_the_time_of_the_last_event(with_last_push: Scene) -> None:
    """Polls do not change it."""
    scene = with_last_push
    scene.freezer.move_to("2026-11-25T11:30:00Z")
    await scene.push(occupancy_event(scene.simulator))
    assert scene.organization_state("last_push") == "2026-11-25T11:30:00+00:00"
    await scene.pass_minutes(6)
    assert scene.organization_state("last_push") == "2026-11-25T11:30:00+00:00"


# -- pushes that are impossible ---------------------------------------------------------------------------------------


@pytest.fixture
async def without_url(scene: Scene) -> Scene:
    """Return a scene that was set up without a public URL."""
    scene.hass.config.external_url = None
    await scene.set_up()
    return scene


async def test_a_missing_public_url_is_reported(without_url: Scene) -> None:
    """The issue says what to do; everything else works by polling."""
    assert without_url.issues == {Issue.NO_PUBLIC_URL}
    assert without_url.placeholders(Issue.NO_PUBLIC_URL) == {"entry": "Harbour Campus"}
    await without_url.pass_minutes(2)
    assert without_url.mismatches == []


async def test_a_missing_public_url_is_not_retried(without_url: Scene) -> None:
    """Butlr is asked again only once there is a URL."""
    without_url.simulator.requests.clear()
    await without_url.pass_minutes(35)
    assert without_url.webhook_requests == []


async def test_an_ignored_issue_stays_ignored(without_url: Scene) -> None:
    """After a restart, too."""
    issue = issue_id(without_url.entry, Issue.NO_PUBLIC_URL)
    ir.async_ignore_issue(without_url.hass, DOMAIN, issue, ignore=True)
    await without_url.reload()
    found = without_url.issue(Issue.NO_PUBLIC_URL)
    assert found is not None
    assert found.dismissed_version is not None


async def test_a_new_public_url_is_used_immediately(without_url: Scene) -> None:
    """The webhooks are created, and the issue is deleted."""
    await without_url.set_external_url(without_url.url)
    assert without_url.issues == set()
    assert len(without_url.simulator.webhooks) == 2


@pytest.mark.parametrize("permission", ["403", "forbidden"])
async def test_without_permission_polling_is_used(scene: Scene, permission: str) -> None:
    """Credentials that may not create webhooks work for everything else; one issue reports it, without retries."""
    scene.simulator.settings.webhook_permission = permission
    assert await scene.set_up()
    assert scene.mode == "polling"
    assert scene.mismatches == []
    assert scene.hass.config_entries.flow.async_progress() == []
    assert scene.issues == {Issue.WEBHOOKS_NOT_ALLOWED}
    scene.simulator.requests.clear()
    await scene.pass_minutes(35)
    assert "Webhooks" not in scene.requests()


async def test_a_refused_webhook_is_reported(scene: Scene) -> None:
    """Butlr refuses it with every event type: one issue reports it, without retries."""
    scene.simulator.settings.require_https = True
    await scene.set_up()
    assert scene.issues == {Issue.WEBHOOK_REFUSED}
    assert scene.simulator.webhooks == []
    scene.simulator.requests.clear()
    await scene.pass_minutes(35)
    assert scene.webhook_requests == []
    assert scene.mismatches == []


async def test_claimed_event_types_are_reported(scene: Scene) -> None:
    """With the other webhook's name and host, and the fallback; no URL, secret or formatting gets through."""
    name = "BMS `of`\n the [house](http://x)"
    foreign = scene.simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "TRAFFIC"], name)
    foreign.url = "https://user:pass@bms.example.org:8443/hook/secret-path?token=secret"
    await scene.set_up()
    assert scene.issues == {Issue.CLAIMED}
    assert scene.placeholders(Issue.CLAIMED)["webhooks"].splitlines() == [
        "- ROOM_OCCUPANCY → ROOM_OCCUPANCY_1MIN: `BMS 'of' the [house](http://x)` (bms.example.org)",
        "- TRAFFIC → -: `BMS 'of' the [house](http://x)` (bms.example.org)",
    ]
    assert foreign in scene.simulator.webhooks


async def test_only_some_issues_can_be_fixed(scene: Scene) -> None:
    """An issue offers a fix flow if there is one for it."""
    scene.simulator.add_foreign_webhook(["TRAFFIC"])
    await scene.set_up()
    await scene.set_external_url(None)
    assert scene.issues == {Issue.NO_PUBLIC_URL}
    await scene.set_external_url(scene.url)
    assert scene.issues == {Issue.CLAIMED}
    found = scene.issue(Issue.CLAIMED)
    assert found is not None
    assert found.is_fixable
    assert Issue.NO_PUBLIC_URL not in FIXABLE_ISSUES


# -- issues go with the entry -----------------------------------------------------------------------------------------


async def test_a_disabled_entry_has_no_issues(scene: Scene) -> None:
    """They come back when it is enabled again."""
    scene.simulator.add_foreign_webhook(["TRAFFIC"])
    await scene.set_up()
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    assert scene.issues == set()
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await scene.settle()
    assert scene.issues == {Issue.CLAIMED}


async def test_a_removed_entry_has_no_issues(scene: Scene) -> None:
    """They are deleted with it."""
    scene.simulator.add_foreign_webhook(["TRAFFIC"])
    await scene.set_up()
    assert scene.issues == {Issue.CLAIMED}
    await scene.remove()
    assert scene.issues == set()


# -- the secret -------------------------------------------------------------------------------------------------------


async def test_reconfiguring_replaces_the_secret(scene: Scene) -> None:
    """Butlr gets the new one, the old one is refused, and pushes go on."""
    await scene.set_up_and_verify()
    old = secret_header(scene.entry)
    form = await scene.entry.start_reconfigure_flow(scene.hass)
    credentials = {"client_id": scene.simulator.client_id, "client_secret": scene.simulator.client_secret}
    await scene.hass.config_entries.flow.async_configure(
        form["flow_id"], {**credentials, "advanced": {"base_url": scene.simulator.url}}
    )
    await scene.settle()
    assert secret_header(scene.entry) != old
    for webhook in both_webhooks(scene.simulator):
        assert webhook.api_key is not None
        assert webhook.api_key["value"] == scene.entry.data[CONF_WEBHOOK_SECRET]
    event = occupancy_event(scene.simulator)
    response = await scene.http.post(webhook_path(scene.entry), json=event, headers=old)
    assert response.status == HTTPStatus.UNAUTHORIZED
    await scene.enter("Boardroom")
    assert scene.mode == "push"
    # What happened right before the reload is counted a little later.
    await scene.pass_time(RECOUNT_DELAY + 1)
    assert scene.mismatches == []


async def test_a_count_of_the_minute_of_the_subscription(scene: Scene) -> None:
    """Polls show it only when the next minute is over, and pushes have made polls rare by then."""
    await scene.set_up_and_verify()
    await scene.pass_minutes(12)
    await scene.pass_time(110 - time.time() % 60)
    scene.simulator.settings.loss = 1.0
    await scene.enter("Focus Room")
    scene.simulator.settings.loss = 0.0
    await scene.data.push._catch_up()
    await scene.settle()
    assert scene.state("Focus Room", "people") == "0"
    await scene.pass_time(RECHECK_DELAY + 1)
    assert scene.mode == "push"
    assert scene.state("Focus Room", "people") == "1"


async def test_many_refused_requests_are_logged_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """One warning, which contains neither the webhook's id nor the wrong secret."""
    await scene.set_up()
    caplog.clear()
    event, guess = occupancy_event(scene.simulator), {"X-Butlr-Webhook-Secret": "guess"}
    for _ in range(3 * REFUSALS_BEFORE_WARNING):
        await scene.http.post(webhook_path(scene.entry), json=event, headers=guess)
    lines = [record for record in caplog.records if record.levelname == "WARNING" and "butlr" in record.name]
    assert len(lines) == 1
    assert scene.entry.data["webhook_id"] not in lines[0].getMessage()
    assert "guess" not in lines[0].getMessage()
