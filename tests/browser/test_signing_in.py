"""Sign in with a password in the browser, as a person does; nothing of it stays in Home Assistant's files."""

from pathlib import Path

from tests.simulator.accounts import Accounts
from tests.simulator.settings import Settings

from .environment import Environment


async def test_a_password_leaves_no_trace(environment: Environment) -> None:
    """The form can be submitted without a token. The organization is recognized, and the new API token is deleted."""
    account = Accounts(Settings(), seed=1)
    async with environment.page("/config/integrations/dashboard/add?domain=butlr") as page:
        await page.get_by_role("button", name="OK").click()
        form = page.locator("step-flow-form")
        await form.get_by_text("With an e-mail address and a password").click()
        await form.get_by_text("Advanced").click()
        await form.locator("input[name=base_url]").fill(environment.cloud.url)
        await form.locator("input[name=base_url]").blur()
        await page.get_by_role("button", name="Submit").click()
        await form.locator("input[type=password]").wait_for()
        for password in ("a wrong password", account.password):
            await form.locator("input[name=email]").fill(account.email)
            await form.locator("input[type=password]").fill(password)
            await form.locator("input[type=password]").blur()
            await page.get_by_role("button", name="Submit").click()
            if password != account.password:
                await form.get_by_text("Butlr rejected this e-mail address and password").wait_for()
        await page.get_by_text("This Butlr organization is already set up").wait_for()
    async with environment.session.get(f"{environment.cloud.url}/_sim/requests") as answer:
        requests = [one["kind"] for one in (await answer.json())["requests"]]
    assert requests.count("clients_POST") == requests.count("clients_DELETE") == 1
    assert [path for path in files(environment.folder.path) if account.password.encode() in path.read_bytes()] == []
    assert [path for path in files(environment.folder.path) if account.email.encode() in path.read_bytes()] == []


def files(folder: Path) -> list[Path]:
    """Return all files of a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]
