"""The story: prepare → train → backtest → score → lists, each step a plain function of the one before."""

from holdfast.pipeline.ablation import FamilyGain, ablate
from holdfast.pipeline.access import subject_access
from holdfast.pipeline.cadence import status_of
from holdfast.pipeline.contest import Contest, race
from holdfast.pipeline.contracts import PreparedContracts
from holdfast.pipeline.due import Due, due_of
from holdfast.pipeline.effect import ListEffect, effect_of_list
from holdfast.pipeline.exporting import export_model
from holdfast.pipeline.feature_text import features_sql
from holdfast.pipeline.forgetting import Forgotten, expired, forget
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.listing import Issued, make_list
from holdfast.pipeline.monitoring import Monitored, monitor
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.programme import Programme, effect_of_programme
from holdfast.pipeline.readiness import Readiness
from holdfast.pipeline.reporting import report
from holdfast.pipeline.segmenting import Segmented, segment
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import prepare, setting_of
from holdfast.pipeline.steps import Scored, Trained, check, score, train
from holdfast.pipeline.tuning import Tuned, tune
from holdfast.pipeline.valuing import Valued, value
from holdfast.pipeline.written import output_folder, read_list

__all__ = [
    "Contest",
    "Due",
    "FamilyGain",
    "Forgotten",
    "Issued",
    "ListEffect",
    "Monitored",
    "Prepared",
    "PreparedContracts",
    "PreparedPurchases",
    "Programme",
    "Readiness",
    "Scored",
    "Segmented",
    "Trained",
    "Tuned",
    "Valued",
    "ablate",
    "check",
    "due_of",
    "effect_of_list",
    "effect_of_programme",
    "expired",
    "export_model",
    "features_sql",
    "forget",
    "issued_lists",
    "make_list",
    "monitor",
    "output_folder",
    "prepare",
    "race",
    "read_list",
    "report",
    "score",
    "segment",
    "setting_of",
    "status_of",
    "subject_access",
    "train",
    "tune",
    "value",
]
