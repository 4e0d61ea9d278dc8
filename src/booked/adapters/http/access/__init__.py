"""Decide who may call a route: tokens, roles and API keys."""
