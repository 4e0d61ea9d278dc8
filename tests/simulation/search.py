"""Looking for a seed whose run breaks a promise."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.world import BrokenPromise, World

SEEDS_A_SHARE = 500

Finding = tuple[int, str]
"""A seed, and what is wrong after its run."""


def finding(seed: int) -> Finding | None:
    """Return what is wrong after a run, if anything is. The same seed gives the same answer, in any process."""
    world = World(seed)
    try:
        world.run()
    except BrokenPromise as broken:
        return seed, str(broken)
    return (seed, str(world.loop.faults[0])) if world.loop.faults else None


def findings(seeds: Sequence[int]) -> list[Finding]:
    return [found for seed in seeds if (found := finding(seed))]


def first_finding(seeds: Iterable[int]) -> Finding | None:
    return next(filter(None, map(finding, seeds)), None)


def search(first: int, count: int, processes: int) -> Iterator[tuple[int, list[Finding]]]:
    """Run `count` seeds from `first` on in several processes. Yield how many are done, and what was found since."""
    ends = range(first + SEEDS_A_SHARE, first + count + SEEDS_A_SHARE, SEEDS_A_SHARE)
    shares = [range(end - SEEDS_A_SHARE, min(end, first + count)) for end in ends]
    done = 0
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            for share, found in zip(shares, pool.map(findings, shares), strict=True):
                done += len(share)
                yield done, found
        finally:
            pool.shutdown(cancel_futures=True)
