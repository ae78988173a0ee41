"""What was run, with what: the facts that a later reader needs to repeat a result."""

from __future__ import annotations

from typing import Any

from engine.versions import code_hash, platform_name, versions


def provenance(*, study: str, key: str, seed: int, draws: int, design: str, rejected: int) -> dict[str, Any]:
    """What does not depend on when or how fast it was run; times are added by whoever measured them."""
    return {
        "study": study,
        "key": key,
        "seed": seed,
        "draws": draws,
        "design": design,
        "rejected_draws": rejected,
        "versions": versions(),
        "code": code_hash(),
        "platform": platform_name(),
    }
