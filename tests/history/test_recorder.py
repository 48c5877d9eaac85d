"""How the import gets on with the recorder: in small portions, and whatever fails or changes there meanwhile."""

import asyncio
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.components.recorder.tasks import ImportStatisticsTask, RecorderTask, SynchronizeTask
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.const import CONF_HISTORY_DAYS, DOMAIN
from custom_components.butlr.history import statistics as recorded
from custom_components.butlr.history.plan import Planner
from custom_components.butlr.history.statistics import RecorderStatistics
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.registries import find
from tests.helpers.states import state_of
from tests.helpers.statistics import HOUR, statistics
from tests.simulator import Simulator

from .past import Past, Requests, record, rows_of

PORTION = 7
LOBBY = "sensor.lobby_entries_today"
BOARDROOM = "sensor.boardroom_people"


class Portions:
    """Watches what is handed over, and can let an import go no further than so many portions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch from now on; portions are small."""
        self._add = RecorderStatistics._add
        self.sizes: list[int] = []
        self.waiting = self.most_waiting = 0
        self.most: int | None = None
        self.held = asyncio.Event()
        monkeypatch.setattr(recorded, "AT_ONCE", PORTION)
        monkeypatch.setattr(recorded, "async_import_statistics", self._import)
        monkeypatch.setattr(RecorderStatistics, "_add", self._watched(self))
        run = ImportStatisticsTask.run

        def written(task: ImportStatisticsTask, instance: Recorder) -> None:
            run(task, instance)
            self.waiting -= 1

        monkeypatch.setattr(ImportStatisticsTask, "run", written)

    @staticmethod
    def _watched(portions: Portions) -> Any:
        async def add(self: RecorderStatistics, about: Any, data: Any) -> None:
            if portions.most is not None and len(portions.sizes) >= portions.most:
                portions.held.set()
                await asyncio.Event().wait()
            await portions._add(self, about, data)

        return add

    def _import(self, hass: HomeAssistant, about: Any, data: Sequence[Any]) -> None:
        self.sizes.append(len(data))
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        async_import_statistics(hass, about, data)

    def hold(self, most: int | None) -> None:
        """Begin to count anew, and hold up what comes after so many."""
        self.sizes, self.most = [], most
        self.held.clear()


@pytest.fixture
def portions(monkeypatch: pytest.MonkeyPatch) -> Portions:
    """Watch what is handed over."""
    return Portions(monkeypatch)


async def test_small_portions(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    portions: Portions,
) -> None:
    """The recorder never has more than one of them before it, and all of them make the whole past."""
    past = Past(hass, simulator, 3)
    await choose(hass, entry, history_days=3)
    assert await past.wrong() == []
    assert max(portions.sizes) == PORTION
    assert portions.most_waiting == 1


@pytest.mark.parametrize("ends", [(1, 80), (102, 1, 1), (110, 3, 9)], ids=str)
@pytest.mark.timeout(300)
async def test_killed_between_portions(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    portions: Portions,
    ends: tuple[int, ...],
) -> None:
    """Wherever an import ends, and whatever the recorder writes until the next one, it is as if it had been one."""
    await set_up()
    past = Past(hass, simulator, 5)
    await record(hass, freezer, 10)

    async def begin(days: int) -> None:
        hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: days})
        await hass.config_entries.async_reload(entry.entry_id)

    for end in ends:
        portions.hold(end)
        await begin(5)
        await portions.held.wait()
        await begin(0)
        await record(hass, freezer, 5)
        assert await past.wrong() != []
    portions.hold(None)
    await begin(5)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await past.wrong() == []


