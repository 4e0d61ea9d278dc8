"""Postgres refuses to run as root. Where we are root, it runs as a system user of its own.

That user must be able to walk to its data and to run the program, though not to look around on the way.
"""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
        """From now on, and can get there."""
        os.chown(directory, self.uid, self.gid)
        _let_others_walk_to(directory)


def let_others_run(program: Path, trees: Iterable[Path]) -> None:
    """A program in the trees it comes from. Installed under a strict umask, they are closed to others."""
    _let_others_walk_to(program)
    if program.stat().st_mode & READ:
        return
    for tree in trees:
        for path in (tree, *tree.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (READ | RUN if mode & stat.S_IXUSR else READ))


def _let_others_walk_to(path: Path) -> None:
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & WALK_THROUGH:
            directory.chmod(mode | WALK_THROUGH)
