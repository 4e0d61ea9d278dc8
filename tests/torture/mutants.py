"""Mutants: a guard is taken out of a copy of the project, and some test has to go red. So for each guard."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from tests import guards
from tests.torture.proofs import Proof, Trial
from tests.torture.python_guards import GUARDS

ROOT = Path(__file__).parents[2]
SOURCE = Path("src/booked")
COPIED = ("src", "tests", "migrations", "benchmarks", "docs", "pyproject.toml", "README.md", "Makefile")
WHERE_CONTROLS_ARE = (
    "tests/concurrency",
    "tests/contracts",
    "tests/adapters",
    "tests/http",
    "tests/services",
)
WIDER = ("tests/contracts", "tests/adapters", "tests/services", "tests/concurrency")  # if none of those goes red
AT_ONCE = 2
HANGS_AFTER = 240  # seconds for a test
RED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A text that occurs once in a file, what stands there in the mutant, and the tests that should notice."""

    name: str
    path: Path
    text: str
    instead: str
    tests: tuple[str, ...]

    def written(self, source: str) -> str:
        """Return the source of the mutant. Raises `LookupError` if the text does not occur once."""
        if source.count(self.text) != 1:
            raise LookupError(f"{self.path} has {source.count(self.text)} times: {self.text}")
        return source.replace(self.text, self.instead)


def mutants() -> list[Mutant]:
    """Return a mutant for each guard that is marked in SQL or Lua, and for those listed in Python."""
    marked = [
        _without(line, path) for path in _texts() for line in path.read_text().splitlines() if guards.MARK in line
    ]
    listed = [Mutant(each.name, SOURCE / each.path, each.condition, each.without, each.tests) for each in GUARDS]
    return marked + listed


def _texts() -> list[Path]:
    return sorted(path for suffix in ("*.py", "*.lua") for path in (ROOT / SOURCE / "adapters").rglob(suffix))


def _without(line: str, path: Path) -> Mutant:
    """Take a marked line out, but leave its mark: controls that take it out themselves should not fail for that."""
    name = line.partition(guards.MARK)[2]
    controls = [
        str(file.relative_to(ROOT))
        for where in WHERE_CONTROLS_ARE
        for file in sorted((ROOT / where).rglob("test_*.py"))
        if re.search(rf'"{re.escape(name)}"', file.read_text())
    ]
    left = f"{guards.left_of(name)} {guards.MARK}{name}\n"
    return Mutant(name, path.relative_to(ROOT), f"{line}\n", left, tuple(controls))


@dataclass(frozen=True, slots=True)
class Workshop:
    """A copy of the project in which one file at a time is another one."""

    root: Path

    def killer_of(self, mutant: Mutant) -> str | None:
        """Return the first test that goes red, if there is one."""
        file = self.root / mutant.path
        original = file.read_text()
        file.write_text(mutant.written(original))
        try:
            return self.first_red(mutant.tests)
        finally:
            file.write_text(original)

    def first_red(self, tests: Sequence[str]) -> str | None:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-rf",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow",
            "-k",
            "not control",  # controls of other guards say nothing about this one
        ]
        paths = os.pathsep.join([str(self.root / "src"), str(self.root)])
        run = subprocess.run(
            [*command, *tests],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        red = RED.search(run.stdout)
        if run.returncode != 0 and red is None:
            raise RuntimeError(f"The tests did not run: {run.stdout[-2000:]}{run.stderr[-2000:]}")
        return red[1] if red else None


@contextmanager
def workshop() -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory(prefix="booked-mutants-") as directory:
        for name in COPIED:
            original, copy = ROOT / name, Path(directory) / name
            if original.is_dir():
                shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(original, copy)
        yield Workshop(Path(directory))


def kill_some(trial: Trial) -> None:
    """Try mutants; one that no test notices is a violation. Without any change, the same tests are green."""
    wanted = mutants()
    trial.random("mutants").shuffle(wanted)
    killers = list(_attempts(wanted[: trial.goal], trial))
    for mutant, killer in killers:
        if killer is None:
            trial.violated("a guard can be taken out and no test goes red", guard=mutant.name, tests=mutant.tests)
    trial.figures["killed"] = f"{sum(killer is not None for _, killer in killers)} of {len(killers)}"
    with workshop() as untouched:
        red = untouched.first_red(sorted({test for mutant, _ in killers for test in mutant.tests}))
    trial.controlled("nothing taken out", red is None, "all green")


def _attempts(wanted: Sequence[Mutant], trial: Trial) -> Iterator[tuple[Mutant, str | None]]:
    """Try mutants, some at once, as long as the trial goes on. Yield each with the test that goes red."""
    free: SimpleQueue[Workshop] = SimpleQueue()

    def attempt(mutant: Mutant) -> tuple[Mutant, str | None] | None:
        if not trial.goes_on:
            return None
        mine = free.get()
        try:
            return mutant, mine.killer_of(mutant) or mine.killer_of(replace(mutant, tests=WIDER))
        finally:
            free.put(mine)

    with ExitStack() as open_, ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(AT_ONCE):
            free.put(open_.enter_context(workshop()))
        for attempted in pool.map(attempt, wanted):
            if attempted is not None:
                yield attempted
                trial.advance()


def main() -> None:
    """Print the table of all guards for the documentation."""
    print("| Guard | Where | Without it, the first test that goes red |\n|---|---|---|")
    wanted = mutants()
    for mutant, killer in _attempts(wanted, Trial(len(wanted), float("inf"), seed=1)):
        print(f"| {mutant.name} | `{mutant.path.relative_to(SOURCE)}` | {f'`{killer}`' if killer else 'none'} |")


PROOF = Proof(
    name="mutants",
    promise="Every guard of the sale is held by a test.",
    unit="mutants",
    goal=30,
    seconds=600,
    run=kill_some,
    full=len(mutants()),
)

if __name__ == "__main__":
    main()
