"""The README's promises, kept: its commands run as they stand, and its links lead somewhere."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.running import serving

README = (Path(__file__).parent.parent / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


def walk_through() -> str:
    found = re.search(r"<!-- walk-through.*?-->\n```bash\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_walk_through_runs_as_written_and_ends_with_one_ticket(directory: Path) -> None:
    with serving(directory, "--demo") as house:
        script = walk_through().replace(ADDRESS, house.url)
        walked = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )

    assert walked.returncode == 0, walked.stderr
    lists = [json.loads(part) for part in re.findall(r"\[\{\"event_id.*?\}\]", walked.stdout)]
    assert [[row["number_of_tickets"] for row in rows] for rows in lists] == [[2], [1]]


def test_the_walk_through_names_the_address_that_booked_serves_at() -> None:
    assert f"BOOKED={ADDRESS}\n" in walk_through()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (Path(__file__).parent.parent / link).exists()


def test_it_says_what_why_try_how_and_run_in_this_order() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", README, flags=re.DOTALL), re.MULTILINE)

    assert headings == ["Booked", "Why another one", "Try it", "How it works", "Run it for real", "Development"]
