"""The schemas that editors complete from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from engine.spec.json_schema import KINDS, Kind, json_schema, write_schemas
from engine.spec.schema import Assumption, Model, Traced, meanings
from engine.spec.schema.calculations import Accounting
from engine.spec.schema.study import ThresholdRange
from engine.spec.yaml import read_yaml

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

SHIPPED = Path(__file__).parents[2] / "configs" / "schema"
CONFIGS = SHIPPED.parent


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_schema_is_current(kind: Kind) -> None:
    shipped = json.loads((SHIPPED / f"{kind}.schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema(kind), "write them anew with engine.spec.json_schema.write_schemas(configs/schema)"


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid_draft_07(kind: Kind) -> None:
    schema = json_schema(kind)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert "$defs" not in text
    assert "prefixItems" not in text


def test_written_files_hold_the_schemas(tmp_path: Path) -> None:
    paths = write_schemas(tmp_path / "schema")
    assert [p.name for p in paths] == [f"{kind}.schema.json" for kind in ("study", "model", "calculation", "part")]
    assert json.loads(paths[0].read_text(encoding="utf-8")) == json_schema("study")


def test_every_field_is_described() -> None:
    schema = json_schema("model")
    for name, definition in {**schema["definitions"], "Model": schema}.items():
        assert definition["description"], name
        for key, field in definition["properties"].items():
            assert field["description"], f"{name}.{key}"
    assert "value" in schema["definitions"]["Parameter"]["properties"]
    assert set(schema["properties"]) == set(Model.model_fields)


def test_what_a_field_means_is_the_sentence_under_it_or_under_that_of_the_class_it_comes_from() -> None:
    assert meanings(Accounting)["per"] == "A figure for one participant, or for all of a year (`cohort` of the study)."
    assert meanings(Assumption)["source"] == meanings(Traced)["source"] == "Id of a row in the file named by `sources`."
    assert set(meanings(Model)) == set(Model.model_fields)
    assert {"from", "to"} <= set(meanings(ThresholdRange))
    assert json_schema("model")["properties"]["time"]["description"] == "Clock of the model."


def test_expression_may_be_a_number_or_text() -> None:
    hazard = json_schema("model")["definitions"]["Transition"]["properties"]["hazard"]
    assert {option["type"] for option in hazard["anyOf"]} == {"string", "integer", "number", "null"}


def test_sound_files_follow_the_schemas(study: StudyFolder) -> None:
    for file, kind in (
        ("study.yaml", "study"),
        ("model.yaml", "model"),
        ("calculations/controller.yaml", "calculation"),
    ):
        _validator(kind).validate(read_yaml(study.text(file)).data)


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("*/*.yaml")) + sorted(CONFIGS.glob("*/calculations/*.yaml")), ids=str
)
def test_shipped_studies_follow_the_schemas(path: Path) -> None:
    kind = {"study.yaml": "study", "model.yaml": "model"}.get(path.name, "calculation")
    _validator(kind).validate(read_yaml(path.read_text(encoding="utf-8")).data)


@pytest.mark.parametrize(
    ("file", "kind", "old", "new"),
    [
        ("study.yaml", "study", "draws: 64", "draws: -64"),
        ("study.yaml", "study", "headline:", "headlin:"),
        ("model.yaml", "model", "kind: resource, strategy", "kind: resorce, strategy"),
        ("model.yaml", "model", "  usual: {", "  Usual: {"),
        ("calculations/controller.yaml", "calculation", "perspective: municipal", "perspective: 3"),
    ],
)
def test_mistakes_are_underlined(study: StudyFolder, file: str, kind: Kind, old: str, new: str) -> None:
    study.patch(file, old, new)
    with pytest.raises(jsonschema.ValidationError):
        _validator(kind).validate(read_yaml(study.text(file)).data)


PART = """\
extends: ../base/model.yaml
parameters:
  coach: {value: 60000, price_year: 2023, assumption: Their budget.}
  training: null
transitions:
  outside:
    employed: {hazard: 0.3}
"""


def test_a_part_of_a_model_may_leave_out_and_remove(study: StudyFolder) -> None:
    data = read_yaml(PART).data
    _validator("part").validate(data)
    with pytest.raises(jsonschema.ValidationError):
        _validator("model").validate(data)
    for old, new in (("value: 60000", "vale: 60000"), ("hazard: 0.3", "hazard: [1]"), ("parameters", "parametrs")):
        with pytest.raises(jsonschema.ValidationError):
            _validator("part").validate(read_yaml(PART.replace(old, new)).data)


def test_what_an_included_file_may_bring_is_not_asked_of_the_model(study: StudyFolder) -> None:
    data = read_yaml(study.text("model.yaml")).data
    del data["payers"]
    with pytest.raises(jsonschema.ValidationError):
        _validator("model").validate(data)
    data["include"] = ["../shared/payers.yaml"]
    _validator("model").validate(data)
    del data["time"]
    with pytest.raises(jsonschema.ValidationError):
        _validator("model").validate(data)


def test_who_signs_is_asked_of_a_calculation_that_extends_another() -> None:
    data = {"extends": "other.yaml", "calculation": "mine", "label": "Mine", "role": "Me", "why": "I think so."}
    _validator("calculation").validate(data)
    for key in data:
        with pytest.raises(jsonschema.ValidationError):
            _validator("calculation").validate({k: v for k, v in data.items() if k != key})


def _validator(kind: Any) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json_schema(kind))
