"""Checks of how one gets in: login, tokens, clocks, and what strangers are told."""

from http import HTTPStatus
import statistics

from custom_components.butlr.api.client import GRAPHQL_PATH, REPORTING_PATH
from custom_components.butlr.api.statistics import STATISTICS_PATH

from .account import Account
from .checks import Check, Verdict, many, unclear, words

# A clock that is further off than this shows people where there are none.
TOLERANCE = 120


async def _token_life(account: Account) -> Verdict:
    life = (await account.login()).get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float):
        return Verdict("not told", "the login answers without a number in expires_in")
    return Verdict(f"{life:g} s", f"expires_in is {life:g}")


async def _scope(account: Account) -> Verdict:
    answer = await account.login()
    fields = words(answer)
    if not isinstance(scope := answer.get("scope"), str) or not scope.strip():
        return Verdict("not told", f"the login answers {fields}")
    scopes = scope.split()
    about = [name for name in ("zones", "tags", "webhook", "report") if any(name in one.lower() for one in scopes)]
    return Verdict(
        "told", f"{many(len(scopes), 'scope')}; of zones, tags, webhooks, reports: {words(about)}; fields: {fields}"
    )


async def _clock(account: Account) -> Verdict:
    await account.estate()
    told = [one.date - one.received for one in account.client.wire.exchanges if one.date is not None]
    if not told:
        return Verdict("not told", "no answer has a Date header")
    # The header has whole seconds, of which half are over on average.
    ahead = statistics.median(told) + 0.5
    reading = "agrees" if abs(ahead) <= TOLERANCE else "this one is behind" if ahead > 0 else "this one is ahead"
    return Verdict(reading, f"Butlr's is {ahead:+.0f} s from this one, by {many(len(told), 'answer')}")


async def _stranger_at_graphql(account: Account) -> Verdict:
    status, answer = await account.client.ask_as_stranger(GRAPHQL_PATH)
    errors = answer.get("errors") if isinstance(answer, dict) else None
    codes = [
        extensions.get("code")
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, dict) and isinstance(extensions := error.get("extensions"), dict)
    ]
    evidence = f"a token that is none: HTTP {status}, error codes: {words(filter(None, codes))}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Verdict("http", evidence)
    return Verdict("errors", evidence) if errors else unclear(evidence)


async def _stranger_at_reporting(account: Account) -> Verdict:
    statuses = [(await account.client.ask_as_stranger(path))[0] for path in (REPORTING_PATH, STATISTICS_PATH)]
    return Verdict(" and ".join(map(str, dict.fromkeys(statuses))), f"reporting HTTP {statuses[0]}, v4 {statuses[1]}")


async def _speed(account: Account) -> Verdict:
    await account.estate()
    paths = dict.fromkeys(exchange.path for exchange in account.client.wire.exchanges)
    times = [
        f"{path} {statistics.median(one.seconds for one in account.client.wire.of(path)) * 1000:.0f}" for path in paths
    ]
    return Verdict(f"{many(len(account.client.wire.exchanges), 'answer')}", f"median milliseconds: {'; '.join(times)}")


async def _statuses(account: Account) -> Verdict:
    await account.estate()
    exchanges = account.client.wire.exchanges
    limited = sum(one.status == HTTPStatus.TOO_MANY_REQUESTS for one in exchanges)
    overloaded = sum(one.status == HTTPStatus.GATEWAY_TIMEOUT for one in exchanges)
    counted = {status: sum(one.status == status for one in exchanges) for status in {one.status for one in exchanges}}
    evidence = ", ".join(f"HTTP {status}: {number}" for status, number in sorted(counted.items()))
    seen = [name for name, number in (("429", limited), ("504", overloaded)) if number]
    return Verdict(" and ".join(seen) or "neither", evidence)


FIRST = (
    Check("token_life", "How long does a token live?", _token_life),
    Check("login_scope", "Does a login tell what the credentials are for?", _scope),
    Check("unauthenticated", "What does GraphQL answer without a good token?", _stranger_at_graphql),
    Check("unauthenticated_reporting", "And the reporting services?", _stranger_at_reporting),
)
# These look back at everything that was asked.
LAST = (
    Check("clock", "Does this machine's clock agree with Butlr's?", _clock),
    Check("speed", "How fast are the answers?", _speed),
    Check("refused_for_now", "Did 429 (too fast) or 504 (too much) occur?", _statuses),
)
