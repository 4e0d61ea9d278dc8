"""Words of the box office as frozen data, each with its small pure rules."""
