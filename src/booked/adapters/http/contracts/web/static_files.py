"""The stylesheet, scripts and images: read and packed once, at addresses that change with their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from booked.adapters.http.responses.packing import packed

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    packed: bytes
    media_type: str


def _read(directory: Traversable) -> dict[str, StaticFile]:
    found = {}
    for file in sorted(directory.iterdir(), key=lambda entry: entry.name):
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind:
            found[file.name] = StaticFile(content := file.read_bytes(), packed(content, level=9), kind)
    return found


def _hash_of(all_files: Mapping[str, StaticFile]) -> str:
    digest = sha256()
    for name, file in all_files.items():
        digest.update(f"{name} {len(file.content)} ".encode())
        digest.update(file.content)
    return digest.hexdigest()[:16]


STATIC_FILES: Mapping[str, StaticFile] = _read(files(__package__) / "static")
STATIC_HASH = _hash_of(STATIC_FILES)


def static_path(name: str) -> str:
    """Return the address of a file. Raises `KeyError` for a missing one."""
    if name not in STATIC_FILES:
        raise KeyError(name)
    return f"/static/{STATIC_HASH}/{name}"
