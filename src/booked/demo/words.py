"""What made-up things are called."""

CATEGORIES = (
    "Rock & Pop",
    "Jazz",
    "Classical",
    "Electronic",
    "Folk",
    "Hip-Hop",
    "Metal",
    "Soul",
    "Musicals",
    "Opera",
    "Dance",
    "Theatre",
    "Comedy",
    "Cabaret",
    "Circus",
    "Family",
    "Readings",
    "Talks",
    "Film",
    "Sport",
)

PROMOTERS = ("Concerts", "Live", "Presents", "Touring", "Arts", "Entertainment")

ADJECTIVES = (
    "Amber", "Broken", "Copper", "Distant", "Electric", "Faded", "Gentle", "Hollow", "Idle", "Lunar", "Midnight",
    "Northern", "Open", "Paper", "Quiet", "Restless", "Silver", "Tidal", "Unlikely", "Velvet", "Wandering", "Winter",
)  # fmt: skip

NOUNS = (
    "Anchors", "Bridges", "Clouds", "Dancers", "Echoes", "Foxes", "Gardens", "Harbours", "Islands", "Kites",
    "Lanterns", "Mirrors", "Neighbours", "Orchards", "Pilots", "Rivers", "Sparrows", "Tides", "Visitors", "Windows",
)  # fmt: skip

JOURNEYS = ("World Tour", "Tour", "on the Road", "Live", "Farewell Tour", "Acoustic Tour")

PRAISE = (
    "Two hours without an interval, and nobody will want one.",
    "With new songs, and those that everybody came for.",
    "Doors open an hour before.",
    "For the first time in years, and perhaps the last.",
    "An evening for those who stay until the end.",
    "With guests whose names we may not print yet.",
)
