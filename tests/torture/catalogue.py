"""All proofs that `make torture` runs, in this order."""

from tests.torture import (
    forgetting,
    fuzzing,
    killing,
    linearizability,
    lost_replies,
    mutants,
    overload,
    power_cuts,
    slow_clients,
    storms,
)
from tests.torture.proofs import Proof

PROOFS: tuple[Proof, ...] = (
    linearizability.PROOF,
    killing.PROOF,
    power_cuts.PROOF,
    storms.PROOF,
    lost_replies.PROOF,
    forgetting.PROOF,
    fuzzing.PROOF,
    slow_clients.PROOF,
    overload.PROOF,
    mutants.PROOF,
)
