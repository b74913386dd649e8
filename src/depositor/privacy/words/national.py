"""Numbers that states, health services and banks give to people, told by their check digits.

A number whose form and check digit can hardly be chance is told by itself; all others want their name beside them.
Sources of the rules: the public descriptions of each number (ISO 7064, Luhn, modulus 11).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from depositor.privacy.kinds import Kind
from depositor.privacy.words.hit import Hit

Check = Callable[[str], bool]


def digits_of(text: str) -> str:
    return "".join(c for c in text if c.isdecimal() and c.isascii())


def _sum(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))


def luhn(text: str) -> bool:
    """Cards, personnummer, Canada, South Africa."""
    digits = digits_of(text)
    total = sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return len(digits) >= 9 and total % 10 == 0 and len(set(digits)) > 1


def nhs_number(text: str) -> bool:
    """The check digit of an NHS number (modulus 11)."""
    digits = digits_of(text)
    if len(digits) != 10:
        return False
    check = 11 - _sum(digits, tuple(range(10, 1, -1))) % 11
    return (0 if check == 11 else check) == int(digits[9])


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return dt.date(year, month, day) is not None
    except ValueError:
        return False


def _yymmdd(digits: str) -> bool:
    return _is_day(2000, int(digits[2:4]), int(digits[4:6]))


def _ddmmyy(digits: str) -> bool:
    return _is_day(2000, int(digits[2:4]), int(digits[:2]))


def ssn(text: str) -> bool:
    """United States: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    area, group, serial = re.split(r"\D+", text)
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def bsn(text: str) -> bool:
    """Netherlands: the test of eleven."""
    digits = digits_of(text)
    return len(digits) == 9 and _sum(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    bare = re.sub(r"\W", "", text).upper()
    number = bare[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdecimal() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == bare[-1]


def personnummer(text: str) -> bool:
    """Sweden: a day and a Luhn digit."""
    digits = digits_of(text)[-10:]
    return len(digits) == 10 and _yymmdd(digits) and luhn(digits)


def cpr(text: str) -> bool:
    """Denmark: a day first; the check digit is no longer given."""
    digits = digits_of(text)
    return len(digits) == 10 and _ddmmyy(digits)


def fodselsnummer(text: str) -> bool:
    """Norway: a day and two digits modulo 11."""
    d = digits_of(text)
    return (
        len(d) == 11
        and _ddmmyy(d)
        and _sum(d, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and _sum(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def hetu(text: str) -> bool:
    """Finland: a day and a sign modulo 31."""
    digits = text[:6] + text[7:10]
    return _ddmmyy(digits) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == text[10].upper()


def pesel(text: str) -> bool:
    """Poland: a day (the century in the month) and a check digit."""
    d = digits_of(text)
    if len(d) != 11 or not _is_day(2000, int(d[2:4]) % 20 or 99, int(d[4:6])):
        return False
    return _sum(d, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def nir(text: str) -> bool:
    """France: sex, year, month, place, order, and 97 minus the rest."""
    bare = re.sub(r"\W", "", text).upper().replace("2A", "19").replace("2B", "18")
    return len(bare) == 15 and bare.isdecimal() and int(bare[-2:]) == 97 - int(bare[:13]) % 97


def codice_fiscale(text: str) -> bool:
    """Italy: the last letter out of the first fifteen signs."""
    odd = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True))
    odd |= dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ODD, strict=True))
    total = sum(
        odd[c] if i % 2 == 0 else (int(c) if c.isdecimal() else ord(c) - 65) for i, c in enumerate(text[:15].upper())
    )
    return chr(65 + total % 26) == text[15].upper()


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def chinese(text: str) -> bool:
    """China: a day and a sign modulo 11 (ISO 7064)."""
    if not _is_day(int(text[6:10]), int(text[10:12]), int(text[12:14])):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[_sum(text[:17], weights) % 11] == text[17].upper()


def cpf(text: str) -> bool:
    """Brazil: two digits modulo 11."""
    d = digits_of(text)
    if len(d) != 11 or len(set(d)) == 1:
        return False
    return all(_sum(d, tuple(range(n, 1, -1))) * 10 % 11 % 10 == int(d[n - 1]) for n in (10, 11))


def ean(text: str) -> bool:
    """Switzerland (AHV): the check digit of EAN-13."""
    d = digits_of(text)
    return len(d) == 13 and _sum(d, (1, 3) * 6 + (1,)) % 10 == 0


def kvnr(text: str) -> bool:
    """Germany, health insurance: letter as two digits, then Luhn from the left."""
    digits = f"{ord(text[0].upper()) - 64:02}{text[1:9]}"
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits)) % 10 == int(text[9])


