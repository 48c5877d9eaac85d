"""Our webhooks at Butlr under every reading of what Butlr allows, drops and refuses, and after older versions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import itertools
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push.subscription import (
    FIRST_RECHECK_DELAY,
    FIRST_UNCERTAIN_RECHECK_DELAY,
    MAX_RECHECK_DELAY,
)
from tests.helpers.open_readings import READINGS
from tests.helpers.push import (
    ALL_TYPES,
    MOVEMENT_TYPES,
    OCCUPANCY_TYPES,
    both_webhooks,
    our_webhooks,
    subscribed_types,
)
from tests.helpers.scene import Scene
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook
from tests.simulator.graphql_api import operation_name

type Answer = tuple[int, bytes]

NAME = "Home Assistant 00000001"
WRITES = ("CreateWebhooks", "UpdateWebhooks", "DeleteWebhooks")
RETRY = 31


@dataclass
class Interceptor:
    """Records the webhook requests that the simulated cloud receives, and replaces some of the answers."""

    simulator: Simulator
    requests: list[str] = field(default_factory=list)
    replace: Callable[[str, int], Answer | str | None] = lambda operation, number: None
    """Called with an operation and its number; returns another answer, `lost` to execute it but fail, or None."""
    unsubscribed: list[set[str]] = field(default_factory=list)
    """The event types that were in no webhook after each request."""

    def __post_init__(self) -> None:
        """Replace the method of the simulator that answers requests."""
        self._answer = self.simulator.graphql.answer
        self.simulator.graphql.answer = self.answer  # type: ignore[method-assign]

    def answer(self, body: dict[str, Any]) -> Answer:
        """Answer a request."""
        operation = operation_name(body)
        if not operation.endswith("Webhooks"):
            return self._answer(body)
        self.requests.append(operation)
        replacement = self.replace(operation, len(self.requests))
        answer = replacement if isinstance(replacement, tuple) else self._answer(body)
        subscribed = {name for webhook in self.simulator.webhooks for name in webhook.event_types}
        self.unsubscribed.append(ALL_TYPES - subscribed)
        return failure(502) if replacement == "lost" else answer

    @property
    def writes(self) -> list[str]:
        """Return the requests that change webhooks."""
        return [operation for operation in self.requests if operation in WRITES]

    def reset(self) -> None:
        """Forget what was recorded, and replace no more answers."""
        self.requests.clear()
        self.unsubscribed.clear()
        self.replace = lambda operation, number: None


@pytest.fixture
def interceptor(noon: FrozenDateTimeFactory, simulator: Simulator) -> Interceptor:
    """Return an interceptor of the simulated cloud's webhook requests."""
    return Interceptor(simulator)


def failure(status: int) -> Answer:
    """Return the answer of a service that fails."""
    return status, b"<html>Bad gateway</html>"


def refusal(operation: str, message: str = "no", status: int = 200, **more: Any) -> Answer:
    """Return an answer with an error instead of the result of a mutation."""
    root = operation[0].lower() + operation[1:]
    return status, json.dumps({"errors": [{"message": message, "path": [root], **more}], "data": {root: None}}).encode()


def status_types(scene: Scene) -> set[str]:
    """Return the event types that the integration considers subscribed."""
    return set(map(str, scene.subscription.status.types))


def contents(scene: Scene) -> list[tuple[str, ...]]:
    """Return the id and the event types of each webhook at Butlr."""
    return [(webhook.id, *webhook.event_types) for webhook in scene.simulator.webhooks]


def number(scene: Scene, space: str, key: str) -> int:
    """Return the number that an entity shows."""
    return int(scene.state(space, key) or 0)


def create_old_webhook(scene: Scene) -> None:
    """Create the single webhook of an older version at Butlr, before the entry is loaded."""
    url = f"{scene.url}/api/webhook/{scene.entry.data['webhook_id']}"
    key = {"key": "X-Butlr-Webhook-Secret", "value": scene.entry.data["webhook_secret"]}
    old = Webhook("webhook_old", NAME, sorted(ALL_TYPES), url, api_key=key, send_on_value_change=True)
    scene.simulator.dispatcher.keep(old)


