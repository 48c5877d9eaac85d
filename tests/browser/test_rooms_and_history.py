"""The views of the panel that find a room, and that show the past of a space."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect

from .environment import Environment

SITE = ZoneInfo("Europe/Copenhagen")
DAYS = 28
# Hours of the site's clock without statistics, and those in which people were there.
GAP = 3
USED = {9: 2.5, 10: 4.0}


async def free_rooms(environment: Environment) -> list[str]:
    """Return the ids of the rooms that the action finds."""
    answer = await environment.socket.command(
        "call_service", domain="butlr", service="find_available_rooms", service_data={}, return_response=True
    )
    return [room["id"] for room in answer["response"]["rooms"]]


async def listed_rooms(page: Page) -> list[str]:
    """Return the ids of the rooms that the view lists."""
    links = await page.locator("butlr-view-find ol a").evaluate_all("links => links.map(link => link.pathname)")
    return [str(link).rpartition("/")[2] for link in links]


async def test_the_list_of_free_rooms_follows_the_people(environment: Environment) -> None:
    """The view lists what the action finds, in its order; a room that somebody enters leaves the list by itself."""
    truth = await environment.cloud.truth()
    async with environment.page("/butlr/find") as page:
        await page.locator("butlr-view-find ol > li").first.wait_for()
        listed = await listed_rooms(page)
        assert listed == await free_rooms(environment)
        counted = next(room for room in listed if truth[room]["people"] == 0)
        row = page.locator(f"butlr-view-find ol > li:has(a[href$='{counted}'])")
        await environment.cloud.bring_someone(counted)
        await expect(row).to_have_count(0)
        await environment.cloud.send_someone_out(counted)
        await expect(row).to_have_count(1)
        # What nobody can offer is explained, and one click asks for less.
        await page.locator("butlr-view-find [name=people]").fill("9999")
        await expect(page.locator("butlr-view-find .summary")).to_have_text("No matching room is free")
        await page.locator("butlr-view-find .ways button").click()
        await expect(row).to_have_count(1)


async def test_the_past_is_what_the_recorder_has(environment: Environment) -> None:
    """Each hour of the week shows the mean of its statistics; hours without any are no zeros."""
    entity_ids = await environment.entity_ids()
    spaces = await environment.cloud.spaces()
    room = next(space.id for space in spaces if space.kind == "room" and f"{space.id}_people" in entity_ids)
    entity_id = entity_ids[f"{room}_people"]
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(hours=number) for number in range(1, (DAYS + 2) * 24)]
    means = {hour: USED.get(hour.astimezone(SITE).hour, 0.0) for hour in hours if hour.astimezone(SITE).hour != GAP}
    await environment.socket.command(
        "recorder/import_statistics",
        metadata={
            "mean_type": 1,
            "has_sum": False,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_class": None,
            "unit_of_measurement": "people",
        },
        stats=[{"start": hour.isoformat(), "mean": mean, "min": 0, "max": mean} for hour, mean in means.items()],
    )
    async with asyncio.timeout(30):
        while not await environment.socket.command(  # noqa: ASYNC110 - another process
            "recorder/statistics_during_period",
            start_time=hours[-1].isoformat(),
            end_time=hours[-2].isoformat(),
            statistic_ids=[entity_id],
            period="hour",
            types=["mean"],
        ):
            await asyncio.sleep(0.2)
    async with environment.page(f"/butlr/history/{room}") as page:
        table = page.locator("butlr-view-history table.grid")
        await table.wait_for()
        rows = await table.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => "
            "cell.classList.contains('gap') ? null : Number(cell.textContent)))"
        )
        assert rows == [[None if hour == GAP else USED.get(hour, 0) for hour in range(24)]] * 7
        assert await page.locator("butlr-view-history .figures dd").first.inner_text() != ""
        await page.locator("butlr-space-picker input").fill("ground floor")
        await page.keyboard.press("Enter")
        await expect(page.locator("butlr-view-history h2").first).to_have_text("Ground Floor")
