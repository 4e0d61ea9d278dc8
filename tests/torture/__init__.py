"""Proofs under fire: what Booked promises, tried at length on real processes and stores. `make torture` runs them."""
