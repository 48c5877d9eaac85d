"""`scripts/setup` finds the tests' programs also where nothing may be installed."""

import os
from pathlib import Path
import re
import subprocess

import pytest

SETUP = Path(__file__).parents[2] / "scripts" / "setup"
# A new machine: packages can be found only with lists that were just downloaded, and only root may replace its own.
APT_GET = """#!/bin/bash
lists=$(grep -o 'Dir::State::lists=[^ ]*' <<<"$*" | cut -d= -f2)
case " $* " in
    *" update "*) [ -n "$lists" ] && touch "$lists/new" ;;
    *" --simulate "*) [ -e "${lists:-none}/new" ] && echo "Inst mosquitto (1)" ;;
    *" download "*) [ -e "${lists:-none}/new" ] && touch mosquitto.deb ;;
esac
"""
DPKG = '#!/bin/bash\nmkdir -p "$3/usr/sbin" && cp /bin/true "$3/usr/sbin/mosquitto"\n'


@pytest.mark.parametrize("user", ["0", "1000"])
def test_mosquitto_is_unpacked_on_a_new_machine(tmp_path: Path, user: str) -> None:
    """With or without root, from lists of packages that leave those of the machine alone."""
    programs, tools = tmp_path / "programs", tmp_path / "tools"
    programs.mkdir()
    for name, content in (("apt-get", APT_GET), ("dpkg", DPKG), ("id", f"#!/bin/bash\necho {user}\n")):
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    functions = re.findall(
        r"^(?:say|find_mosquitto|unpack_mosquitto)\(\) \{.*?\}$", SETUP.read_text(), re.MULTILINE | re.DOTALL
    )
    # Whatever this machine has is not found.
    command = "\n".join(functions).replace("PATH=$PATH:/usr/sbin command -v mosquitto", "false")
    environment = {"PATH": f"{programs}{os.pathsep}{os.defpath}"}
    command = f"set -euo pipefail\ntools={tools}\n{command}\nfind_mosquitto"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)  # noqa: S603, S607 - ours
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tools.iterdir()] == ["mosquitto"]
    assert (tools / "mosquitto" / "usr" / "sbin" / "mosquitto").exists()
