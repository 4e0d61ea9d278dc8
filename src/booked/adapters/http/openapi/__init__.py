"""Describe the API: the OpenAPI document and the pages showing it."""
