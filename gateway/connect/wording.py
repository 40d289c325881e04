"""A vendor's own words, as far as an error may repeat them."""

import re

LONGEST_WORDS = 200
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
# Nine digits or more: telephones, tax ids, cards; however they are set apart.
_NUMBER = re.compile(r"\+?\d(?:[ .()/-]{0,2}\d){8,}", re.ASCII)


def words_of(text: str) -> str:
    """Answer what a vendor says of a fault: short, e-mail addresses and long numbers masked.

    Errors are shown to callers and written to the log, and vendors quote what they refuse.
    """
    return _NUMBER.sub("***", _ADDRESS.sub("***", text))[:LONGEST_WORDS]
