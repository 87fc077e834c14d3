"""What every section of a configuration is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A section of the configuration: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

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
