"""How text is compared in a search: without case and accents, by words.

The database has the same rules as SQL functions: `folded`, `words_of` and `words_to_find`.
"""

import re
import unicodedata

# Scripts without spaces between words: kana, Chinese characters, Hangul syllables.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_RUN = re.compile(r"[^\W_]+")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")

UNSPACED_WORD_LENGTH = 8  # letters


def folded(text: str) -> str:
    """Return text without case and accents, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text))).lower()


def words_of(text: str) -> frozenset[str]:
    """Return the words a text is found by.

    Runs of letters and digits, up to eight letters from each letter on in scripts without spaces, and pieces of text
    without any letter or digit.
    """
    text = folded(text)
    unspaced = _UNSPACED_RUN.findall(text)
    parts = {run[start : start + UNSPACED_WORD_LENGTH] for run in unspaced for start in range(len(run))}
    return frozenset(_RUN.findall(text)) | parts | _symbols(text)


def words_to_find(text: str) -> frozenset[str]:
    """Return the words that something found must have words beginning with. Symbols count only on their own."""
    text = folded(text)
    words = frozenset(run[:UNSPACED_WORD_LENGTH] if _UNSPACED_RUN.fullmatch(run) else run for run in _RUN.findall(text))
    return words or _symbols(text)


def _symbols(text: str) -> frozenset[str]:
    return frozenset(piece for piece in text.split() if not _RUN.search(piece))
