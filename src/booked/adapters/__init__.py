"""Where Booked meets the world. Each package keeps the promises of some ports; none imports another."""