# -- every reading ---------------------------------------------------------------------------------------------------


def readings() -> Iterator[dict[str, str]]:
    """Yield every combination of what Butlr drops, allows and refuses, each with another spelling."""
    spellings = itertools.cycle(itertools.product(READINGS["webhook_input"], READINGS["minute_suffix"]))
    names = ("flag_scope", "second_webhook", "refusal")
    for combination in itertools.product(*(READINGS[name] for name in names)):
        webhook_input, minute_suffix = next(spellings)
        chosen = dict(zip(names, combination, strict=True))
        yield {**chosen, "webhook_input": webhook_input, "minute_suffix": minute_suffix}


def describe(reading: dict[str, str]) -> str:
    """Return a name for a combination."""
    return " ".join(reading.values())


@pytest.fixture
async def read_as(scene: Scene, interceptor: Interceptor, reading: dict[str, str]) -> Scene:
    """Return a scene with a cloud that follows a reading, in which a hidden webhook claims the counts of rooms."""
    scene.simulator.settings.update(reading)
    scene.simulator.add_foreign_webhook(["ROOM_OCCUPANCY"]).hidden = True
    await scene.set_up()
    return scene


@pytest.mark.parametrize("reading", readings(), ids=describe)
async def test_every_free_type_is_subscribed(read_as: Scene, reading: dict[str, str]) -> None:
    """And the one-minute variant of the claimed one, in this cloud's spelling; diagnostics show the reading."""
    scene, suffix = read_as, reading["minute_suffix"]
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"ROOM_OCCUPANCY"} | {f"ROOM_OCCUPANCY_{suffix}"}
    assert status_types(scene) == ALL_TYPES
    assert scene.issues == {Issue.CLAIMED}
    if reading["second_webhook"] == "allowed":
        occupancy, movements = both_webhooks(scene.simulator)
        assert set(movements.event_types) == MOVEMENT_TYPES
        assert (occupancy.send_on_value_change, movements.send_on_value_change) == (True, False)
    else:
        (webhook,) = our_webhooks(scene.simulator)
        assert (webhook.name, webhook.send_on_value_change) == (NAME, False)
    found = scene.data.client.findings
    for name in ("second_webhook", "refusal", "minute_suffix"):
        assert found.get(name) == reading[name]


@pytest.mark.parametrize("reading", readings(), ids=describe)
async def test_every_crossing_is_counted(read_as: Scene, reading: dict[str, str]) -> None:
    """Equal crossings in a row, which `send_on_value_change` may drop."""
    scene = read_as
    cafe = scene.room("Harbour Café")
    for key, inward in (("entries_today", True), ("exits_today", False)):
        before = number(scene, cafe, key)
        for people in range(1, 6):
            scene.freezer.tick(1)
            await (scene.simulator.move(to=cafe) if inward else scene.simulator.move(from_=cafe))
            assert number(scene, cafe, key) == before + people
    assert scene.mismatches == []


@pytest.mark.parametrize("reading", readings(), ids=describe)
async def test_every_motion_begins_and_ends(read_as: Scene, reading: dict[str, str]) -> None:
    """Equal motion events in a row, which `send_on_value_change` may drop."""
    scene = read_as
    room = scene.room("Boardroom")
    for _ in range(3):
        scene.freezer.tick(2)
        await scene.simulator.move(to=room)
        assert scene.state(room, "motion") == "on"
        scene.freezer.tick(2)
        await scene.simulator.move(from_=room)
        # The simulator pushes the minutes that have passed, too.
        await scene.pass_time(62)
        scene.simulator.catch_up()
        await scene.simulator.settle()
        assert scene.state(room, "motion") == "off"
    assert scene.mismatches == []


