"""What a check is: one open question, how the cloud is asked, and the verdict."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
import re
from typing import Any, Final

from custom_components.butlr.api.errors import ButlrError

from .account import Account

# Words of the cloud that may appear in a report: names of fields, codes and values of enumerations. Ids are longer or
# contain digits; text typed by a customer is never passed to `word`.
_WORD: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z_]{0,29}|[A-Z_]{1,30}_1M(?:IN)?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reading that holds, or None if it could not be determined, and the evidence in one line."""

    reading: str | None
    evidence: str


def undetermined(why: str) -> Verdict:
    """Return the verdict that it could not be determined."""
    return Verdict(None, why)


@dataclass(frozen=True, slots=True)
class Check:
    """One open question about the cloud."""

    name: str
    question: str
    ask: Callable[[Account], Awaitable[Verdict]]
    needs: tuple[str, ...] = ()
    """The checks whose readings this one depends on."""

    async def run(self, account: Account) -> Verdict:
        """Run the check; a failure is a verdict too, so that the other checks still run."""
        try:
            return await self.ask(account)
        except ButlrError as err:
            return undetermined(f"the request was not answered: {type(err).__name__}, {err}")
        except Exception as err:  # noqa: BLE001 - a cloud may answer anything, and the others shall go on
            return undetermined(f"the answer was not understood: {type(err).__name__}")


def word(value: Any) -> str:
    """Return a word from the cloud as it may appear in a report."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "another word"


def words(values: Iterable[Any]) -> str:
    """Return the distinct words from the cloud in order, or `none`."""
    return ", ".join(dict.fromkeys(map(word, sorted(set(values), key=str)))) or "none"


def tally(values: Iterable[Any]) -> str:
    """Count values by what they are: `Wired 3, null 200`."""
    counted = Counter("null" if value is None else "empty" if value == "" else word(value) for value in values)
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items())) or "none"


def many(number: int, one: str, more: str | None = None) -> str:
    """Return a number of things in words: `1 room`, `2 rooms`."""
    return f"{number} {one if number == 1 else more or one + 's'}"
