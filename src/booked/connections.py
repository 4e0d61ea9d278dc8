"""How many clients can be connected at once: as many as there are files to open, within reason."""

import resource
from contextlib import suppress

CONNECTIONS_MOST = 4_096  # of each process; who comes then waits until somebody leaves
OTHER_FILES = 256  # connections to the stores, libraries, logs


def connections() -> int:
    """Return how many connections a process may hold open. Let it open more files, if the system allows that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _least(CONNECTIONS_MOST + OTHER_FILES, hard)
    if wanted > _least(wanted, soft):
        with suppress(ValueError, OSError):  # some systems have a limit that they do not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    files = _least(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return max(files - OTHER_FILES, files // 2)


def _least(wanted: int, limit: int) -> int:
    return wanted if limit == resource.RLIM_INFINITY else min(wanted, limit)
