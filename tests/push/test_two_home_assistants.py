"""Two real Home Assistants, one with webhooks and one with MQTT, while the broker and the first are killed."""

from pathlib import Path
import re

import pytest

from scripts.lib.demo.mismatches import Mismatch, compare
from scripts.lib.processes.pair import Member, Pair, open_pair, until

ROOT = Path(__file__).parents[2]
CONFIGURATION = "config:\nlogger:\n  default: warning\n  logs:\n    custom_components.butlr: debug\n"


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let the processes be started from the loop of the test."""


async def differences(pair: Pair, member: Member) -> list[Mismatch]:
    """Return what a Home Assistant shows wrong."""
    truth = await pair.cloud.truth()
    found, compared = compare(truth, await member.states(), set())
    assert compared > len(truth) > 10
    # Motion cannot be polled, and crossings are polled in the next minute. Neither can be true again at once.
    counted = {f"{key}_{what}" for key in truth for what in ("people", "occupancy") if truth[key]["people"] is not None}
    return [one for one in found if one.key in counted]


async def until_true(pair: Pair, *members: Member) -> None:
    """Wait until they show the truth; on a timeout, say what is wrong."""
    wrong: list[Mismatch] = []

    async def true() -> bool:
        wrong[:] = [one for member in members for one in await differences(pair, member)]
        return not wrong

    try:
        await until(true)
    except TimeoutError:
        pytest.fail("\n".join(map(str, wrong)))


async def walk(pair: Pair, *moves: tuple[str | None, str | None]) -> None:
    """Let people walk from one room to another; None is outside."""
    for start, end in moves:
        await pair.cloud.move(start, end)


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("socket_enabled")
async def test_both_show_the_truth(tmp_path: Path) -> None:
    """Also after the broker was killed, and after the Home Assistant that shares was killed."""
    async with open_pair(ROOT, tmp_path, 12, CONFIGURATION) as pair:
        both = pair.sharing, pair.receiving
        truth = await pair.cloud.truth()
        # Without doors: nothing would tell soon about crossings that were missed.
        rooms = [key for key, room in truth.items() if room["kind"] == "room" and room["entries_today"] is None]
        first, second, third, *_ = [key for key in rooms if truth[key]["people"] is not None]
        await pair.cloud.bring_someone(first)
        await pair.verify(first, second)
        assert len(await pair.cloud.subscriptions()) == 2
        await walk(pair, (None, second), (None, second), (first, None), (second, third))
        await until_true(pair, *both)

        await pair.broker.child.kill()
        await pair.receiving.wait_for_mode("polling")
        await walk(pair, (second, third))
        await until_true(pair, pair.sharing)
        await pair.restart_broker()
        await pair.receiving.wait_for_mode("polling")
        await pair.verify(third, second)
        await walk(pair, (third, second), (third, first))
        await until_true(pair, *both)

        await pair.sharing.kill()
        await walk(pair, (second, third))
        await pair.sharing.start()
        await walk(pair, (first, third), (third, second))
        await until_true(pair, *both)
        assert len(await pair.cloud.subscriptions()) == 2
        log = pair.receiving.folder.log.read_text()
        assert re.findall(r"^.*(?:WARNING|ERROR).*custom_components.*$", log, re.MULTILINE) == []
        assert pair.sharing.identity.client_secret not in log
