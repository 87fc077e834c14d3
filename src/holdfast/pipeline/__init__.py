"""The story: prepare → train → backtest → score → lists, each step a plain function of the one before."""

from holdfast.pipeline.check import Readiness, check
from holdfast.pipeline.prepare import Prepared, prepare
from holdfast.pipeline.score import Scored, score
from holdfast.pipeline.train import Trained, train

__all__ = ["Prepared", "Readiness", "Scored", "Trained", "check", "prepare", "score", "train"]
