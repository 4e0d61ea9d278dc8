"""Serve operators: health, metrics and the request log."""
