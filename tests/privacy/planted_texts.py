# ruff: noqa: E501 - tables of texts read better in long lines
"""Texts with planted identifiers and as many decoys, made from a seed; and how well the rules tell them apart.

No name comes from a list of the program: family names are put together from syllables of eleven cultures, so that the
words around them must carry the rules. ``python tests/privacy/planted_texts.py SEED`` prints recall by kind.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from depositor.draft.finding import Level, Subject
from depositor.privacy import examine, judge, names
from depositor.privacy.judge import Spot
from depositor.privacy.texts import documents, forms, tables

_SYLLABLES = {
    "en": (("Thorn", "Black", "Ash", "Win", "Hales", "Cress"), ("wick", "bourne", "worth", "ingham", "combe", "field")),
    "de": (("Brüg", "Oster", "Kruse", "Hohl", "Wied", "Lütt"), ("mann", "brecht", "hoff", "meyer", "ring", "stätter")),
    "fr": (("Vaude", "Char", "Bélan", "Mont", "Roque", "Lau"), ("ville", "bonnet", "geron", "court", "rière", "dier")),
    "es": (("Zaval", "Echever", "Mondra", "Quint", "Iturr", "Beni"), ("eta", "ría", "gón", "anilla", "ioz", "tez")),
    "it": (
        ("Ghir", "Bersan", "Castel", "Pell", "Squarci", "Vann"),
        ("andello", "etti", "lani", "egrini", "one", "ucci"),
    ),
    "nl": (("Hoek", "Wester", "Dijk", "Schoon", "Buiten", "Zand"), ("stra", "veld", "huis", "man", "kamp", "beek")),
    "pl": (
        ("Wojtkow", "Grzesz", "Małach", "Kędzier", "Podgór", "Szczep"),
        ("ski", "czak", "owicz", "ska", "yński", "iak"),
    ),
    "sv": (("Björn", "Sten", "Ek", "Åker", "Häll", "Rosen"), ("lund", "qvist", "gren", "blom", "ström", "dahl")),
    "tr": (("Kara", "Yıldır", "Öz", "Çelik", "Demir", "Güne"), ("oğlu", "kan", "türk", "taş", "soy", "bilek")),
    "af": (("Okwu", "Ade", "Nwach", "Oluwa", "Chukwu", "Emeka"), ("nkwo", "bayo", "ukwu", "sanya", "emere", "lola")),
    "in": (
        ("Raghu", "Venka", "Subra", "Chatto", "Mukher", "Bhatta"),
        ("nathan", "taraman", "manyam", "padhyay", "jee", "charya"),
    ),
}
_GIVEN = {
    "en": ("Edith", "Rupert", "Imogen", "Clive"), "de": ("Heike", "Jörg", "Friederike", "Detlef"),
    "fr": ("Solène", "Thibault", "Maëlle", "Gaspard"), "es": ("Itziar", "Gonzalo", "Rocío", "Álvaro"),
    "it": ("Ludovica", "Fabrizio", "Ginevra", "Piero"), "nl": ("Maaike", "Joost", "Femke", "Wouter"),
    "pl": ("Zbigniew", "Małgorzata", "Krystyna", "Leszek"), "sv": ("Gunilla", "Torbjörn", "Åsa", "Ragnar"),
    "tr": ("Ayşegül", "Emre", "Zeynep", "Tuncay"), "af": ("Chidinma", "Oluwaseun", "Ngozi", "Tunde"),
    "in": ("Priyanka", "Venkatesh", "Lakshmi", "Suresh"),
}  # fmt: skip
_PARTICLES = {"nl": "van der", "de": "von", "es": "de la", "fr": "de", "it": "della", "en": "O'"}
_NATIVE = {
    "ja": ("桐谷 雅人", "九条 美咲", "早乙女 健"), "zh": ("欧阳明哲", "司徒晓岚", "慕容志远"), "ko": ("남궁민서", "제갈윤호", "독고지은"),
    "ru": ("Стародубцева Лидия", "Корчагин Прохор", "Белозёрская Римма"), "ar": ("مصطفى الزهراني", "ليلى القحطاني", "سامي الدوسري"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A text at a place: ``value`` must be found in it (and is ""  for a decoy, where nothing loud may be found)."""

    kind: str
    place: str  # text | name | label:<field> | table | json | xml | ini | answer
    text: str
    value: str


class Person:
    """Somebody who does not exist."""

    def __init__(self, dice: random.Random, culture: str = "") -> None:
        self.culture = culture or dice.choice(list(_SYLLABLES))
        heads, tails = _SYLLABLES[self.culture]
        self.family = dice.choice(heads) + dice.choice(tails)
        self.given = dice.choice(_GIVEN[self.culture])
        self.dice = dice

    @property
    def whole(self) -> str:
        particle = _PARTICLES.get(self.culture, "") if self.dice.random() < 0.2 else ""
        glue = "" if particle.endswith("'") else " "
        return f"{self.given} {particle}{glue if particle else ''}{self.family}"

    @property
    def last_first(self) -> str:
        return f"{self.family}, {self.given}"

    @property
    def dicom(self) -> str:
        return f"{self.family}^{self.given}".upper()

    @property
    def short(self) -> str:
        return f"{self.given[0]}. {self.family}"

    @property
    def user(self) -> str:
        from depositor.privacy.words.persons import folded

        return folded(self.given[0] + self.family).replace("'", "")

    def any(self) -> str:
        return self.dice.choice((self.whole, self.last_first, self.dicom, self.short))


