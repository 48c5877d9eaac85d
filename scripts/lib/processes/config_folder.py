"""The folder that Home Assistant runs in, and what is kept in it between runs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import secrets
import shutil
from typing import Self

# `default_config` would want system libraries; these need nothing that is not installed with the tests.
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
# Where the editors of the user interface keep what a person makes; without the files Home Assistant does not start.
EDITED = {"automations.yaml": "[]\n", "scripts.yaml": "", "scenes.yaml": ""}
# Reachable from this machine only: everybody may know the demo's password.
TRIAL = """\
http:
  server_host: 127.0.0.1
  server_port: {port}
"""

# The ID of the simulator's one API token.
CLIENT_ID = "demo"


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be the same when a kept Home Assistant starts again."""

    port: int
    cloud_port: int
    client_secret: str
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the point of a demo is that everybody can log in

    @classmethod
    def new(cls, port: int, cloud_port: int) -> Self:
        """Return an identity with a made-up secret, so that it can be looked for in the log."""
        return cls(port, cloud_port, f"sim-{secrets.token_urlsafe(24)}")


@dataclass(frozen=True, slots=True)
class ConfigFolder:
    """A Home Assistant configuration folder."""

    path: Path
    configuration: str = CONFIGURATION

    @property
    def log(self) -> Path:
        """Return where Home Assistant writes its log."""
        return self.path / "home-assistant.log"

    def kept(self) -> Identity | None:
        """Return the identity that an earlier run left; None when there was none, or it did not get far enough."""
        try:
            return Identity(**json.loads((self.path / "demo.json").read_text()))
        except OSError, ValueError, TypeError:
            return None

    def keep(self, identity: Identity) -> None:
        """Remember an identity for the next run."""
        (self.path / "demo.json").write_text(json.dumps(asdict(identity)))

    def create(self, root: Path, others: Iterable[Path] = ()) -> None:
        """Begin anew, with the integration of this checkout and other ones."""
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / "custom_components").mkdir(parents=True)
        for integration in (root / "custom_components" / "butlr", *others):
            (self.path / "custom_components" / integration.name).symlink_to(integration)

    def begin_trial(self, port: int) -> None:
        """Let the next start try an address; Home Assistant takes it over from YAML only when it has none stored."""
        (self.path / ".storage" / "http").unlink(missing_ok=True)
        (self.path / "configuration.yaml").write_text(TRIAL.format(port=port) + self.configuration)
        for name, nothing in EDITED.items():
            if not (self.path / name).exists():
                (self.path / name).write_text(nothing)

    def end_trial(self) -> None:
        """Take the address out of YAML, as it is stored now; Home Assistant would complain about it otherwise."""
        (self.path / "configuration.yaml").write_text(self.configuration)

    def survives_a_kill(self, port: int) -> bool:
        """Tell whether what a start needs has been written to disk: Home Assistant does that some seconds late."""
        try:
            address = json.loads((self.path / ".storage" / "http").read_text())["data"]
            entities = (self.path / ".storage" / "core.entity_registry").read_text()
        except OSError, ValueError, KeyError:
            return False
        promoted = address.get("pending") is None and (address.get("stable") or {}).get("server_port") == port
        return promoted and bool(self.webhook_secrets()) and '"platform":"butlr"' in "".join(entities.split())

    def webhook_secrets(self) -> tuple[str, ...]:
        """Return what the integration made up for its endpoint; empty until Home Assistant has written it to disk."""
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
