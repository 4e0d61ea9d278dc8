"""What people can do at the box office: a dataclass of ports per area, a method per thing to do."""
