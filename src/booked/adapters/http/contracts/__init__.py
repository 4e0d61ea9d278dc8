"""The HTTP contracts, a package each."""
