"""What a test of the way looks at: names, ports, certificates and proxies, against real servers on this computer."""

from __future__ import annotations

import email.utils
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from net_world import Authority, Day, Proxy, Server, black_hole, greeter, self_signed

from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser, Retryable, Stopped
from depositor.transfer.net import clock as net_clock
from depositor.transfer.net import line as net_line
from depositor.transfer.net import names as net_names
from depositor.transfer.net import problems as net_problems
from depositor.transfer.net import proxy as net_proxy
from depositor.transfer.net import route as net_route
from depositor.transfer.net import tls as net_tls
from depositor.transfer.net import trust_problems as net_trust_problems
from depositor.transfer.net.line import Knocked
from depositor.transfer.net.names import NoName
from depositor.transfer.net.proxy import Source
from depositor.transfer.net.system_proxy import NOTHING_SET, SystemProxy, of_gnome, of_macos, of_windows
from depositor.transfer.net.tls import Trust
from depositor.transfer.net.wait import within


def line_to(port: int, host: str = "127.0.0.1") -> Callable[[], socket.socket]:
    return lambda: net_line.connect(host, port, Cancel())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


# --- names and ways --------------------------------------------------------------------------------------------------


def test_a_name_that_nobody_has_is_told_from_silence() -> None:
    found = net_names.look_up("depositor-test.invalid", Cancel())
    assert found.failure in (NoName.UNKNOWN, NoName.NO_SERVER)
    assert not found.all
    problem = net_problems.no_name("x.invalid", NoName.SILENT, ("192.0.2.53",)).problem
    assert "192.0.2.53" in problem.message.english()


def test_an_address_is_its_own_answer() -> None:
    assert net_names.look_up("::1", Cancel()).v6 == ("::1",)
    assert net_names.look_up("127.0.0.1", Cancel()).all == ("127.0.0.1",)
    assert net_names.look_up("bad..name", Cancel()).failure is not NoName.NONE


def test_name_servers_are_read_from_the_systems_list() -> None:
    text = "# comment\nsearch example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n"
    assert net_names.name_servers(lambda: text) == ("192.0.2.53", "2001:db8::53")


def test_the_way_tells_the_tunnel_that_leads_there() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", 9))
        own = line.getsockname()[0]
    found = net_route.way_to(("127.0.0.1",), lambda: {"eth0": (True, ("192.0.2.7",)), "wg0": (True, (own,))})
    assert (found.interface, found.tunnel) == ("wg0", True)
    assert set(found.up) == {"eth0"}  # an interface with a loopback address alone leads nowhere
    assert not net_route.way_to((), lambda: {"eth0": (False, ("192.0.2.7",))}).up


def test_waiting_ends_when_time_is_up_and_when_nobody_waits() -> None:
    stuck, let_go = threading.Event(), threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, Cancel(), stuck.wait, let_go.set)
    assert let_go.is_set()
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Stopped):
        within(60, cancel, stuck.wait)
    stuck.set()
    assert within(5, Cancel(), lambda: 7) == 7


# --- ports -----------------------------------------------------------------------------------------------------------


def test_open_refused_and_silent_ports_are_told_apart() -> None:
    with Server() as server:
        assert net_line.knock("127.0.0.1", server.port, Cancel()).came is Knocked.OPEN
        closed = server.port
    assert net_line.knock("127.0.0.1", closed, Cancel()).came is Knocked.REFUSED
    with black_hole() as port:
        assert net_line.knock("127.0.0.1", port, Cancel(), 0.3).came is Knocked.SILENT


def test_a_server_that_only_speaks_ipv6() -> None:
    with Server(host="::1") as server:
        assert net_line.knock("::1", server.port, Cancel()).came is Knocked.OPEN
        assert net_line.knock("127.0.0.1", server.port, Cancel()).came is Knocked.REFUSED
        net_line.connect_any(("127.0.0.1", "::1"), server.port, Cancel()).close()


def test_a_knock_is_given_up_at_once() -> None:
    cancel = Cancel()
    cancel.set()
    with black_hole() as port, pytest.raises(Stopped):
        net_line.connect("127.0.0.1", port, cancel, 60)


