"""Where the cluster is: below the data directory or, as root, where Postgres' system user can walk to.

What was decided once stays. The modes of directories change, and a cluster in another place would be an empty one.
"""

import logging
import os
from itertools import count
from pathlib import Path

from booked.adapters.embedded.accounts import WALK_THROUGH, closed_to_others, make_place, place_of
from booked.adapters.embedded.directories import private_file
from booked.adapters.embedded.process import ServerFailed

log = logging.getLogger(__name__)

NOTE = "postgres.path"  # in a data directory that does not have its cluster itself: where it is
TENANT = "data_dir.path"  # beside such a cluster: which data directory it belongs to


def place_of_cluster(data_dir: Path) -> Path:
    """Return the directory that has the cluster, or is to have it. Other users can walk through it then.

    Raises `ServerFailed` if the cluster is missing, out of reach or not the only one.
    """
    place = _noted_place(data_dir)
    if os.geteuid() != 0:
        return place or data_dir
    place = place or _chosen_place(data_dir)
    if place != data_dir:
        _require_sole_tenant(place, data_dir)
        log.warning("Postgres keeps its data in %s, not in %s: a backup needs both.", place, data_dir)
    place.chmod(place.stat().st_mode | WALK_THROUGH)
    return place


def note_place(data_dir: Path, place: Path) -> None:
    """Remember where the cluster of a data directory is, once it is there."""
    if place != data_dir:
        _write(place / TENANT, data_dir)
        _write(data_dir / NOTE, place)


def _noted_place(data_dir: Path) -> Path | None:
    place = _read(data_dir / NOTE)
    if place is None:
        return None
    if not _has_cluster(place):
        raise ServerFailed(
            f"The database of {data_dir} is missing: by {data_dir / NOTE} it is in {place}, but there is none. "
            f"Restore {place}, or remove {NOTE} to begin with an empty database."
        )
    _require_reach(place)
    return place


def _chosen_place(data_dir: Path) -> Path:
    elsewhere = _own_place(data_dir)
    if _has_cluster(data_dir):
        if _has_cluster(elsewhere):
            raise ServerFailed(
                f"There are two databases of {data_dir}: in {data_dir / 'postgres'} and in {elsewhere / 'postgres'}. "
                "Move the one away that is not wanted."
            )
        _require_reach(data_dir)
        return data_dir
    if _has_cluster(elsewhere) or closed_to_others(data_dir):
        return make_place(elsewhere)
    return data_dir


def _own_place(data_dir: Path) -> Path:
    """Return the first place of a data directory that no other one has: such a one was moved away from here."""
    places = (place_of(data_dir, number) for number in count(1))
    return next(place for place in places if _read(place / TENANT) in {None, data_dir})


def _require_reach(place: Path) -> None:
    if closed := closed_to_others(place):
        raise ServerFailed(
            f"The database is in {place / 'postgres'}, and Postgres' system user cannot walk to it: "
            f"{closed} is closed to other users. Run: chmod o+x {closed}"
        )


def _require_sole_tenant(place: Path, data_dir: Path) -> None:
    """Raise `ServerFailed` if another data directory, of which this one is a copy, has the same cluster."""
    tenant = _read(place / TENANT)
    if tenant and tenant != data_dir and _read(tenant / NOTE) == place:
        raise ServerFailed(
            f"{tenant} and {data_dir} would share the database in {place}. Remove {NOTE} from the one that is a copy."
        )


def _has_cluster(place: Path) -> bool:
    return (place / "postgres" / "PG_VERSION").exists()


def _read(note: Path) -> Path | None:
    try:
        return Path(os.fsdecode(note.read_bytes())) if note.stat().st_size else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(note: Path, path: Path) -> None:
    if _read(note) == path:
        return
    fresh = note.with_name(f"{note.name}.new")
    with open(fresh, "wb", opener=private_file) as file:
        file.write(os.fsencode(path))
    fresh.replace(note)
