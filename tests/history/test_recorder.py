"""The import and the recorder: writes in small batches, and failures or changes in between."""

import asyncio
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics, async_update_statistics_metadata
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.const import CONF_HISTORY_DAYS, DOMAIN
from custom_components.butlr.history import statistics as statistics_module
from custom_components.butlr.history.plan import Planner
from custom_components.butlr.history.statistics import RecorderStatistics
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.history import HistoryCheck, HistoryRequests, record, rows_of
from tests.helpers.registries import find
from tests.helpers.states import state_of
from tests.helpers.statistics import HOUR, statistics
from tests.simulator import Simulator

from .conftest import NOW

pytestmark = pytest.mark.recorder(NOW)
BATCH_SIZE = 7
LOBBY = "sensor.lobby_entries_today"
BOARDROOM = "sensor.boardroom_people"


class Batches:
    """Records the batches of an import, and can pause it after a number of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Record from now on, with small batches."""
        self.sizes: list[int] = []
        # Batches that were given to the recorder and are not confirmed yet.
        self.open = self.most_open = 0
        self.limit: int | None = None
        self.paused = asyncio.Event()
        monkeypatch.setattr(statistics_module, "STATISTICS_BATCH_SIZE", BATCH_SIZE)
        monkeypatch.setattr(statistics_module, "async_import_statistics", self._import)
        write_batch, wait_until_written = RecorderStatistics._write_batch, RecorderStatistics.wait_until_written

        async def write(recorder: RecorderStatistics, metadata: StatisticMetaData, batch: Sequence[Any]) -> None:
            if self.limit is not None and len(self.sizes) >= self.limit:
                self.paused.set()
                await asyncio.Event().wait()
            await write_batch(recorder, metadata, batch)

        async def wait(recorder: RecorderStatistics) -> None:
            await wait_until_written(recorder)
            self.open = 0

        monkeypatch.setattr(RecorderStatistics, "_write_batch", write)
        monkeypatch.setattr(RecorderStatistics, "wait_until_written", wait)

    def _import(self, hass: HomeAssistant, metadata: StatisticMetaData, batch: Sequence[Any]) -> None:
        self.sizes.append(len(batch))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        async_import_statistics(hass, metadata, batch)

    def pause_after(self, limit: int | None) -> None:
        """Count from 0 again, and pause the import after `limit` batches."""
        self.sizes, self.limit = [], limit
        self.paused.clear()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    """Record the batches of an import."""
    return Batches(monkeypatch)


async def test_small_batches(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    batches: Batches,
) -> None:
    """The recorder never has more than one batch to write, and all batches together are the whole past."""
    check = HistoryCheck(hass, simulator, 3)
    await choose(hass, entry, history_days=3)
    assert await check.wrong() == []
    assert max(batches.sizes) == BATCH_SIZE
    assert batches.most_open == 1


@pytest.mark.parametrize("limits", [(1, 80), (102, 1, 1), (110, 3, 9)], ids=str)
@pytest.mark.timeout(300)
async def test_killed_between_batches(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    batches: Batches,
    limits: tuple[int, ...],
) -> None:
    """Wherever an import ends, and whatever the recorder writes before the next one, the result is the same."""
    await set_up()
    check = HistoryCheck(hass, simulator, 5)
    await record(hass, freezer, 10)

    async def reload(days: int) -> None:
        hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: days})
        await hass.config_entries.async_reload(entry.entry_id)

    for limit in limits:
        batches.pause_after(limit)
        await reload(5)
        await batches.paused.wait()
        await reload(0)
        await record(hass, freezer, 5)
        assert await check.wrong() != []
    batches.pause_after(None)
    await reload(5)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await check.wrong() == []