# --- free text -----------------------------------------------------------------------------------------------------

PATIENT = (
    "Biopsy of patient {n}, left kidney", "pt {n} seen in clinic", "Patient name: {n}; tumour block 3",
    "Gewebe von Patientin {n}, Niere links", "Patient {n}, Resektat der Leber", "Spenderin {n}, Hornhaut rechts",
    "Biopsie du patient {n}, rein gauche", "Patiente : {n}, coupe 4", "Muestra del paciente {n}, hígado",
    "Biopsia de la paciente {n}", "Campione del paziente {n}, fegato", "Biopt van patiënt {n}, nier",
    "Próbka od pacjenta {n}, wątroba", "Pacjentka {n}, nerka lewa", "Prov från patienten {n}, njure",
    "Amostra do paciente {n}, rim", "Amostra da doente {n}", "Hasta {n}, böbrek kesiti", "Hasta adı: {n}",
    "Mrs {n} gave consent", "Frau {n} hat eingewilligt", "Mme {n} a donné son accord", "Sra. {n} firmó",
    "Tissue donor: {n} (deceased)", "Subject name {n}", "Proband {n}, Hautprobe", "from {n}'s biopsy, patient {n}",
    "Sig.ra {n}, biopsia", "mevrouw {n}, huidbiopt", "Pani {n}, skóra", "Herrn {n} entnommen",
)  # fmt: skip
STAFF = (
    "Acquired by {n} on the confocal", "Imaged by {n}, 63x oil", "Operator: {n}", "operator={n};gain=3",
    "Stained and mounted by {n}", "Dr. {n} approved", "Prof. Dr. {n} asked for it", "ref Dr {n}",
    "Aufgenommen von {n} am Mikroskop", "Bearbeiter: {n}", "Untersucher {n}", "Acquis par {n}", "Opérateur : {n}",
    "Adquirido por {n}", "Operador: {n}", "Acquisito da {n}", "Operatore: {n}", "Opgenomen door {n}",
    "Wykonane przez {n}", "Operatör: {n}", "Tagen av {n}", "Adquirido pelo técnico {n}", "Çeken: {n}",
    "Pathologist: {n}", "signed, {n}, MD", "please ask {n} (lab manager)", "Dra. {n} revisó", "Dott. {n} ha firmato",
    "dr hab. {n} zatwierdził", "Microscopist {n}", "Analyst: {n}", "Contact {n} for the raw data", "Created by: {n}",
    "courtesy of {n}", "Fotos: {n}", "sectioned by {n}, stained by the core",
)  # fmt: skip
NATIVE = {
    "ja": ("患者名:{n}", "患者 {n} 左腎", "{n}様の検体", "撮影者:{n}", "{n}先生", "担当医 {n}", "氏名 {n}"),
    "zh": ("患者姓名:{n}", "患者{n},左肾", "病人:{n}", "操作员:{n}", "{n}医生", "主治医师:{n}", "姓名 {n}"),
    "ko": ("환자명: {n}", "환자 {n} 좌측 신장", "{n}님의 검체", "촬영자: {n}", "{n} 교수", "담당의: {n}", "성명 {n}"),
    "ru": ("Пациент {n}, левая почка", "пациентка: {n}", "Оператор: {n}", "врач {n}", "проф. {n}", "ФИО: {n}", "снято {n}"),
    "ar": ("المريض: {n}", "اسم المريض: {n}", "المشغل: {n}", "الدكتور {n}", "د. {n}", "اسم المريضة {n}", "الطبيب {n}"),
}  # fmt: skip


def _texts(dice: random.Random) -> Iterator[Case]:
    for templates, kind in ((PATIENT, "patient in a sentence"), (STAFF, "staff in a sentence")):
        for template in templates:
            person = Person(dice)
            name = person.any() if ":" in template or "=" in template else dice.choice((person.whole, person.short))
            yield Case(kind, "text", template.replace("{n}", name), person.family)
    for language, templates in NATIVE.items():
        for template in templates:
            name = dice.choice(_NATIVE[language])
            yield Case(f"native script {language}", "text", template.replace("{n}", name), name)


# --- numbers -------------------------------------------------------------------------------------------------------


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def _digits(dice: random.Random, count: int) -> str:
    return str(dice.randint(1, 9)) + "".join(str(dice.randint(0, 9)) for _ in range(count - 1))


def _luhn(body: str) -> str:
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def _day(dice: random.Random) -> tuple[int, int, int]:
    return dice.randint(1932, 1999), dice.randint(1, 12), dice.randint(1, 28)


def nhs(dice: random.Random) -> str:
    while True:
        body = _digits(dice, 9)
        check = 11 - _weighted(body, tuple(range(10, 1, -1))) % 11
        if check != 10:
            number = body + str(0 if check == 11 else check)
            return f"{number[:3]} {number[3:6]} {number[6:]}"


def bsn(dice: random.Random) -> str:
    while True:
        body = _digits(dice, 8)
        check = _weighted(body, tuple(range(9, 1, -1))) % 11
        if check < 10:
            return body + str(check)


def dni(dice: random.Random) -> str:
    body = _digits(dice, 8)
    return body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]


