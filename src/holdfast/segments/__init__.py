"""Customers in groups: RFM, buyers, value × risk, tiers, personas; a card for each."""
