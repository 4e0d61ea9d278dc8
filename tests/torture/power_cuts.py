"""The power is cut while a crowd buys, and with it goes what has not reached the disk: what is left of its sales."""

from functools import partial

from tests.servers import fresh_directory
from tests.torture import rounds
from tests.torture.disks import NoDiskHere, a_disk
from tests.torture.proofs import Proof, Trial
from tests.torture.sieges import Siege

CUTS_A_ROUND = 10


def survive(trial: Trial) -> None:
    """Run a box office whose data directory is a disk. Where there can be none, that is a figure not reached."""
    with fresh_directory() as directory:
        siege = Siege(trial, directory, trial.random("power cuts"))
        try:
            with a_disk(siege.data) as disk:
                siege.start()
                cut = partial(siege.cut_power, disk)
                try:
                    rounds.survive(trial, siege, lambda count: [cut] * count, CUTS_A_ROUND)
                    for name, times in siege.times.items():
                        trial.measured(f"until a sale after {name} ({len(times)})", times)
                    rounds.forget(trial, siege, cut)
                finally:
                    siege.stop()
        except NoDiskHere as why:
            trial.unreached.append(f"no power can be cut on this machine: {why}")


PROOF = Proof(
    "power-cuts",
    "What was confirmed stands though the power is cut at any moment; the event sells out then.",
    "cuts",
    10,
    600,
    survive,
    full=100,
)
