"""Inputs nobody wrote by hand: each module has ``run(examples, seed)``, which returns what it tried and raises on a fault.

A few examples run with the tests; ``make fuzz`` runs as many as ten minutes allow.
"""