@pytest.mark.parametrize("reading", readings(), ids=describe)
async def test_a_restart_and_removal_with_a_claimed_type(
    read_as: Scene, interceptor: Interceptor, reading: dict[str, str]
) -> None:
    """Our webhooks are recognized after a restart, without a gap in what is subscribed, and deleted with the entry."""
    before = contents(read_as)
    interceptor.reset()
    await read_as.reload()
    assert contents(read_as) == before
    assert not any(interceptor.unsubscribed)
    await read_as.remove()
    assert our_webhooks(read_as.simulator) == []


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("refusal_manner", READINGS["refusal"])
async def test_a_restart_changes_nothing(
    scene: Scene, interceptor: Interceptor, second: str, refusal_manner: str
) -> None:
    """If nothing is claimed, the webhooks are only listed, whether there are one or two."""
    scene.simulator.settings.update({"second_webhook": second, "refusal": refusal_manner})
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert scene.issues == set()
    assert len(our_webhooks(scene.simulator)) == (2 if second == "allowed" else 1)
    interceptor.reset()
    for _ in range(2):
        await scene.reload()
    assert interceptor.requests == ["Webhooks"] * 2
    assert status_types(scene) == ALL_TYPES


# -- the webhook of an older version ---------------------------------------------------------------------------------


@pytest.mark.parametrize("second", READINGS["second_webhook"])
async def test_an_old_webhook_is_converted(scene: Scene, interceptor: Interceptor, second: str) -> None:
    """In as few requests as possible: an event type must leave one webhook before it can be in another."""
    scene.simulator.settings.second_webhook = second
    create_old_webhook(scene)
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES
    if second == "allowed":
        counts, movements = both_webhooks(scene.simulator)
        assert (counts.id, set(counts.event_types), counts.name) == (
            "webhook_old",
            OCCUPANCY_TYPES,
            f"{NAME} (occupancy)",
        )
        assert set(movements.event_types) == MOVEMENT_TYPES
        assert interceptor.writes == ["UpdateWebhooks", "CreateWebhooks"]
        assert interceptor.unsubscribed == [set(), MOVEMENT_TYPES, set()]
    else:
        (webhook,) = our_webhooks(scene.simulator)
        assert (webhook.id, webhook.name, webhook.send_on_value_change) == ("webhook_old", NAME, False)
        assert interceptor.writes == ["UpdateWebhooks", "CreateWebhooks", "UpdateWebhooks"]
    assert scene.issues == set()


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("how", ["500", "lost", "error", "panic"])
async def test_a_conversion_that_fails(
    scene: Scene, interceptor: Interceptor, second: str, step: int, how: str
) -> None:
    """Whichever request fails, in whatever way, every event type is subscribed again after the next try."""
    scene.simulator.settings.second_webhook = second
    create_old_webhook(scene)

    def replace(operation: str, number: int) -> Answer | str | None:
        if number != step:
            return None
        answers: dict[str, Answer | str] = {
            "500": failure(500),
            "lost": "lost",
            "error": refusal(operation, extensions={"code": "INTERNAL_SERVER_ERROR"}),
            "panic": refusal(operation, "internal system error"),
        }
        return answers[how]

    interceptor.replace = replace
    await scene.set_up()
    # The requests: list, first webhook, second webhook, and everything in the first if the second is refused.
    failed = step <= (3 if second == "allowed" else 4)
    assert scene.subscription.retrying == failed
    # An update whose answer is lost may have worked; the next try finds that out.
    assert subscribed_types(scene.simulator) == (OCCUPANCY_TYPES if (step, how) == (2, "lost") else ALL_TYPES)
    assert scene.issues == set()
    interceptor.replace = lambda operation, number: None
    await scene.pass_time(RETRY)
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert len(our_webhooks(scene.simulator)) == (2 if second == "allowed" else 1)
    assert status_types(scene) == ALL_TYPES
    assert not scene.subscription.retrying
    await scene.enter("Boardroom")
    assert scene.mode == "push"
    assert scene.mismatches == []


