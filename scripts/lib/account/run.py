"""One run: log in, run all checks, try webhooks on request, write the report."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Final

from custom_components.butlr.api.errors import ButlrAuthError, ButlrError, ButlrRateLimitError

from .account import Account
from .catalogue import chosen
from .checks import Check
from .client import CheckingClient, Sleep, Wire
from .report import Report, Result, identifying_texts, lines_of, summary
from .trial import Trial, plan, trial_checks

YES: Final = "yes"


class AccountError(Exception):
    """The checks cannot start; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The dialog with the user: `ask` shows what is typed, `ask_secretly` does not."""

    say: Callable[[str], None]
    ask: Callable[[str], str]
    ask_secretly: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do in a run."""

    base_url: str
    report: Path
    webhook: str | None = None
    listen: int | None = None
    """The port of this machine that receives the webhook's events."""
    only: Sequence[str] = ()


class Run:
    """A run of the checks against one account."""

    def __init__(
        self,
        plan: Plan,
        terminal: Terminal,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare; `clock` and `sleep` control the waiting."""
        self._plan = plan
        self._terminal = terminal
        self._clock = clock
        self._sleep = sleep
        self.report = Report()

    async def run(self) -> None:
        """Ask for the credentials, then run all checks.

        Raises:
            AccountError: the login failed.
        """
        checks = chosen(self._plan.only)
        say = self._terminal.say
        say(f"This runs {len(checks)} checks against {self._plan.base_url} and changes nothing there.")
        say("Create a client id and secret in Butlr's web app: Account Settings, API tokens. They are not stored.")
        client_id = self._terminal.ask_secretly("Client id: ").strip()
        client_secret = self._terminal.ask_secretly("Client secret: ").strip()
        if not client_id or not client_secret:
            raise AccountError("Both are required; no request was sent.")
        consented = self._plan.webhook is not None and self._ask_consent()
        hidden = (client_id, client_secret, self._plan.webhook or "")
        wire = Wire()
        async with wire.session() as session:
            client = CheckingClient(
                wire, session, client_id, client_secret, self._plan.base_url, clock=self._clock, sleep=self._sleep
            )
            await self._log_in(client)
            account = Account(client, self._sleep)
            try:
                await self._check(account, checks, hidden)
                if self._plan.webhook is not None and consented:
                    await self._try_webhooks(account, self._plan.webhook, hidden)
            finally:
                # Keep what was found so far, even after Ctrl-C.
                self._write()

    def _ask_consent(self) -> bool:
        self._terminal.say(plan())
        answer = self._terminal.ask(f"Type {YES} to continue: ")
        if answer.strip().lower() == YES:
            return True
        self._terminal.say("No webhook will be created.")
        return False

    async def _log_in(self, client: CheckingClient) -> None:
        where = self._plan.base_url
        try:
            await client.auth.token()
        except ButlrAuthError:
            raise AccountError(
                f"{where} refused this client id and secret. Create a new API token and try again."
            ) from None
        except ButlrRateLimitError as err:
            raise AccountError(f"{where} is limiting requests. Try again in {err.retry_after:.0f} s.") from None
        except ButlrError as err:
            raise AccountError(f"Cannot log in at {where}: {err}. Check the address and the network.") from None

    async def _check(self, account: Account, checks: Sequence[Check], hidden: Sequence[str]) -> None:
        for number, check in enumerate(checks, 1):
            await self._run_check(account, check, hidden, f"[{number}/{len(checks)}]")

    async def _run_check(self, account: Account, check: Check, hidden: Sequence[str], progress: str) -> None:
        verdict = await check.run(account)
        if verdict.reading is not None:
            account.found[check.name] = verdict.reading
        self.report.hide([*hidden, *identifying_texts(list(account.client.answers.values()))])
        self._show(self.report.add(check, verdict), progress)

    def _show(self, result: Result, progress: str) -> None:
        for line in lines_of(result):
            self._terminal.say(f"{progress} {line}" if not line.startswith(" ") else line)

    async def _try_webhooks(self, account: Account, url: str, hidden: Sequence[str]) -> None:
        trial = Trial(account, url, self._plan.listen, self._terminal.say)
        try:
            async with trial:
                for number, check in enumerate(checks := trial_checks(trial), 1):
                    await self._run_check(account, check, hidden, f"[webhook {number}/{len(checks)}]")
        except ButlrError as err:
            self._terminal.say(f"The webhook trial could not start: {err}")
        finally:
            if trial.left:
                self._terminal.say(
                    f"{trial.left} of the trial's webhooks could not be deleted. "
                    f"Delete those named {trial.name!r} at Butlr."
                )

    def _write(self) -> None:
        self._terminal.say(summary(self.report.results))
        for path in self.report.write(self._plan.report):
            self._terminal.say(f"Wrote {path}. It contains no names, ids, addresses or secrets.")
