"""JSON whose shape somebody else decides: a collector's page, an entry of a bundle, an OpenAPI document."""

from __future__ import annotations

from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
