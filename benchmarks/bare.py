"""A bare ASGI application behind the same HTTP server: the floor of all figures."""

from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read a request's body and send it back."""
    if scope["type"] == "lifespan":
        return
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(body), "more_body": False})


def create() -> Any:
    return application
