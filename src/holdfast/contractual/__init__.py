"""Customers under contract: P(the contract ends in the window), why, how long contracts last, and their worth."""

from holdfast.contractual.encoding import Encoder, as_texts
from holdfast.contractual.folds import stratified_folds
from holdfast.contractual.model import ContractChurn, train_contract_churn
from holdfast.contractual.periods import MONTH_DAYS
from holdfast.contractual.plan import ColumnPlan, plan_columns
from holdfast.contractual.reasons import contract_reasons, contract_value_reasons
from holdfast.contractual.retention import Retention
from holdfast.contractual.rules import ContractColumns, ContractRules
from holdfast.contractual.scorer import ContractScorer, PaymentSplit
from holdfast.contractual.spells import OPEN, Spells
from holdfast.contractual.survival import survival_table, whole_periods
from holdfast.contractual.table import Contracts, read_contracts
from holdfast.contractual.terms import Terms

__all__ = [
    "MONTH_DAYS",
    "OPEN",
    "ColumnPlan",
    "ContractChurn",
    "ContractColumns",
    "ContractRules",
    "ContractScorer",
    "Contracts",
    "Encoder",
    "PaymentSplit",
    "Retention",
    "Spells",
    "Terms",
    "as_texts",
    "contract_reasons",
    "contract_value_reasons",
    "plan_columns",
    "read_contracts",
    "stratified_folds",
    "survival_table",
    "train_contract_churn",
    "whole_periods",
]
