"""Counters compared with the rows that they count."""