def personnummer(dice: random.Random) -> str:
    y, m, d = _day(dice)
    body = f"{y % 100:02}{m:02}{d:02}{dice.randint(0, 999):03}"
    return f"{body[:6]}-{body[6:]}{_luhn(body)}"


def pesel(dice: random.Random) -> str:
    y, m, d = _day(dice)
    body = f"{y % 100:02}{m:02}{d:02}{dice.randint(0, 9999):04}"
    return body + str(-_weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def nir(dice: random.Random) -> str:
    y, m, _ = _day(dice)
    body = f"{dice.randint(1, 2)}{y % 100:02}{m:02}{dice.randint(10, 89)}{dice.randint(1, 999):03}{dice.randint(1, 999):03}"
    number = f"{body}{97 - int(body) % 97:02}"
    return " ".join((number[0], number[1:3], number[3:5], number[5:7], number[7:10], number[10:13], number[13:]))


def chinese(dice: random.Random) -> str:
    y, m, d = _day(dice)
    body = f"{dice.choice(('110105', '310104', '440305'))}{y}{m:02}{d:02}{dice.randint(1, 999):03}"
    return body + "10X98765432"[_weighted(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]


def cpf(dice: random.Random) -> str:
    body = _digits(dice, 9)
    for first in (10, 11):
        check = _weighted(body, tuple(range(first, 1, -1))) * 10 % 11 % 10
        body += str(check)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


def ahv(dice: random.Random) -> str:
    body = "756" + _digits(dice, 9)
    body += str(-sum(int(d) * (1 if i % 2 == 0 else 3) for i, d in enumerate(body)) % 10)
    return f"{body[:3]}.{body[3:7]}.{body[7:11]}.{body[11:]}"


def kvnr(dice: random.Random) -> str:
    letter, body = dice.choice("ABCDEFGHKLMNPRSTW"), _digits(dice, 8)
    digits = f"{ord(letter) - 64:02}{body}"
    total = sum(sum(divmod(int(d) * (1 if i % 2 == 0 else 2), 10)) for i, d in enumerate(digits))
    return f"{letter}{body}{total % 10}"


def hetu(dice: random.Random) -> str:
    y, m, d = _day(dice)
    number = dice.randint(2, 899)
    body = f"{d:02}{m:02}{y % 100:02}"
    return f"{body}-{number:03}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(f'{body}{number:03}') % 31]}"


def fodselsnummer(dice: random.Random) -> str:
    while True:
        y, m, d = _day(dice)
        body = f"{d:02}{m:02}{y % 100:02}{dice.randint(0, 499):03}"
        one = -_weighted(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
        two = -_weighted(body + str(one % 10), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if one < 10 and two < 10:
            return f"{body[:6]} {body[6:]}{one}{two}"


def iban(dice: random.Random) -> str:
    body = _digits(dice, 18)
    check = 98 - int(body + "131400") % 97
    return f"DE{check:02}{body}"


NUMBERS: tuple[tuple[str, Callable[[random.Random], str], tuple[str, ...]], ...] = (
    ("NHS", nhs, ("NHS number {v}", "no {v} on the form")),
    ("SSN", lambda d: f"{d.randint(100, 665)}-{d.randint(10, 99)}-{d.randint(1000, 9999)}", ("SSN {v}", "ss# {v}")),
    ("BSN", bsn, ("BSN {v}", "BSN-nummer: {v}")),
    ("DNI", dni, ("DNI {v}", "paciente con DNI: {v}", "muestra {v}")),
    ("personnummer", personnummer, ("personnummer {v}", "prov {v} njure")),
    ("PESEL", pesel, ("PESEL {v}", "pacjent, PESEL: {v}")),
    ("NIR", nir, ("n° sécu {v}", "NIR : {v}", "coupe {v}")),
    ("Chinese id", chinese, ("身份证号:{v}", "ID card {v}", "sample {v}")),
    ("CPF", cpf, ("CPF {v}", "amostra {v}")),
    ("AHV", ahv, ("AHV-Nr. {v}", "Probe {v}")),
    ("KVNR", kvnr, ("KVNR {v}", "Versichertennummer: {v}")),
    ("henkilötunnus", hetu, ("hetu {v}", "näyte {v}")),
    ("fødselsnummer", fodselsnummer, ("fødselsnummer {v}", "fnr: {v}")),
    ("IBAN", iban, ("IBAN {v}", "refund to {v}")),
    ("MRN", lambda d: f"{d.choice(('MRN', 'MRN:', 'MRN-', 'Med Rec No '))}{_digits(d, 7)}", ("{v} kidney", "block of {v}")),
    ("case", lambda d: f"{d.choice(('S', 'H', 'SP', 'HB'))}{d.randint(10, 24)}-{_digits(d, 5)}", ("case {v} A1", "slide {v}")),
    ("patient id", lambda d: f"{d.choice('ABKPX')}{_digits(d, 7)}", ("patient ID {v}", "Patienten-Nr. {v}", "ID patient : {v}",
     "numero paziente {v}", "Nr pacjenta: {v}", "nº de historia clínica {v}", "patiëntnummer {v}", "Fallnummer {v}", "protokol no: {v}")),
)  # fmt: skip


def _numbers(dice: random.Random) -> Iterator[Case]:
    for kind, make, templates in NUMBERS:
        for template in templates:
            value = make(dice)
            yield Case(kind, "text", template.replace("{v}", value), value)


# --- days, ages, contacts, paths -------------------------------------------------------------------------------------

_BIRTHS = (
    "born {d}.{m}.{y}", "DOB {m}/{d}/{y}", "DOB: {y}-{m}-{d}", "d.o.b. {d}/{m}/{y}", "date of birth {d} {en} {y}",
    "geb. {d}.{m}.{y}", "geboren am {d}. {de} {y}", "Geburtsdatum: {d}.{m}.{y}", "née le {d}/{m}/{y}", "né le {d} {fr} {y}",
    "date de naissance : {d}/{m}/{y}", "nacida el {d} de {es} de {y}", "fecha de nacimiento {d}/{m}/{y}", "nato il {d}/{m}/{y}",
    "data di nascita: {d}.{m}.{y}", "geboren op {d}-{m}-{y}", "geboortedatum {d}-{m}-{y}", "ur. {d}.{m}.{y}",
    "data urodzenia {y}-{m}-{d}", "född {y}-{m}-{d}", "födelsedatum: {y}{m}{d}", "data de nascimento {d}/{m}/{y}",
    "doğum tarihi {d}.{m}.{y}", "生年月日:{y}年{m}月{d}日", "出生日期:{y}-{m}-{d}", "생년월일: {y}.{m}.{d}", "дата рождения {d}.{m}.{y}",
    "{d}.{m}.{y} г.р.", "تاريخ الميلاد: {y}/{m}/{d}", "*{d}.{m}.{y}", "birthdate={y}{m}{d}", "b. {d} {en} {y}",
)  # fmt: skip
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_AGES = (
    "{a}-year-old woman", "aged {a}", "age: {a} y", "{a} years old", "{a} y/o male", "{a}-jährige Patientin", "Alter {a}",
    "{a} Jahre alt", "âgée de {a} ans", "de {a} años", "di {a} anni", "{a} jaar oud", "{a} lat", "{a} år", "{a} anos de idade",
    "{a} yaşında", "{a}歳", "{a}岁", "{a}세", "{a} лет", "عمرها {a} سنة",
)  # fmt: skip


def _personal(dice: random.Random) -> Iterator[Case]:
    for template in _BIRTHS:
        y, m, d = _day(dice)
        months = {k: v.split()[m - 1] for k, v in _MONTHS.items()}
        text = template.format(y=y, m=f"{m:02}", d=f"{d:02}", **months)
        yield Case("birth date", "text", f"sample 3, {text}", str(y))
    for template in _AGES:
        age = str(dice.randint(90, 104))
        yield Case("age above 89", "text", template.format(a=age), age)
    person = Person(dice)
    mails = (f"{person.user}@uni-west.example", f"{person.user} at uni-west dot example", f"{person.user}(at)labor.example.de",
             f"{person.user}[at]clinic[dot]example", f"{person.family.lower()}@bücher.example", f"mailto:{person.user}@a.b.example")  # fmt: skip
    for mail in mails:
        yield Case("mail", "text", f"questions to {mail} please", person.user if person.user in mail else mail)
    phones = ("+49 6421 28-66211", "+44 20 7946 0958", "tel. 06421/2866211", "Tel.: 089 2180 74", "phone (415) 555-2671", "+33 1 70 18 99 00",
              "Tél : 01 70 18 99 00", "teléfono 91 123 45 67", "mobile 07700 900982", "415-555-2671", "+81 3-5321-1111", "Fax: +48 22 123 45 67",
              "電話 03-5321-1111", "тел. +7 495 123-45-67", "telefoon 020 123 4567", "Handy 0171 1234567")  # fmt: skip
    for phone in phones:
        digits = phone.lstrip("".join({c for c in phone if c.isalpha() or c in ".: "}))
        yield Case("phone", "text", f"call {phone}" if phone[0] == "+" else phone, digits)


_PATHS = (
    r"C:\Users\{u}\Desktop\a.czi", r"exported from D:\Users\{u}\data", r"C:\Dokumente und Einstellungen\{u}\Eigene Dateien", "C:/Users/{u}/x.lif",
    "/home/{u}/scans/a.tif", "/Users/{u}/Pictures/a.png", r"\\nas01\home$\{u}\raw", "file:///C:/Users/{u}/My%20Data/a.tif", "file:///home/{u}/a.h5",
    "/mnt/c/Users/{u}/a.tif", "/scratch/{u}/run3/out.mrc", "/cluster/home/{u}/a", "/data/users/{u}/b.tif", r"C:\\Users\\{u}\\a.nd2", "~{u}/data/a.tif",
    "/run/media/{u}/DISK/a", "/Volumes/{u}/a.tif", r"Z:\Users\{u}", "/gpfs/home/{u}/t", r"C:\Utilisateurs\{u}\img", "https://nas.example/~{u}/a.tif",
    "smb://{u}@server.example/share", "/var/home/{u}/x", "OneDrive - University/{u}", "ssh {u}@gpu04.example", r"%5CUsers%5C{u}%5Ca.tif",
)  # fmt: skip


def _places(dice: random.Random) -> Iterator[Case]:
    for template in _PATHS:
        user = Person(dice).user
        yield Case("user in a path", "text", template.replace("{u}", user), user)
    hosts = ("host=mic-pc-0{n}.path.example", "DESKTOP-7K{n}QLP2", "HostName: CONFOCAL{n}", "IP 192.168.4.{n}2", "10.20.{n}.44",
             "MAC 00:1B:44:11:3A:B{n}", "Rechner: PATHO-PC{n}", "computer name ZEISS-ROOM{n}", "http://10.1.{n}.7/img")  # fmt: skip
    for template in hosts:
        n = str(dice.randint(1, 9))
        text = template.replace("{n}", n)
        yield Case("host", "text", text, text.split()[-1].split("=")[-1].split("//")[-1].split("/")[0])
    for text, value in (("lives at 14 Harrow Lane, Dunmore", "14 Harrow Lane"), ("wohnhaft Lindenstraße 12, 35037 Marburg", "Lindenstraße 12"),
                        ("address: 221 Orchard Street Apt 4", "221 Orchard Street"), ("12 rue des Lilas, 69003 Lyon", "12 rue des Lilas"),
                        ("Calle Mayor 15, 28013 Madrid", "Calle Mayor 15"), ("Via Garibaldi 8, 20121 Milano", "Via Garibaldi 8"),
                        ("ul. Lipowa 7, 00-123 Warszawa", "Lipowa 7"), ("Kerkstraat 22, 1017 GP Amsterdam", "Kerkstraat 22"),
                        ("Storgatan 5, 111 23 Stockholm", "Storgatan 5"), ("Rua das Flores 33, Porto", "Rua das Flores 33"),
                        ("postcode SW1A 2AA", "SW1A 2AA"), ("東京都港区芝公園4-2-8", "港区")):  # fmt: skip
        yield Case("address", "text", text, value)


# --- names of files, tables, documents --------------------------------------------------------------------------------


def _file_names(dice: random.Random) -> Iterator[Case]:
    for template in ("{f}_{g}_{y}{m}{d}.svs", "{g}.{f}.tif", "{f},{g}_slide1.ndpi", "Patient {g} {f}/a.tif", "patient_{f}_01.czi", "pt-{fl}-left.tif",
                     "Dr_{f}_images/a.tif", "{F}^{G}.dcm", "{fl}_{gl}_dob{y}{m}{d}.tif", "scans for {f} {g}.zip", "{g}{f}_MRI.nii", "Pat_{f}.jpg",
                     "Frau {f} Leber.tif", "{y}-{m}-{d}_{f}_{g}.svs", "{gl}_{fl}_kidney.tif"):  # fmt: skip
        p, (y, m, d) = Person(dice), _day(dice)
        values = {
            "f": p.family,
            "g": p.given,
            "F": p.family.upper(),
            "G": p.given.upper(),
            "fl": p.family.lower(),
            "gl": p.given.lower(),
        }
        text = template.format(**values, y=y, m=f"{m:02}", d=f"{d:02}")
        yield Case("name of a file", "name", text, p.family)
    for template in ("患者_{n}_左腎.tif", "{n}様.svs", "Пациент {n}.tif", "{n}_환자.tif", "患者{n}.tif"):
        language = {"患": "zh", "様": "ja", "П": "ru", "환": "ko"}[next(c for c in template if c in "患様П환")]
        name = dice.choice(_NATIVE[language])
        yield Case("name of a file", "name", template.replace("{n}", name), name)
    y, m, d = _day(dice)
    yield Case("name of a file", "name", f"JD_{y}-{m:02}-{d:02}.tif", f"{y}-{m:02}-{d:02}")
    yield Case("name of a file", "name", f"MRN{_digits(dice, 7)}_L.svs", "MRN")
    yield Case("name of a file", "name", f"S{dice.randint(15, 24)}-{_digits(dice, 5)}_HE.svs", "-")


def _fields(dice: random.Random) -> Iterator[Case]:
    person_labels = ("Patient Name", "patient_name", "PatientName", "Patientenname", "Name des Patienten", "Nom du patient", "Nombre del paciente", "apellidos",
                     "Nome paziente", "cognome", "Naam patiënt", "Nazwisko", "Imię i nazwisko", "Efternamn", "Nome do paciente", "Hasta Adı", "Soyadı", "Nachname",
                     "Operator", "OperatorName", "Experimenter", "Acquired By", "Imaged by", "Bearbeiter", "Untersucher", "Opérateur", "Operador", "Operatore",
                     "Surgeon", "Pathologist", "Arzt", "Médecin", "scanned_by", "Technician name", "collected_by", "Recorded By", "lab member", "annotator", "rater",
                     "Reviewed by", "Verantwortlich", "owner", "Responsable", "sampled by", "Einsender", "referring doctor", "dissected by", "next of kin")  # fmt: skip
    for label in person_labels:
        person = Person(dice)
        yield Case("field of a name", f"label:{label}", person.any(), person.family)
    for label in (
        "患者氏名",
        "氏名",
        "患者名",
        "姓名",
        "患者姓名",
        "환자명",
        "성명",
        "이름",
        "ФИО",
        "Фамилия",
        "Пациент",
        "اسم المريض",
        "撮影者",
        "操作者",
        "操作员",
        "оператор",
        "医師名",
    ):
        native = {
            "환": "ko",
            "성": "ko",
            "이": "ko",
            "Ф": "ru",
            "П": "ru",
            "о": "ru",
            "ا": "ar",
            "操": "zh",
            "姓": "zh",
        }.get(label[0], "ja")
        name = dice.choice(_NATIVE[native])
        yield Case("field of a name", f"label:{label}", name, name)
    for label, value in (("DOB", "03.04.61"), ("Geburtsdatum", "1961-04-03"), ("fecha_nacimiento", "03/04/1961"), ("date naissance", "03/04/1961"), ("data di nascita", "3 apr 1961"),
                         ("geboortedatum", "03-04-1961"), ("data urodzenia", "1961-04-03"), ("födelsedatum", "19610403"), ("生年月日", "1961/04/03"), ("出生日期", "1961-04-03"),
                         ("생년월일", "1961-04-03"), ("дата рождения", "03.04.1961"), ("birth_date", "Apr 3 1961"), ("date_of_birth", "3/4/61"), ("doğum tarihi", "03.04.1961")):  # fmt: skip
        yield Case("field of a birth date", f"label:{label}", value, value)
    for label in ("MRN", "patient_id", "Patienten-ID", "hospital number", "numéro patient", "NHC", "historia clínica", "patiëntnummer", "nr pacjenta", "患者ID", "病历号", "등록번호",
                  "case no", "Fallnummer", "accession", "donor_id", "subject id", "UHID", "PID", "encounter number", "numero cartella", "Aktenzeichen"):  # fmt: skip
        value = dice.choice(("", "K")) + _digits(dice, 7)
        yield Case("field of a number", f"label:{label}", value, value)
    for label in ("user", "UserName", "login", "Benutzername", "nom d'utilisateur", "usuario", "nome utente", "gebruikersnaam", "użytkownik", "användarnamn", "kullanıcı adı", "os_user", "created_by_user"):  # fmt: skip
        user = Person(dice).user
        yield Case("field of a user", f"label:{label}", user, user)


def _documents(dice: random.Random) -> Iterator[Case]:
    for _ in range(4):
        a, b = Person(dice), Person(dice)
        number, (y, m, d) = _digits(dice, 7), _day(dice)
        yield Case(
            "table", "table", f"image,Name,MRN,DOB,ctrl\na.tif,{a.whole},{number},{y}-{m:02}-{d:02},yes\n", a.family
        )
        yield Case("table", "table", f"file;Patient;Alter;PLZ\na.tif;{a.family};93;35037\n", a.family)
        yield Case(
            "table", "table", f"slide|surname|first name|dob\n1|{a.family}|{a.given}|{d:02}/{m:02}/{y}\n", a.family
        )
        yield Case(
            "table",
            "table",
            f"# exported list\nid\tNachname\tVorname\tGebDat\n7\t{b.family}\t{b.given}\t{d:02}.{m:02}.{y}\n",
            b.family,
        )
        yield Case("table", "table", f"well,treatment,comment\nA01,DMSO,from patient {b.family}\n", b.family)
        yield Case("json", "json", f'{{"acq": {{"user": {{"name": "{a.whole}"}}, "lens": "63x"}}}}', a.family)
        yield Case("json", "json", f'{{"subject": {{"full_name": "{a.last_first}", "mrn": {number}}}}}', a.family)
        yield Case("xml", "xml", f'<Scan><Operator>{a.whole}</Operator><Lens name="20x"/></Scan>', a.family)
        yield Case("xml", "xml", f'<M><Property key="Operator Name" value="{b.whole}"/></M>', b.family)
        yield Case(
            "xml", "xml", f'<OME><Experimenter ID="E:0" FirstName="{b.given}" LastName="{b.family}"/></OME>', b.family
        )
        yield Case("ini", "ini", f"[General]\nUserName={a.user}\nGain=3\n", a.user)
        yield Case("ini", "ini", f"operator : {b.given.lower()} {b.family.lower()}\nlens: 20x\n", b.family.lower())
        yield Case("yaml", "ini", f"imaging:\n  acquired_by: {b.whole}\n  date: 2023-01-04\n", b.family)
        yield Case("answer", "answer", f"Kidney of patient {a.whole}, collected by Dr. {b.family}", a.family)
        yield Case("answer", "answer", f"Images by {b.whole}", b.family)


def planted(seed: int) -> list[Case]:
    """All kinds once or more; another seed gives other names and numbers."""
    dice = random.Random(seed)
    makers = (_texts, _numbers, _personal, _places, _file_names, _fields, _documents)
    return [case for make in makers for case in make(dice)]


# --- decoys ----------------------------------------------------------------------------------------------------------

DECOY_TEXTS = """
May-Grünwald-Giemsa stain, Wright's stain|Masson trichrome and van Gieson|Hunter medium with 5 % FBS|John Innes No. 2 compost
Murashige and Skoog medium (MS)|Wells A01-H12, DMSO control|anti-Sox2 (Cell Signaling 3579, clone D6D9)|rabbit anti-Ki-67, Abcam ab16667, lot GR3375
RRID:AB_2535792 and RRID:CVCL_0030|ORCID 0000-0001-5109-3700|doi:10.1038/s41592-019-0458-z|S-BIAD634, EMPIAR-10310, GSE157103
PDB 6VXX, EMD-21375|SOX2, JUN, FOS, Notch1, Hedgehog and Wnt3a|C57BL/6J mice, Wistar and Long-Evans rats|Sprague-Dawley rats, Charles River
HeLa, Jurkat, HEK293T and U2OS cells|Purkinje cells and Golgi staining|Langerhans islets, Kupffer cells|Alzheimer's disease model, Parkinson
Hodgkin lymphoma, Crohn's disease|Carl Zeiss Jena, Plan-Apochromat 63x/1.4 Oil|Leica SP8, Thermo Fisher Scientific|Hamamatsu ORCA-Flash4.0 V3
Andor Zyla 4.2, Nikon Ti2-E|Bruker Opterra, Bio-Rad Radiance|PerkinElmer UltraVIEW VoX|Otsu threshold, Sobel filter, Gaussian blur
Richardson-Lucy deconvolution, 20 iterations|Semrock FF01-525/45|Chroma ET525/50m|Copyright (c) 2010-2023 The ImageJ Authors
Software: ImageJ 1.53t by Wayne Rasband|acquired 2023-06-17 10:33:12|June 2023, Monday|slice 12 of 40, stack 3, ctrl
cat. no. 710-545-152, lot 143287|Cat# A-21206 Lot 2376850|P/N 440762-9904-000|serial 2509003421
1.2.840.113619.2.55.3.604688119.971.1448|sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08|version 2.3.1-rc4|UTC+02:00
Frauenklinik|Herrentoilette|Musterkennung mit Gauss-Filter|Färbung nach Mallory-Heidenhain|Coloration de Perls|Tinción de Gram
Barnes maze, Morris water maze|Student's t-test, Mann-Whitney U|Bonferroni, Benjamini-Hochberg|Kaplan-Meier curves|Bradford assay
Tris-Bovey buffer|Hoechst 33342, Alexa Fluor 488|Alexa Fluor 647 Plus|Texas Red, Lucifer Yellow, Nile Red|Evans Blue, Alcian Blue, Victoria Blue
Rose Bengal, Eva Green, Sudan Black|Congo Red and Oil Red O|Drosophila melanogaster, Oregon-R|Xenopus laevis embryos, Danio rerio
Arabidopsis thaliana Columbia-0|Saccharomyces cerevisiae BY4741|Mus musculus|Homo sapiens, female|donor 3, patient 12, subject 07
Patient samples were pooled|patients with Crohn's disease|The patient cohort was split|subject to availability|participant consent was obtained
by Otsu's method|by Fiji and CellProfiler|by Bio-Formats 6.8.0|saved by MetaMorph|by default|user defined|User Settings|Author: ImageJ
Operator: default|operator: none|Operator = admin|contact angle 35|contact the facility|made by Zeiss|filtered by Gaussian|Normalised by Loess
Dr. Oetker|Prof. AutoFocus|Mr. Frosty freezing container|Mr Frosty, Nalgene|Miss-sense mutation|Ms. 1|MS medium|Dr5::GFP line|DR5 reporter
exposure 100 ms, 488 nm, 5.5 %|X: 1234.56 Y: 7890.12|1024x1024x40, 0.108 um|time 00:12:33.450|ID 12345|position 555-0100
plate 12345678|barcode of plate BR00116991|/usr/share/fonts|C:\\Program Files\\Zeiss\\ZEN 3.3|C:\\Windows\\System32|http://www.openmicroscopy.org/Schemas/OME/2016-06
/data/raw/plate1|/home/share/|~/.bashrc|https://doi.org/10.5281/zenodo.1234567|https://github.com/ome/bioformats|git@github.com|noreply@example
Paris, Texas and London|Marburg, Germany|Heidelberg, DE|Mannheim|New York, NY|University medical diet|Nikon Imaging Center|Washington University probes
Abbe limit, Airy disk, Zernike|Nomarski DIC, Hoffman modulation|Köhler illumination|Nyquist, Fourier ring correlation|Voronoi, Delaunay|Haralick features
Bouin's fixative, Zamboni, Carnoy|Eagle's MEM, Ham's F12, Hank's|Dulbecco's PBS, Ringer|Ficoll Paque, Percoll|Schneider's Drosophila medium|Luria-Bertani
Schiff reagent, Feulgen|Nissl, Luxol, Weigert|Papanicolaou, Romanowsky|Ziehl-Neelsen, Grocott|Barr body, Cajal body|Müller glia, Schwann cells
Merkel cells, Meissner, Pacini|Sertoli and Leydig cells|Paneth cells, Peyer|Bowman's capsule, Henle|Lewy bodies, Nissl|Malpighi tubules
15 years of study|95 years of data|90 min, 92 cells|aged 8 weeks|age P14|at 93 %|age: 45 y|90 Jahre Institut
Test, Sample, Control|Sample Name|Image 01 Channel 2|Merge Channels|Max Projection|Zentrum links|Nachname fehlt|Tischgerät neu
""".replace("\n", "|").split("|")  # fmt: skip
DECOY_NAMES = """
20230617_HeLa_DAPI_001.tif|ctrl_slice_12.czi|Exp12_Sox2-GFP_Wnt3a.lif|Golgi_Purkinje_40x.nd2|May-Gruenwald_slide3.svs|John_Innes_compost.tif
Hunter_medium_A01.tif|plate12345678/r01c01f01p01.tiff|Long-Evans_rat4.tif|WT_KO_Rescue.csv|Leica_SP8_test.lif|Thermo_Fisher_Talos_01.mrc
E-MTAB-1234.txt|img_000000001_Cy5.tif|2019-03-04_drosophila_L3.tif|stack_0001.tif|Rose_Bengal_stain.png|Alexa_Fluor_488.tif|Otsu_mask.tif|Jan_2021.tif
May_2023/day3.tif|Figure_2B_left.png|supp_table_S4.xlsx|s19_well3.tif|Mark_IV_detector.raw|Summer_School/a.tif|Victoria_Blue_40x.tif|BL6_male_12wk.tif
sub-01_ses-02_T1w.nii.gz|sub-0042/anat/a.json|Donor3_PBMC.tif|patient_12_slide.svs|P07_T3.svs|Mouse_A_Day5.tif|Fish_Larva_7dpf.lif|Col-0_root.tif
DE_1985.tif|HE_2020-01-03.tif|KO_2021-03-04.tif|20200103_JW_plate2.tif|Berlin_dataset.csv|Petri_dish_4.jpg|Harvard_atlas.nii|Allen_Brain_Atlas.tif|Nikon_Ti2.nd2
""".replace("\n", "|").split("|")  # fmt: skip
DECOY_FIELDS = (
    ("Name", "Plan-Apochromat 63x/1.4 Oil"), ("Name", "Alexa Fluor 488"), ("channel", "Evans Blue"), ("Software", "Wayne Rasband ImageJ"),
    ("Manufacturer", "Carl Zeiss Microscopy GmbH"), ("Model", "Axio Imager Z2"), ("strain", "Long-Evans"), ("clone", "Hunter"), ("stain", "May-Grünwald"),
    ("antibody", "rabbit anti-Wells"), ("catalogue", "710-545-152"), ("operator", "Default"), ("operator", "greater than"), ("operator", "AND"),
    ("user", "default"), ("owner", "ImageJ"), ("author", "Fiji"), ("creator", "ImageJ: Bio-Formats"), ("title", "Golgi apparatus in HeLa"), ("sample", "Jurkat 3"),
    ("medium", "John Innes"), ("organism", "Mus musculus"), ("gene", "JUN"), ("gene", "MAX"), ("plate", "Plate 4471"), ("lot", "GR3375-1"), ("filter", "Chroma ET525/50m"),
    ("site", "3"), ("case", "upper"), ("subject", "7"), ("patient", "12"), ("age", "45"), ("age", "P90"), ("age", "12 weeks"), ("date", "2023-06-17"), ("accession", "S-BIAD634"),
    ("accession", "GSE157103"), ("doi", "10.1038/s41592-019-0458-z"), ("orcid", "0000-0001-5109-3700"), ("sampleid", "S01"), ("patient_id", "sub-07"), ("donor", "D4"),
    ("phone", "0"), ("well", "H12"), ("PI", "3.14159"), ("pi", "propidium iodide"), ("op", "mean"), ("group", "Control"), ("condition", "Parkinson"),
)  # fmt: skip


def decoys() -> list[Case]:
    """Texts of the field that tell of nobody."""
    texts = [Case("decoy text", "text", t, "") for t in DECOY_TEXTS if t.strip()]
    named = [Case("decoy file name", "name", t, "") for t in DECOY_NAMES if t.strip()]
    return [*texts, *named, *(Case("decoy field", f"label:{k}", v, "") for k, v in DECOY_FIELDS)]


# --- the score -------------------------------------------------------------------------------------------------------


def told(case: Case) -> list[judge.Finding]:
    """The findings that the rules give for a case."""
    if case.place == "name":
        return list(names.findings(case.text))
    if case.place == "answer":
        return list(examine.answers({"specimen": [{"description": case.text}]}))
    if case.place == "text":
        spots = [Spot("here", "", case.text)]
    elif case.place.startswith("label:"):
        spots = [Spot("here", case.place[6:], case.text)]
    else:
        form = tables.table if case.place == "table" else forms.form_of(case.text)
        spots = documents.spots_of(documents.parts_of(case.text, form), "")
    return list(judge.findings("text", "a", spots))


def found(case: Case) -> bool:
    from depositor.privacy.words.persons import folded

    loud = [f for f in told(case) if f.level is not Level.INFO or f.subject is Subject.SITE]
    return any(folded(case.value) in folded(f.evidence or "") for f in loud)


def alarms(case: Case) -> list[judge.Finding]:
    """Loud findings about people where nobody is."""
    return [
        f
        for f in told(case)
        if f.level in (Level.WARNING, Level.BLOCKER) and f.subject not in (Subject.SITE, Subject.PLACE)
    ]


def main(seed: int) -> None:
    total, hit = Counter[str](), Counter[str]()
    for case in planted(seed):
        total[case.kind] += 1
        if found(case):
            hit[case.kind] += 1
        else:
            print("missed:", case.kind, "|", case.place, "|", case.text.replace("\n", " / "))
    everything = decoys()
    wrong = [(c, a) for c in everything if (a := alarms(c))]
    for case, found_here in wrong:
        print(
            "decoy:",
            case.place,
            "|",
            case.text,
            "->",
            [(str(judge.kind_in_key(f.key)), f.evidence) for f in found_here],
        )
    for kind in total:
        print(f"{kind:26} {hit[kind]:3} of {total[kind]}")
    print(f"found {sum(hit.values())} of {sum(total.values())}; decoys flagged {len(wrong)} of {len(everything)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
