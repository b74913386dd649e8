"""Mail addresses (also where people hide them), telephone numbers, postal addresses."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor.privacy.kinds import Kind
from depositor.privacy.words import cues
from depositor.privacy.words.hit import Hit
from depositor.privacy.words.scripts import HAN, LOWER, UPPER

# Bounded: a long run of letters without an end costs time in proportion, not squared.
_MAIL = re.compile(r"[\w.+'-]{0,63}[\w+]@[^\W_][\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_HIDDEN_MAIL = re.compile(
    r"[\w.+-]{0,63}[\w+]\s{0,4}(?:[\[({<]\s*(?:at|AT|ät|arroba|@)\s*[\])}>]|_at_|\s(?:at|AT|ät|@)\s)\s*[\w-]+"
    r"(?:\s*(?:\.|[\[({<]\s*(?:dot|DOT|punkt|punto|point|\.)\s*[\])}>]|\s(?:dot|DOT|punkt|punto)\s)\s*[\w-]+)*"
    r"\s*(?:\.|[\[({<]\s*(?:dot|DOT|punkt|punto|point|\.)\s*[\])}>]|\s(?:dot|DOT|punkt"
    r"|punto)\s)\s*[A-Za-z]{2,12}(?![\w])"
)
_NOBODY = re.compile(
    r"(?i:(?:git|no-?reply|do-?not-?reply|hg|svn|ssh)@|\S+@(?:\dx\b|\S+\.(?:png|jpe?g|tiff?|gif|svg|bmp|webp|service|socket|target|html?|so)$))"
)


def mails(text: str) -> Iterator[Hit]:
    """Mail addresses; those of machines (git@, noreply@) are nobody's."""
    for match in _MAIL.finditer(text):
        if not _NOBODY.match(match[0]):
            yield Hit(Kind.MAIL, match.start(), match.end())


def hidden_mails(text: str) -> Iterator[Hit]:
    """ "name at uni dot de", "name(at)uni.de"."""
    for match in _HIDDEN_MAIL.finditer(text):
        plain_at = re.search(r"\s(?:at|ät|@)\s", match[0], re.IGNORECASE)
        if not plain_at or re.search(r"\s(?:dot|punkt|punto)\s|[\[({]", match[0], re.IGNORECASE):
            yield Hit(Kind.MAIL, match.start(), match.end())


@functools.cache
def _phone() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.+])\+[1-9]\d{0,2}[ .\-/()]*\d(?:[ .\-/()]*\d){6,12}(?!\w|\.\d)"
        r"|(?<![\w.\-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w.\-])"
        rf"|(?<![^\W_])(?i:{cues.any_of('phone')})(?:\s?(?:no|nr"
        rf"|number)\b)?[^\w\r\n+(]{{0,4}}([+(]?\d[\d ().\-/]{{5,18}}\d)(?![\w])",
        re.IGNORECASE,
    )


_PART_NUMBER = re.compile(r"(?i:\b(?:cat|lot|ref|art|serial|sn|p/n|pn|model|order|batch|kit|no|nr|#)\W{0,3})$")


def phones(text: str) -> Iterator[Hit]:
    """Numbers in international form, in the American one, or behind a word such as "tel"."""
    for match in _phone().finditer(text):
        group = 1 if match[1] else 0
        cued = group or match[0].startswith("+")
        if not group and re.fullmatch(r"\+\d+\.\d+", match[0]):
            continue  # a number with decimals
        if not cued and _PART_NUMBER.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        yield Hit(Kind.PHONE, match.start(group), match.start(group) + len(match[group].rstrip(" .,;:)")))


_W = rf"[{UPPER}][{LOWER}'’\-]+"
_STREET = re.compile(
    rf"(?<![\w.])\d{{1,5}}[A-Za-z]? (?:{_W} ){{1,3}}(?:Street|St\b|Lane|Road|Rd\b|Avenue|Ave\b|Drive|Terrace"
    rf"|Close|Court|Boulevard|Blvd|Square|Crescent|Gardens|Parkway|Highway)"
    rf"|(?:{_W}[- ])?[{UPPER}][{LOWER}ß]+(?:straße|strasse|str\.|weg|gasse|allee|platz|damm|ufer|straat|laan"
    rf"|plein|gracht|kade|gatan|vägen|gränd|gade|vej|veien|gata|katu|tie) \d{{1,4}} ?[a-z]?\b"
    rf"|(?:{_W} (?:Straße|Strasse|Str\.|Weg|Allee|Platz)) \d{{1,4}}\b"
    rf"|(?<!\w)\d{{1,4}},? (?:bis |ter )?(?i:rue|avenue|boulevard|place|chemin|impasse|quai|allée|route) (?:(?:de"
    rf"|des|du|de la|d'|l'|la|le|les) ?)*{_W}(?:[ -]{_W})*"
    rf"|(?<!\w)(?:Calle|C/|Avenida|Avda\.?|Plaza|Paseo|Via|Viale|Piazza|Corso|Vicolo|Rua|Av\.|Travessa|Praça"
    rf"|Largo)\s?(?:(?:de|del|della|dei|das?|dos?|la|el|las|los) )*{_W}(?: (?:de |del |da |das "
    rf"|dos )?{_W})*,? (?:n[.º°]? ?)?\d{{1,4}}\b"
    rf"|(?<!\w)(?:ul|al|pl|os)\. (?:{_W} )+\d{{1,4}}\w?(?:/\d+)?|(?<!\w)(?:ул|пр|пер"
    rf"|просп)\. ?{_W}(?: {_W})?,? (?:д\. ?)?\d{{1,4}}"
    rf"|{_W} (?:Mah|Cad|Sok|Caddesi|Sokak|Mahallesi)\.?,?(?: No[:.]?)? ?\d{{0,4}}|(?<!\w)P\.? ?O\.? Box \d{{2,6}}"
    rf"|[{HAN}]{{2,3}}[都道府県省市][{HAN}]{{1,6}}[市区區郡町村县路街][{HAN}\d０-９\-−－]*"
)
_POSTCODE = re.compile(
    r"(?<![^\W_])(?i:post ?code|postal code|zip(?: ?code)?|plz|postleitzahl|code postal|c\.?p\.?|codice postale"
    r"|cap|código postal|cep|kod pocztowy|postnummer|郵便番号|邮编|우편번호|индекс)"
    r"(?:[^\w\r\n〒]{1,3}|(?<=[^\x00-\x7f]))"
    r"((?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{3,6}(?:[- ]\d{2,4})?|\d{4} ?[A-Z]{2}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d))(?!\w)|〒\s?(\d{3}-\d{4})"
)


def streets(text: str) -> Iterator[Hit]:
    """Streets with a number; whose address it is the words before tell."""
    for match in _STREET.finditer(text):
        lived = _lived().search(text[max(0, match.start() - 40) : match.start()])
        yield Hit(Kind.PATIENT_CONTACT if lived else Kind.INSTITUTION, match.start(), match.end())


@functools.cache
def _lived() -> re.Pattern[str]:
    return re.compile(rf"(?i:{cues.any_of('contact')})")


def postcodes(text: str) -> Iterator[Hit]:
    """Postcodes that are called so."""
    for match in _POSTCODE.finditer(text):
        group = 1 if match[1] else 2
        yield Hit(Kind.POSTCODE, match.start(group), match.end(group))
