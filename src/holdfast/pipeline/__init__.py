"""The story: prepare → train → backtest → score → lists, each step a plain function of the one before."""

from holdfast.pipeline.ablation import FamilyGain, ablate
from holdfast.pipeline.cadence import status_of
from holdfast.pipeline.contest import Contest, race
from holdfast.pipeline.effect import ListEffect, effect_of_list
from holdfast.pipeline.listing import Issued, issued_lists, make_list
from holdfast.pipeline.preparation import Prepared, prepare
from holdfast.pipeline.readiness import Readiness, check
from holdfast.pipeline.scoring import Scored, score
from holdfast.pipeline.segmenting import Segmented, segment
from holdfast.pipeline.training import Trained, train
from holdfast.pipeline.tuning import Tuned, tune
from holdfast.pipeline.valuing import Valued, value
from holdfast.pipeline.written import output_folder, read_list

__all__ = [
    "Contest",
    "FamilyGain",
    "Issued",
    "ListEffect",
    "Prepared",
    "Readiness",
    "Scored",
    "Segmented",
    "Trained",
    "Tuned",
    "Valued",
    "ablate",
    "check",
    "effect_of_list",
    "issued_lists",
    "make_list",
    "output_folder",
    "prepare",
    "race",
    "read_list",
    "score",
    "segment",
    "status_of",
    "train",
    "tune",
    "value",
]
