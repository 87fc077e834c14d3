"""A campaign of known effect: customers, an offer given by chance (or not), and what they bought."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.learn.arrays import Floats


@dataclass(frozen=True)
class SimulatedCampaign:
    """One row per customer, and what nobody ever sees.

    Attributes
    ----------
    data
        ``customer_id`` (text), ``arm`` (``control`` or ``offer``); known before: ``past_spend`` (currency),
        ``silent_days`` (since the last purchase), ``channel``; outcomes: ``bought`` (0 or 1), ``spend`` (currency).
    uplift
        By how much the offer raises each customer's probability of buying, shape (customers,).

    Examples
    --------
    >>> campaign = simulate_campaign(50_000, effect=0.05, seed=3)
    >>> bought = campaign.data.groupby("arm")["bought"].mean()
    >>> f"{bought['offer'] - bought['control']:.3f} seen, {campaign.uplift.mean():.3f} true"
    '0.053 seen, 0.050 true'
    """

    data: pd.DataFrame
    uplift: Floats


def simulate_campaign(
    customers: int,
    *,
    effect: float = 0.05,
    spread: float = 0.0,
    offer_share: float = 0.5,
    confounding: float = 0.0,
    seed: int = 1,
) -> SimulatedCampaign:
    """Simulate a campaign.

    Without the offer a customer buys with a probability of 0.1 to 0.5 that grows with past spend and falls with
    silence. The offer adds ``effect``, and up to ``spread`` more or less: most for those silent longest, least for
    those who just bought. Spend is 0 for those who do not buy, else Gamma with mean 40 + 0.1 × past spend.

    Parameters
    ----------
    customers
        How many.
    effect, spread
        In shares of customers: 0.05 is 5 points. ``effect - spread`` must be above -0.1, ``effect + spread`` below 0.5.
    offer_share
        Probability of falling in the arm ``offer``.
    confounding
        0: chance alone decides who gets the offer. Above 0: big spenders get it more often; the log odds grow by so
        much per standard deviation of the log of past spend.
    seed
        The same seed gives the same campaign.

    Examples
    --------
    >>> campaign = simulate_campaign(1000, effect=0.05, spread=0.04, seed=3)
    >>> campaign.data["arm"].value_counts().to_dict()
    {'control': 529, 'offer': 471}
    >>> round(float(campaign.uplift.min()), 2), round(float(campaign.uplift.max()), 2)
    (0.01, 0.09)
    """
    random = np.random.default_rng(seed)
    wealth = random.normal(size=customers)
    past_spend = np.round(np.exp(4 + 0.8 * wealth), 2)
    silent = random.uniform(0, 1, customers)
    channel = random.choice(np.array(["web", "shop", "phone"], dtype=object), customers, p=[0.5, 0.35, 0.15])
    odds = np.log(offer_share / (1 - offer_share)) + confounding * wealth
    offered = random.random(customers) < 1 / (1 + np.exp(-odds))
    base = 0.1 + 0.4 / (1 + np.exp(-(wealth - 2 * silent)))
    uplift = effect + spread * (2 * silent - 1)
    bought = random.random(customers) < base + np.where(offered, uplift, 0.0)
    spend = np.where(bought, np.round(random.gamma(2.0, (40 + 0.1 * past_spend) / 2), 2), 0.0)
    data: Mapping[str, object] = {
        "customer_id": np.array([f"{i:06d}" for i in range(customers)], dtype=object),
        "arm": np.where(offered, "offer", "control").astype(object),
        "past_spend": past_spend,
        "silent_days": np.round(365 * silent).astype(np.int64),
        "channel": channel,
        "bought": bought.astype(np.int64),
        "spend": spend,
    }
    return SimulatedCampaign(pd.DataFrame(data), uplift)
