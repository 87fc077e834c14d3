"""YAML → checked settings. Defaults live where they are used; here they get a key."""

from holdfast.config.scenario import ANSWER, END_OF_DATA, Config, load_config, make_config

__all__ = ["ANSWER", "END_OF_DATA", "Config", "load_config", "make_config"]
