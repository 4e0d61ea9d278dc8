"""All proofs that `make torture` runs, in this order."""

from tests.torture import forgetting, killing, linearizability, lost_replies, mutants, storms
from tests.torture.proofs import Proof

PROOFS: tuple[Proof, ...] = (
    linearizability.PROOF,
    killing.PROOF,
    storms.PROOF,
    lost_replies.PROOF,
    forgetting.PROOF,
    mutants.PROOF,
)
