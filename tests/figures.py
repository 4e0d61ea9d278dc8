"""Print what the house looks like in figures: `python -m tests.figures`.

`python -m tests.figures --words PATH…` lists the docstrings of functions below these paths that start with no verb.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[1] / "src"

# What docstrings start with. A new verb is added there with its first use.
VERBS = frozenset((Path(__file__).parent / "verbs.txt").read_text().split())

# "One" that stands for a person or for people: one may, what one has.
IMPERSONAL = re.compile(r"\bone (?:may|can|could|does|has|had|must|is|was|would|will|asks?|buys?|gets?|owns?|wants?)\b")


def main() -> None:
    if sys.argv[1:2] == ["--words"]:
        _list_verbless(sys.argv[2:])
        return
    chain = longest_chain()
    wide = {name: len(found) for name, found in imports().items()}
    print(f"modules                      {len(modules())}, median {median(map(len_of, modules().values())):.0f} lines")
    print(f"lines of source              {sum(map(len_of, modules().values()))}")
    print(f"longest import chain         {len(chain)}: {' → '.join(name.removeprefix('booked.') for name in chain)}")
    print(f"most imports of a module     {', '.join(f'{n} {c}' for n, c in Counter(wide).most_common(8))}")
    print(f"modules over 350 lines       {', '.join(f'{n} {c}' for n, c in long_modules().items()) or 'none'}")
    print(f"classes of one name          {', '.join(shared_class_names()) or 'none'}")
    texts = [text for _, text in docstrings(functions_only=True)]
    every = " ".join(text for _, text in docstrings(functions_only=False))
    words = len(re.findall(r"[A-Za-z']+", every))
    verbs = sum(map(starts_with_verb, texts)) / len(texts)
    print(f"function docstrings          {len(texts)}, {verbs:.1%} start with a verb")
    that, one = len(re.findall(r"\bthat\b", every)), len(IMPERSONAL.findall(every))
    print(f"per 1,000 docstring words    that {1000 * that / words:.1f}, impersonal one {1000 * one / words:.2f}")


@cache
def modules() -> Mapping[str, Path]:
    """Return the modules of Booked by their dotted names."""
    return {_dotted(path): path for path in sorted(SOURCE.rglob("*.py"))}


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """Return which modules of Booked each one imports, wherever in it."""
    return {name: frozenset(_imported(name)) - {name} for name in modules()}


def longest_chain() -> tuple[str, ...]:
    """Return the longest way from a module through what it imports; none is on it twice."""
    chains: list[tuple[str, ...]] = [_chain_from(name) for name in modules()]
    longest: tuple[str, ...] = max(chains, key=len)
    return longest


def long_modules() -> Mapping[str, int]:
    """Return modules over 350 lines, but the catalogue of errors."""
    lengths = {name: len_of(path) for name, path in modules().items() if name != "booked.domain.errors"}
    return {name: length for name, length in lengths.items() if length > 350}


def shared_class_names() -> list[str]:
    """Return names of more than one class, each once. Messages of different HTTP contracts may share a name."""
    homes = defaultdict(set)
    for name, tree in _trees().items():
        contract = re.search(r"http\.contracts\.(\w+)", name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].add("a contract" if contract else name)
    return sorted(name for name, places in homes.items() if len(places) > 1)


def docstrings(*, functions_only: bool, below: Path = SOURCE) -> Iterator[tuple[str, str]]:
    """Yield where each docstring stands, and its text."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    for name, tree in _trees().items():
        path = modules()[name]
        if below in {path, *path.parents}:
            for node in ast.walk(tree):
                if isinstance(node, kinds if functions_only else (*kinds, ast.ClassDef, ast.Module)):
                    text = ast.get_docstring(node)
                    if text:
                        yield f"{path.relative_to(SOURCE.parent)}:{getattr(node, 'lineno', 1)}", text


def starts_with_verb(text: str) -> bool:
    first = re.match(r"[A-Za-z]+", text)
    return first is not None and first[0].lower() in VERBS


def len_of(path: Path) -> int:
    return len(path.read_text().splitlines())


@cache
def _chain_from(name: str) -> tuple[str, ...]:
    ways: list[tuple[str, ...]] = [_chain_from(other) for other in imports()[name]]
    longest: tuple[str, ...] = max(ways, key=len, default=())
    return (name, *longest)


def _imported(name: str) -> Iterator[str]:
    for node in ast.walk(_trees()[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("booked"):
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if deeper in modules() else node.module


@cache
def _trees() -> Mapping[str, ast.Module]:
    return {name: ast.parse(path.read_text()) for name, path in modules().items()}


def _dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _list_verbless(paths: list[str]) -> None:
    for path in paths or [str(SOURCE)]:
        for place, text in docstrings(functions_only=True, below=Path(path).resolve()):
            if not starts_with_verb(text):
                print(f"{place}: {text.splitlines()[0]}")


if __name__ == "__main__":
    main()
