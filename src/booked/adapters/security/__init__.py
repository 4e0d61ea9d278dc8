"""Passwords and tokens, by libraries that do nothing else."""

from booked.adapters.security.passwords import Argon2Hasher
from booked.adapters.security.refresh_tokens import HmacRefreshTokens
from booked.adapters.security.tokens import JwtTokens

__all__ = ["Argon2Hasher", "HmacRefreshTokens", "JwtTokens"]
