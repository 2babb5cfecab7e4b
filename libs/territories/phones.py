"""Telephone numbers as people write them in each French territory, to E.164."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_REGIONS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}

# In the national numbering plan, the digits after the 0 tell the territory.
_OVERSEAS_PREFIXES = {
    "262": ("262", "263", "269", "639", "692", "693"),
    "508": ("708",),
    "590": ("590", "690", "691"),
    "594": ("594", "694"),
    "596": ("596", "696", "697"),
}
_COUNTRY_CODES = {prefix: code for code, prefixes in _OVERSEAS_PREFIXES.items() for prefix in prefixes}

# Mayotte's prefix 269 is taken for a country code at times: that is the Comoros'.
_NATIONAL = re.compile(r"(?:0|\+33|0033)([1-9]\d{8})|(?:\+|00)269((?:269|639)\d{6})")
_SHORT = re.compile(r"1[578]|11\d|19[16]|10\d\d|3\d{3}|11[68]\d{3}")
_SEPARATORS = str.maketrans("", "", " .-/_()\u00a0\u202f\u2009\u2011\u2013\t")


@lru_cache(maxsize=4096)
def e164(text: str, department: str | None = None) -> str | None:
    """Return one telephone number in E.164 form, a French short number (115, 3949) as it is, or None.

    `department` tells the numbering plan of numbers written without their country.
    """
    compact = text.strip().replace("(0)", "").translate(_SEPARATORS)
    if match := _NATIONAL.fullmatch(compact):
        national = match[1] or match[2]
        if national.startswith("508"):  # Saint-Pierre-et-Miquelon keeps six digits
            return f"+{national}"
        return f"+{_COUNTRY_CODES.get(national[:3], '33')}{national}"
    if _SHORT.fullmatch(compact):
        return compact
    region = _REGIONS.get(department or "", "FR")
    try:
        number = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