@pytest.mark.parametrize("came", [k for k in Knocked if k is not Knocked.OPEN])
def test_every_closed_port_has_words_for_it_support(came: Knocked) -> None:
    problem = net_problems.port("archive.example", 443, came).problem
    assert problem.code == f"port.{came}"
    assert "443" in problem.advice.english() or "443" in problem.message.english()


def test_who_speaks_first_is_heard() -> None:
    with greeter(b"SSH-2.0-Test\r\n") as port, net_line.connect("127.0.0.1", port, Cancel()) as line:
        assert net_line.greeting(line, 5) == b"SSH-2.0-Test"
    with Server() as quiet, net_line.connect("127.0.0.1", quiet.port, Cancel()) as line:
        assert net_line.greeting(line, 0.1) == b""


# --- certificates ----------------------------------------------------------------------------------------------------


def secured(pem: Path, host: str = "localhost", ca_file: Path | None = None) -> net_tls.Secured:
    with Server(pem=pem) as server:
        return net_tls.secure(line_to(server.port), host, str(ca_file or ""))


def test_a_certificate_of_the_institute_is_trusted_with_its_file_and_told_as_no_public_one(
    authority: Authority,
) -> None:
    found = secured(authority.issue("localhost"), ca_file=authority.file)
    assert found.trust is Trust.GOOD
    assert found.public is False
    assert found.issuer == "Institute Root"
    assert found.version.startswith("TLS")


def test_one_that_the_system_trusts(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    found = secured(authority.issue("localhost"))
    assert (found.trust, found.public) == (Trust.GOOD, False)


def test_public_issuers_are_told_from_installed_ones(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    import certifi

    monkeypatch.setattr(certifi, "where", lambda: str(authority.file))
    assert secured(authority.issue("localhost"), ca_file=authority.file).public is True


def test_faults_of_certificates_are_told_apart(authority: Authority, tmp_path: Path) -> None:
    trusted = authority.file
    cases = {
        Trust.EXPIRED: authority.issue("localhost", begins=-9 * Day, ends=-Day),
        Trust.NOT_YET: authority.issue("localhost", begins=Day),
        Trust.WRONG_NAME: authority.issue("other.example"),
        Trust.SELF_SIGNED: self_signed(tmp_path, "localhost"),
        Trust.UNKNOWN: Authority(tmp_path, "Nobody Knows Me").issue("localhost"),
    }
    assert {secured(pem, ca_file=trusted).trust: pem for pem in cases.values()} == cases


def test_a_missing_intermediate_is_the_archives_fault(authority: Authority, tmp_path: Path) -> None:
    between = Authority(tmp_path, "Between", above=authority)
    whole = secured(between.issue("localhost", leads=True), ca_file=authority.file)
    assert whole.trust is Trust.GOOD
    found = secured(between.issue("localhost", chain=False, leads=True), ca_file=authority.file)
    assert found.trust is Trust.INCOMPLETE
    assert str(net_trust_problems.insecure("localhost", found).problem.side) == "archive"


def test_an_old_version_and_no_encryption_at_all(authority: Authority) -> None:
    with Server(pem=authority.issue("localhost"), newest=ssl.TLSVersion.TLSv1_1) as server:
        found = net_tls.secure(line_to(server.port), "localhost", str(authority.file))
    assert found.trust is Trust.OLD
    with Server() as plain:
        assert net_tls.secure(line_to(plain.port), "localhost").trust is Trust.NOT_TLS
    with greeter(b"") as port:
        assert net_tls.secure(line_to(port), "localhost").trust is Trust.BROKEN


@pytest.mark.parametrize("trust", [t for t in Trust if t is not Trust.GOOD])
def test_every_fault_has_its_own_words(trust: Trust) -> None:
    error = net_trust_problems.insecure("archive.example", net_tls.Secured(trust))
    assert "archive.example" in error.problem.message.english()
    assert error.problem.advice.english() != error.problem.message.english()


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("Zscaler Intermediate Root CA (zscaler.net)", "Zscaler"),
        ("ca.university.goskope.com", "Netskope"),
        ("FG200ETK18900000", "Fortinet FortiGate"),
        ("ESET SSL Filter CA", "ESET"),
        ("Kaspersky Anti-Virus Personal Root Certificate", "Kaspersky"),
        ("Sophos SSL CA_C1234", "Sophos"),
        ("Blue Coat ProxySG", "Symantec (Blue Coat) ProxySG"),
        ("Let's Encrypt", None),
        ("Reset Authority", None),
    ],
)
def test_inspecting_products_are_known_by_their_issuer(issuer: str, name: str | None) -> None:
    shown = net_tls.Certificate("archive.example", issuer, "", "", issuer_names=(issuer,))
    found = net_tls.product_of((shown,))
    assert (found.name if found else None) == name


