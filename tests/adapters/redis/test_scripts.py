"""The frame of the Lua scripts: which there are, and what they say of a cold event."""

import re

from booked.adapters.redis.client import client_of
from booked.adapters.redis.loading import ScriptLoader
from booked.adapters.redis.scripts import TEXTS
from booked.adapters.redis.steps import Call, ScriptRunner
from booked.adapters.redis.wire import Wire
from tests.builders import an_event_id

WARM = re.findall(r"function WARM\.(\w+)\(", TEXTS["frame"])


def test_the_frame_names_every_file() -> None:
    named = re.findall(r"--\[\[ (\w+)\.lua \]\]", TEXTS["frame"])

    assert {*named} == TEXTS.keys() - {"frame"}


def test_a_script_has_the_name_of_its_file() -> None:
    named = re.findall(r"function \w+\.(\w+)\([\w, ]+\) --\[\[ (\w+)\.lua \]\]", TEXTS["frame"])

    assert len(named) > len(WARM) > 0
    assert all(script == file for script, file in named)


async def test_scripts_that_need_an_event_leave_a_cold_one_alone(redis_url: str) -> None:
    client = client_of(redis_url, pool_size=2, timeout=2)
    runner = ScriptRunner(wire := Wire(client.connection_pool), ScriptLoader(client))

    replies = {script: await runner.run(Call(script, an_event_id())) for script in WARM}

    assert replies == {script: [b"cold"] for script in WARM}
    assert await client.keys("*") == []
    await wire.close()
    await client.aclose(close_connection_pool=True)
