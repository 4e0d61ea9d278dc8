"""Words of the box office as frozen data, each with the small pure rules that belong to it."""
