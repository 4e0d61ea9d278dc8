"""Simulation: services on stores in memory, on a loop that chooses by a seed what happens next."""
