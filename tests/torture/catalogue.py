"""All proofs that `make torture` runs, in this order."""

from tests.torture import killing, linearizability, storms
from tests.torture.proofs import Proof

PROOFS: tuple[Proof, ...] = (linearizability.PROOF, killing.PROOF, storms.PROOF)
