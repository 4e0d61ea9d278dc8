"""Bitmaps as Valkey keeps them: a ticket has bit `number - 1`, counted from the highest bit of the first byte."""

from collections.abc import Iterable, Iterator


def from_ranges(ranges: Iterable[tuple[int, int]], capacity: int) -> bytes:
    """Return a bitmap for `capacity` tickets in which these ranges of numbers are set, both ends included."""
    bits = bytearray(capacity // 8 + 2)  # there is always a clear bit behind the last ticket's
    for first, last in ranges:
        first_byte, lead = divmod(first - 1, 8)
        last_byte, tail = divmod(last, 8)
        from_first, before_end = 0xFF >> lead, 0xFF & ~(0xFF >> tail)
        if first_byte == last_byte:
            bits[first_byte] |= from_first & before_end
            continue
        bits[first_byte] |= from_first
        bits[first_byte + 1 : last_byte] = b"\xff" * (last_byte - first_byte - 1)
        bits[last_byte] |= before_end
    return bytes(bits)


def starting_with(first: int, last: int, part: bytes) -> bytes:
    """Return a bitmap whose first bit is ticket `first`'s. `part` begins with the byte of this bit."""
    lead, count = (first - 1) % 8, max(0, last - first + 1)
    part = part.ljust((lead + count + 7) // 8, b"\0")
    bits = int.from_bytes(part) >> len(part) * 8 - lead - count & (1 << count) - 1
    return (bits << -count % 8).to_bytes((count + 7) // 8)


def numbers(bitmap: bytes) -> Iterator[int]:
    """Yield the ticket numbers whose bits are set, in ascending order."""
    for index, byte in enumerate(bitmap):
        if byte:
            for bit in range(8):
                if byte & (0x80 >> bit):
                    yield index * 8 + bit + 1
