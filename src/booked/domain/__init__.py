"""The box office itself: what may be sold, to whom and when. Standard library only, no I/O."""