async def test_a_raise_that_is_lost(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No row is added that would not join those of the recorder: once all are there nobody looks any more."""
    past = Past(hass, simulator, 2)
    with patch.object(type(get_instance(hass)), "async_adjust_statistics") as lost:
        await choose(hass, entry, history_days=2)
    assert lost.called
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    assert not await statistics(hass, {LOBBY})
    await pass_time(hass, freezer, 361)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await past.wrong() == []


async def test_what_is_raised_comes_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """When the first rows of a sum are there, the recorder goes on from where they will end."""
    raised: list[str] = []
    instance = get_instance(hass)
    adjust = instance.async_adjust_statistics

    def watch(statistic_id: str, *rest: Any) -> None:
        raised.append(f"raise {statistic_id}")
        adjust(statistic_id, *rest)

    add = RecorderStatistics._add

    async def added(self: RecorderStatistics, about: Any, data: Any) -> None:
        raised.append(f"add {about['statistic_id']}")
        await add(self, about, data)

    with patch.object(instance, "async_adjust_statistics", watch), patch.object(RecorderStatistics, "_add", added):
        await choose(hass, entry, history_days=2)
    of_lobby = [line.split()[0] for line in raised if line.endswith(LOBBY)]
    assert of_lobby[0] == "raise"
    assert set(of_lobby[1:]) == {"add"}


async def test_a_sign_that_is_lost(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the recorder drops from its queue is not waited for without end."""
    past = Past(hass, simulator, 1)
    instance, lost = get_instance(hass), 0
    queue_task = instance.queue_task

    def drop(task: RecorderTask) -> None:
        nonlocal lost
        dropped = isinstance(task, SynchronizeTask) and lost < 3
        # The clock stands still, so that a while is over at once or never.
        monkeypatch.setattr(recorded, "LOST", 0.0 if dropped else 60.0)
        if dropped:
            lost += 1
        else:
            queue_task(task)

    monkeypatch.setattr(instance, "queue_task", drop)
    await choose(hass, entry, history_days=1)
    assert lost == 3
    assert await past.wrong() == []


async def test_the_recorder_is_gone(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its thread can end; then there is nobody to wait for, and it is tried again later."""
    instance = get_instance(hass)
    past = Past(hass, simulator, 1)
    with monkeypatch.context() as gone:
        gone.setattr(recorded, "LOST", 0.0)
        gone.setattr(instance, "queue_task", lambda task: None)
        gone.setattr(instance, "is_alive", lambda: False)
        await choose(hass, entry, history_days=1)
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
        assert raised.value.translation_key == "recorder_failed"
    assert await past.wrong() != []
    await pass_time(hass, freezer, 361)
    assert await past.wrong() == []


async def test_the_database_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What cannot be read now is read later, and whoever asked for it is told."""
    past = Past(hass, simulator, 1)
    with patch.object(recorded, "get_metadata", side_effect=OperationalError("SELECT", {}, Exception("locked"))):
        await choose(hass, entry, history_days=1)
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
        assert raised.value.translation_key == "recorder_failed"
    assert await past.wrong() != []
    await pass_time(hass, freezer, 361)
    assert await past.wrong() == []


async def test_unloaded_while_it_looks_what_is_missing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    known: None,
    requests: Requests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Nothing is begun for an entry that is gone, nor later by itself."""
    looking, go_on = asyncio.Event(), asyncio.Event()
    off = RecorderStatistics.off

    async def slow(self: RecorderStatistics) -> Any:
        looking.set()
        await go_on.wait()
        return await off(self)

    with patch.object(RecorderStatistics, "off", slow):
        call = hass.async_create_task(hass.services.async_call(DOMAIN, "import_history", {"days": 2}, blocking=True))
        await looking.wait()
        await hass.config_entries.async_unload(entry.entry_id)
        go_on.set()
        with pytest.raises(HomeAssistantError) as raised:
            await call
    assert raised.value.translation_key == "history_stopped"
    requests.hold(None)
    await pass_time(hass, freezer, 24 * HOUR + 1)
    assert requests.past == 0


async def test_an_entity_is_renamed_meanwhile(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Its hours go to no other entity of its old name, and to itself the next time."""
    registry = er.async_get(hass)
    renamed = {BOARDROOM: "sensor.board", LOBBY: "sensor.door"}

    async def spend(*, background: bool = False, after_people: bool = False) -> None:
        if background and LOBBY in registry.entities:
            for old, new in renamed.items():
                registry.async_update_entity(old, new_entity_id=new)
            await hass.async_block_till_done()
            registry.async_update_entity("sensor.focus_room_people", new_entity_id=BOARDROOM)

    past = Past(hass, simulator, 1)
    with patch.object(Budget, "spend", side_effect=spend):
        await choose(hass, entry, history_days=1)
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    assert not await statistics(hass, {BOARDROOM, *renamed.values()}, past.start)
    await record(hass, freezer, 10)
    await pass_time(hass, freezer, 361)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await past.wrong() == []


async def test_a_room_goes_while_it_looks_what_is_missing(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """Nothing is known of it any more, though its entities are still there; the others are imported."""
    lobby, off, nodes = find(simulator, "Lobby"), RecorderStatistics.off, entry.runtime_data.live._nodes
    gone = []

    async def meanwhile(self: RecorderStatistics) -> Any:
        gone.append(nodes.pop(lobby))
        return await off(self)

    with patch.object(RecorderStatistics, "off", meanwhile):
        await hass.services.async_call(DOMAIN, "import_history", {"days": 1}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)
    nodes[lobby] = gone[0]
    rows = await statistics(hass, {BOARDROOM, "sensor.harbour_cafe_entries_today"})
    assert [len(found) for found in rows.values()] == [24, 24]


async def test_a_day_may_begin_before_it_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """Crossings are asked for until now, whenever that is: midnight may lie within an hour of UTC."""
    data = entry.runtime_data
    plan = await Planner(hass, RecorderStatistics(hass), data.estate, data.live, None).plan(
        2, dt_util.utcnow().timestamp()
    )
    now = dt_util.utcnow().timestamp()
    assert plan.sums
    for _, _, tasks in plan.sums:
        assert max(task.stop for task in tasks) >= now // HOUR * HOUR + HOUR


async def test_rows_that_others_left(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """A row without a count or a sum is none."""
    past = Past(hass, simulator, 2)
    for entity_id in (LOBBY, BOARDROOM):
        about = await RecorderStatistics(hass)._metadata(entity_id, has_sum=entity_id == LOBBY)
        async_import_statistics(
            hass, about, [{"start": dt_util.utc_from_timestamp(past.start + hour * HOUR)} for hour in (3, 30)]
        )
    assert {row[2:] for row in await rows_of(hass)} == {(None,) * 6}
    await choose(hass, entry, history_days=2)
    assert await past.wrong() == []
