"""Benchmarks: each prints a ratio or a time measured here and now; tests never assert one."""