async def test_a_conversion_that_cannot_be_undone(scene: Scene, interceptor: Interceptor) -> None:
    """The cloud fails from halfway on: the status has only what is really subscribed, and a retry completes it."""
    create_old_webhook(scene)
    interceptor.replace = lambda operation, number: failure(503) if number > 2 else None
    await scene.set_up()
    assert subscribed_types(scene.simulator) == status_types(scene) == OCCUPANCY_TYPES
    assert not scene.data.traffic.crossings_pushed
    assert scene.issues == set()
    interceptor.reset()
    await scene.pass_time(RETRY)
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES
    assert interceptor.writes == ["CreateWebhooks"]


async def test_a_second_webhook_that_keeps_failing(scene: Scene, interceptor: Interceptor) -> None:
    """Meanwhile, one webhook carries everything without the flag, and pushes stay verified."""
    create_old_webhook(scene)
    interceptor.replace = lambda operation, number: failure(500) if operation == "CreateWebhooks" else None
    await scene.set_up()
    (webhook,) = our_webhooks(scene.simulator)
    assert (set(webhook.event_types), webhook.send_on_value_change) == (ALL_TYPES, False)
    await scene.enter("Boardroom")
    await scene.pass_time(RETRY)
    assert interceptor.writes.count("CreateWebhooks") == 2
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert scene.mode == "push"
    interceptor.reset()
    await scene.pass_time(61)
    assert len(both_webhooks(scene.simulator)) == 2


# -- changes made at Butlr -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("deleted", [0, 1])
async def test_one_of_two_webhooks_is_deleted(scene: Scene, second: str, deleted: int) -> None:
    """It is recreated; if that is no longer allowed, the other one carries everything."""
    await scene.set_up()
    scene.simulator.settings.second_webhook = second
    pair = both_webhooks(scene.simulator)
    scene.simulator.dispatcher.remove(pair[deleted].id)
    await scene.reload()
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES
    assert pair[1 - deleted].id in {webhook.id for webhook in our_webhooks(scene.simulator)}
    assert len(our_webhooks(scene.simulator)) == (2 if second == "allowed" else 1)


