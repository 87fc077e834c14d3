"""The story: prepare → train → backtest → score → lists, each step a plain function of the one before."""

from holdfast.pipeline.ablation import FamilyGain, ablate
from holdfast.pipeline.contest import Contest, race
from holdfast.pipeline.preparation import Prepared, prepare
from holdfast.pipeline.readiness import Readiness, check
from holdfast.pipeline.scoring import Scored, score
from holdfast.pipeline.training import Trained, train
from holdfast.pipeline.tuning import Tuned, tune
from holdfast.pipeline.written import output_folder, read_list

__all__ = [
    "Contest",
    "FamilyGain",
    "Prepared",
    "Readiness",
    "Scored",
    "Trained",
    "Tuned",
    "ablate",
    "check",
    "output_folder",
    "prepare",
    "race",
    "read_list",
    "score",
    "train",
    "tune",
]
