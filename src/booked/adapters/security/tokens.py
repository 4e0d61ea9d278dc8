"""Access tokens: JWTs signed with HS256, of one exact form."""

import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import msgspec
from jwt.algorithms import HMACAlgorithm
from jwt.utils import base64url_decode, base64url_encode

from booked.domain.bounded import BoundedDict
from booked.domain.errors import InvalidToken, InvalidUUID, TokenNotSigned
from booked.domain.model.ids import UserId, parse_uuid
from booked.domain.model.people.users import Identity, Role, User
from booked.ports.system import Clock

ALGORITHM = "HS256"
TYPE = "at+jwt"  # RFC 9068: no other token that is signed with the same secret passes for an access token
SECRET_BYTES = 32  # RFC 7518 section 3.2: the key of an HMAC is at least as long as its hash
CLOCK_SKEW = 5  # seconds by which the clock of another server that issues tokens may be ahead
TOKENS_REMEMBERED = 10_000

# Three parts of base64url, and far more room than our tokens need.
_PARTS = re.compile(r"[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,1024}")


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a token says. A claim more, a claim less or one of another type, and it is not a token of ours."""

    sub: str
    role: Role
    ver: int
    iat: int
    exp: int
    jti: str


class JwtTokens:
    """Issues and verifies tokens. Remembers verified tokens until they expire, so that each is verified once."""

    def __init__(self, secret: str, ttl: timedelta, clock: Clock) -> None:
        """Take the secret to sign with. Raises `ValueError` if it is too short to be safe."""
        if len(secret.encode()) < SECRET_BYTES:
            raise ValueError(f"The secret that signs tokens needs {SECRET_BYTES} bytes or more. Choose a random one.")
        self._secret = secret
        self._ttl = int(ttl.total_seconds())
        self._clock = clock
        self._hmac = HMACAlgorithm(HMACAlgorithm.SHA256)
        self._key = self._hmac.prepare_key(secret)
        self._decoder = msgspec.json.Decoder(Claims)
        self._header = self._sign({}).partition(".")[0] + "."
        self._verified = BoundedDict[str, tuple[Identity, datetime]](TOKENS_REMEMBERED)

    def issue(self, user: User) -> str:
        now = self._now()
        claims = Claims(user.id, user.role, user.token_version, iat=now, exp=now + self._ttl, jti=uuid4().hex)
        try:
            return self._sign(msgspec.to_builtins(claims))
        except (jwt.PyJWTError, TypeError, ValueError) as cause:
            raise TokenNotSigned from cause

    def verify(self, token: str) -> Identity:
        known = self._verified.get(token)
        if known is None:
            known = self._verified[token] = self._read(token)
        identity, expires = known
        if expires <= self._clock.now():
            self._verified.pop(token, None)
            raise InvalidToken
        return identity

    def _read(self, token: str) -> tuple[Identity, datetime]:
        """Return whom a token was issued to, and when it expires. Raises `InvalidToken`."""
        # Every token of ours starts with the same header. Comparing it leaves an attacker no algorithm or type
        # to name, no critical extension to ask for, and no JSON that is parsed before the signature is checked.
        if not (token.startswith(self._header) and _PARTS.fullmatch(token)):
            raise InvalidToken
        signed, _, signature = token.encode().rpartition(b".")
        if not hmac.compare_digest(signature, self._signature_of(signed)):
            raise InvalidToken
        try:
            claims = self._decoder.decode(base64url_decode(signed.partition(b".")[2]))
            user_id = UserId(parse_uuid(claims.sub))
            expires = datetime.fromtimestamp(claims.exp, UTC)
        # A decoding error is a ValueError, be it of JSON or of UTF-8. A time beyond all years is one of several.
        except (ValueError, OverflowError, OSError, RecursionError, InvalidUUID) as cause:
            raise InvalidToken from cause
        lifetime = claims.exp - claims.iat
        if user_id != claims.sub or claims.iat > self._now() + CLOCK_SKEW or not 0 < lifetime <= self._ttl:
            raise InvalidToken
        return Identity(user_id, claims.role, claims.ver), expires

    def _sign(self, claims: dict[str, object]) -> str:
        return jwt.encode(claims, self._secret, ALGORITHM, headers={"typ": TYPE})

    def _signature_of(self, signed: bytes) -> bytes:
        return base64url_encode(self._hmac.sign(signed, self._key))

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
