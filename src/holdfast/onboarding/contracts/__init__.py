"""Contracts instead of purchases: their dates, who left, what they cost, and why they ended."""
