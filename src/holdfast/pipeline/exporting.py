"""Take a model along: a folder that scores without any model store."""

from pathlib import Path

from holdfast.config import Config
from holdfast.track import copy_bundle, open_store


def export_model(config: Config, folder: str | Path) -> str:
    """Copy the champion into a folder that scores by itself, and return its ``model_version``.

    The folder holds JSON, trees as text, and a manifest with the sha256 of each file, which is checked before anything
    of it is loaded. It needs neither MLflow nor a database: ``holdfast.load_bundle`` loads it, and `holdfast score` and
    `holdfast serve` take it as ``--model``.

    Parameters
    ----------
    config
        The scenario whose champion it is.
    folder
        A new or empty folder, or one that holds a model, which is replaced as a whole.

    Raises
    ------
    NotFoundError, DamagedModelError
        There is no champion yet, or its files are not what was written.
    ConfigError
        The folder holds something else.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> from holdfast.pipeline import export_model
    >>> version = export_model(holdfast.load_config("demo.yaml"), "model")
    >>> holdfast.load_bundle("model").model_version == version
    True
    """
    champion = open_store(config.models, config.tracking_uri).champion(config.name)
    return copy_bundle(champion.bundle_folder, Path(folder))
