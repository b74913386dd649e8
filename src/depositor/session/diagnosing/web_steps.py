"""What stands between the open port and the archive's own answer: encryption, portals, the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from depositor.draft.message import Message, msg
from depositor.draft.problem import Retryable
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.line_steps import opened
from depositor.session.diagnosing.values import Facts, StepState, Told
from depositor.transfer import errors, problems
from depositor.transfer.net import clock as net_clock
from depositor.transfer.net import line as net_line
from depositor.transfer.net import portal, web
from depositor.transfer.net import problems as net_problems
from depositor.transfer.net import tls as net_tls
from depositor.transfer.net import trust_problems as net_trust_problems
from depositor.transfer.net.tls import Secured, Trust
from depositor.transfer.net.wait import within

if TYPE_CHECKING:
    import requests

_HANDSHAKES_S = 25.0
_ANSWER_S = 20.0
_NOT_AT_HOME = frozenset({429, 502, 503, 504})
_LIKE_A_PORTAL = frozenset({Trust.WRONG_NAME, Trust.NOT_TLS, Trust.SELF_SIGNED, Trust.UNKNOWN})


def secure(bench: Bench) -> None:
    """Is the line encrypted, by whom, and would anybody read along?"""
    name = msg("step.secure", "Encryption and certificate")
    if not bench.place.secure:
        bench.skip("secure", name, msg("secure.plain", "This address is not encrypted."))
        return
    bench.step("secure", name, lambda: _secure(bench), needed=True)


def _secure(bench: Bench) -> Told:
    host = bench.place.host
    ca_file = str(bench.desk.settings.get("ca_bundle"))
    try:
        found = within(
            _HANDSHAKES_S, bench.cancel, lambda: net_tls.secure(lambda: opened(bench), host, _readable(ca_file))
        )
    except OSError as error:
        raise net_problems.port(host, bench.place.port, net_line.meaning(error)) from error
    if found.trust is not Trust.GOOD:
        if found.trust in _LIKE_A_PORTAL and not bench.proxy.address and portal.stands_before(host):
            raise Retryable(problems.portal(host))
        raise net_trust_problems.insecure(host, found)
    return Told(_trusted(host, found), _state(found), facts=_facts(found))


def _readable(ca_file: str) -> str:
    """The file with further certificates; a broken one is told in words."""
    if ca_file:
        import ssl

        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise net_trust_problems.bad_ca_file() from error
    return ca_file


def _state(found: Secured) -> StepState:
    return StepState.NOTE if found.product is not None or found.public is False else StepState.OK


def _trusted(host: str, found: Secured) -> Message:
    if found.product is not None:
        return msg(
            "secure.read-along",
            "Encrypted ({version}), but {product} reads along: it shows its own certificate for {host}. It works; your "
            "IT support runs it.",
            version=found.version,
            product=found.product.name,
            host=host,
        )
    if found.public is False:
        return msg(
            "secure.own-issuer",
            "Encrypted ({version}). The certificate of {host} was issued by “{issuer}”, which was installed on this "
            "computer and is no public authority: the server is your institute's own, or its network reads along.",
            version=found.version,
            issuer=found.issuer,
            host=host,
        )
    return msg(
        "secure.good", "Encrypted ({version}); certificate by {issuer}.", version=found.version, issuer=found.issuer
    )


def _facts(found: Secured) -> Facts:
    facts: Facts = {"tls": found.version, "issuer": found.issuer, "ends": found.ends, "certificates": len(found.chain)}
    if found.public is not None:
        facts["public_issuer"] = found.public
    if found.product is not None:
        facts["inspected_by"] = found.product.name
    return facts


# --- the answer ------------------------------------------------------------------------------------------------------


def answer(bench: Bench) -> None:
    """Does the archive itself answer, and do our clocks agree?"""
    heard: list[tuple[float, float, str]] = []
    bench.step("answer", msg("step.answer", "The archive's answer"), lambda: _answer(bench, heard), needed=True)
    if heard:
        bench.step("clock", msg("step.clock", "Clock of this computer"), lambda: _clock(*heard[0]))


def _answer(bench: Bench, heard: list[tuple[float, float, str]]) -> Told:
    lines = web.Lines()
    began = time.time()
    try:
        status, headers = within(_ANSWER_S, bench.cancel, lambda: _asked(bench, lines), lines.abort)
    except TimeoutError as error:
        raise Retryable(problems.silent(bench.place.host)) from error
    ended = time.time()
    heard += [(began, ended, headers["Date"])] if headers.get("Date") else []
    facts: Facts = {"status": status, "server": headers.get("Server", "")[:60]}
    if status in _NOT_AT_HOME:  # other errors are answers too: an address below it may be what the archive serves
        raise errors.of_status(status, bench.place.host, errors.retry_after(headers))
    return Told(msg("answer.heard", "{host} answers.", host=bench.place.host), facts=facts)


def _asked(bench: Bench, lines: web.Lines) -> tuple[int, dict[str, str]]:
    wanted, address = ("Date", "Server", "Retry-After"), _web_address(bench.place.url)
    with web.told(address), web_session(bench, lines) as session:
        found = session.get(address, stream=True, allow_redirects=False)
        found.close()
        return found.status_code, {name: found.headers[name] for name in wanted if name in found.headers}


def web_session(bench: Bench, lines: web.Lines) -> requests.Session:
    """A session that goes the way that the test found: this proxy or none, these certificates."""
    ca_file = str(bench.desk.settings.get("ca_bundle"))
    chosen = bench.proxy.address
    made = web.session(
        web.Timeouts(10.0, 15.0), lines, {"http": chosen, "https": chosen} if chosen else None, ca_file or True
    )
    made.trust_env = False  # what the environment says of proxies is in our choice already
    return made


def _web_address(url: str) -> str:
    """``davs://`` and the like as the web address that they stand for, without a name in it."""
    parts = urlsplit(url)
    scheme = {"dav": "http", "webdav": "http", "http": "http"}.get(parts.scheme.rpartition("+")[2], "https")
    return parts._replace(scheme=scheme, netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _clock(began: float, ended: float, date: str) -> Told:
    found = net_clock.skew(date, began, ended)
    if found is None:
        return Told(msg("clock.unknown", "The archive's answer does not tell the time."), StepState.NOTE)
    if abs(found) > net_clock.MOST_S:
        raise net_problems.clock(round(abs(found) / 60), ahead=found > 0)
    return Told(msg("clock.good", "It agrees with the archive's."), facts={"skew_s": round(found)})
