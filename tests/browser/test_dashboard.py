"""Cards and the dashboard, in Home Assistant's own dashboards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import re
from typing import Any

from playwright.async_api import expect
import pytest_asyncio

from .environment import Environment
from .floor_map import until_true
from .test_accessibility import serious_faults

type Save = Callable[[dict[str, Any]], Awaitable[None]]
URL = "butlr-test"
# The cards of core that the strategy may use.
CORE_CARDS = {
    "entity-filter",
    "gauge",
    "heading",
    "history-graph",
    "markdown",
    "statistics-graph",
    "tile",
}
OUR_CARDS = {"custom:butlr-floor-map", "custom:butlr-rooms"}


@pytest_asyncio.fixture(loop_scope="session")
async def save(environment: Environment) -> AsyncIterator[Save]:
    """Create a dashboard; return a function that sets what is in it."""
    made = await environment.socket.command(
        "lovelace/dashboards/create", url_path=URL, title="Test", mode="storage", show_in_sidebar=True
    )

    async def save(config: dict[str, Any]) -> None:
        await environment.socket.command("lovelace/config/save", url_path=URL, config=config)

    yield save
    await environment.socket.command("lovelace/dashboards/delete", dashboard_id=made["id"])


async def test_cards(environment: Environment, save: Save) -> None:
    """Both cards show the truth, without an option more than the floor."""
    floor = (await environment.cloud.spaces())[0]
    cards = [{"type": "custom:butlr-floor-map", "floor": floor.id}, {"type": "custom:butlr-rooms", "floor": floor.id}]
    await save({"views": [{"type": "sections", "sections": [{"type": "grid", "cards": cards, "column_span": 2}]}]})
    async with environment.page(f"/{URL}/0") as page:
        await until_true(page, environment.cloud, floor.id)
        await page.locator("butlr-rooms [data-space]").first.wait_for()
        shown = await page.locator("butlr-rooms [data-space]").evaluate_all(
            "rows => rows.map(row => row.dataset.space)"
        )
        truth = await environment.cloud.truth()
        assert all(truth[space_id]["occupied"] is False for space_id in shown)
        assert await serious_faults(page, "hui-sections-view") == []
        await page.screenshot(path=environment.pictures / "cards.png")


async def test_cards_with_nothing_or_nonsense(environment: Environment, save: Save) -> None:
    """A card without a floor shows one, or says what is missing; a floor that is gone is said so."""
    cards = [
        {"type": f"custom:butlr-{card}", **options}
        for card in ("floor-map", "rooms")
        for options in ({}, {"floor": "space_gone"})
    ]
    await save({"views": [{"cards": cards}]})
    async with environment.page(f"/{URL}/0") as page:
        for card in ("floor-map", "rooms"):
            await expect(page.locator(f"butlr-{card}")).to_have_count(2)
            for number in range(2):
                await expect(page.locator(f"butlr-{card}").nth(number)).to_contain_text(
                    re.compile("choose a floor|There is no space_gone")
                )


async def test_taking_control(environment: Environment, save: Save) -> None:
    """What is stored then is made of sections with cards, and of nothing that generates anything."""
    await save({"strategy": {"type": "custom:butlr"}})
    async with environment.page(f"/{URL}") as page:
        await page.locator("hui-sections-view").wait_for()
        await page.get_by_label("Edit dashboard").first.click()
        editor = page.locator("dialog-dashboard-strategy-editor")
        await expect(editor.get_by_text("Show maintenance").first).to_be_visible()
        await editor.locator("ha-dropdown").first.click()
        await editor.get_by_text("Take control").click()
        await page.get_by_role("button", name="Take control").click()
        await page.locator("hui-section").first.wait_for()
        async with asyncio.timeout(10):
            while "strategy" in (config := await environment.socket.command("lovelace/config", url_path=URL)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert len(config["views"]) >= 3
    for view in config["views"]:
        assert view["type"] == "sections"
        assert "strategy" not in view
        cards = [card for section in view["sections"] for card in section["cards"]]
        assert cards
        assert {card["type"] for card in cards} <= CORE_CARDS | OUR_CARDS


async def test_it_is_offered_in_add_dashboard(environment: Environment) -> None:
    """Three clicks make it."""
    async with environment.page("/config/lovelace/dashboards") as page:
        await page.get_by_role("button", name="Add dashboard").click()
        card = page.locator("dashboard-card").filter(has_text="Butlr")
        await card.click()
        await page.get_by_role("button", name="Create").click()
        await expect(page.locator("ha-sidebar").get_by_text("Butlr", exact=True)).to_have_count(2)
    for dashboard in await environment.socket.command("lovelace/dashboards/list"):
        if dashboard["title"] == "Butlr":
            await environment.socket.command("lovelace/dashboards/delete", dashboard_id=dashboard["id"])
