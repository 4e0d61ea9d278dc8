"""The text of the Lua scripts. The server knows all of them as one."""

from collections.abc import Iterable
from importlib import resources

_FILES = resources.files("booked.adapters.redis") / "scripts"
TEXTS = {
    file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
    for file in _FILES.iterdir()
    if file.name.endswith(".lua")
}
_LIBRARIES = ("overview", "releases", "reservations")
# The server makes every function of the text anew in each step, so all others are made only where one is called.
_FREQUENT = ("reserve", "claim", "settle", "available")


def text_for(mark: str) -> str:
    """Return the text for the server with this mark."""
    others = [name for name in TEXTS if name not in {"prelude", "main", *_LIBRARIES, *_FREQUENT}]
    return f"""local RUN_ID = '{mark}'
{TEXTS["prelude"]}
local SCRIPTS = {{}}
{_functions(_FREQUENT)}
local calls, frequent = cmsgpack.unpack(ARGV[2]), true
for _, call in ipairs(calls) do frequent = frequent and SCRIPTS[call[1]] end
if not frequent then
{"".join(TEXTS[name] for name in _LIBRARIES)}
{_functions(others)}
end
{TEXTS["main"]}"""


def _functions(scripts: Iterable[str]) -> str:
    return "".join(f"function SCRIPTS.{script}(ARGV)\n{TEXTS[script]}end\n" for script in scripts)
