"""Answers that are the same for everybody, made once for all who ask at the same moment.

Nobody gets an answer begun before they asked, unless the operator allows for some age: then answers are
remembered for that long. Requests of somebody in particular are none of this module's business.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from litestar import Request

from booked.adapters.http.requests.anonymity import is_anonymous
from booked.adapters.http.responses.answers import Answer
from booked.domain.batching import Batcher

T = TypeVar("T")
Make: TypeAlias = Callable[[], Awaitable[Any]]

REMEMBERED_MOST = 16 * 2**20  # bytes of answers, and of what they answer
BYTES_BESIDE = 1_000  # that Python takes to remember an answer
AT_ONCE = 10_000  # requests for one answer; more than a process has connections


async def shared(
    request: Request[Any, Any, Any], make: Callable[[], Awaitable[Answer[T] | T]], *differing: Hashable
) -> Answer[T]:
    """Return what `make` does, shared with others who ask for the same address and have no token.

    `differing` are what else the answer depends on.
    """
    if not is_anonymous(request.scope["headers"]):
        return _answer(await make())
    answers: SharedAnswers = request.app.state["shared_answers"]
    return await answers.get((request.scope["path"], request.scope["query_string"], *differing), make)


@dataclass(frozen=True, slots=True)
class _Made:
    answer: Answer[Any]
    begun: float
    size: int


@dataclass(slots=True)
class SharedAnswers:
    """`age` in seconds is how long ago an answer may have been begun when somebody asks for it.

    An answer is made by one at a time. An error is told to those who waited for it, and not remembered.
    """

    age: float = 0.0
    now: Callable[[], float] = monotonic
    _makers: dict[Hashable, Batcher[Make, Answer[Any]]] = field(default_factory=dict, init=False)
    _made: dict[Hashable, _Made] = field(default_factory=dict, init=False)
    _bytes: int = field(default=0, init=False)

    async def get(self, key: Hashable, make: Make) -> Answer[Any]:
        if known := self._known(key):
            return known
        maker = self._makers.get(key)
        if maker is None:
            maker = self._makers[key] = Batcher(partial(self._serve, key), AT_ONCE)
        try:
            return await maker.run(make)
        finally:
            if maker.idle and self._makers.get(key) is maker:
                del self._makers[key]

    async def _serve(self, key: Hashable, makes: Sequence[Make]) -> Sequence[Answer[Any] | Exception]:
        begun = self.now()
        try:
            answer = self._known(key) or _encoded(_answer(await makes[0]()))
        except Exception as error:  # returned, so that those who have come meanwhile ask anew
            return [error] * len(makes)
        if self.age and not self._known(key):
            # Clients make up addresses and tags, so these count as well.
            self._remember(key, _Made(answer, begun, len(answer.content) + len(repr(key)) + BYTES_BESIDE))
        return [answer] * len(makes)

    def _known(self, key: Hashable) -> Answer[Any] | None:
        made = self._made.get(key)
        return made.answer if made and self.now() - made.begun < self.age else None

    def _remember(self, key: Hashable, made: _Made) -> None:
        self._forget(key)
        self._made[key] = made
        self._bytes += made.size
        while self._bytes > REMEMBERED_MOST:
            self._forget(next(iter(self._made)))

    def _forget(self, key: Hashable) -> None:
        if made := self._made.pop(key, None):
            self._bytes -= made.size


def _answer(made: Any) -> Answer[Any]:
    return made if isinstance(made, Answer) else Answer(made)


def _encoded(answer: Answer[Any]) -> Answer[Any]:
    body = answer.encoded().body
    return Answer(body, status_code=answer.status_code, media_type=answer.media_type, headers=answer.headers)
