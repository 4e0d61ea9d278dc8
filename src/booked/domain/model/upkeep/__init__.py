"""What each store knows of an event's tickets."""
