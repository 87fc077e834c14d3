"""Customers, what they do if nobody contacts them, and what a contact changes: the truth of simulated campaigns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.learn.arrays import Floats

VALUE, COST = 50.0, 1.0
_GROUPS = np.array(list("wxyz"))
_CHANNELS = np.array(["affiliate", "app", "market", "phone", "search", "shop", "social", "web"])


@dataclass(frozen=True)
class World:
    """Customers and the truth about them.

    Attributes
    ----------
    customers
        Covariates, one row each.
    untreated, effect
        Mean outcome without a contact, (n,), and what each arm adds to it, (n, arms).
    arms, costs, value
        Names; currency per contact; currency per unit of outcome.
    shares
        Probability of control and of each arm, (n, 1 + arms).
    amounts
        Mean and log-spread of an order, where the outcome is money and not whether somebody buys.
    """

    customers: pd.DataFrame
    untreated: Floats
    effect: Floats
    arms: tuple[str, ...] = ("mail",)
    costs: tuple[float, ...] = (COST,)
    value: float = VALUE
    shares: Floats | None = None
    amounts: tuple[Floats, float] | None = None

    @property
    def net(self) -> Floats:
        """What contacting each customer with each arm brings, currency, (n, arms)."""
        return np.asarray(self.value * self.effect - np.array(self.costs))

    @property
    def probabilities(self) -> Floats:
        """Probability of each arm, control first, (n, 1 + arms); not stated: all alike."""
        if self.shares is not None:
            return self.shares
        return np.full((len(self.untreated), 1 + len(self.arms)), 1 / (1 + len(self.arms)))


def world(kind: str, n: int, seed: Sequence[int]) -> World:
    """Return customers of a kind of world: of ``PLAIN`` (seven covariates without a meaning) or ``SHOP``."""
    random = np.random.default_rng(list(seed))
    if kind in PLAIN:
        return _plain(kind, n, random)
    return SHOP[kind](_shop(n, random), random)


def _line(x: Floats, p: Floats, group: Floats) -> Floats:  # noqa: ARG001
    return np.asarray(0.03 + 0.04 * x[:, 2] + 0.02 * x[:, 0])


# What a contact adds to the probability of buying, by six normal covariates, that probability, and one of four groups.
PLAIN: Mapping[str, Callable[..., Floats]] = {
    "line": _line,
    "corner": lambda x, p, group: np.where((x[:, 2] > 0) & (x[:, 3] > -0.3), 0.12, -0.02),  # noqa: ARG005
    "risk": lambda x, p, group: 0.5 * p * (1 - p) - 0.05,  # noqa: ARG005
    "groups": lambda x, p, group: np.array([-0.03, 0.0, 0.04, 0.12])[group],  # noqa: ARG005
    "all": lambda x, p, group: np.full(len(x), 0.05),  # noqa: ARG005
    "harm": lambda x, p, group: np.full(len(x), -0.01),  # noqa: ARG005
    "none": lambda x, p, group: np.zeros(len(x)),  # noqa: ARG005
}


def _plain(kind: str, n: int, random: np.random.Generator) -> World:
    x, group = random.normal(size=(n, 6)), random.integers(0, 4, n)
    p = 1 / (1 + np.exp(1.5 - 0.6 * x[:, 0] + 0.4 * x[:, 1] - 0.2 * group))
    treated = np.clip(p + PLAIN[kind](x, p, group), 0.0, 1.0)
    return World(pd.DataFrame(x, columns=list("abcdef")).assign(g=_GROUPS[group]), p, (treated - p)[:, None])


@dataclass(frozen=True)
class _Shop:
    """Customers of a shop as Holdfast's features tell of them, and their probability of buying again, (n,)."""

    customers: pd.DataFrame
    p: Floats

    def column(self, name: str) -> Floats:
        return np.asarray(self.customers[name], dtype=np.float64)

    def world(self, effect: Floats, untreated: Floats | None = None, **more: object) -> World:
        """Return a world of buyers; effects are cut so that probabilities stay such."""
        p = self.p if untreated is None else untreated
        wide = effect[:, None] if effect.ndim == 1 else effect
        return World(self.customers, p, np.clip(p[:, None] + wide, 0.0, 1.0) - p[:, None], **more)  # type: ignore[arg-type]


