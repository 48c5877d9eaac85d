"""The privacy report: what is known about people, where it is stored and who gets it, in words for everybody.

Works councils and the people concerned read it, so that it has no technical terms, and says what it does not know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..actions.target import Scope, resolve
from ..assist.spoken import ATTR_LANGUAGE, closest_language
from ..const import DOMAIN, MQTT_RECEIVE, MQTT_SHARE
from .facts import privacy_facts

_STATEMENT_PREFIX: Final = f"component.{DOMAIN}.common.privacy_"
# How people know the assistants that entities are exposed to.
_ASSISTANTS: Final = {
    "conversation": "Assist",
    "cloud.alexa": "Amazon Alexa",
    "cloud.google_assistant": "Google Assistant",
}


async def get_privacy_report(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return what is known about the people of an organization, in words and in numbers."""
    scope = resolve(hass, call)
    language = closest_language(call.data.get(ATTR_LANGUAGE, hass.config.language))
    facts = await privacy_facts(hass, scope.entry)
    texts = await async_get_translations(hass, language, "common", {DOMAIN})
    statements = list(_Statements(texts, scope, facts).all())
    response: dict[str, Any] = {
        "organization": scope.entry.title,
        "created": dt_util.now().isoformat(timespec="seconds"),
        "language": language,
        "text": "\n\n".join(statements),
        "facts": facts,
    }
    return response


@dataclass(frozen=True, slots=True)
class _Statements:
    """Says the facts in one language."""

    texts: Mapping[str, str]
    scope: Scope
    facts: Mapping[str, Any]

    def all(self) -> Iterator[str]:
        """Yield everything that is to be said, in paragraphs."""
        facts = self.facts
        yield self._say("title", organization=self.scope.entry.title)
        if facts["is_simulated"]:
            yield self._say("simulated")
        yield self._say("sensed", **facts["sensed"])
        yield self._say("shown", **facts["entities"], **facts["users"])
        smallest = facts["smallest_group"]
        yield self._say("small_groups", count=smallest) if smallest else self._say("small_groups_off")
        yield from self._stored()
        yield from self._transferred()
        yield from self._assistants()
        if not facts["is_simulated"]:
            yield self._say("at_butlr")
        for key in ("not_known", "removal"):
            yield self._say(key)

    def _stored(self) -> Iterator[str]:
        recorder = self.facts["recorder"]
        if recorder["is_set_up"]:
            days = recorder["days_kept"]
            key = "recorded_forever" if days is None else "recorded"
            yield self._say(key, days=days, **recorder)
            yield self._say("statistics", **recorder, history_days=self.facts["history_days"])
        else:
            yield self._say("no_recorder")
        yield self._say("file")

    def _transferred(self) -> Iterator[str]:
        transfer = self.facts["transfer"]
        types = transfer["event_types"]
        if transfer["mqtt"] == MQTT_RECEIVE:
            yield self._say("mqtt_received")
        elif types:
            yield self._say("pushed", event_types=", ".join(types))
        else:
            yield self._say("polled")
        if transfer["mqtt"] == MQTT_SHARE:
            yield self._say("mqtt_shared")
        if transfer["through_home_assistant_cloud"]:
            yield self._say("cloud")
        if transfer["other_systems"]:
            yield self._say("forwarded" if transfer["forwarded"] else "taken_over", **transfer)
        sent = self.scope.data.push.subscription.positions.floors
        names = [self.scope.identify(floor)["name"] for key, floor in self.scope.estate.floors.items() if key in sent]
        if names:
            yield self._say("positions", floors=", ".join(names))
        if transfer["with_positions"]:
            yield self._say("positions_taken_over")
        elif not names:
            yield self._say("positions_off")

    def _assistants(self) -> Iterator[str]:
        assistants = self.facts["assistants"]
        exposed = [f"{_ASSISTANTS.get(name, name)}: {count}" for name, count in assistants["entities_exposed"].items()]
        yield self._say("exposed", exposed=", ".join(exposed)) if exposed else self._say("not_exposed")
        if count := assistants["with_all_tools"]:
            yield self._say("all_tools", count=count)

    def _say(self, key: str, **values: Any) -> str:
        return self.texts[f"{_STATEMENT_PREFIX}{key}"].format(**values)
