"""The ports in plain Python: an oracle for the real stores, and the stores of fast tests."""
