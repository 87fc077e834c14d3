"""Holdfast: who is about to leave, what each customer is worth, and whom to contact this week."""

__version__ = "0.1.0"
