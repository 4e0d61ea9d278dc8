"""Figures for organizers and operators."""
