"""Add Butlr in the browser, as a person does."""

from dataclasses import dataclass
import time

from playwright.async_api import Page

from .environment import Environment


@dataclass(frozen=True, slots=True)
class SetUp:
    """How it went."""

    clicks: list[str]
    """Buttons of the config flow, from its first form until the map is there."""
    seconds: float
    """From the last click until Home Assistant's sidebar has the panel."""


async def add_butlr(environment: Environment, page: Page) -> SetUp:
    """Add the integration, starting from the login."""
    await _log_in(environment, page)
    await page.goto(f"{environment.home.url}/config/integrations/dashboard/add?domain=butlr")
    await page.get_by_role("button", name="OK").click()
    form = page.locator("step-flow-form")
    await form.locator("input[name=client_id]").fill("demo")
    await form.locator("input[name=client_secret]").fill(environment.identity.client_secret)
    await form.get_by_text("Advanced").click()
    await form.locator("input[name=base_url]").fill(environment.cloud.url)
    await form.locator("input[name=base_url]").blur()
    clicks = ["Submit", "Submit", "Skip and finish"]
    await page.get_by_role("button", name=clicks[0]).click()
    await form.get_by_text("Areas").first.wait_for()
    await page.get_by_role("button", name=clicks[1]).click()
    await page.get_by_role("button", name=clicks[2]).click()
    start = time.monotonic()
    await page.locator("ha-sidebar a[href='/butlr']").wait_for()
    return SetUp(clicks, time.monotonic() - start)


async def _log_in(environment: Environment, page: Page) -> None:
    """Use Home Assistant's login form."""
    await page.goto(environment.home.url)
    await page.locator("input[name=username]").fill(environment.identity.user)
    await page.locator("input[name=password]").fill(environment.identity.password)
    await page.get_by_role("button", name="Log in").click()
    await page.locator("ha-sidebar").wait_for()
