"""Checks of login, tokens, clocks, and answers to invalid tokens."""

from http import HTTPStatus
import statistics

from custom_components.butlr.api.client import GRAPHQL_PATH, REPORTING_PATH
from custom_components.butlr.api.statistics import STATISTICS_PATH

from .account import Account
from .checks import Check, Verdict, many, undetermined, words

# Seconds; a larger difference makes the integration show people where there are none.
MAX_CLOCK_DIFFERENCE = 120


async def _token_life(account: Account) -> Verdict:
    life = (await account.login()).get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float):
        return Verdict("not reported", "expires_in of the login is not a number")
    return Verdict(f"{life:g} s", f"expires_in is {life:g}")


async def _scope(account: Account) -> Verdict:
    answer = await account.login()
    fields = words(answer)
    if not isinstance(scope := answer.get("scope"), str) or not scope.strip():
        return Verdict("not reported", f"the login has the fields {fields}")
    scopes = scope.split()
    about = [name for name in ("zones", "tags", "webhook", "report") if any(name in one.lower() for one in scopes)]
    return Verdict(
        "reported",
        f"{many(len(scopes), 'scope')}; about zones, tags, webhooks or reports: {words(about)}; fields: {fields}",
    )


async def _clock(account: Account) -> Verdict:
    await account.estate()
    differences = [one.date - one.received for one in account.client.wire.exchanges if one.date is not None]
    if not differences:
        return Verdict("not reported", "no answer has a Date header")
    # The header has whole seconds, so half a second is missing on average.
    ahead = statistics.median(differences) + 0.5
    reading = (
        "agrees"
        if abs(ahead) <= MAX_CLOCK_DIFFERENCE
        else "this machine is behind"
        if ahead > 0
        else "this machine is ahead"
    )
    return Verdict(
        reading, f"Butlr's clock is {ahead:+.0f} s from this machine's, by {many(len(differences), 'answer')}"
    )


async def _invalid_token_at_graphql(account: Account) -> Verdict:
    status, answer = await account.client.ask_with_invalid_token(GRAPHQL_PATH)
    errors = answer.get("errors") if isinstance(answer, dict) else None
    codes = [
        extensions.get("code")
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, dict) and isinstance(extensions := error.get("extensions"), dict)
    ]
    evidence = f"an invalid token: HTTP {status}, error codes: {words(filter(None, codes))}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Verdict("http", evidence)
    return Verdict("errors", evidence) if errors else undetermined(evidence)


async def _invalid_token_at_reporting(account: Account) -> Verdict:
    statuses = [(await account.client.ask_with_invalid_token(path))[0] for path in (REPORTING_PATH, STATISTICS_PATH)]
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
    Check("login_scope", "Does a login say what the credentials are allowed to do?", _scope),
    Check("unauthenticated", "How does GraphQL answer an invalid token?", _invalid_token_at_graphql),
    Check(
        "unauthenticated_reporting",
        "How do the reporting services answer an invalid token?",
        _invalid_token_at_reporting,
    ),
)
# These look back at all requests.
LAST = (
    Check("clock", "Does this machine's clock agree with Butlr's?", _clock),
    Check("speed", "How fast are the answers?", _speed),
    Check("refused_for_now", "Did 429 (too many requests) or 504 (overload) occur?", _statuses),
)
