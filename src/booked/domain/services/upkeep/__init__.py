"""What keeps the two stores in agreement: repair, sweep, audit, verification and clearance."""
