"""What customers are worth: buy-till-you-die models of purchases, Gamma-Gamma of spend, discounted value."""

from holdfast.clv.bgnbd import BetaGeoNBD
from holdfast.clv.gammagamma import GammaGamma
from holdfast.clv.summary import collapse
from holdfast.clv.value import discounted_purchases, value_if_stays

__all__ = ["BetaGeoNBD", "GammaGamma", "collapse", "discounted_purchases", "value_if_stays"]
