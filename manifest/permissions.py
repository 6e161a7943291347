"""The resource-specific (RSC) permissions of the manifest, for whoever installs the app through Graph.

Such an installation must consent to exactly this set (teams-platform section 7). Reasons: manifest/README.md.
"""

from __future__ import annotations

import json
from pathlib import Path

_TEMPLATE = json.loads((Path(__file__).parent / "template.json").read_text(encoding="utf-8"))

RSC_PERMISSIONS: tuple[str, ...] = tuple(
    entry["name"] for entry in _TEMPLATE["authorization"]["permissions"]["resourceSpecific"]
)
