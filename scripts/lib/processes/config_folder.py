"""The configuration folder of a Home Assistant, and what the demo keeps in it between runs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import secrets
import shutil
from typing import Self

# `default_config` needs system libraries; these integrations need only packages that the tests install.
CONFIGURATION = """\
frontend:
config:
energy:
history:
logbook:
my:
sun:
system_health:
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
logger:
  default: info
  logs:
    custom_components.butlr: debug
"""
# Files that the user interface edits. Home Assistant does not start without them.
EDITOR_FILES = {"automations.yaml": "[]\n", "scripts.yaml": "", "scenes.yaml": ""}
# Reachable only from this machine: everyone can know the demo's password.
TRIAL = """\
http:
  server_host: 127.0.0.1
  server_port: {port}
"""

# The client ID of the simulator's only API token.
CLIENT_ID = "demo"


@dataclass(frozen=True, slots=True)
class Identity:
    """Ports and credentials that must stay the same when a kept Home Assistant starts again."""

    port: int
    cloud_port: int
    client_secret: str
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - everyone shall be able to log in to the demo

    @classmethod
    def new(cls, port: int, cloud_port: int) -> Self:
        """Return an identity with a random client secret, which can be searched for in the log."""
        return cls(port, cloud_port, f"sim-{secrets.token_urlsafe(24)}")


@dataclass(frozen=True, slots=True)
class ConfigFolder:
    """A Home Assistant configuration folder."""

    path: Path
    configuration: str = CONFIGURATION

    @property
    def log(self) -> Path:
        """Return the log file of Home Assistant."""
        return self.path / "home-assistant.log"

    def kept(self) -> Identity | None:
        """Return the identity that an earlier run saved, or None if no run got that far."""
        try:
            return Identity(**json.loads((self.path / "demo.json").read_text()))
        except OSError, ValueError, TypeError:
            return None

    def keep(self, identity: Identity) -> None:
        """Save an identity for the next run."""
        (self.path / "demo.json").write_text(json.dumps(asdict(identity)))

    def create(self, root: Path, components: Iterable[Path] = ()) -> None:
        """Create an empty folder with the integration of this checkout and further custom components."""
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "custom_components").mkdir(parents=True)
        for integration in (root / "custom_components" / "butlr", *components):
            (self.path / "custom_components" / integration.name).symlink_to(integration)

    def begin_trial(self, port: int) -> None:
        """Set the address for the next start; Home Assistant reads it from YAML only while none is stored."""
        (self.path / ".storage" / "http").unlink(missing_ok=True)
        (self.path / "configuration.yaml").write_text(TRIAL.format(port=port) + self.configuration)
        for name, nothing in EDITOR_FILES.items():
            if not (self.path / name).exists():
                (self.path / name).write_text(nothing)

    def end_trial(self) -> None:
        """Remove the address from YAML once Home Assistant has stored it, which avoids a repair issue."""
        (self.path / "configuration.yaml").write_text(self.configuration)

    def survives_a_kill(self, port: int) -> bool:
        """Return whether everything that a start needs is on disk; Home Assistant writes some seconds later."""
        try:
            address = json.loads((self.path / ".storage" / "http").read_text())["data"]
            entities = (self.path / ".storage" / "core.entity_registry").read_text()
        except OSError, ValueError, KeyError:
            return False
        promoted = address.get("pending") is None and (address.get("stable") or {}).get("server_port") == port
        return promoted and bool(self.webhook_secrets()) and '"platform":"butlr"' in "".join(entities.split())

    def webhook_secrets(self) -> tuple[str, ...]:
        """Return the id and the secret of the webhook; empty until Home Assistant has written them to disk."""
        try:
            stored = json.loads((self.path / ".storage" / "core.config_entries").read_text())
        except OSError, ValueError:
            return ()
        return tuple(
            entry["data"][key]
            for entry in stored["data"]["entries"]
            if entry["domain"] == "butlr"
            for key in ("webhook_secret", "webhook_id")
        )
