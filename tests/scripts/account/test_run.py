"""A run as a user sees it: it changes nothing, reveals nothing private, and leaves nothing behind."""

import asyncio
import json
import re
from typing import Any

import pytest

from scripts.lib.account.catalogue import CHECKS, chosen
from scripts.lib.account.report import HIDDEN
from scripts.lib.account.run import AccountError
from scripts.lib.account.trial import NAME
from tests.simulator import Simulator

from .conftest import WEBHOOK, Person, Visit, kinds

MUTATIONS = {"CreateWebhooks", "UpdateWebhooks", "DeleteWebhooks"}


def private_texts(simulator: Simulator) -> set[str]:
    """Return every text of an estate that identifies it."""
    estate = simulator.estate
    texts: set[Any] = {estate.id, estate.name, simulator.client_secret}
    for shelf in ("sites", "buildings", "floors", "rooms", "zones", "sensors", "hives", "tags"):
        for asset in getattr(estate, shelf).values():
            fields = [getattr(asset, name, None) for name in ("id", "name", "custom_id", "mac_address", "serial")]
            texts.update([*fields, *getattr(asset, "address", ()), *(getattr(asset, "deleted", ()) or [()])[0]])
    return {text for text in texts if isinstance(text, str) and text}


async def test_tells_nobody_whose_account_it_is(visit: Visit) -> None:
    """Neither the screen nor the report shows a name, id, serial number, MAC address, address or secret."""
    person = await visit(rooms=12)
    person.simulator.add_foreign_webhook(["ROOM_OCCUPANCY"], name="Booking of desks")
    person.simulator.webhooks[0].api_key = {"key": "x-private-header", "value": "private-value"}
    await person.run(webhook=WEBHOOK)
    shown = person.shown().replace(person.simulator.url, "").replace(str(person.path), "")
    texts = private_texts(person.simulator)
    assert len(texts) > 100
    texts |= {WEBHOOK, "private", "Booking of desks", "elsewhere.example.org", "Los_Angeles", "Copenhagen"}
    texts |= {webhook.id for webhook in person.simulator.webhooks}
    assert [text for text in texts if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", shown)] == []
    assert HIDDEN not in shown


async def test_the_report_makes_sure(visit: Visit) -> None:
    """Whatever a verdict contains, the report shows no id and no secret."""
    person = await visit()
    await person.run("estate")
    room = next(iter(person.simulator.estate.rooms))
    result = person.report.results[0]
    secret = person.simulator.client_secret
    leaky = type(result.verdict)(room, f"{room} and {secret}")
    assert person.report.add(result.check, leaky).verdict == type(leaky)(HIDDEN, f"{HIDDEN} and {HIDDEN}")


async def test_changes_nothing(visit: Visit) -> None:
    """Without --webhook, nothing is created, changed or deleted, and the run stays within its request budget."""
    person = await visit(rooms=12)
    found = await person.run()
    asked = kinds(person.simulator.requests)
    assert not asked & MUTATIONS
    assert len(found) == len(CHECKS) > 50
    assert not any(name.startswith("trial.") for name in found)
    # At 40 requests a minute, the run takes a few minutes.
    reports = [one for one in person.simulator.requests if "graphql" not in one.path and "login" not in one.path]
    assert len(reports) < 40 * 6
    assert sum("login" in record.path for record in person.simulator.requests) == 2


async def test_the_report(visit: Visit) -> None:
    """The text and JSON reports say the same."""
    person = await visit()
    found = await person.run("token_life", "stats_zones")
    report = json.loads(person.path.read_text())
    assert {check["name"]: check["reading"] for check in report["checks"]} == found
    assert found == {"token_life": "3666 s", "stats_zones": None}
    text = person.path.with_suffix(".txt").read_text()
    assert "token_life: 3666 s" in text
    assert "stats_zones: not determined" in text
    assert "2 checks: 1 determined, 1 not determined" in text


async def test_one_that_fails_is_alone(visit: Visit) -> None:
    """If one service fails, the other checks still run."""
    person = await visit()
    person.simulator.faults.set("stats", "500")
    found = await person.run("estate", "weekday_case", "heatmap_path", "shape")
    assert (found["estate"], found["shape"]) == ("whole", "[rows]")
    assert (found["weekday_case"], found["heatmap_path"]) == (None, None)
    assert "ButlrConnectionError" in person.evidence("weekday_case")


@pytest.mark.parametrize("endpoint", ["graphql", "reporting"])
async def test_waits_when_it_is_too_fast(visit: Visit, endpoint: str) -> None:
    """After a 429, the request is repeated when Butlr allows it."""
    person = await visit()
    person.simulator.faults.set(endpoint, "429", retry_after=7, count=2)
    found = await person.run("shape", "refused_for_now")
    assert found == {"shape": "[rows]", "refused_for_now": "429"}
    assert person.naps == [7, 7]


async def test_does_not_wait_for_ever(visit: Visit) -> None:
    """A check gives up if waiting does not help."""
    person = await visit()
    person.simulator.faults.set("reporting", "429", retry_after=1)
    assert (await person.run("shape"))["shape"] is None
    assert "ButlrRateLimitError" in person.evidence("shape")


@pytest.mark.parametrize(
    ("fault", "says"),
    [("401", "refused this client id and secret"), ("429", "Try again in 60 s"), ("500", "Check the address")],
)
async def test_cannot_get_in(visit: Visit, fault: str, says: str) -> None:
    """A user who cannot log in is told why, and nothing is written."""
    person = await visit()
    person.simulator.faults.set("login", fault)
    with pytest.raises(AccountError, match=says):
        await person.run()
    assert list(person.folder.iterdir()) == []


async def test_nothing_typed(visit: Visit) -> None:
    """Without credentials, no request is sent."""
    person = await visit()
    person.secret = "  "
    with pytest.raises(AccountError, match="Both are required"):
        await person.run()
    assert person.simulator.requests == []


def test_chosen() -> None:
    """A check includes those it depends on; a prefix stands for all checks that start with it."""
    assert [check.name for check in chosen(["limit_counts"])] == ["limit_zones", "limit_rooms", "limit_counts"]
    assert len(chosen(["label"])) == 8
    with pytest.raises(ValueError, match="unknown check nonsense"):
        chosen(["nonsense"])
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for position, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:position]), check.name


