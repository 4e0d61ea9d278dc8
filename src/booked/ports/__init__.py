"""What the domain asks of the world: protocols whose docstrings are promises, each checked by a contract test."""
