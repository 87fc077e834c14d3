"""Inputs nobody wrote by hand. Each module has ``run(examples, seed)``: it returns what it tried and raises on a fault.

A few examples run with the tests; ``make fuzz`` runs a hundred thousand, on all cores.
"""