def test_an_inspecting_proxy_is_named(authority: Authority, tmp_path: Path) -> None:
    gateway = Authority(tmp_path, "Zscaler Root CA")
    with Server(pem=authority.issue("localhost")) as server, Proxy(inspect=gateway) as proxy:
        choice = net_proxy.choose("https://localhost", proxy.url, {})

        def through() -> socket.socket:
            line = net_line.connect("127.0.0.1", proxy.port, Cancel())
            answer = net_line.through(line, choice, "localhost", server.port)
            assert answer.line is not None
            return answer.line

        found = net_tls.secure(through, "localhost")
        assert found.trust in (Trust.UNKNOWN, Trust.INCOMPLETE)
        assert found.product is not None
        assert "Zscaler" in net_trust_problems.insecure("localhost", found).problem.message.english()
        trusted = net_tls.secure(through, "localhost", str(gateway.file))
    assert (trusted.trust, trusted.public) == (Trust.GOOD, False)
    assert trusted.product == net_tls.Product("Zscaler", "network")


# --- proxies ---------------------------------------------------------------------------------------------------------


def asked(proxy: Proxy, url: str, host: str, port: int) -> net_line.ProxyAnswer:
    line = net_line.connect("127.0.0.1", proxy.port, Cancel())
    return net_line.through(line, net_proxy.choose("https://x.example", url, {}), host, port)


def test_a_proxy_with_a_sign_in_lets_through_who_knows_it() -> None:
    with Server() as server, Proxy(("anna", "s:cret"), ("Negotiate", 'Basic realm="x"')) as proxy:
        refused = asked(proxy, proxy.url, "localhost", server.port)
        assert (refused.status, refused.schemes, refused.line) == (407, ("Negotiate", "Basic"), None)
        choice = net_proxy.with_sign_in(net_proxy.choose("https://x", proxy.url, {}), "anna", "s:cret")
        assert choice.credentials == ("anna", "s:cret")
        assert "s%3Acret" not in repr(choice)
        agreed = asked(proxy, str(choice.address), "localhost", server.port)
        assert agreed.line is not None
        agreed.line.close()


def test_a_proxy_that_only_takes_the_sign_in_of_windows_is_explained() -> None:
    problem = net_problems.proxy_sign_in("proxy.example", ("Negotiate", "NTLM"), tried=False).problem
    assert "NTLM" in problem.message.english()
    assert "proxy-sign-in" not in problem.actions
    assert "proxy-sign-in" in net_problems.proxy_sign_in("p", ("Basic",), tried=True).problem.actions


def test_a_proxy_that_forbids_or_does_not_reach() -> None:
    with Server() as server:
        gone = server.port
    with Proxy(forbids=frozenset({"archive.example"})) as proxy:
        assert asked(proxy, proxy.url, "archive.example", 443).status == 403
        assert asked(proxy, proxy.url, "127.0.0.1", gone).status == 502
    with greeter(b"220 not a proxy\r\n") as port:
        line = net_line.connect("127.0.0.1", port, Cancel())
        with pytest.raises(OSError):
            net_line.through(line, net_proxy.choose("https://x", f"http://127.0.0.1:{port}", {}), "x", 443)


def nothing() -> SystemProxy:
    return NOTHING_SET