async def test_event_types_in_the_wrong_webhook(scene: Scene, interceptor: Interceptor) -> None:
    """Each is moved to where it belongs, although each webhook has types that the other one needs."""
    await scene.set_up()
    counts, movements = both_webhooks(scene.simulator)
    counts.event_types = ["FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "TRAFFIC"]
    movements.event_types = ["PIR_MOTION", "PIR_NO_MOTION", "ZONE_OCCUPANCY"]
    interceptor.reset()
    await scene.reload()
    after = both_webhooks(scene.simulator)
    assert [webhook.id for webhook in after] == [counts.id, movements.id]
    assert [set(webhook.event_types) for webhook in after] == [OCCUPANCY_TYPES, MOVEMENT_TYPES]
    assert set(interceptor.writes) == {"UpdateWebhooks"}


@pytest.mark.parametrize("flag", ["counts", "movements"])
async def test_a_changed_flag(scene: Scene, flag: str) -> None:
    """It is corrected."""
    await scene.set_up()
    counts, movements = both_webhooks(scene.simulator)
    changed = counts if flag == "counts" else movements
    changed.send_on_value_change = not changed.send_on_value_change
    await scene.reload()
    after = both_webhooks(scene.simulator)
    assert [set(webhook.event_types) for webhook in after] == [OCCUPANCY_TYPES, MOVEMENT_TYPES]


@pytest.mark.parametrize("status", ["listed", "settable", "ignored"])
@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("manner", READINGS["refusal"])
async def test_our_webhooks_are_switched_off(
    scene: Scene, interceptor: Interceptor, status: str, second: str, manner: str
) -> None:
    """They are switched on if that is possible, else recreated."""
    scene.simulator.settings.update({"webhook_status": status, "second_webhook": second, "refusal": manner})
    await scene.set_up()
    before = {webhook.id for webhook in our_webhooks(scene.simulator)}
    for webhook in our_webhooks(scene.simulator):
        webhook.status = False
    interceptor.reset()
    await scene.reload()
    assert all(webhook.status for webhook in our_webhooks(scene.simulator))
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES
    assert len(our_webhooks(scene.simulator)) == len(before)
    after = {webhook.id for webhook in our_webhooks(scene.simulator)}
    assert after == before if status == "settable" else after.isdisjoint(before)
    assert ("DeleteWebhooks" in interceptor.requests) == (status != "settable")
    await scene.enter("Boardroom")
    assert scene.mismatches == []
    interceptor.reset()
    await scene.reload()
    assert interceptor.requests == ["Webhooks"]


async def test_switching_on_fails_temporarily(scene: Scene, interceptor: Interceptor) -> None:
    """The webhook is kept and switched on later, since the failure does not mean that it is impossible."""
    scene.simulator.settings.webhook_status = "settable"
    await scene.set_up()
    before = {webhook.id for webhook in our_webhooks(scene.simulator)}
    both_webhooks(scene.simulator)[0].status = False
    interceptor.reset()
    interceptor.replace = lambda operation, number: failure(500) if operation == "UpdateWebhooks" else None
    await scene.reload()
    assert scene.subscription.retrying
    interceptor.reset()
    await scene.pass_time(RETRY)
    assert {webhook.id for webhook in our_webhooks(scene.simulator) if webhook.status} == before


@pytest.mark.parametrize("status", ["listed", "unknown"])
async def test_a_foreign_webhook_is_switched_off(scene: Scene, status: str) -> None:
    """It still claims its event types, whether or not the cloud knows the status of webhooks."""
    scene.simulator.settings.webhook_status = status
    foreign = scene.simulator.add_foreign_webhook(["TRAFFIC"])
    foreign.status = False
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES - {"TRAFFIC"}
    assert scene.issues == {Issue.CLAIMED}
    assert (foreign in scene.simulator.webhooks, foreign.status) == (True, False)


async def test_our_webhooks_are_switched_off_while_running(scene: Scene) -> None:
    """The polls notice the missed pushes, and the webhooks are switched on."""
    await scene.set_up()
    await scene.enter("Boardroom")
    await scene.pass_time(61)
    for webhook in our_webhooks(scene.simulator):
        webhook.status = False
    await scene.enter("Boardroom")
    for _ in range(9):
        await scene.pass_time(60.5)
    assert all(webhook.status for webhook in our_webhooks(scene.simulator))
    await scene.enter("Boardroom")
    assert scene.mode == "push"


# -- failures and refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        failure(500),
        failure(503),
        failure(504),
        refusal("CreateWebhooks", extensions={"code": "INTERNAL_SERVER_ERROR"}),
        refusal("CreateWebhooks", extensions={"code": "SERVICE_UNAVAILABLE"}),
        refusal("CreateWebhooks", "internal system error"),
        refusal("CreateWebhooks", "context deadline exceeded"),
        refusal("CreateWebhooks", "internal error", status=422),
        (200, b'{"errors": [{"message": "down"}], "data": null}'),
        (200, b"no JSON"),
        (200, b'{"data": {"createWebhooks": null}}'),
    ],
)
async def test_a_failing_service_is_no_refusal(scene: Scene, interceptor: Interceptor, answer: Answer) -> None:
    """It is retried soon, and nothing is reported."""
    interceptor.replace = lambda operation, number: answer if operation == "CreateWebhooks" else None
    await scene.set_up()
    assert interceptor.writes == ["CreateWebhooks"]
    assert scene.issues == set()
    assert scene.subscription.retrying
    interceptor.reset()
    await scene.pass_time(RETRY)
    assert len(both_webhooks(scene.simulator)) == 2
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES


