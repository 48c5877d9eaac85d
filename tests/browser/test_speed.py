"""How fast a page is. A busy machine gets several attempts, so that only what is always slow fails."""

import asyncio
import statistics
import time

from .environment import Environment
from .floor_map import spaces, until_true

# Seconds.
PUSH_SHOWN_WITHIN = 0.2
PANEL_PAINTED_WITHIN = 1.0
ATTEMPTS = 3
PUSHES = 7
_SHOWN = """(shape, people) => new Promise(resolve => {
    const check = () => shape.dataset.people === people && resolve(Date.now() / 1000);
    new MutationObserver(check).observe(shape, {attributes: true});
    check();
})"""


async def test_a_push_is_shown_within_200_milliseconds(environment: Environment) -> None:
    """Measured from the moment at which somebody enters, through Butlr's push, until the number is on the map."""
    cloud = environment.cloud
    floor = (await cloud.spaces())[0]
    truth = await cloud.truth()
    room = next(
        space
        for space in await cloud.spaces()
        if space.kind == "room" and space.floor_id == floor.id and truth[space.id]["people"] is not None
    )
    medians: list[float] = []
    async with environment.page(f"/butlr/floor/{floor.id}") as page:
        await until_true(page, cloud, floor.id)
        shape = await spaces(page, floor.id, room.id).element_handle()
        assert shape
        while len(medians) < ATTEMPTS:
            delays = []
            for _ in range(PUSHES):
                people = (await cloud.truth())[room.id]["people"]
                start = time.time()
                move = cloud.bring_someone(room.id)
                shown = page.evaluate(f"([shape, people]) => ({_SHOWN})(shape, people)", [shape, str(people + 1)])
                async with asyncio.TaskGroup() as group:
                    group.create_task(move)
                    done = group.create_task(shown)
                delays.append(done.result() - start)
            # Everybody is out again: what was pushed within the last minute is not yet in what a later test polls.
            for _ in range(PUSHES):
                await cloud.send_someone_out(room.id)
            medians.append(statistics.median(delays))
            if medians[-1] < PUSH_SHOWN_WITHIN:
                break
    print(f"push to map: {', '.join(f'{1000 * median:.0f}' for median in medians)} ms")  # noqa: T201
    assert min(medians) < PUSH_SHOWN_WITHIN, medians


async def test_the_panel_is_painted_within_a_second(environment: Environment) -> None:
    """Measured from a click in the sidebar until the overview and the map are drawn."""
    floor = (await environment.cloud.spaces())[0]
    times: list[float] = []
    while len(times) < ATTEMPTS:
        async with environment.page("/profile") as page:
            link = page.locator("ha-sidebar a[href='/butlr']")
            await link.wait_for()
            start = time.monotonic()
            await link.click()
            await page.locator(f"butlr-panel a[href*='/floor/{floor.id}']").first.wait_for()
            times.append(time.monotonic() - start)
        if times[-1] < PANEL_PAINTED_WITHIN:
            break
    print(f"first paint of the panel: {', '.join(f'{1000 * seconds:.0f}' for seconds in times)} ms")  # noqa: T201
    assert min(times) < PANEL_PAINTED_WITHIN, times
