"""The desk: the champion that scores now, and its successor once there is one, without a request that fails."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from holdfast.config import Config
from holdfast.errors import ConfigError, HoldfastError, place_of
from holdfast.pipeline import setting_of
from holdfast.pipeline.online import Online, online
from holdfast.progress import Say, quiet
from holdfast.serve.forms import Form
from holdfast.track import Bundle, load_bundle, open_store


@dataclass(frozen=True)
class Loaded:
    """A model at work, with the forms of what it takes."""

    bundle: Bundle[Any]
    rows: Form
    features: Form


class Desk:
    """Scores for whoever asks; holds one model, and lets requests that began with it end with it.

    Parameters
    ----------
    config, base
        The scenario, and where its relative paths start.
    model
        A folder that ``holdfast export-model`` wrote; not given: the champion of the model store.
    say
        Receives a sentence where the model changed, or could not be changed.

    Raises
    ------
    NotFoundError, DamagedModelError, ConfigError
        There is no model, its files are not what was written, or it answers another question than the scenario asks.
    """

    def __init__(
        self, config: Config, base: Path | None = None, *, model: Path | None = None, say: Say = quiet
    ) -> None:
        self.config, self.say = config, say
        self.online: Online = online(config, base)
        self._store, self._folder = open_store(config.models, config.tracking_uri), model
        self._said, self._stop, self._lock = "", Event(), Lock()
        self._seen = self._mark()
        self.now = self._load()

    def refresh(self) -> bool:
        """Take the champion of now, if it is another; say whether it was.

        One that is damaged, or answers another question, is told of once, and the present one goes on.
        """
        with self._lock:
            try:
                mark = self._mark()
                if mark == self._seen:
                    return False
                found = self._load()
                self._seen, self._said = mark, ""
            except Exception as error:  # noqa: BLE001  # whatever it is, what works goes on working
                said = str(error) if isinstance(error, HoldfastError) else f"{type(error).__name__}{place_of(error)}"
                if said != self._said:
                    self._said = said
                    self.say(f"{self.now.bundle.model_version} goes on: {said}")
                return False
            before, self.now = self.now, found
            changed = before.bundle.model_version != found.bundle.model_version
            if changed:
                self.say(f"now scoring with {found.bundle.model_version}")
            return changed

    def watch(self) -> Callable[[], None]:
        """Look for a new champion now and then; return what ends that."""
        if self._folder is not None:
            return lambda: None

        def look() -> None:
            while not self._stop.wait(self.config.serve.reload_seconds):
                self.refresh()

        Thread(target=look, daemon=True).start()
        return self._stop.set

    def _mark(self) -> object:
        """Return what changes when the champion does."""
        return None if self._folder is not None else self._store.mark(self.config.name)

    def _load(self) -> Loaded:
        config = self.config
        folder = self._folder or self._store.champion(config.name).bundle_folder
        bundle = load_bundle(folder)
        if bundle.scorer.setting != config.setting:
            raise ConfigError(f"The model is of setting: {bundle.scorer.setting}, not setting: {config.setting}.")
        if differs := setting_of(config).differs(config, bundle.scorer):
            raise ConfigError(f"{differs}: run `holdfast train`.")
        most, what = config.serve.most_rows, "Purchases" if config.setting == "noncontractual" else "Contracts"
        fields, features = self.online.fields(bundle.scorer), self.online.feature_fields(bundle.scorer)
        return Loaded(
            bundle,
            Form(what, fields, dated=self.online.dated, most_rows=most),
            Form("Features", features, dated=False, most_rows=most),
        )
