"""The app package: valid, reproducible, alone in its folder, every permission explained, hostile values refused."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from jsonschema.exceptions import best_match

from bot.profile import load_profile
from manifest import icons
from manifest.build import REHEARSAL_APP_ID, Identity, ManifestError, build_package, main, manifest, permissions

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT.parent / "shared" / "contracts" / "manifest-1.29.schema.json"
PROFILE = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
GUID = "11111111-2222-3333-4444-555555555555"
IDENTITY = Identity(app_id=GUID, public_url="https://bot.example")


@pytest.mark.skipif(not SCHEMA.exists(), reason="the manifest schema is not beside this checkout")
@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_manifest_is_valid(path: Path) -> None:
    """The manifest of every shipped profile is valid against Microsoft's schema of version 1.29."""
    validator = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    made = manifest(IDENTITY, load_profile(path))
    assert best_match(validator.iter_errors({**made, "surplus": 1})) is not None
    problem = best_match(validator.iter_errors(made))
    assert problem is None, problem and f"{problem.json_path}: {problem.message}"


def test_the_package_has_the_layout_teams_asks_for(tmp_path: Path) -> None:
    """Manifest, both icons and the language file lie at the root of the archive, and the manifest names them."""
    with zipfile.ZipFile(build_package(IDENTITY, PROFILE, tmp_path)) as package:
        assert package.namelist() == ["manifest.json", "color.png", "outline.png", "en.json"]
        inside = json.loads(package.read("manifest.json"))
    assert inside["bots"][0]["botId"] == inside["webApplicationInfo"]["id"] == GUID
    assert inside["icons"] == {"color": "color.png", "outline": "outline.png"}
    assert inside["localizationInfo"]["additionalLanguages"] == [{"languageTag": "en", "file": "en.json"}]
    assert inside["meetingExtensionDefinition"]["supportsAnonymousGuestUsers"] is True
    assert inside["validDomains"] == ["bot.example"]
    assert inside["developer"]["privacyUrl"] == "https://bot.example/notices/de/privacy"


def test_the_package_links_pages_that_are_there() -> None:
    """An operator who offers English only has its English notices linked, since there are no others."""
    english = PROFILE.model_copy(update={"languages": ("en",)})
    assert manifest(IDENTITY, english)["developer"]["privacyUrl"] == "https://bot.example/notices/en/privacy"


def test_the_package_is_reproducible_and_alone(tmp_path: Path) -> None:
    """Building twice gives the same bytes, and an old package does not survive."""
    (tmp_path / "old.zip").write_bytes(b"old")
    first = build_package(IDENTITY, PROFILE, tmp_path).read_bytes()
    second = build_package(IDENTITY, PROFILE, tmp_path).read_bytes()
    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == ["videoberatung.zip"]


def test_the_same_bot_is_always_the_same_app() -> None:
    """The Teams app id follows from the bot's id, whatever its letters' case, and differs between bots."""
    ids = {
        manifest(Identity(app_id=app, public_url="https://b.example"), PROFILE)["id"] for app in (GUID, GUID.upper())
    }
    other = manifest(Identity(app_id=REHEARSAL_APP_ID, public_url="https://b.example"), PROFILE)["id"]
    assert len(ids) == 1
    assert other not in ids


def test_every_permission_has_its_reason() -> None:
    """manifest/README.md explains each permission the manifest asks for, and none it does not."""
    readme = (ROOT / "manifest" / "README.md").read_text(encoding="utf-8").split("## Why each permission")[1]
    explained = re.findall(r"^\| `([A-Za-z.]+)` \| .{40,} \|$", readme, flags=re.MULTILINE)
    asked = [*permissions(), *manifest(IDENTITY, PROFILE)["permissions"]]
    assert explained == asked
    assert len(permissions()) <= 16


def test_the_english_file_covers_every_word() -> None:
    """Each text of the German manifest has its English counterpart, within the same limits."""
    german = manifest(IDENTITY, PROFILE)
    english = json.loads((ROOT / "manifest" / "en.json").read_text(encoding="utf-8"))
    wanted: dict[str, int] = {"name.short": 30, "name.full": 100, "description.short": 80, "description.full": 4000}
    for number, _ in enumerate(german["bots"][0]["commandLists"][0]["commands"]):
        for part, limit in (("title", 32), ("description", 128)):
            wanted[f"bots[0].commandLists[0].commands[{number}].{part}"] = limit
    assert set(english) - {"$schema"} == set(wanted)
    assert all(0 < len(english[key]) <= limit for key, limit in wanted.items())


