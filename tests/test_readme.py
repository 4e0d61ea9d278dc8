"""The README's promises, kept: its commands run as they stand, and its links lead somewhere."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.running import PATIENCE, serving

README = (Path(__file__).parent.parent / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


def walk_through() -> str:
    found = re.search(r"<!-- walk-through.*?-->\n```bash\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def run(script: str) -> str:
    """What a script writes."""
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_what_one_is_told_to_try_works_as_written(directory: Path) -> None:
    with serving(directory, "--demo", "--workers=2") as service:
        walked = run(walk_through().replace(ADDRESS, service.url))
        welcome = service.output.read_text()
        seats, rush = (run(script) for script in commands_in(welcome))

    lists = [json.loads(part) for part in re.findall(r"\[\{\"event_id.*?\}\]", walked)]
    assert [[row["number_of_tickets"] for row in rows] for rows in lists] == [[2], [1]]
    reserved, booked = (json.loads(part) for part in re.findall(r'\{"id":"[^"]*","event.*\}', walked)[-2:])
    places = [(ticket["section"], ticket["row"], ticket["seat_number"]) for ticket in reserved["tickets"]]
    assert places == [("Stalls", places[0][1], places[0][2] + seat) for seat in range(3)]
    assert (booked["num_tickets"], booked["total"]) == (3, reserved["total"])
    assert re.fullmatch(r"\w{4}-\w{4}", booked["code"])

    statuses = [seat["status"] for seat in json.loads(seats)["items"]]
    assert len(statuses) == 24
    assert statuses.count("BLOCKED") == 8
    assert sorted(rush.split()) == ["201"] * 10 + ["400"] * 5


def commands_in(welcome: str) -> list[str]:
    """The lines to copy, by what they are introduced with."""
    return [script.replace("\n  ", "\n") for script in re.findall(r"(?m)^\w.*:\n((?:  .+\n)+)", welcome)]


def test_the_walk_through_names_the_address_that_booked_serves_at() -> None:
    assert f"BOOKED={ADDRESS}\n" in walk_through()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (Path(__file__).parent.parent / link).exists()


def test_it_says_what_why_try_how_and_run_in_this_order() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", README, flags=re.DOTALL), re.MULTILINE)

    assert headings == ["Booked", "Why another one", "Try it", "How it works", "Run it for real", "Development"]