def test_who_names_the_proxy() -> None:
    url, env = "https://archive.example/api", {"HTTPS_PROXY": "http://env:1", "ALL_PROXY": "http://all:2"}
    assert net_proxy.choose(url, "http://own:3", env, nothing).source is Source.SETTING
    found = net_proxy.choose(url, "", env, nothing)
    assert (found.source, found.place, found.host, found.port) == (Source.ENVIRONMENT, "HTTPS_PROXY", "env", 1)
    assert net_proxy.choose(url, "", {**env, "https_proxy": "http://low:4"}, nothing).host == "low"
    assert net_proxy.choose("ftp://x/", "", env, nothing).place == "ALL_PROXY"
    assert (
        net_proxy.choose("http://x/", "", {"HTTP_PROXY": "http://a:1", "REQUEST_METHOD": "GET"}, nothing).address
        is None
    )
    system = SystemProxy("Windows", "http://sys:8080", "", ("*.example",))
    assert net_proxy.choose("https://a.example/", "", {}, lambda: system).passes == "*.example"
    found = net_proxy.choose("https://a.test/", "", {}, lambda: system)
    assert (found.source, found.place, found.address) == (Source.SYSTEM, "Windows", "http://sys:8080")


@pytest.mark.parametrize("entry", ["archive.example", ".example", "*", "example", "other, archive.example:443"])
def test_no_proxy_counts_for_every_source(entry: str) -> None:
    found = net_proxy.choose("https://archive.example:443/", "http://own:3", {"NO_PROXY": entry}, nothing)
    assert found.address is None
    assert found.passes in entry


def test_a_script_is_told_and_never_run() -> None:
    found = net_proxy.choose("https://x/", "", {}, lambda: SystemProxy("macOS", pac="http://wpad.example/proxy.pac"))
    assert (found.address, found.pac) == (None, "http://wpad.example/proxy.pac")


def test_settings_of_windows() -> None:
    assert of_windows({"ProxyEnable": 0, "ProxyServer": "old:1"}) == NOTHING_SET
    found = of_windows({"ProxyEnable": 1, "ProxyServer": "proxy:8080", "ProxyOverride": "*.local;<local>"})
    assert (found.https, found.http, found.exceptions) == ("proxy:8080", "proxy:8080", ("*.local", "<local>"))
    named = of_windows({"ProxyEnable": 1, "ProxyServer": "http=a:1;https=b:2"})
    assert (named.http, named.https) == ("a:1", "b:2")
    assert of_windows({"AutoConfigURL": "http://wpad/x.pac"}).pac == "http://wpad/x.pac"
    local = net_proxy.choose("https://intranet/", "", {}, lambda: found)
    assert local.passes == "<local>"


MACOS = """<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  HTTPEnable : 0
  HTTPSEnable : 1
  HTTPSPort : 3128
  HTTPSProxy : proxy.example.org
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://wpad.example.org/proxy.pac
}
"""


def test_settings_of_macos() -> None:
    found = of_macos(MACOS)
    assert (found.https, found.http) == ("proxy.example.org:3128", "")
    assert found.exceptions == ("*.local", "169.254/16")
    assert found.pac == "http://wpad.example.org/proxy.pac"
    assert of_macos("<dictionary> {\n  ProxyAutoDiscoveryEnable : 1\n}\n").pac == "auto"
    assert of_macos("<dictionary> {\n  HTTPSEnable : 0\n}\n") == NOTHING_SET


def test_settings_of_gnome() -> None:
    lines = [
        "org.gnome.system.proxy mode 'manual'",
        "org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8']",
        "org.gnome.system.proxy.https host 'proxy.example.org'",
        "org.gnome.system.proxy.https port 3128",
        "org.gnome.system.proxy.http host ''",
    ]
    found = of_gnome("\n".join(lines))
    assert (found.https, found.http, found.exceptions) == ("proxy.example.org:3128", "", ("localhost", "127.0.0.0/8"))
    assert of_gnome("org.gnome.system.proxy mode 'none'") == NOTHING_SET
    assert of_gnome("org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url ''").pac == "auto"


# --- the clock -------------------------------------------------------------------------------------------------------


def test_the_clock_is_held_against_the_servers() -> None:
    now = time.time()
    date = email.utils.formatdate(now, usegmt=True)
    assert net_clock.skew(date, now, now + 0.2) == 0
    assert net_clock.skew(date, now + 600, now + 601) == pytest.approx(599, abs=2)
    assert net_clock.skew(date, now - 600, now - 599) == pytest.approx(-599, abs=2)
    assert net_clock.skew("half past nine", now, now) is None
    assert isinstance(net_problems.clock(10, ahead=True), NeedsUser)
    assert isinstance(net_problems.no_way_out(), Retryable)
