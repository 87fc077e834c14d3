"""What was trained, on what, how well it did, and which model is the champion."""

from holdfast.track.bundle import Bundle, copy_bundle, load_bundle, save_bundle, trained_as_of
from holdfast.track.carried import CarriedBundle
from holdfast.track.record import TrainingRecord, flat_metrics, lay_beside
from holdfast.track.reigns import CHAMPION
from holdfast.track.remote import RemoteStore, open_store
from holdfast.track.scorer import Scorer
from holdfast.track.signature import signature_of
from holdfast.track.store import CHALLENGER, Champion, Store

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "Bundle",
    "CarriedBundle",
    "Champion",
    "RemoteStore",
    "Scorer",
    "Store",
    "TrainingRecord",
    "copy_bundle",
    "flat_metrics",
    "lay_beside",
    "load_bundle",
    "open_store",
    "save_bundle",
    "signature_of",
    "trained_as_of",
]
