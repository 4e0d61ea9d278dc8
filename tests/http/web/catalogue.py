"""The texts of the pages, and what the German catalogue lacks of them.

`python -m tests.http.web.catalogue` prints what to add to `locale/de/LC_MESSAGES/booked.po`, and what is stale there.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from booked.adapters.http.contracts import web
from booked.adapters.http.errors import catalogue

DIRECTORY = Path(web.__file__).parent
GERMAN = DIRECTORY / "locale" / "de" / "LC_MESSAGES" / "booked.po"
METHODS = [("**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"**.html": {"silent": "false", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}

MessageId = str | tuple[str, ...]


def needed() -> dict[MessageId, str]:
    """Return every text of the templates and modules with where it is, and the codes of all errors."""
    found: dict[MessageId, str] = {}
    extracted = extract_from_dir(DIRECTORY, METHODS, OPTIONS, KEYWORDS)
    for file, line, message, *_ in extracted:
        found.setdefault(message, f"{file}:{line}")
    for error in catalogue():
        found.setdefault(error().code, error.message)
    return found


def translated() -> Catalog:
    with GERMAN.open("rb") as file:
        return read_po(file, "de")


def missing() -> Iterator[tuple[MessageId, str]]:
    """Yield texts that are not translated, or only perhaps, with where they are."""
    german = translated()
    for message, place in needed().items():
        known = german.get(message[0] if isinstance(message, tuple) else message)
        complete = known is not None and all(_strings(known.string)) and not known.fuzzy
        if not complete:
            yield message, place


def stale() -> list[MessageId]:
    """Return what is translated but nowhere any more."""
    ids = needed()
    known = [tuple(each.id) if isinstance(each.id, list) else each.id for each in translated()]
    return [message for message in known if message and message not in ids]


def _strings(string: str | Sequence[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or [""])


def main() -> None:
    for message, place in missing():
        first, *more = message if isinstance(message, tuple) else [message]
        plural = f'\nmsgid_plural "{more[0]}"\nmsgstr[0] ""\nmsgstr[1] ""' if more else '\nmsgstr ""'
        print(f'\n#. {place}\nmsgid "{first}"{plural}')
    for old in stale():
        print("stale:", old)


if __name__ == "__main__":
    main()
