"""Postgres decides every sale and keeps the history."""