def belgian(text: str) -> bool:
    """Belgium: 97 minus the rest, with a 2 before it for those born after 1999."""
    d = digits_of(text)
    return len(d) == 11 and int(d[9:]) in (97 - int(d[:9]) % 97, 97 - int("2" + d[:9]) % 97)


def iban(text: str) -> bool:
    """Any country: ISO 7064, modulus 97."""
    bare = re.sub(r"\W", "", text).upper()
    moved = "".join(str(int(c, 36)) for c in bare[4:] + bare[:4])
    return 15 <= len(bare) <= 34 and int(moved) % 97 == 1


def korean(text: str) -> bool:
    """Korea: a day; the check digit is no longer given."""
    d = digits_of(text)
    return len(d) == 13 and _yymmdd(d)


def czech(text: str) -> bool:
    """Czechia and Slovakia: a day (women's month plus 50), divisible by 11."""
    d = digits_of(text)
    return len(d) == 10 and _is_day(2000, int(d[2:4]) % 50 or 99, int(d[4:6])) and int(d) % 11 == 0


def aadhaar(text: str) -> bool:
    """India: Verhoeff's check digit."""
    check = 0
    for at, digit in enumerate(reversed(digits_of(text))):
        check = _D[check][_P[at % 8][int(digit)]]
    return check == 0


def _dihedral(a: int, b: int) -> int:
    """The product of two elements of the group of a pentagon's symmetries."""
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5


_D = tuple(tuple(_dihedral(a, b) for b in range(10)) for a in range(10))
_P: tuple[tuple[int, ...], ...] = ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4))
for _ in range(6):
    _P = (*_P, tuple(_P[-1][_P[1][n]] for n in range(10)))


@dataclass(frozen=True, slots=True)
class Number:
    """A form that by itself, with its check, is a person's number. ``weak`` ones are one in ten by chance: no product
    number may stand before them."""

    pattern: re.Pattern[str]
    check: Check
    weak: bool = False


def _number(pattern: str, check: Check = lambda _text: True, *, weak: bool = False) -> Number:
    return Number(re.compile(f"{_BEFORE}(?:{pattern}){_BEHIND}"), check, weak)


_BEFORE, _BEHIND = r"(?<![\w.\-/])", r"(?![\w\-]|[./]\d)"


