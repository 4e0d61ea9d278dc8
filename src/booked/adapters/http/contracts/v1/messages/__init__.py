"""Messages of the resource API: what it is sent and what it answers."""
