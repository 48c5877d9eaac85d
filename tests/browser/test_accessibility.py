"""Everybody can use it: axe finds no serious fault, and the keyboard alone reaches everything."""

from typing import Any

from playwright.async_api import Page
import pytest

from .environment import ROOT, Environment
from .floor_map import until_true

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
VIEWS = ("", "/floor/{floor}", "/find", "/history", "/maintenance")
# Everything of the panel that can be used, unless the arrow keys reach it.
_USABLE = """panel => {
    const found = [];
    const walk = root => root.querySelectorAll('*').forEach(element => {
        const usable = element.matches('a[href], button, input, select, textarea, summary, [tabindex]');
        const box = element.getBoundingClientRect();
        if (usable && !element.disabled && element.tabIndex >= 0 && box.width && box.height)
            found.push(element);
        if (element.shadowRoot) walk(element.shadowRoot);
    });
    walk(panel.shadowRoot);
    window.usable = new Set(found);
    return found.length;
}"""
_FOCUSED = """() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    window.usable.delete(element);
    const rest = [...window.usable].map(left => left.outerHTML.slice(0, 100));
    return rest.length > 3 ? rest.length : rest;
}"""


async def serious_faults(page: Page, selector: str) -> list[str]:
    """Return what axe finds serious in a part of a page."""
    await page.add_script_tag(path=AXE)
    result: dict[str, Any] = await page.locator(selector).first.evaluate("element => axe.run(element)")
    return [
        f"{found['id']}: {found['help']}: {[node['html'][:150] for node in found['nodes'][:3]]}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_serious_fault(environment: Environment, scheme: str) -> None:
    """In each view of the panel, in both themes."""
    floor = (await environment.cloud.spaces())[0]
    context = await environment.log_in(environment.home.token, color_scheme=scheme)
    async with context, environment.page("/butlr", context) as page:
        for view in VIEWS:
            await environment.go(page, f"/butlr{view.format(floor=floor.id)}")
            if "floor" in view:
                await until_true(page, environment.cloud, floor.id)
            await page.wait_for_timeout(300)
            assert await serious_faults(page, "butlr-panel") == [], view


@pytest.mark.parametrize("view", VIEWS)
async def test_the_keyboard_alone_reaches_everything(environment: Environment, view: str) -> None:
    """The tabulator key gets to each thing that can be used."""
    floor = (await environment.cloud.spaces())[0]
    async with environment.page("/butlr") as page:
        await environment.go(page, f"/butlr{view.format(floor=floor.id)}")
        if "floor" in view:
            await until_true(page, environment.cloud, floor.id)
        await page.wait_for_timeout(300)
        number = await page.locator("butlr-panel").evaluate(_USABLE)
        assert number > 0
        rest: Any = None
        for _ in range(number + 40):
            await page.keyboard.press("Tab")
            rest = await page.evaluate(_FOCUSED)
            if rest == []:
                break
        assert rest == []


async def test_the_keyboard_opens_a_room(environment: Environment) -> None:
    """The arrow keys go from room to room, and Enter opens Home Assistant's dialog about one."""
    floor = (await environment.cloud.spaces())[0]
    async with environment.page(f"/butlr/floor/{floor.id}") as page:
        await until_true(page, environment.cloud, floor.id)
        focused = page.locator("[data-space][data-status]:focus-within")
        await page.locator("[data-space][data-status] [tabindex='0']").focus()
        first = await focused.get_attribute("data-space")
        await page.keyboard.press("ArrowRight")
        assert await focused.get_attribute("data-space") != first
        await page.keyboard.press("Enter")
        await page.locator("ha-more-info-dialog ha-dialog[open]").wait_for(state="attached")
