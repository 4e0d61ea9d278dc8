"""How fast Booked sells: `python -m benchmarks`, or `make bench`."""
