"""Run the checks against an account."""

import asyncio
import getpass
import sys

from scripts.lib.processes.signals import until_signal

from .arguments import arguments
from .catalogue import CHECKS, chosen
from .run import AccountError, Plan, Run, Terminal


def main() -> int:
    """Run the checks against an account; return the exit code."""
    found = arguments()
    if found.list:
        print("\n".join(f"{check.name:32} {check.question}" for check in CHECKS))
        return 0
    try:
        chosen(found.only)
    except ValueError as error:
        sys.stderr.write(f"scripts/account: {error}; --list shows all checks\n")
        return 2
    if not sys.stdin.isatty():
        sys.stderr.write("scripts/account: needs a terminal to ask for the secret\n")
        return 1
    terminal = Terminal(say=lambda text: print(text, flush=True), ask=input, ask_secretly=getpass.getpass)
    plan = Plan(
        base_url=found.base_url, report=found.report, webhook=found.webhook, listen=found.listen, only=found.only
    )
    try:
        return asyncio.run(until_signal(Run(plan, terminal).run()))
    except AccountError as error:
        sys.stderr.write(f"scripts/account: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"scripts/account: the report cannot be written: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
