"""Where to go next: only ever to a path of ours. No link to a login leads elsewhere afterwards."""

import re

# Of one with all the tickets that somebody may have, as it stands in the address of a login. Proxies take 8 KB.
PATH_LENGTH = 6_000
HOME = "/"

# One slash, then printable ASCII without a backslash, which browsers read as a slash. What is after it cannot name
# a host: that takes a second slash at once, and a scheme takes a first character that is none.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(sent: str) -> str:
    """Return a path of ours as it was sent, or the first page for anything else."""
    return sent if len(sent) <= PATH_LENGTH and _LOCAL.fullmatch(sent) else HOME
