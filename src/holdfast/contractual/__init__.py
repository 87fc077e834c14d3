"""Customers under contract: P(the contract ends in the window), why, how long contracts last, and what they are worth."""

from holdfast.contractual.encoding import Encoder
from holdfast.contractual.folds import stratified_folds
from holdfast.contractual.model import ContractChurn, train_contract_churn
from holdfast.contractual.plan import ColumnPlan, plan_columns
from holdfast.contractual.reasons import contract_reasons
from holdfast.contractual.retention import Retention, survival_table, whole_periods
from holdfast.contractual.scorer import MONTH_DAYS, Contracts, ContractScorer, PaymentSplit
from holdfast.contractual.spells import OPEN, Spells

__all__ = [
    "MONTH_DAYS",
    "OPEN",
    "ColumnPlan",
    "ContractChurn",
    "ContractScorer",
    "Contracts",
    "Encoder",
    "PaymentSplit",
    "Retention",
    "Spells",
    "contract_reasons",
    "plan_columns",
    "stratified_folds",
    "survival_table",
    "train_contract_churn",
    "whole_periods",
]
