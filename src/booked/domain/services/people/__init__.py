"""Users, sessions, organizations, guests and API keys."""