@pytest.mark.parametrize(
    "refused",
    [
        refusal("CreateWebhooks"),
        refusal("CreateWebhooks", "claimed", extensions={"code": "LIMIT_REACHED"}),
        (400, b'{"errors": [{"message": "claimed"}]}'),
        (422, b'{"errors": [{"message": "claimed"}], "data": null}'),
        (400, b'{"error": "bad request"}'),
    ],
)
async def test_an_uncertain_refusal_is_checked_soon(scene: Scene, interceptor: Interceptor, refused: Answer) -> None:
    """It may be a temporary failure: after a few minutes, everything is subscribed and the issue is deleted."""
    interceptor.replace = lambda operation, number: refused if operation == "CreateWebhooks" else None
    await scene.set_up()
    assert scene.issues == {Issue.WEBHOOK_REFUSED}
    interceptor.requests.clear()
    await scene.pass_time(FIRST_UNCERTAIN_RECHECK_DELAY - 10)
    assert interceptor.requests == []
    interceptor.reset()
    await scene.pass_time(11)
    assert len(both_webhooks(scene.simulator)) == 2
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES
    assert scene.issues == set()


@pytest.mark.parametrize(("manner", "first"), [("code", FIRST_RECHECK_DELAY), ("path", FIRST_UNCERTAIN_RECHECK_DELAY)])
async def test_refused_types_are_requested_at_growing_intervals(
    scene: Scene, interceptor: Interceptor, manner: str, first: float
) -> None:
    """Up to a day, and without changing what is subscribed."""
    scene.simulator.settings.refusal = manner
    scene.simulator.add_foreign_webhook(["TRAFFIC"]).hidden = True
    await scene.set_up_and_verify()
    before, delay = contents(scene), first
    for _ in range(10):
        interceptor.reset()
        await scene.subscription.reconcile()
        assert interceptor.writes == []
        scene.freezer.tick(delay - 5)
        await scene.pass_time(0)
        assert interceptor.writes == []
        await scene.pass_time(6)
        assert set(interceptor.writes) == {"UpdateWebhooks"}
        assert not any(gap - {"TRAFFIC"} for gap in interceptor.unsubscribed)
        assert contents(scene) == before
        assert scene.issues >= {Issue.CLAIMED}
        delay = min(delay * 2, MAX_RECHECK_DELAY)
    assert delay == MAX_RECHECK_DELAY


async def test_refused_types_are_subscribed_once_they_are_free(scene: Scene, interceptor: Interceptor) -> None:
    """At the next check, which is the last one."""
    hidden = scene.simulator.add_foreign_webhook(["TRAFFIC"])
    hidden.hidden = True
    await scene.set_up()
    scene.simulator.dispatcher.remove(hidden.id)
    await scene.pass_time(FIRST_RECHECK_DELAY + 1)
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES
    assert Issue.CLAIMED not in scene.issues
    interceptor.reset()
    await scene.pass_time(MAX_RECHECK_DELAY + 1)
    assert interceptor.writes == []


async def test_a_new_refusal_is_checked_soon(scene: Scene, interceptor: Interceptor) -> None:
    """It does not wait for the next check of an older refusal; an unloaded entry checks nothing."""
    scene.simulator.add_foreign_webhook(["TRAFFIC"])
    await scene.set_up()
    both_webhooks(scene.simulator)[1].event_types.remove("PIR_MOTION")
    interceptor.replace = lambda operation, number: refusal(operation) if operation == "UpdateWebhooks" else None
    await scene.subscription.reconcile()
    assert status_types(scene) == ALL_TYPES - {"TRAFFIC", "PIR_MOTION"}
    interceptor.reset()
    await scene.pass_time(FIRST_UNCERTAIN_RECHECK_DELAY + 1)
    assert status_types(scene) == ALL_TYPES - {"TRAFFIC"}
    await scene.unload()
    interceptor.reset()
    await scene.pass_time(MAX_RECHECK_DELAY)
    assert interceptor.requests == []


