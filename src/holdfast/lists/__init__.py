"""Scored customers → lists to contact: kinds, treatments, the choice within a budget, suppression, the audience."""