ALONE = (
    _number(r"\d{3}-\d{2}-\d{4}", ssn),
    _number(r"\d{3} \d{3} \d{4}|\d{3}-\d{3}-\d{4}", lambda t: nhs_number(t) and " " in t),
    _number(r"756\.?\d{4}\.?\d{4}\.?\d{2}", ean),
    _number(r"[A-Z]{6}\d\d[ABCDEHLMPRST]\d\d[A-Z]\d{3}[A-Z]", codice_fiscale),
    _number(r"\d{8}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]", dni, weak=True),
    _number(r"(?:19|20)?\d{6}[-+]\d{4}", personnummer),
    _number(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", hetu),
    _number(r"[1-9]\d{16}[\dXx]", chinese),
    _number(
        r"[12] \d\d (?:0[1-9]|1[0-2]|[2-9]\d) \d[\dAB] \d{3} \d{3} ?\d\d|[12]\d\d(?:0[1-9]|1[0-2])\d[\dAB]\d{8}", nir
    ),
    _number(r"\d{3}\.\d{3}\.\d{3}-\d{2}", cpf),
    _number(r"\d{6} \d{5}", fodselsnummer),
    _number(r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", belgian),
    _number(r"\d{6}-[1-8]\d{6}", korean),
    _number(r"\d{6}/\d{4}", czech),
    _number(r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?", iban),
    _number(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"),  # Mexico (CURP)
    _number(
        r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-[AC-HJKMNP-RT-Y]{2}\d\d"
    ),
    _number(
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]"
    ),  # United Kingdom (NINO)
)
_PRODUCT = re.compile(
    r"(?i:\b(?:cat|lot|ref|art|serial|sn|p/n|pn|model|order|batch|rrid|barcode|version|kit)\b\W{0,3}(?:no|nr"
    r"|#)?\W{0,3})$"
)

_NAMED = re.compile(
    r"(?<![^\W_])(?i:ssn|ss#|social security|nhs|bsn|burgerservicenummer|personnummer|person-?id|cpr|cpr-?nummer"
    r"|f[øo]dselsnummer|fnr|hetu"
    r"|henkilötunnus|dni|nie|nif|nuss|national (?:id|insurance)|nino|passport|pasaporte|passeport|reisepass"
    r"|ausweis(?:nummer)?|id card"
    r"|identity card|ahv|avs|ahv-?nr|kvnr|versicherten(?:nummer|nr)|versicherungsnummer|rentenversicherungsnummer"
    r"|svnr|sv-nummer"
    r"|nir|n° ?(?:de )?s[ée]cu(?:rit[ée] sociale)?|num[ée]ro de s[ée]cu(?:rit[ée] sociale)?|codice fiscale"
    r"|cod\. fisc\.|tessera sanitaria"
    r"|pesel|cpf|cart[ãa]o sus|utente|aadhaar|aadhar|rodné číslo|rodne cislo|rijksregister(?:nummer)?"
    r"|registre national|niss"
    r"|pps|ppsn|medicare|medicaid|mbi|tckn|tc kimlik(?: no)?|t\.c\.|kimlik no|cnp|egn|taj|curp|rut|cuil|sin"
    r"|health card|ohip|insurance"
    r"|iban|konto|account no|credit card|visa|mastercard|снилс|инн|паспорт|полис"
    r"|身份证号?码?|身份證|マイナンバー|個人番号|개인번호|健康保険証?|保険証番号|주민등록번호"
    r"|الهوية|رقم الهوية|הת\.ז\.|ת\.ז\.)(?:(?<=[^\x00-\x7f])|(?![^\W_]))"
    r"[^\w\r\n]{0,3}(?:(?i:no|number|nr|num[eé]ro|nummer|n°|nº|#|id)\b)?[^\w\r\n]{0,4}"
    r"((?=[\dA-Z \-./+]*\d[\dA-Z \-./+]*\d[\dA-Z \-./+]*\d)[A-Z]{0,4}\d[\dA-Z \-./+]{3,34}[\dA-Z])"
)


def _least(named_number: str) -> int:
    """Short words (NIR, RUT) stand before measures too: behind them eight digits are wanted, behind SSN nine."""
    cue = named_number.lower()
    if cue.startswith("ssn"):
        return 9
    short = re.match(r"pass|pasa|reise|ausweis|pps|bsn|nino|national|id |identity|insurance", cue)
    return 6 if short or not cue.isascii() else 8


# Numbers of public archives: whoever has the number finds the data, nobody a patient.
ACCESSION_CODE = re.compile(
    r"(?:S-[A-Z]{3,6}\d+|EMPIAR-\d+|EMD-\d+|E-[A-Z]{4}-\d+|GS[EM]\d+|[EDS]R[RXPSZA]\d+|PRJ[A-Z]{2}\d+"
    r"|SAM[A-Z]{1,3}\d+|idr\d{4}|PXD\d+|ENS[A-Z]{0,6}\d{11}(?:\.\d+)?|rs\d{4,}|CHEMBL\d+"
    r"|[NX][MRP]_\d+(?:\.\d+)?|[1-9][A-Z0-9]{3}|[OPQ]\d[A-Z0-9]{3}\d|CVCL_\w+|AB_\d+|MTBLS\d+|phs\d+\S*|MGI:\d+)",
    re.IGNORECASE,
)


def named(text: str) -> Iterator[Hit]:
    """Numbers whose name stands before them, whether or not the check digit is right."""
    for match in _NAMED.finditer(text):
        bare = re.split(r"(?<=\d) +(?=[A-Z]{2,}|\d{1,2}[A-Z]*$)|[ .\-/]+$", match[1])[0]
        if len(digits_of(match[1])) >= _least(match[0]):
            end = match.start(1) + (len(bare) if len(digits_of(bare)) >= 6 else len(match[1]))
            yield Hit(Kind.NATIONAL_NUMBER, match.start(1), end)


# One walk over a text tells that it holds none of them, which is what most texts do.
_ANY = re.compile(
    _BEFORE + "(?:" + "|".join(n.pattern.pattern[len(_BEFORE) : -len(_BEHIND)] for n in ALONE) + ")" + _BEHIND
)


def alone(text: str) -> Iterator[Hit]:
    """Numbers that their form and check digit give away."""
    if _ANY.search(text) is None:
        return
    for number in ALONE:
        for match in number.pattern.finditer(text):
            if number.check(match[0]) and not (
                number.weak and _PRODUCT.search(text[max(0, match.start() - 20) : match.start()])
            ):
                yield Hit(Kind.NATIONAL_NUMBER, match.start(), match.end())
