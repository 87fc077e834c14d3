"""The part of a configuration that says how customers are segmented and what their value is set against."""

from pydantic import field_validator

from holdfast.config.section import Section, key
from holdfast.errors import ConfigError
from holdfast.segments.tiers import Tier, check_tiers


class Level(Section):
    """One loyalty tier."""

    name: str
    up: float
    down: float


class Tiers(Section):
    """Loyalty tiers, reviewed each time ``holdfast segments`` runs."""

    measure: str = key("purchase_days_365d", "the feature or score that earns the tier, such as `spend_365d`")
    levels: tuple[Level, ...] = key(
        (
            Level(name="basic", up=0, down=0),
            Level(name="silver", up=3, down=2),
            Level(name="gold", up=6, down=4),
            Level(name="platinum", up=12, down=9),
        ),
        "lowest first: `name`, `up` (one rises where it is reached), `down` (below it, one falls by one tier a review)",
    )

    @field_validator("levels")
    @classmethod
    def _climbable(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        try:
            check_tiers([Tier(**dict(level)) for level in levels])
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("segments.tiers.levels: ").rstrip(".")) from None
        return levels

    def as_tiers(self) -> list[Tier]:
        """Return the levels as ``act.tiers`` takes them."""
        return [Tier(level.name, level.up, level.down) for level in self.levels]


class Range(Section):
    """How small and how large a number may be; both ends count, one may be open."""

    at_least: float | None = None
    at_most: float | None = None


class PersonaRule(Section):
    """A declared persona."""

    name: str
    where: dict[str, Range]
    action: str = ""


class Personas(Section):
    """Personas by rules, or by clustering."""

    rules: tuple[PersonaRule, ...] = key(
        (),
        "the first that fits counts: `name`, `where` (features or scores with `at_least`, `at_most`), `action`",
    )
    clusters: int | None = key(
        None, "number of personas to find by clustering log RFM, where there are no rules", ge=2, le=20
    )
    least_stability: float = key(0.8, "clusters are refused below this mean bootstrap adjusted Rand index", ge=0, le=1)
    resamples: int = key(20, "bootstrap resamples of that check", ge=2, le=1000)


class Value(Section):
    """What customers' value and the opinion of customers are measured by."""

    lifespan_years: float | None = key(
        None,
        "years that the historical CLV assumes a customer stays; not given: the years seen so far, though most stay on",
        gt=0,
        le=200,
    )
    response_days: int = key(
        30, "campaigns: days from the sending on within which a purchase counts as a response", ge=1, le=3650
    )
    nps_item: str = key("nps", "survey item of the net promoter score, asked from 0 to 10")
    csat_item: str = key("csat", "survey item of satisfaction (CSAT: share of the top two answers)")
    csi_items: tuple[str, ...] = key((), "survey items of the satisfaction index (CSI), weighed by importance")
    topics: dict[str, tuple[str, ...]] = key(
        {},
        "what comments are about: words and phrases by topic, such as `{delivery: [deliver*, courier, too late]}`; "
        "`late*` is every word that begins so, capital letters and accents do not count",
    )

    @field_validator("topics")
    @classmethod
    def _with_words(cls, topics: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, words in topics.items():
            if name.strip().lower() in ("", "all", "other"):
                raise ValueError(f'a topic cannot be called "{name}": give it another name')
            if not words or any(not word.strip("* ") for word in words):
                raise ValueError(f'the topic "{name}" has no words, or one without letters')
        return topics


class Segments(Section):
    """How customers are divided."""

    new_days: int | None = key(
        None, "most days since the first purchase of a new buyer; not given: `churn.horizon_days`", ge=1, le=3650
    )
    loyal_purchases: int = key(
        3, "fewest purchase days of a loyal buyer, who is not new and bought within `churn.active_days`", ge=2, le=10**6
    )
    value_shares: tuple[float, float] = key(
        (0.2, 0.5), "high value: this top share of customers by CLV; middle value: the next, down to the second share"
    )
    risk_from: tuple[float, float] = key((0.4, 0.7), "middle and high risk begin at these P(churn)")
    tiers: Tiers = key(Tiers(), "loyalty tiers")
    personas: Personas = key(Personas(), "personas; none unless rules or clusters are given")

    @field_validator("value_shares", "risk_from")
    @classmethod
    def _rising(cls, pair: tuple[float, float]) -> tuple[float, float]:
        if not 0 < pair[0] < pair[1] < 1:
            raise ValueError("give two rising shares between 0 and 1")
        return pair
