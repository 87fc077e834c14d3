"""How much each customer will buy in the outcome window: purchase days and spend, and the rivals of that forecast."""

from holdfast.forecast.contender import ValueContender
from holdfast.forecast.contenders import value_contenders
from holdfast.forecast.model import DEFAULT, Forecast, train_forecast
from holdfast.forecast.outlook import Outlook

__all__ = ["DEFAULT", "Forecast", "Outlook", "ValueContender", "train_forecast", "value_contenders"]
