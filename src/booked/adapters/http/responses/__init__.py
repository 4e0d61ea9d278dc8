"""Write responses: bodies, errors, problem details and pages."""