async def test_a_lost_raise(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No row is added that does not join the recorder's rows: once no hour is missing, nobody would look again."""
    check = HistoryCheck(hass, simulator, 2)
    with patch.object(type(get_instance(hass)), "async_adjust_statistics") as lost:
        await choose(hass, entry, history_days=2)
    assert lost.called
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    assert not await statistics(hass, {LOBBY})
    await pass_time(hass, freezer, 361)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await check.wrong() == []


async def test_raises_come_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """When the first rows of a sum are written, the recorder already continues from where they will end."""
    jobs: list[str] = []
    instance = get_instance(hass)
    adjust_statistics = instance.async_adjust_statistics

    def adjust(statistic_id: str, *rest: Any) -> None:
        jobs.append(f"raise {statistic_id}")
        adjust_statistics(statistic_id, *rest)

    write_batch = RecorderStatistics._write_batch

    async def write(self: RecorderStatistics, metadata: StatisticMetaData, batch: Sequence[Any]) -> None:
        jobs.append(f"write {metadata['statistic_id']}")
        await write_batch(self, metadata, batch)

    with (
        patch.object(instance, "async_adjust_statistics", adjust),
        patch.object(RecorderStatistics, "_write_batch", write),
    ):
        await choose(hass, entry, history_days=2)
    of_lobby = [job.split()[0] for job in jobs if job.endswith(LOBBY)]
    assert of_lobby[0] == "raise"
    assert set(of_lobby[1:]) == {"write"}


async def test_a_dropped_job(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recorder may drop the job that the import waits for; then another one is queued."""
    check = HistoryCheck(hass, simulator, 1)
    dropped = 0

    def update_metadata(*args: Any, **kwargs: Any) -> None:
        nonlocal dropped
        drop = dropped < 3
        # The clock stands still in tests, so a timeout ends at once or never.
        monkeypatch.setattr(statistics_module, "QUEUE_TIMEOUT", 0.0 if drop else 60.0)
        if drop:
            dropped += 1
        else:
            async_update_statistics_metadata(*args, **kwargs)

    monkeypatch.setattr(statistics_module, "async_update_statistics_metadata", update_metadata)
    await choose(hass, entry, history_days=1)
    assert dropped == 3
    assert await check.wrong() == []


async def test_the_recorder_stops(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recorder's thread can end; then the import does not wait forever, and starts again later."""
    check = HistoryCheck(hass, simulator, 1)
    with monkeypatch.context() as stopped:
        stopped.setattr(statistics_module, "QUEUE_TIMEOUT", 0.0)
        stopped.setattr(statistics_module, "async_update_statistics_metadata", lambda *_, **__: None)
        await choose(hass, entry, history_days=1)
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
        assert raised.value.translation_key == "recorder_failed"
    assert await check.wrong() != []
    await pass_time(hass, freezer, 361)
    assert await check.wrong() == []


@pytest.mark.parametrize("function", ["statistics_during_period", "async_list_statistic_ids"])
async def test_the_database_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
    function: str,
) -> None:
    """A failed read is repeated later, and the action reports it."""
    check = HistoryCheck(hass, simulator, 1)
    with patch.object(statistics_module, function, side_effect=OperationalError("SELECT", {}, Exception("locked"))):
        await choose(hass, entry, history_days=1)
        if function == "statistics_during_period":
            with pytest.raises(HomeAssistantError) as raised:
                await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
            assert raised.value.translation_key == "recorder_failed"
    assert await check.wrong() != []
    await pass_time(hass, freezer, 361)
    assert await check.wrong() == []


async def test_unloaded_while_planning(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    recorded: None,
    requests: HistoryRequests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nothing starts for an entry that was unloaded meanwhile, not even later."""
    planning, proceed = asyncio.Event(), asyncio.Event()
    downtime = RecorderStatistics.downtime

    async def slow(self: RecorderStatistics, *args: Any) -> Any:
        planning.set()
        await proceed.wait()
        return await downtime(self, *args)

    with patch.object(RecorderStatistics, "downtime", slow):
        call = hass.async_create_task(hass.services.async_call(DOMAIN, "import_history", {"days": 2}, blocking=True))
        await planning.wait()
        await hass.config_entries.async_unload(entry.entry_id)
        proceed.set()
        with pytest.raises(HomeAssistantError) as raised:
            await call
    assert raised.value.translation_key == "history_stopped"
    requests.pause_after(None)
    await pass_time(hass, freezer, 24 * HOUR + 1)
    assert requests.count == 0


async def test_an_entity_is_renamed_during_an_import(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Another entity that takes the old id does not get its hours; the entity itself gets them the next time."""
    registry = er.async_get(hass)
    renamed = {BOARDROOM: "sensor.board", LOBBY: "sensor.door"}

    async def spend(*, background: bool = False, after_people: bool = False) -> None:
        if background and LOBBY in registry.entities:
            for old, new in renamed.items():
                registry.async_update_entity(old, new_entity_id=new)
            await hass.async_block_till_done()
            registry.async_update_entity("sensor.focus_room_people", new_entity_id=BOARDROOM)

    check = HistoryCheck(hass, simulator, 1)
    with patch.object(Budget, "spend", side_effect=spend):
        await choose(hass, entry, history_days=1)
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    assert not await statistics(hass, {BOARDROOM, *renamed.values()}, check.start)
    await record(hass, freezer, 10)
    await pass_time(hass, freezer, 361)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await check.wrong() == []


async def test_a_room_is_removed_while_planning(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """The live state no longer has the room, though its entities are still there; the others are imported."""
    lobby, downtime, nodes = find(simulator, "Lobby"), RecorderStatistics.downtime, entry.runtime_data.live._nodes
    removed = []

    async def remove(self: RecorderStatistics, *args: Any) -> Any:
        removed.append(nodes.pop(lobby))
        return await downtime(self, *args)

    with patch.object(RecorderStatistics, "downtime", remove):
        await hass.services.async_call(DOMAIN, "import_history", {"days": 1}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
    nodes[lobby] = removed[0]
    rows = await statistics(hass, {BOARDROOM, "sensor.harbour_cafe_entries_today"})
    assert [len(found) for found in rows.values()] == [24, 24]


async def test_crossings_are_requested_until_now(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """Midnight may be within an hour of UTC, so a day may begin between the plan and the writing of its sums."""
    data = entry.runtime_data
    now = dt_util.utcnow().timestamp()
    plan = await Planner(hass, RecorderStatistics(hass), data.estate, data.live, None, now).plan(2, now)
    now = dt_util.utcnow().timestamp()
    assert plan.sums
    for sums in plan.sums:
        assert max(request.end for request in sums.requests) >= now // HOUR * HOUR + HOUR


async def test_empty_rows_of_others(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """A row without a count or a sum counts as missing."""
    check = HistoryCheck(hass, simulator, 2)
    for entity_id in (LOBBY, BOARDROOM):
        metadata = await RecorderStatistics(hass)._metadata(entity_id)
        assert metadata is not None
        async_import_statistics(
            hass, metadata, [{"start": dt_util.utc_from_timestamp(check.start + hour * HOUR)} for hour in (3, 30)]
        )
    assert {row[2:] for row in await rows_of(hass)} == {(None,) * 6}
    await choose(hass, entry, history_days=2)
    assert await check.wrong() == []