# --- webhooks -------------------------------------------------------------------------------------------------------


async def test_the_trial_must_be_agreed_to(visit: Visit) -> None:
    """Without consent, the checks run without webhooks."""
    person = await visit()
    person.answer = "n"
    found = await person.run("estate", webhook=WEBHOOK)
    assert list(found) == ["estate"]
    assert not kinds(person.simulator.requests) & MUTATIONS
    assert "No webhook will be created." in person.said


async def test_the_trial_takes_nothing(visit: Visit) -> None:
    """Event types claimed by others are not requested, and existing webhooks stay as they are."""
    person = await visit()
    others = person.simulator.add_foreign_webhook(["ZONE_OCCUPANCY_1MIN", "PIR_NO_MOTION", "FLOOR_OCCUPANCY"])
    before = repr(others)
    kept: list[set[str]] = []
    person.listener = lambda text: kept.append(
        {kind for webhook in person.simulator.webhooks if webhook is not others for kind in webhook.event_types}
    )
    found = await person.run("estate", webhook=WEBHOOK)
    assert found["trial.create"] == "snake"
    asked = set().union(*kept)
    assert asked == {"FLOOR_OCCUPANCY_1MIN", "PIR_MOTION"}
    assert [repr(webhook) for webhook in person.simulator.webhooks] == [before]


async def test_everything_is_held(visit: Visit) -> None:
    """If every event type is claimed, nothing is created."""
    person = await visit()
    spaces = [f"{space}_OCCUPANCY{suffix}" for space in ("ROOM", "FLOOR", "ZONE") for suffix in ("", "_1MIN")]
    person.simulator.add_foreign_webhook([*spaces, "TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION"])
    found = await person.run("estate", webhook=WEBHOOK)
    assert {reading for name, reading in found.items() if name.startswith("trial.")} == {None}
    assert not kinds(person.simulator.requests) & MUTATIONS


@pytest.mark.parametrize("permission", ["403", "forbidden"])
async def test_no_right_to_webhooks(visit: Visit, permission: str) -> None:
    """If webhooks cannot be listed, none is created."""
    person = await visit(webhook_permission=permission)
    found = await person.run("webhook_list", webhook=WEBHOOK)
    assert found == {"webhook_list": "refused"}
    assert not kinds(person.simulator.requests) & MUTATIONS
    assert any("could not start" in text for text in person.said)


def _hurry(person: Person, at: str, times: int = 1) -> None:
    """Press Ctrl-C when a text is shown, and again during the clean-up."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None

    def listen(text: str) -> None:
        if text.startswith(at):
            assert person.simulator.webhooks
            for delay in range(times):
                loop.call_later(delay / 1000, task.cancel)

    person.listener = listen


@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("times", [1, 5])
async def test_ctrl_c_leaves_nothing_behind(visit: Visit, step: int, times: int) -> None:
    """Ctrl-C at any step leaves no webhook behind, and the report is written."""
    person = await visit()
    others = person.simulator.add_foreign_webhook(["ROOM_OCCUPANCY"])

    async def run() -> None:
        _hurry(person, f"[webhook {step}/", times)
        await person.run("estate", webhook=WEBHOOK)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(run())
    assert person.simulator.webhooks == [others]
    assert "trial.create" in person.path.read_text()


async def test_ctrl_c_while_one_is_made(visit: Visit) -> None:
    """A webhook whose creation was not answered is found by its name and deleted."""
    person = await visit()
    usual = person.simulator.graphql.answer
    task: asyncio.Task[Any] | None = None

    def cut_off(body: Any) -> Any:
        """Answer, but press Ctrl-C before the answer arrives."""
        answer = usual(body)
        if "createWebhooks" in body["query"]:
            assert task is not None
            task.cancel()
        return answer

    person.simulator.graphql.answer = cut_off
    task = asyncio.create_task(person.run("estate", webhook=WEBHOOK))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "CreateWebhooks" in kinds(person.simulator.requests)
    assert person.simulator.webhooks == []


async def test_errors_leave_nothing_behind(visit: Visit) -> None:
    """If the cloud fails during the clean-up, it is tried again."""
    person = await visit()

    def fail(text: str) -> None:
        if text.startswith("[webhook 6/"):
            person.simulator.faults.set("graphql", "500", count=5)

    person.listener = fail
    found = await person.run("estate", webhook=WEBHOOK)
    assert person.simulator.webhooks == []
    assert found["trial.delete"] is None


async def test_what_could_not_be_deleted_is_said(visit: Visit) -> None:
    """If a webhook cannot be deleted, the user is told its name."""
    person = await visit()

    def fail(text: str) -> None:
        if text.startswith("[webhook 1/"):
            person.simulator.faults.set("graphql", "500")

    person.listener = fail
    await person.run("estate", webhook=WEBHOOK)
    (left,) = person.simulator.webhooks
    assert left.name.startswith(NAME)
    assert any("1 of the trial's webhooks could not be deleted" in text and left.name in text for text in person.said)