@pytest.mark.parametrize("manner", READINGS["refusal"])
async def test_missing_permission(scene: Scene, manner: str) -> None:
    """It is reported, whether Butlr says it by a code or in words; once granted, it is noticed within an hour."""
    scene.simulator.settings.update({"webhook_permission": "forbidden", "refusal": manner})
    await scene.set_up()
    assert scene.issues == {Issue.WEBHOOKS_NOT_ALLOWED}
    scene.simulator.settings.webhook_permission = "granted"
    await scene.pass_time(FIRST_RECHECK_DELAY + 1)
    assert status_types(scene) == ALL_TYPES
    assert Issue.WEBHOOKS_NOT_ALLOWED not in scene.issues


@pytest.mark.parametrize("join", ["agreed", "forbidden", "failing"])
async def test_a_second_webhook_that_is_forbidden(scene: Scene, interceptor: Interceptor, join: str) -> None:
    """The first was allowed, so it carries everything; if that is forbidden too, the permission is missing."""
    forbidden = refusal("CreateWebhooks", extensions={"code": "FORBIDDEN"})

    def replace(operation: str, number: int) -> Answer | None:
        if operation == "CreateWebhooks":
            return forbidden if number > 2 else None
        if operation != "UpdateWebhooks" or join == "agreed":
            return None
        return forbidden if join == "forbidden" else failure(500)

    interceptor.replace = replace
    await scene.set_up()
    assert scene.issues == ({Issue.WEBHOOKS_NOT_ALLOWED} if join == "forbidden" else set())
    assert scene.subscription.retrying == (join == "failing")
    assert status_types(scene) == {"agreed": ALL_TYPES, "forbidden": set(), "failing": OCCUPANCY_TYPES}[join]


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize(
    "claimed",
    [sorted(MOVEMENT_TYPES), ["PIR_MOTION"], [*OCCUPANCY_TYPES, *(f"{kind}_1MIN" for kind in OCCUPANCY_TYPES)]],
)
async def test_claimed_types_and_a_second_webhook(scene: Scene, second: str, claimed: list[str]) -> None:
    """Claimed types are distinguished from a second webhook that is not allowed, and occupancy keeps its flag."""
    scene.simulator.settings.second_webhook = second
    scene.simulator.add_foreign_webhook(claimed).hidden = True
    await scene.set_up()
    assert subscribed_types(scene.simulator) == status_types(scene) == ALL_TYPES - set(claimed)
    assert scene.issues == {Issue.CLAIMED}
    together = second == "refused" and claimed == ["PIR_MOTION"]
    assert len(our_webhooks(scene.simulator)) == (2 if claimed == ["PIR_MOTION"] and not together else 1)
    expected = [True, False] if claimed == ["PIR_MOTION"] else [claimed[0] in MOVEMENT_TYPES]
    assert [webhook.send_on_value_change for webhook in our_webhooks(scene.simulator)] == (
        [False] if together else expected
    )


async def test_a_refused_new_url(scene: Scene) -> None:
    """Nothing arrives at the old URL, so nothing counts as subscribed."""
    await scene.set_up()
    scene.simulator.settings.require_https = True
    await scene.set_external_url("http://127.0.0.1:9")
    assert scene.issues == {Issue.WEBHOOK_REFUSED}
    assert status_types(scene) == set()


@pytest.mark.parametrize("failing", [1, 2], ids=["one", "both"])
async def test_a_new_url_that_not_all_webhooks_get(scene: Scene, interceptor: Interceptor, failing: int) -> None:
    """Types that still go to the old URL do not count as subscribed; the next try corrects it."""
    address = scene.hass.config.external_url
    scene.hass.config.external_url = "http://127.0.0.1:9"
    await scene.set_up()
    interceptor.reset()
    interceptor.replace = lambda operation, number: failure(500) if 1 < number <= 1 + failing else None
    await scene.set_external_url(address)
    assert scene.subscription.retrying
    if failing == 1:
        assert status_types(scene) == MOVEMENT_TYPES
    interceptor.reset()
    await scene.pass_time(RETRY)
    assert status_types(scene) == ALL_TYPES
    assert all(webhook.url.startswith(str(address)) for webhook in both_webhooks(scene.simulator))
    assert scene.issues == set()
