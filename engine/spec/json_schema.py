"""JSON Schemas of the three kinds of file, for editors that complete and underline while one types.

They are generated from `schema.py`, so that the sentence under a field is what the editor shows. Draft-07, which every
editor's YAML support reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from engine.spec.schema import Calculation, Model, SpecModel, Study

Kind = Literal["study", "model", "calculation"]

KINDS: dict[Kind, type[SpecModel]] = {"study": Study, "model": Model, "calculation": Calculation}
_TITLES = {"study": "Insats study", "model": "Insats model", "calculation": "Insats calculation"}
DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema(kind: Kind) -> dict[str, Any]:
    """Schema of one kind of file, plain data."""
    written = KINDS[kind].model_json_schema(schema_generator=GenerateJsonSchema)
    body = _to_draft_07(written)
    return {"$schema": DRAFT, "title": _TITLES[kind], **body}


def schema_text(kind: Kind) -> str:
    """Schema as the text of a file, the same on every machine."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write `study.schema.json`, `model.schema.json` and `calculation.schema.json`, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in KINDS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _to_draft_07(node: Any, *, named: bool = False) -> Any:
    """What pydantic writes (2020-12) in words of draft-07, without titles that only repeat the key.

    Parameters
    ----------
    named : the keys of this object are names (of properties, of definitions), not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_to_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {key: _to_draft_07(value) for key, value in node.items()}
    result: dict[str, Any] = {}
    for key, value in node.items():
        match key:
            case "title":
                continue
            case "$defs":
                result["definitions"] = _to_draft_07(value, named=True)
            case "properties" | "patternProperties":
                result[key] = _to_draft_07(value, named=True)
            case "prefixItems":
                result["items"] = _to_draft_07(value)
            case "$ref":
                result["$ref"] = value.replace("#/$defs/", "#/definitions/")
            case "description":
                result[key] = " ".join(value.split())
            case "default" | "enum" | "const":
                result[key] = value
            case _:
                result[key] = _to_draft_07(value)
    if "patternProperties" in result:
        # Names that are no names would else pass unseen.
        result.setdefault("additionalProperties", False)
    if "$ref" in result and len(result) > 1:
        # Draft-07 ignores what stands beside a $ref.
        result = {"allOf": [{"$ref": result.pop("$ref")}], **result}
    return result
