"""Pack a release; see scripts/release-zip."""

from datetime import UTC, datetime
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any
import zipfile

ROOT = Path(__file__).parent.parent
INSIDE = "custom_components/butlr"
# The Marketplace and HACS can compare these: three numbers, and a pre-release suffix if it is one.
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


class ReleaseError(Exception):
    """The repository cannot be released with this tag."""


def git(*arguments: str) -> bytes:
    """Return the output of git."""
    command = ("git", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


def committed(path: str) -> bytes:
    """Return a file of the last commit, regardless of the working tree."""
    return git("show", f"HEAD:{path}")


def check_version(tag: str) -> None:
    """Raise ReleaseError unless the tag is the version that manifest, project and README name."""
    if not VERSION.fullmatch(tag):
        raise ReleaseError(f"The tag {tag} is not a version such as 1.2.3 or 1.2.3b4")
    manifest: dict[str, Any] = json.loads(committed(f"{INSIDE}/manifest.json"))
    if manifest["version"] != tag:
        raise ReleaseError(f"The tag {tag} is not the version in manifest.json, {manifest['version']}")
    for path, text in (("pyproject.toml", f'version = "{tag}"'), ("README.md", f"version {tag}")):
        if text not in committed(path).decode():
            raise ReleaseError(f"{path} names another version than {tag}")


def pack(target: Path) -> None:
    """Write the committed files of custom_components/butlr, with the commit's timestamp, so that it is reproducible."""
    timestamp = datetime.fromtimestamp(int(git("log", "-1", "--format=%ct")), UTC)
    names = git("ls-tree", "-r", "-z", "--name-only", f"HEAD:{INSIDE}").decode().split("\0")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(filter(None, names)):
            entry = zipfile.ZipInfo(name, timestamp.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, committed(f"{INSIDE}/{name}"))


def main(tag: str, target: str = "butlr.zip") -> None:
    """Check the version, pack the release, and print the result."""
    try:
        check_version(tag)
    except ReleaseError as err:
        sys.exit(str(err))
    pack(Path(target))
    print(f"{target}: {Path(target).stat().st_size} bytes, version {tag}")


if __name__ == "__main__":
    main(*sys.argv[1:])
