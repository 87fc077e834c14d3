"""What can be done for a customer, what it costs, and what it is expected to earn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.learn.arrays import Flags, Floats

NOTHING = "nothing"


@dataclass(frozen=True)
class Treatment:
    """A contact with an offer.

    Attributes
    ----------
    name
        Shown in lists.
    contact_cost
        Paid for every customer contacted, in currency.
    offer_cost
        Paid where the offer is used: by customers who stay anyway, and by those whom it keeps; in currency.
    acceptance
        Probability that a customer who would leave accepts the offer and stays. It must come from a test with a
        control group; until there is one, it is an assumption, and so is every profit computed from it.
    acceptance_error
        Its standard deviation where it was measured; 0: not known.
    lists
        On which lists it may be offered; empty: on all.
    risk_from, risk_to, value_from, value_to
        Which customers it suits: bounds of P(churn) and of E[value | stays] (currency), both included.
    reasons
        It suits customers one of whose reasons contains one of these words; empty: whatever the reasons.
    most
        At most so many customers.
    """

    name: str
    contact_cost: float = 0.0
    offer_cost: float = 0.0
    acceptance: float = 0.0
    acceptance_error: float = 0.0
    lists: tuple[str, ...] = ()
    risk_from: float = 0.0
    risk_to: float = 1.0
    value_from: float = 0.0
    value_to: float = float("inf")
    reasons: tuple[str, ...] = ()
    most: int | None = None

    def suits(self, p: Floats, value: Floats, reasons: Sequence[str], list_name: str) -> Flags:
        """Return who may get it, shape (n,); ``reasons`` is one text per customer."""
        within = (p >= self.risk_from) & (p <= self.risk_to) & (value >= self.value_from) & (value <= self.value_to)
        if not self.is_for(list_name):
            within &= False
        if self.reasons:
            words = [w.casefold() for w in self.reasons]
            within &= np.array([any(w in text.casefold() for w in words) for text in reasons], dtype=bool)
        return np.asarray(within)

    def is_for(self, list_name: str) -> bool:
        """Say whether it may be offered on a list."""
        return not self.lists or list_name in self.lists

    def kept(self, p: Floats) -> Floats:
        """Return the probability that a contact keeps a customer, pγ, shape (n,): where it was not learnt."""
        return np.asarray(p * self.acceptance)

    def expected_profit(self, p: Floats, value: Floats, kept: Floats | None = None) -> Floats:
        """Return κ(V − d) − (1 − p)·d − f per customer, in currency, shape (n,); nothing done earns 0.

        Neslin, Gupta, Kamakura, Lu & Mason (2006), with the offer's cost also where it keeps a churner. ``kept`` (κ) is
        what the contact adds to the probability of staying, pγ if not given. ``value`` is E[value | stays]: multiplied
        with a CLV, which contains P(alive), leaving would count twice.
        """
        kept = self.kept(p) if kept is None else kept
        return np.asarray(kept * (value - self.offer_cost) - (1 - p) * self.offer_cost - self.contact_cost)

    def expected_spend(self, p: Floats, kept: Floats | None = None) -> Floats:
        """Return f + d(κ + 1 − p) per customer, in currency, shape (n,)."""
        kept = self.kept(p) if kept is None else kept
        return np.asarray(self.contact_cost + self.offer_cost * np.clip(kept + 1 - p, 0.0, 1.0))

    def spend_by_risk(self, *, learnt: bool = False) -> float:
        """Return by how much the expected spend changes with P(churn): d(γ − 1), currency; −d with a learnt effect."""
        return self.offer_cost * ((0.0 if learnt else self.acceptance) - 1)

    def profit_by_risk(self, value: Floats, *, learnt: bool = False) -> Floats:
        """Return by how much the expected profit changes with P(churn): γ(V − d) + d, currency, shape (n,).

        A learnt effect does not follow P(churn): d is left.
        """
        acceptance = 0.0 if learnt else self.acceptance
        return np.asarray(acceptance * (value - self.offer_cost) + self.offer_cost)

    def variance(self, p: Floats, value: Floats, *, kept: Floats | None = None) -> Floats:
        """Return the variance of one customer's profit, currency squared, shape (n,).

        They leave or not, are kept or not, and are worth more or less: as an exponential variable is, by their mean.
        """
        kept, stays = self.kept(p) if kept is None else np.clip(kept, 0.0, 1.0), 1 - p
        second = kept * ((value - self.offer_cost) ** 2 + value**2) + stays * self.offer_cost**2
        mean = kept * (value - self.offer_cost) - stays * self.offer_cost
        return np.asarray(np.maximum(second - mean**2, 0.0))

    def pays_from(self, p: Floats, value: Floats) -> tuple[float, float]:
        """Return from which acceptance, and up to which cost of the offer, it earns with one customer at least.

        The first is above 1, the second below 0, where none would do. Parameters of shape (n,), n above 0.

        Examples
        --------
        >>> voucher = Treatment("voucher", contact_cost=1.0, offer_cost=20.0, acceptance=0.1)
        >>> [round(limit, 3) for limit in voucher.pays_from(np.array([0.5, 0.2]), np.array([100.0, 400.0]))]
        [0.224, 8.537]
        """
        gain, kept = p * (value - self.offer_cost), self.kept(p)
        cost = (1 - p) * self.offer_cost + self.contact_cost
        acceptance = np.divide(cost, gain, out=np.full(len(p), np.inf), where=gain > 0)
        offer = (kept * value - self.contact_cost) / np.maximum(kept + 1 - p, 1e-12)
        return float(acceptance.min()), float(offer.max())


@dataclass(frozen=True)
class Learnt:
    """What a policy has learnt of the customers of a list, in place of p·γ.

    Attributes
    ----------
    kept
        What a contact adds to the probability of staying, shape (n, treatments); NaN for a treatment of which nothing
        was learnt. An effect in money is given as its share of E[value | stays].
    doubt
        How far it may be off for customers scored alike, as loadings of two independent standard deviations; shape
        (n, treatments, 2).
    allowed
        Which treatments the policy's verdict lets through, shape (treatments,).
    """

    kept: Floats
    doubt: Floats
    allowed: Flags

    def of(self, treatment: int) -> Floats | None:
        """Return what was learnt of one treatment, shape (n,); ``None`` where nothing was."""
        kept = self.kept[:, treatment]
        return None if np.isnan(kept).all() else kept

    def rows(self, chosen: Flags) -> "Learnt":
        """Return what was learnt of some of the customers."""
        return Learnt(self.kept[chosen], self.doubt[chosen], self.allowed)
