"""What every section of a configuration is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of the configuration: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def key(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a key with its default and its meaning in the reference."""
    return Field(default=default, description=meaning, **limits)
