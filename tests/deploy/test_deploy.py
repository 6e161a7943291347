"""deploy/: every setting named there exists and is explained, and the image runs without privileges."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.profile import load_profile
from bot.settings import PREFIX, Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {PREFIX + name.upper() for name in Settings.model_fields}
REHEARSAL = {name for name in KNOWN if name.startswith("BOT_REHEARSAL")}


def example() -> dict[str, str]:
    """deploy/example.env as a mapping; a name that stands twice is an error."""
    lines = (DEPLOY / "example.env").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    assert len({name for name, _ in pairs}) == len(pairs)
    return {name: value for name, value in pairs}


def compose() -> dict[str, Any]:
    """deploy/compose.yaml."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_the_example_names_every_setting_and_no_other() -> None:
    """Each setting but those of the rehearsal is in example.env, and nothing the bot would refuse."""
    assert {name for name in example() if name.startswith(PREFIX)} == KNOWN - REHEARSAL


def test_the_example_starts_once_its_secrets_are_filled_in() -> None:
    """With a client secret and a key the example is a complete configuration; without them it is refused."""
    given = example()
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY"):
        load_settings(given)
    key = base64.b64encode(bytes(32)).decode()
    settings = load_settings({**given, "BOT_CLIENT_SECRET": "x", "BOT_SECRET_KEY": key})
    assert load_profile(ROOT / settings.profile).controller.name


def test_the_example_holds_no_secret() -> None:
    """Everything secret in example.env is empty."""
    secrets = [name for name in example() if "SECRET" in name or "PASSWORD" in name]
    assert len(secrets) == 3
    assert {example()[name] for name in secrets} == {""}


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "azure/main.bicep"])
def test_every_setting_named_in_deploy_exists(file: str) -> None:
    """No file of deploy/ sets a name that the bot does not know."""
    named = set(re.findall(r"\bBOT_[A-Z_]+", (DEPLOY / file).read_text(encoding="utf-8")))
    assert named
    assert named <= KNOWN - REHEARSAL


def test_the_image_copies_what_there_is_and_runs_as_nobody() -> None:
    """Every path the Dockerfile copies exists, the last user is not root, and health is what is probed."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    assert re.findall(r"^USER (\S+)$", text, flags=re.MULTILINE)[-1] == "10001"
    assert "/healthz" in text
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    copied = {s for line in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE) for s in line.split()[:-1]}
    assert {f"!{source}" for source in copied} <= set(ignored)


def test_compose_opens_nothing_to_the_world() -> None:
    """The bot listens on loopback only (TLS ends in front of it), the database on no port of the machine."""
    services = compose()["services"]
    assert services["bot"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["database"]
    assert services["bot"]["cap_drop"] == ["ALL"]
    assert services["bot"]["ulimits"]["core"] == 0
    assert services["bot"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_azure_probes_and_endpoints_are_ours() -> None:
    """The Azure template probes our two routes, names our messaging endpoint and keeps no client secret."""
    text = (DEPLOY / "azure" / "main.bicep").read_text(encoding="utf-8")
    for needle in ("'/healthz'", "'/readyz'", "/api/messages'", "'managed_identity'", "disableLocalAuth: true"):
        assert needle in text
    assert "BOT_CLIENT_SECRET" not in text
    assert len(re.findall(r"@secure\(\)", text)) == 3


def test_the_runbook_points_at_guides_that_exist() -> None:
    """Every document the runbook and the guides name is there."""
    files = [DEPLOY / "runbook.md", *(ROOT / "docs" / f"{name}.md" for name in ("admin", "advisor", "operators"))]
    for file in files:
        for named in re.findall(r"`((?:docs|deploy|manifest|profiles)/[\w./-]+)`", file.read_text(encoding="utf-8")):
            assert (ROOT / named).exists(), f"{file.name}: {named}"
