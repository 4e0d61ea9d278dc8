"""Postgres refuses to run as root. Where we are root, it runs as a system user of its own.

That user must be able to walk to its data and to the program. The directories on the way are not ours to open: what
is closed to that user where it is, is kept or copied below `PLACE`.
"""

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

PLACE = Path("/var/lib/booked")
READ = stat.S_IROTH
RUN = WALK_THROUGH = stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def of(cls, name: str) -> "Account":
        entry = pwd.getpwnam(name)
        return cls(entry.pw_uid, entry.pw_gid)

    def owns(self, directory: Path) -> None:
        os.chown(directory, self.uid, self.gid)


def name_of(uid: int) -> str:
    """Return the name of a user, or one made of the number where nobody has it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def runnable_by_others(directory: Path, trees: Sequence[Path]) -> Path:
    """Return the programs' directory or, where others cannot run them, the one in a copy of the trees they belong to.

    The names of the trees tell versions apart. A strict umask at their installation closes them to others, too.
    """
    if not closed_to_others(directory / "postgres") and (directory / "postgres").stat().st_mode & READ:
        return directory
    home = trees[0].parent
    place = make_place(place_of(home / "+".join(sorted(tree.name for tree in trees))))
    copies = place / "programs"
    if not copies.exists():
        fresh = Path(mkdtemp(dir=place))
        for tree in trees:
            shutil.copytree(tree, fresh / tree.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (READ | RUN if mode & stat.S_IXUSR else READ))
        with suppress(OSError):  # another process was quicker
            fresh.rename(copies)
        shutil.rmtree(fresh, ignore_errors=True)
    return copies / directory.relative_to(home)


def closed_to_others(path: Path) -> Path | None:
    """Return the topmost directory that other users cannot walk through on their way to the path, or None."""
    return next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & WALK_THROUGH), None)


def place_of(path: Path, number: int = 1) -> Path:
    """Return where to keep what others cannot walk to at its path, always the same for a path and a number."""
    name = sha256(os.fsencode(path)).hexdigest()[:16]
    return PLACE / (name if number == 1 else f"{name}-{number}")


def make_place(place: Path) -> Path:
    """Make a place that others can walk through, and return it."""
    place.mkdir(parents=True, exist_ok=True)
    # The umask may have closed them.
    PLACE.chmod(0o755)
    place.chmod(0o711)
    return place
