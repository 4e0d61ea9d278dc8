"""Events, venues, seating, ticket types and search."""
