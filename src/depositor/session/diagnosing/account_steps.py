"""Sign-in and the archive's own routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from depositor.archives.ports import ArchiveSession, Credentials, RouteCheck
from depositor.draft.capabilities import Account
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Retryable, Side
from depositor.session.diagnosing.bench import Bench
from depositor.session.diagnosing.values import Step, StepState, Told, Verdict
from depositor.transfer import problems
from depositor.transfer.net.wait import within

Result = TypeVar("Result")
_KEY_STORE_S = 65.0
_SIGN_IN_S = 60.0
_ROUTES_S = 180.0
_SIGN_IN = msg("step.sign-in", "Sign-in")
_ROUTES = msg("step.routes", "The archive's own routes")


def sign_in(bench: Bench, session: ArchiveSession) -> bool:
    """Sign in for real where an account is known; whether what comes after it can be tried."""
    if bench.archive.account is Account.NONE:
        bench.add(Step("sign-in", _SIGN_IN, StepState.OK, msg("sign-in.none", "No account is needed.")))
        return True
    known = within(_KEY_STORE_S, bench.cancel, lambda: bench.desk.accounts.credentials(bench.archive.id))
    if not _has_account(known):
        bench.skip("sign-in", _SIGN_IN, msg("sign-in.unknown", "Not tried: no account is known here yet."))
        return False
    done = bench.step("sign-in", _SIGN_IN, lambda: _signed_in(bench, session))
    return done.state is not StepState.FAILED


def _has_account(known: Credentials) -> bool:
    return bool(known.token or known.password or known.key_file)


def _signed_in(bench: Bench, session: ArchiveSession) -> Told:
    _answered(bench, _SIGN_IN_S, session.sign_in, session)
    return Told(msg("sign-in.good", "The archive knows you."))


def routes(bench: Bench, session: ArchiveSession) -> None:
    """Each route as the archive's own adapter tries it; one step each."""
    found: list[RouteCheck] = []

    def look() -> Told:
        found.extend(_answered(bench, _ROUTES_S, session.diagnose, session))
        return Told(msg("routes.tried", "All of them were tried."))

    bench.tell(Step("route", _ROUTES, StepState.RUNNING))
    whole, verdict = bench.looked(look)
    if whole.state is StepState.FAILED:
        bench.add(Step("route", _ROUTES, whole.state, whole.message, None, whole.problem, {}, verdict))
    known = [s.problem.message for s in bench.steps if s.id == "sign-in" and s.problem]
    for number, check in enumerate(found, 1):
        if check.problem is not None and check.problem.message in known:  # said once is enough
            bench.skip(f"route.{number}", check.name, msg("route.after-sign-in", "Not tried: the sign-in comes first."))
        else:
            bench.add(_of_check(bench, number, check))


def _answered(bench: Bench, seconds: float, ask: Callable[[], Result], session: ArchiveSession) -> Result:
    """What the archive says within ``seconds``; a call that hangs is left alone and its lines are closed."""
    try:
        return within(seconds, bench.cancel, ask, session.close)
    except TimeoutError as error:
        raise Retryable(problems.silent(bench.place.host or bench.archive.name)) from error


def _of_check(bench: Bench, number: int, check: RouteCheck) -> Step:
    state = StepState.OK if check.ok else StepState.FAILED
    told = msg("route.works", "Works.") if check.ok else check.problem.message if check.problem else None
    verdict = Verdict.FINE if check.ok else _verdict(check.problem, bench.place.host)
    return Step(f"route.{number}", check.name, state, told, check.seconds, check.problem, {}, verdict)


def _verdict(problem: Problem | None, host: str) -> Verdict:
    """A route gives its problem without the kind of error; whose side it is on tells what helps. A host beside the
    archive's own (for large deposits) that is not reached is a finding: the archive itself was."""
    if problem is None:
        return Verdict.FINDINGS
    if {"sign-in", "choose-folder", "bulk-password", "accept-host-key"} & set(problem.actions):
        return Verdict.USER
    elsewhere = host and problem.message.args.get("host", host) != host
    return Verdict.NETWORK if problem.side is Side.NETWORK and not elsewhere else Verdict.FINDINGS
