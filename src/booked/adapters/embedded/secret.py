"""The secret for signing tokens when nobody has set one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from booked.adapters.embedded.directories import private_directory

SECRET_BYTES = 48


def jwt_secret(data_dir: Path) -> str:
    """Return a random secret, made once and kept: tokens stay good when the server restarts."""
    path = private_directory(data_dir.expanduser().resolve()) / "jwt.secret"
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, prefix="jwt.") as fresh:
            fresh.write(secrets.token_urlsafe(SECRET_BYTES))
            fresh.flush()
            os.fsync(fresh.fileno())
            # Under its final name it is complete from the start, and of two processes the first one wins.
            with suppress(FileExistsError):
                os.link(fresh.name, path)
    return path.read_text()
