"""Examples of the messages of the resource API, for its documentation."""
