"""What templates show: frozen, ready to be written down, and free of decisions."""
