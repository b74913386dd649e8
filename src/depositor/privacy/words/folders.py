"""Folder paths with the name of a user, computers, addresses of networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from depositor.privacy.kinds import Kind
from depositor.privacy.words import persons
from depositor.privacy.words.hit import Hit

_SEGMENT = r"[^\\/:*?\"<>|\r\n\t\0;,&]"
_REST = rf"(?:[\\/]+{_SEGMENT}*)*"
_NOBODY = (
    r"(?!(?:Public|All Users|Default(?: User)?|Shared|share|shared|local|lib|data|common|user|users|tmp|guest"
    r"|runner|ubuntu|root|admin|"
    r"\$\{?\w+\}?|%\w+%|<\w+>)(?:[\\/\s\"']|$))"
)
_S = r"(?:[\\/]+|%5C|%2F)"
USER_PATH = re.compile(
    rf"(?:file:/*)?(?:[A-Za-z](?::|%3A))?{_S}(?:Users|Documents and Settings|Dokumente und Einstellungen|Benutzer"
    rf"|Utilisateurs|Usuarios|Utenti|Gebruikers"
    rf"|Användare|Użytkownicy|Usuários|Kullanıcılar|Пользователи){_S}{_NOBODY}{_SEGMENT}{{2,}}{_REST}"
    rf"|(?:file:/*)?(?<![\w.])(?:/[\w.-]+)?/(?:home\d?|Users|u|export/home|var/home|nfs/home|usr/people|afs"
    rf"|run/media|data/users|cluster/home|gpfs/home|lustre/home)/"
    rf"{_NOBODY}[^/\s\"'<>|;,&]{{2,}}(?:/[^\"'<>|;,&\r\n\t]*)*"
    rf"|(?<![\w.:/])/(?:scratch|work|media)/(?!raw|data|tmp|temp|shared?|projects?|groups?|lab|images?|results?"
    rf"|usb\w*|disk\w*|cdrom\w*)[a-z][a-z0-9._-]{{3,}}(?:/[^\"'<>|;,&\r\n\t]*)+"
    rf"|\\\\[\w.-]+\\(?:home|homes|users|profiles|user)\$?\\{_NOBODY}{_SEGMENT}{{2,}}{_REST}"
    rf"|(?<![\w/~])~(?-i:[a-z])[A-Za-z0-9._-]{{3,}}(?:/[^\"'<>|;,&\r\n\t]+)+|(?<=/)~[A-Za-z][A-Za-z0-9._-]{{2,}}",
    re.IGNORECASE,
)
PATH = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]:[\\]+(?!Program Files|Programme|Windows\b|ProgramData){_SEGMENT}+(?:\\+{_SEGMENT}*)*"
    rf"|(?<![A-Za-z0-9])[A-Z]:/(?!/|Program Files|Windows\b|ProgramData){_SEGMENT}{{2,}}(?:/+{_SEGMENT}*)+"
    rf"|(?<![\\\w:])\\\\[\w.-]+\\{_SEGMENT}+(?:\\{_SEGMENT}*)*"
    r"|(?:OneDrive|Dropbox|Google Drive|Nextcloud)(?: - [^\\/\r\n]+)?[\\/][^\"'<>|;,&\r\n\t]{3,}"
    r"|(?<![\w.:/])/(?:mnt|media|data\d*|scratch|gpfs|nfs|Volumes|work|projects?|lustre|srv)/[^\"'<>|;,&\r\n\t]*",
    re.IGNORECASE,
)
_URL_USER = re.compile(
    r"(?:smb|afp|ftp|sftp|ssh|https?|nfs|cifs|rsync|scp)://(?!git@"
    r"|x-access-token)([A-Za-z][\w.\\%-]{2,})(?::[^\s@/]*)?@[\w.-]+"
    r"|\b(?:ssh|scp|rsync|sftp)\s+(?:-\w+\s+)*(?!git@)([A-Za-z][\w.-]{2,})@[\w.-]+"
)
_USER = re.compile(
    r"(?<![^\W_])(?i:user ?name|user ?id|operator ?id"
    r"|user|login|log-?in|account|logged in as|benutzer(?:name)?|anmeldename"
    r"|kennung|utilisateur|identifiant|usuario|utente|gebruikersnaam|användarnamn"
    r"|użytkownik|kullanıcı adı|ユーザー名?|用户名?|사용자|пользователь)\s*[:=：]\s*([\w.\\$-]{3,40})"
    r"|\b(?:by|as|for|of) user ([a-z][a-z0-9._-]{3,20})\b"
    r"|(?<![^\W_])(?i:log(?:ged)?[ -]?(?:in|on|out|off)|session opened|accepted \w+) (?:for |by |as |of |user )*"
    r"([a-z][a-z0-9._-]{3,20}) (?:from|on|at|via)\b"
    r"|(?<![^\W_])(?i:user) ([a-z][a-z0-9._-]{3,20}) (?i:logged|signed|log-?in|connected|started|opened)"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
HOST = re.compile(
    r"\b(?:DESKTOP|LAPTOP|WS|PC|WKS|WORKSTATION|WIN)-(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*\b"
    r"|(?<![^\W_])(?i:host(?: ?name)?|computer ?name|computer|machine(?: ?name)?|rechner(?:name)?|ordinateur"
    r"|equipo|workstation|pc ?name|node ?name|コンピュータ名|计算机名)\s?[:= ]\s?"
    r"((?=[\w.-]*[\d.-])[A-Za-z][\w.-]{3,}\w)"
    r"|(?i:\bhost(?:name)?\s?[:=]\s?)([\w.-]{4,})"
    r"|(?<![\w:.-])([0-9A-Fa-f]{2}(?P<sep>[:-])[0-9A-Fa-f]{2}(?:(?P=sep)[0-9A-Fa-f]{2}){4})(?![\w:-])"
    rf"|(?<![\w.\-])((?!127\.)(?:1\d\d|2[0-4]\d|25[0-5]|[2-9]\d|1\d)(?:\.{_OCTET}){{3}})(?![\w\-]|\.\d)"
)
_VERSION = re.compile(r"(?i:\b(?:v|ver|version|release|build|firmware|driver|zen|fiji|imagej)\.?\s*[:=]?\s*)$")


def _simple(pattern: re.Pattern[str], kind: Kind) -> Callable[[str], Iterator[Hit]]:
    def rule(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            group = next((n for n in range(1, (pattern.groups or 0) + 1) if match[n]), 0)
            yield Hit(kind, match.start(group), match.start(group) + len(match[group].rstrip(" .,;:)")))

    return rule


user_paths = _simple(USER_PATH, Kind.USER_PATH)
paths = _simple(PATH, Kind.PATH)
url_users = _simple(_URL_USER, Kind.USER_NAME)
# What MINC tools write as identity of a file: "host:user:date:process:number". Source: MINC 2, attribute "ident".
_IDENTITY = re.compile(r"(?<![^\s\0\"'])(?:[\w.-]+:)?[A-Za-z][\w.-]*:\d{4}(?:\.\d\d){5}(?::\d+)*")
identities = _simple(_IDENTITY, Kind.USER_NAME)


_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-")


def users(text: str) -> Iterator[Hit]:
    """ "user: jdoe42"; words and modes stand there too, and are nobody."""
    for match in _USER.finditer(text):
        group = match.lastindex or 0
        name = match[group]
        nobody = persons.is_placeholder(name) or persons.is_ordinary(name)
        if not nobody and not name.isdecimal() and not _UUID.match(name):
            yield Hit(Kind.USER_NAME, match.start(group), match.end(group))


def hosts(text: str) -> Iterator[Hit]:
    """Names of computers, hardware addresses, addresses of networks (no version numbers)."""
    for hit in _simple(HOST, Kind.HOST)(text):
        if not _VERSION.search(text[max(0, hit.start - 14) : hit.start]):
            yield hit