def _shop(n: int, random: np.random.Generator) -> _Shop:
    rate = random.gamma(1.2, 1.0, n)
    tenure = random.uniform(60, 1000, n)
    orders = 1 + random.poisson(rate * tenure / 200)
    recency = np.minimum(random.exponential(200 / (rate + 0.3)), tenure - 1)
    order = random.lognormal(3.5, 0.7, n)
    tickets = random.poisson(0.4, n)
    channel = random.choice(len(_CHANNELS), n, p=[0.05, 0.2, 0.05, 0.1, 0.15, 0.15, 0.1, 0.2])
    score = -1.2 - 0.006 * (recency - 100) + 0.5 * np.log(orders) + 0.1 * np.log(order / 33) - 0.15 * tickets
    p = 1 / (1 + np.exp(-score - 0.1 * (channel % 3)))
    columns = {
        "recency_days": recency.round(),
        "tenure_days": tenure.round(),
        "orders": orders,
        "mean_order": order.round(2),
        "spend": (orders * order).round(2),
        "tickets": tickets,
        "opened_share": random.beta(2, 5, n).round(3),
        "age": random.normal(45, 14, n).round().clip(18, 90),
        "channel": _CHANNELS[channel],
        "country": random.choice(["DE", "DK", "NO", "SE"], n, p=[0.1, 0.5, 0.15, 0.25]),
    }
    return _Shop(pd.DataFrame(columns), p)


def _recency(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(0.12 * np.exp(-((shop.column("recency_days") / 90) ** 2)) - 0.01)


def _value(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(0.02 + 0.03 * (np.log(shop.column("spend")) - 4.6))


def _hill(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(0.11 * np.exp(-(((shop.column("recency_days") - 150) / 60) ** 2)))


def _valley(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(0.002 * (shop.column("age") - 45) ** 2 / 10 - 0.02)


def _channel(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    by_channel = dict(zip(_CHANNELS, (0.0, 0.1, -0.03, 0.0, 0.02, 0.05, -0.02, 0.01), strict=True))
    return shop.world(np.asarray(shop.customers["channel"].map(by_channel), dtype=np.float64))


def _disturbed(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    angry = (shop.column("tickets") > 0) & (shop.column("orders") > 1)
    return shop.world(np.where(angry, -0.06, 0.07))


def _logit(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    odds = np.log(shop.p / (1 - shop.p)) + 0.25
    return shop.world(1 / (1 + np.exp(-odds)) - shop.p - 0.01)


def _leaving(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(0.14 * (1 - shop.p) * (shop.p > 0.1) - 0.06)


def _rare(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    p = 0.02 * shop.p / shop.p.mean()
    lift = np.where(shop.column("recency_days") < 120, 0.8, -0.1)
    return shop.world(p * lift, p, value=200.0, costs=(1.0,))


def _heavy(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    more = np.where(shop.column("recency_days") < 150, 0.09, -0.02)
    mean = 1.3 * shop.column("mean_order")
    return World(shop.customers, shop.p * mean, (more * mean)[:, None], value=0.4, costs=(0.6,), amounts=(mean, 0.9))


def _unequal(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    high = shop.column("spend") > 150
    e = np.where(high, 0.9, 0.6)
    return shop.world(
        np.where(shop.column("mean_order") > 40, 0.09, 0.0) - 0.02 * high, shares=np.column_stack([1 - e, e])
    )


def _few_held(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    effect = 0.1 * np.exp(-shop.column("recency_days") / 120) - 0.01
    return shop.world(effect, shares=np.tile([0.1, 0.9], (len(effect), 1)))


def _three(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    recency, spend = shop.column("recency_days"), np.log(shop.column("spend"))
    mail = np.where(recency < 150, 0.05, 0.0)
    voucher = np.where(recency >= 150, 0.1, 0.02)
    call = 0.05 + 0.05 * (spend - 4.6)
    effects = np.column_stack([mail, voucher, call])
    return shop.world(effects, arms=("mail", "voucher", "call"), costs=(0.5, 2.0, 3.0))


def _small(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    return shop.world(np.where(shop.column("opened_share") > 0.25, 0.03, 0.0), costs=(0.5,))


def _both(shop: _Shop, random: np.random.Generator) -> World:  # noqa: ARG001
    young, web = shop.column("age") < 45, shop.customers["channel"].isin(["app", "web", "social"]).to_numpy()
    return shop.world(np.where(young == web, 0.1, -0.05))


def _many(shop: _Shop, random: np.random.Generator) -> World:
    noise = pd.DataFrame(random.normal(size=(len(shop.p), 30)), columns=[f"score_{i}" for i in range(30)])
    effect = 0.02 + 0.05 * np.tanh(noise["score_7"].to_numpy()) + 0.02 * (shop.column("tenure_days") > 500)
    return World(pd.concat([shop.customers, noise], axis=1), shop.p, (np.clip(shop.p + effect, 0, 1) - shop.p)[:, None])


# The same of a shop's customers: by how long they are silent, by what they spent, …
SHOP: Mapping[str, Callable[[_Shop, np.random.Generator], World]] = {
    "recency": _recency,
    "value": _value,
    "hill": _hill,
    "valley": _valley,
    "channel": _channel,
    "disturbed": _disturbed,
    "logit": _logit,
    "leaving": _leaving,
    "rare": _rare,
    "heavy": _heavy,
    "unequal": _unequal,
    "few held": _few_held,
    "three": _three,
    "small": _small,
    "both": _both,
    "many": _many,
}
