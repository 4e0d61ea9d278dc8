"""A proof: what it promises, how much of it is enough, and how it is run."""

import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Report = Callable[[int], None]


@dataclass(slots=True)
class Trial:
    """One run of a proof: how far it is, and what it found. It ends when `goal` is done or its time is up."""

    goal: int
    seconds: float
    seed: int
    report: Report = lambda done: None
    done: int = 0
    violations: list[Path] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    unreached: list[str] = field(default_factory=list)
    control: str = ""
    _started: float = field(default_factory=time.monotonic, init=False)

    def random(self, *names: object) -> random.Random:
        """Return a source of choices that the seed and these names determine."""
        return random.Random(f"{self.seed} {names}")

    def advance(self, count: int = 1) -> None:
        self.done += count
        self.report(self.done)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    @property
    def goes_on(self) -> bool:
        return self.done < self.goal and self.elapsed < self.seconds

    def violated(self, what: str, **facts: Any) -> None:
        """Note a broken promise, and write down what is needed to understand it."""
        with tempfile.NamedTemporaryFile("w", prefix="booked-violation-", suffix=".json", delete=False) as file:
            json.dump({"what": what, "seed": self.seed, **facts}, file, indent=1, default=str)
        self.violations.append(Path(file.name))

    def measured(self, name: str, seconds: list[float], goal: float | None = None) -> None:
        """Note median and worst of some times. A worst above the goal is a figure that was not reached."""
        if not seconds:
            return
        middle, worst = sorted(seconds)[len(seconds) // 2], max(seconds)
        self.figures[name] = f"{middle:.1f} s, at most {worst:.1f} s" + (f" (goal {goal:g} s)" if goal else "")
        if goal and worst > goal:
            self.unreached.append(name)

    def controlled(self, name: str, caught: bool, how: str) -> None:
        """Note whether a fault made on purpose was found; one that was not is a figure not reached."""
        self.control = "; ".join(filter(None, [self.control, f"{name}: {how if caught else 'NOT CAUGHT'}"]))
        if not caught:
            self.unreached.append(f"control {name}")

    @property
    def passed(self) -> bool:
        return self.done >= self.goal and not self.violations and not self.unreached


@dataclass(frozen=True, slots=True)
class Proof:
    """`goal` is how many of `unit` a usual run makes, `seconds` how long it may take for them.

    `full` is the goal of a full run, where that is more.
    """

    name: str
    promise: str
    unit: str
    goal: int
    seconds: float
    run: Callable[[Trial], None]
    full: int = 0

    def trial(self, scale: float, seed: int, report: Report = lambda done: None, *, full: bool = False) -> Trial:
        if full:
            scale *= max(self.goal, self.full) / self.goal
        return Trial(max(1, round(self.goal * scale)), max(300.0, self.seconds * scale), seed, report)
