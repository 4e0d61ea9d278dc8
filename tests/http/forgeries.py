"""Tokens that nobody may get in with, signed with the right secret unless the fault is in the signature."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.wiring import SECRET

HEADER = {"alg": "HS256", "typ": "at+jwt"}
NONE_AT_ALL = object()


def sign(claims: Mapping[str, Any] | bytes, header: Mapping[str, Any] | bytes = HEADER, secret: str = SECRET) -> str:
    """A JWT with an HS256 signature, whatever its header and claims may say."""
    signed = f"{_part(header)}.{_part(claims)}"
    return f"{signed}.{_encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def good_claims(user_id: str, role: str = "user") -> dict[str, Any]:
    now = int(time.time())
    return {"sub": user_id, "role": role, "ver": 0, "iat": now, "exp": now + 600, "jti": uuid4().hex}


def forgeries(user_id: str) -> dict[str, str]:
    """Every forged token by what is wrong with it. The user is one for whom a good token would open the door."""
    good = good_claims(user_id)
    now = good["iat"]

    def claiming(**changes: Any) -> str:
        return sign({name: value for name, value in {**good, **changes}.items() if value is not NONE_AT_ALL})

    def headed(**changes: Any) -> str:
        return sign(good, {name: value for name, value in {**HEADER, **changes}.items() if value is not NONE_AT_ALL})

    header, payload, signature = sign(good).split(".")
    unsigned = {alg: f"{_part({'alg': alg, 'typ': 'at+jwt'})}.{payload}." for alg in ("none", "NoNe", "NONE", "")}
    return {
        **{f"alg {alg!r} without a signature": token for alg, token in unsigned.items()},
        **{f"alg {alg!r}": headed(alg=alg) for alg in ("none", "HS384", "HS512", "RS256", "ES256", "PS256", "hs256")},
        "alg missing": headed(alg=NONE_AT_ALL),
        "alg null": headed(alg=None),
        "alg a list": headed(alg=["HS256"]),
        "typ missing": headed(typ=NONE_AT_ALL),
        **{f"typ {typ!r}": headed(typ=typ) for typ in ("JWT", "refresh", "rt+jwt", "at+JWT", None)},
        "critical extension": headed(crit=["exp"]),
        "unencoded payload": headed(b64=False, crit=["b64"]),
        "key id": headed(kid="../../dev/null"),
        "key from the network": headed(jku="http://127.0.0.1/keys"),
        "header nested deeply": sign(good, b'{"a":' + b"[" * 600 + b"]" * 600 + b"}"),
        "exp now": claiming(iat=now - 600, exp=now),
        "exp past": claiming(iat=now - 900, exp=now - 300),
        "exp missing": claiming(exp=NONE_AT_ALL),
        "exp null": claiming(exp=None),
        "exp a list": claiming(exp=[now + 600]),
        "exp a string": claiming(exp=str(now + 600)),
        "exp a float": claiming(exp=now + 600.5),
        "exp true": claiming(exp=True),
        "exp 10^30": claiming(exp=10**30),
        "exp NaN": sign(_raw(good, "exp", b"NaN")),
        "exp 1e400": sign(_raw(good, "exp", b"1e400")),
        "exp of 5,000 digits": sign(_raw(good, "exp", b"9" * 5000)),
        "good for longer than any token is": claiming(exp=now + 3601),
        "iat in the future": claiming(iat=now + 60),
        "iat missing": claiming(iat=NONE_AT_ALL),
        "iat a string": claiming(iat=str(now)),
        "nbf in the future": claiming(nbf=now + 300),
        "of another issuer": claiming(iss="somebody"),
        "issuer a list": claiming(iss=["booked"]),
        "for another audience": claiming(aud="somebody"),
        "audience an object": claiming(aud={"booked": True}),
        "sub missing": claiming(sub=NONE_AT_ALL),
        "sub null": claiming(sub=None),
        "sub a number": claiming(sub=7),
        "sub not a UUID": claiming(sub="ann"),
        "sub with a NUL": claiming(sub=user_id[:-1] + "\0"),
        "sub with a lone surrogate": claiming(sub="\ud800" + user_id[1:]),
        "sub in capitals": claiming(sub=user_id.upper()),
        "sub in braces": claiming(sub="{" + user_id + "}"),
        "sub in full-width digits": claiming(sub=user_id.replace("0", "\uff10")),
        "role missing": claiming(role=NONE_AT_ALL),
        "role unknown": claiming(role="root"),
        "role a list": claiming(role=["user"]),
        "version missing": claiming(ver=NONE_AT_ALL),
        "version a string": claiming(ver="0"),
        "version false": claiming(ver=False),
        "jti missing": claiming(jti=NONE_AT_ALL),
        "claims not an object": sign(b"[]"),
        "claims not JSON": sign(b"{"),
        "claims not UTF-8": sign(b'{"sub":"\xff"}'),
        "claims nested deeply": sign(b'{"a":' + b"[" * 700 + b"]" * 700 + b"}"),
        "signed with another secret": sign(good, secret="another secret that is just as long as ours"),
        "signed with no secret": sign(good, secret=""),
        "signature cut off": f"{header}.{payload}.",
        "signature cut short": f"{header}.{payload}.{signature[:-2]}",
        "signature of other claims": f"{header}.{_part({**good, 'role': 'admin'})}.{signature}",
        "two parts": f"{header}.{payload}",
        "four parts": f"{header}.{payload}.{signature}.{signature}",
        "five parts, as if encrypted": f"{header}.{payload}.{signature}.{signature}.{signature}",
        "not a token": "x",
        "empty parts": "..",
    }


def _part(content: Mapping[str, Any] | bytes) -> str:
    return _encode(content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode())


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _raw(claims: Mapping[str, Any], name: str, value: bytes) -> bytes:
    """The claims as JSON, one of them as these bytes."""
    return json.dumps({**claims, name: "RAW"}).encode().replace(b'"RAW"', value)
