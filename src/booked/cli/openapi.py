"""`booked openapi`"""

from pathlib import Path

import click
import msgspec

from booked.adapters.http.app import create_app
from booked.asgi import CONTRACTS
from booked.bootstrap import open_services
from booked.settings import Settings


@click.command("openapi")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file instead.")
def command(output: Path | None) -> None:
    """Print the description of the HTTP API, an OpenAPI 3.1 document."""
    # An application that never starts opens nothing.
    app = create_app(lambda: open_services(Settings()), CONTRACTS)
    document = msgspec.json.format(app.state["openapi"](), indent=2) + b"\n"
    if output is None:
        click.echo(document, nl=False)  # bytes, so that it is UTF-8 in every locale
    else:
        output.write_bytes(document)
