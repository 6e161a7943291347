"""Build the app package an admin can sideload: manifest.json, both icons and the language file in one zip.

The zip is reproducible: fixed times, fixed order, nothing compressed. `python -m manifest.build` (make manifest)
writes build/manifest/videoberatung.zip, and removes every other zip there so that no old one is uploaded by mistake.
"""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from bot.profile import Profile, ProfileError, load_profile
from bot.settings import SettingsError, load_settings
from cards.filler import fill

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "manifest"
NAME = "videoberatung.zip"
VERSION = "1.0.0"
"""Raise it with every change of template.json; after a change of permissions the app must be added to chats anew."""

REHEARSAL_APP_ID = "00000000-0000-4000-8000-00000000b07a"
REHEARSAL_URL = "https://videoberatung.example"
REHEARSAL_PROFILE = HERE.parent / "profiles" / "stadtwerke.yaml"
_NAMESPACE = UUID("6f0c7d0e-5f0b-4f59-9d1a-0c7f5c2f3a11")
_EPOCH = (2026, 1, 1, 0, 0, 0)
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)


class ManifestError(ValueError):
    """The package cannot be built; the message names the value that is wrong and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What differs between two installations. `app_id`: Entra application id of the bot; `public_url`: its https
    address; `version`: semantic version of the package."""

    app_id: str
    public_url: str
    version: str = VERSION


def permissions() -> tuple[str, ...]:
    """The names of the resource-specific (RSC) permissions the manifest asks for.

    An installation through Graph must consent to exactly this set (teams-platform section 7).
    """
    asked = _template()["authorization"]["permissions"]["resourceSpecific"]
    return tuple(entry["name"] for entry in asked)


def manifest(identity: Identity, profile: Profile) -> dict[str, Any]:
    """The manifest as JSON. Raises ManifestError for an id, address or version that Teams would refuse."""
    app_id = _guid(identity.app_id)
    host = _host(identity.public_url)
    if not re.fullmatch(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){2}", identity.version, re.ASCII):
        raise ManifestError("version: three numbers such as 1.0.0 are expected")
    # The package is in German first; the pages are there in the languages of the profile only.
    links = profile.links(identity.public_url, "de" if "de" in profile.languages else profile.languages[0])
    values = {
        "version": identity.version,
        "app_id": app_id,
        "teams_app_id": str(uuid5(_NAMESPACE, app_id)),
        "developer": _shortened(profile.controller.name, 32),
        "imprint_url": profile.controller.imprint_url,
        "privacy_url": links.privacy,
        "terms_url": links.terms,
        "domain": host,
    }
    filled: dict[str, Any] = fill(_template(), values, "de")
    return filled


def build_package(identity: Identity, profile: Profile, out_dir: Path = OUT) -> Path:
    """Write the package and return its path; other zips in `out_dir` are removed. Raises ManifestError."""
    files = {
        "manifest.json": json.dumps(manifest(identity, profile), indent=2, ensure_ascii=False).encode(),
        **{name: (HERE / name).read_bytes() for name in ("color.png", "outline.png", "en.json")},
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    for old in out_dir.glob("*.zip"):
        old.unlink()
    path = out_dir / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            package.writestr(entry, content)
    return path


def main(environment: Mapping[str, str] | None = None, out_dir: Path = OUT) -> int:
    """Build from the BOT_ settings, or with the rehearsal's ids where there are none. Returns an exit status."""
    env = os.environ if environment is None else environment
    try:
        if any(name.upper().startswith("BOT_") for name in env):
            settings = load_settings(env)
            identity = Identity(app_id=settings.app_id, public_url=settings.base_url)
            profile = load_profile(settings.profile)
        else:
            identity = Identity(app_id=REHEARSAL_APP_ID, public_url=REHEARSAL_URL)
            profile = load_profile(REHEARSAL_PROFILE)
            sys.stdout.write("No BOT_ settings: using the rehearsal's ids and example profile.\n")
        path = build_package(identity, profile, out_dir)
    except (SettingsError, ProfileError, ManifestError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"Wrote {os.path.relpath(path)} (version {identity.version}, bot {identity.app_id}).\n")
    return 0


def _template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads((HERE / "template.json").read_text(encoding="utf-8"))
    return template


def _guid(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value, re.ASCII):
        raise ManifestError("app id: a GUID such as 00000000-0000-0000-0000-000000000000 is expected")
    return value.lower()


def _host(url: str) -> str:
    """The host of the public address: https, a domain name, nothing but a path after it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    plain = parts.scheme == "https" and not (parts.username or parts.query or parts.fragment) and port in (None, 443)
    if not plain or not _HOST.fullmatch(host) or len(url) > 200 or not re.fullmatch(r"[!-~]+", url):
        raise ManifestError("public address: https:// and a domain name are expected, without port, user or query")
    return host


def _shortened(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


if __name__ == "__main__":
    sys.exit(main())