def test_the_commands_are_those_people_may_type() -> None:
    """The command menu lists the plain-text commands in German, and in English in the language file."""
    german = [c["title"] for c in manifest(IDENTITY, PROFILE)["bots"][0]["commandLists"][0]["commands"]]
    english = json.loads((ROOT / "manifest" / "en.json").read_text(encoding="utf-8"))
    assert german == ["CODE", "EINWILLIGUNG JA", "EINWILLIGUNG NEIN", "WIDERRUF"]
    assert [english[f"bots[0].commandLists[0].commands[{n}].title"] for n in range(4)] == [
        "CODE", "CONSENT YES", "CONSENT NO", "WITHDRAW",
    ]  # fmt: skip


HOSTILE = {
    "no guid": {"app_id": "bot"},
    "guid with more": {"app_id": GUID + "\n"},
    "guid in braces": {"app_id": "{" + GUID + "}"},
    "http": {"public_url": "http://bot.example"},
    "no address": {"public_url": ""},
    "user": {"public_url": "https://user@bot.example"},
    "port": {"public_url": "https://bot.example:8443"},
    "odd port": {"public_url": "https://bot.example:x"},
    "query": {"public_url": "https://bot.example/?a=1"},
    "wildcard": {"public_url": "https://*.example"},
    "address of a machine": {"public_url": "https://127.0.0.1"},
    "local name": {"public_url": "https://localhost"},
    "line end": {"public_url": "https://bot.example\n"},
    "template": {"public_url": "https://${app_id}.example"},
    "too long": {"public_url": "https://bot.example/" + "a" * 200},
    "version": {"version": "1.0"},
    "version with leading zero": {"version": "01.0.0"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_values_are_refused(case: str, tmp_path: Path) -> None:
    """A value that Teams would refuse, or that means something else, gives ManifestError and no package."""
    values: dict[str, Any] = {"app_id": GUID, "public_url": "https://bot.example", **HOSTILE[case]}
    with pytest.raises(ManifestError):
        build_package(Identity(**values), PROFILE, tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_raises_anything_else(app_id: str, url: str) -> None:
    """Random ids and addresses are refused as ManifestError and nothing else."""
    with pytest.raises(ManifestError):
        manifest(Identity(app_id=app_id, public_url="https://bot.example"), PROFILE)
    with pytest.raises(ManifestError):
        manifest(Identity(app_id=GUID, public_url=url), PROFILE)


def test_without_settings_the_rehearsals_ids_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No BOT_ setting: a package with the rehearsal's ids, and the output says so."""
    assert main({"HOME": "/"}, tmp_path) == 0
    assert "rehearsal" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "videoberatung.zip") as package:
        assert json.loads(package.read("manifest.json"))["bots"][0]["botId"] == REHEARSAL_APP_ID


def test_wrong_settings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Incomplete BOT_ settings give exit status 2, a message, and no package."""
    assert main({"BOT_APP_ID": GUID}, tmp_path) == 2
    assert "BOT_TENANT_ID" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def pixels(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and RGBA rows (filter bytes removed) of a PNG as manifest/icons.py writes it."""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)
    start = data.index(b"IDAT") + 4
    length = struct.unpack(">I", data[start - 8 : start - 4])[0]
    raw = zlib.decompress(data[start : start + length])
    rows = [raw[n * (width * 4 + 1) + 1 : (n + 1) * (width * 4 + 1)] for n in range(height)]
    return width, height, b"".join(rows)


def test_the_icons_are_what_teams_asks_for() -> None:
    """192x192 opaque in colour; 32x32 nothing but white, on transparent."""
    width, height, colour = pixels((ROOT / "manifest" / "color.png").read_bytes())
    assert (width, height) == (192, 192)
    assert set(colour[3::4]) == {255}
    assert len({colour[n : n + 3] for n in range(0, len(colour), 4)}) > 2
    width, height, outline = pixels((ROOT / "manifest" / "outline.png").read_bytes())
    assert (width, height) == (32, 32)
    assert set(outline[n + c] for n in range(0, len(outline), 4) for c in range(3)) == {255}
    assert {0, 255} <= set(outline[3::4])


def test_the_outline_icon_is_drawn_by_the_code() -> None:
    """The committed outline icon shows what icons.py draws."""
    assert pixels(icons.outline()) == pixels((ROOT / "manifest" / "outline.png").read_bytes())
