"""Handlers of pages: each asks a service or two, and fills a template."""
