"""The OpenAPI document of the service: its fields are those of the scenario and of the champion."""

from typing import Any

import holdfast
from holdfast.columns import Column
from holdfast.serve.desk import Desk
from holdfast.serve.forms import Form

_KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "bool": {"type": "boolean"},
    "int": {"type": ["integer", "null"]},
    "double": {"type": ["number", "null"]},
}
_ERRORS = {
    "401": "no token, or not the one",
    "408": "the request took too long",
    "413": "the body is too large",
    "415": "the body is not JSON, or packed",
    "421": "asked by a name that is not the service's",
    "422": "the body is not what the schema says, or a row cannot be read; the fields and rows at fault are named",
    "503": "too many requests are waiting",
}


def document(desk: Desk) -> dict[str, Any]:
    """Return the OpenAPI document."""
    now, schemas = desk.now, dict[str, Any]()
    table = "purchases" if desk.config.setting == "noncontractual" else "contracts"
    rows = _body(now.rows, schemas)
    features = _body(now.features, schemas)
    kinds = ["reasons", *(["value_reasons"] if _has_money(now.bundle.scorer) else [])]
    schemas["Scores"] = _scores(now.bundle.scorer.columns, kinds)
    schemas["Error"] = _object({"error": {"type": "string"}})
    said = "Score customers by their {}; the answer has the bytes of `scores.parquet`."
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Holdfast: {desk.config.name}", "version": holdfast.__version__},
        "paths": {
            "/health": _asked("The process answers.", _object({"status": {"const": "ok"}})),
            "/ready": _asked("A model is loaded and there is room.", _object({"status": {"const": "ready"}}), "503"),
            "/version": _asked("What answers.", _version(), "401"),
            "/openapi.json": _asked("This document.", {"type": "object"}, "401"),
            "/score": _posted(said.format(table), rows, "409" if desk.online.refusal else ""),
            "/score/features": _posted(said.format("rows of features (`features.parquet`)"), features),
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _body(form: Form, schemas: dict[str, Any]) -> dict[str, Any]:
    """Put a form's schemas among the others, and return the reference to it."""
    schema = form.schema
    schemas.update(schema.pop("$defs", {}))
    schemas[schema["title"]] = schema
    return _reference(schema["title"])


def _scores(columns: tuple[Column, ...], kinds: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        c.name: {**_KINDS[c.type], "description": f"{c.meaning}{f' ({c.unit})' if c.unit else ''}"} for c in columns
    }
    one = _object(row)
    # Not required: whoever asks may want none.
    one["properties"] |= {kind: {"type": "array", "items": {"type": "string"}} for kind in kinds}
    return _object({"model_version": {"type": "string"}, "scores": {"type": "array", "items": one}})


def _version() -> dict[str, Any]:
    texts = {key: {"type": "string"} for key in ("holdfast", "scenario", "setting", "model_version")}
    return _object({**texts, "trained_as_of": {"type": ["string", "null"]}})


def _has_money(scorer: Any) -> bool:
    return bool(scorer.money) if hasattr(scorer, "money") else scorer.spend is not None


def _asked(said: str, schema: dict[str, Any], *errors: str) -> dict[str, Any]:
    return {"get": {"summary": said, "responses": {"200": _content(said, schema), **_refusals("421", *errors)}}}


def _posted(said: str, body: dict[str, Any], *errors: str) -> dict[str, Any]:
    all_errors = [*_ERRORS, *filter(None, errors)]
    return {
        "post": {
            "summary": said,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"200": _content("Scores.", _reference("Scores")), **_refusals(*all_errors)},
        }
    }


def _refusals(*errors: str) -> dict[str, Any]:
    said = {**_ERRORS, "409": "the scores also read tables that are not sent: send rows of features"}
    return {status: _content(said[status], _reference("Error")) for status in sorted(errors)}


def _content(said: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": said, "content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
