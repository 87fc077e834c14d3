"""What every section of a configuration is."""

from dataclasses import is_dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A section of the configuration: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_below(cls, value: Any, field: ValidationInfo) -> Any:
        # `rules:` whose last key was taken out says what no `rules:` says: every key has its default.
        kind = cls.model_fields[field.field_name].annotation if value is None and field.field_name else None
        return {} if isinstance(kind, type) and (issubclass(kind, Section) or is_dataclass(kind)) else value

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        # No path, column or name can hold one, and systems refuse it each in their own words.
        texts = value if isinstance(value, list | tuple | dict) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise PydanticCustomError("nul", "a NUL character (\\0) stands in it; take it out")
        return value


def key(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a key with its default and its meaning in the reference."""
    return Field(default=default, description=meaning, **limits)


def rules_with_texts(rules: Any) -> Any:
    """Return rules on lines with the values they list as texts: YAML reads a status 1 as a number."""
    if not isinstance(rules, dict):
        return rules
    lists = {name: rules[name] for name in ("keep", "drop", "returns") if isinstance(rules.get(name), list)}
    return {**rules, **{name: [_with_texts(rule) for rule in given] for name, given in lists.items()}}


def _with_texts(rule: Any) -> Any:
    values = rule.get("values") if isinstance(rule, dict) else None
    if not isinstance(values, list):
        return rule
    return {**rule, "values": [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in values]}
