"""Read requests: body, form, query, headers and addresses."""
