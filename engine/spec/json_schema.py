"""JSON Schemas of the kinds of file, for editors that complete and underline while one types.

They are generated from `schema.py`, so that the sentence under a field is what the editor shows. Draft-07, which every
editor's YAML support reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from engine.spec.compose import SECTIONS
from engine.spec.schema import Calculation, Model, SpecModel, Study, meanings

Kind = Literal["study", "model", "calculation", "part"]

KINDS: dict[Kind, type[SpecModel]] = {"study": Study, "model": Model, "calculation": Calculation, "part": Model}
"""A `part` is a file that a model includes, or a model that extends another: what it leaves out is elsewhere."""
_TITLES = {
    "study": "Insats study",
    "model": "Insats model",
    "calculation": "Insats calculation",
    "part": "Part of an Insats model",
}
DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema(kind: Kind) -> dict[str, Any]:
    """Schema of one kind of file, plain data."""
    written = KINDS[kind].model_json_schema(schema_generator=_WithMeanings)
    body = _to_draft_07(written)
    if kind == "part":
        body = _partial(body)
    else:
        body |= _needed(KINDS[kind], body.pop("required"))
    return {"$schema": DRAFT, "title": _TITLES[kind], **body}


def schema_text(kind: Kind) -> str:
    """Schema as the text of a file, the same on every machine."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write `study.schema.json` and its like for every kind of file, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in KINDS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


class _WithMeanings(GenerateJsonSchema):
    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """With the sentence under each field."""
        written = super().model_schema(schema)
        kind: type[SpecModel] = schema["cls"]
        for key, meaning in meanings(kind).items():
            written["properties"][key]["description"] = meaning
        return written


def _needed(kind: type[SpecModel], required: list[str]) -> dict[str, Any]:
    """Keys that must stand in a file: fewer where it includes or extends another, which has them."""
    ways = [{"required": required}, {"required": ["extends", *kind.signed]}]
    if "include" in kind.model_fields:
        ways.append({"required": ["include", *(key for key in required if key not in SECTIONS)]})
    return {"anyOf": ways}


def _partial(node: Any) -> Any:
    """A schema that asks for no key, and where `name: null` may stand for what is removed."""
    if isinstance(node, list):
        return [_partial(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _partial(value) for key, value in node.items() if key not in ("required", "minProperties")}
    for word in ("properties", "patternProperties"):
        for name, schema in result.get(word, {}).items():
            if not _may_be_null(schema):
                about = {key: schema.pop(key) for key in ("description", "default") if key in schema}
                result[word][name] = {"anyOf": [schema, {"type": "null"}], **about}
    return result


def _may_be_null(schema: dict[str, Any]) -> bool:
    return any(option.get("type") == "null" for option in schema.get("anyOf", ()))


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
