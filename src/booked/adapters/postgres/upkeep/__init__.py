"""Counters compared with the rows they count."""
