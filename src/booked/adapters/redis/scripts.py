"""The text of the Lua scripts. The server knows all of them as one."""

import re
from importlib import resources

_FILES = resources.files("booked.adapters.redis") / "scripts"
TEXTS = {
    file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
    for file in _FILES.iterdir()
    if file.name.endswith(".lua")
}
_MARK = "--[[ mark of the server ]]"
_FILE = re.compile(r"--\[\[ (\w+)\.lua \]\]")


def text_for(mark: str) -> str:
    """Return the text for the server with this mark: the frame, with files in the places of their names."""
    return _FILE.sub(lambda file: f"\n{TEXTS[file[1]]}", TEXTS["frame"].replace(_MARK, mark))
