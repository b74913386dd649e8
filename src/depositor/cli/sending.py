"""deposit, verify: on the way to the archive, and afterwards. What stands where is :mod:`depositor.cli.transfers`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from depositor.cli import exits
from depositor.cli.console import Console, Progress, table
from depositor.cli.describing import judgement, renamed_json, tell_renamed
from depositor.cli.given import document, existing
from depositor.draft.cancel import Cancel
from depositor.draft.problem import DepositError, NeedsUser
from depositor.draft.submission import Receipt, Stage, State
from depositor.session import addresses, host_keys, language, receipts, straight, verifying
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.language import say, tr, trn
from depositor.session.open_draft import OpenDraft
from depositor.session.sending.deposit import DepositRun
from depositor.session.straight import Judgement

_LOOK_S = 0.1
_ASKED = ("form:human.asked", "form:policy.unknown")  # what only a person can answer


def arguments(command: str, parser: argparse.ArgumentParser) -> None:
    """The options of deposit and verify."""
    if command == "deposit":
        parser.add_argument("document", metavar="SUBMISSION", type=document, help=tr("a submission document"))
        limit_argument(parser)
        host_key_argument(parser)
        parser.set_defaults(run=_deposit)
    else:
        parser.add_argument("receipt", metavar="RECEIPT", type=existing, help=tr("receipt.json of a submission"))
        parser.add_argument(
            "--read-back", action="store_true", help=tr("read back and compare what the archive tells no checksum of")
        )
        parser.set_defaults(run=_verify)


def limit_argument(parser: argparse.ArgumentParser) -> None:
    """The option for a speed limit."""
    parser.add_argument("--limit", metavar="KB_PER_S", type=_limit, help=tr("send at most this much"))


def host_key_argument(parser: argparse.ArgumentParser) -> None:
    """The option that accepts the key of an SFTP server."""
    parser.add_argument(
        "--accept-host-key", metavar="FINGERPRINT", help=tr("this is the key of the server (SHA256:...); for SFTP")
    )


def accept_host_key(desk: Desk, endpoint: str, given: argparse.Namespace) -> None:
    """Keep the key that the person named for the server at ``endpoint``. NeedsUser for what is no fingerprint."""
    if given.accept_host_key:
        host_keys.accept(desk.store, endpoint, given.accept_host_key)


# --- deposit ---------------------------------------------------------------------------------------------------------


def _deposit(given: argparse.Namespace, console: Console) -> int:
    with desk_at_home() as desk:
        opened = desk.take_up(given.document)
        desk.discard(opened.id)  # the document itself is the draft; a copy on the desk would only be in the way
        try:
            problem = straight.missing_archive(desk, opened)
            if problem:
                raise NeedsUser(problem)
            endpoint = addresses.needed(desk, opened.capabilities)
            accept_host_key(desk, endpoint, given)
            begun = straight.sealed_from(desk, opened.draft, under_way=True)
            if begun is None:
                _warn_if_done_before(desk, opened, console)
                found = _prepare(desk, opened, console)
                console.problems(found.problems)
                names = straight.renamed(desk, opened)
                tell_renamed(*names, console)
                if not found.ready:
                    return _not_ready(found, names, console)
                sealed = _seal(opened, console)
                desk.restore(opened.id)
        finally:
            opened.close()
        if begun:
            console.say(tr("This was begun before ({id}); going on from there.", id=begun.id))
        return send(desk.deposit(begun.id if begun else sealed), given, console)


def _seal(opened: OpenDraft, console: Console) -> str:
    with console.progress(tr("Sealing")) as bar:
        return opened.seal(Cancel(), bar.update).id


def _warn_if_done_before(desk: Desk, opened: OpenDraft, console: Console) -> None:
    done = straight.sealed_from(desk, opened.draft, under_way=False)
    if done and done.receipt:
        name = done.receipt.accession or done.id
        console.say(tr("The same document was deposited before, as {name}. This makes a second deposit.", name=name))


def _prepare(desk: Desk, opened: OpenDraft, console: Console) -> Judgement:
    words = {
        "files": tr("Looking"),
        "headers": tr("Reading headers"),
        "annotations": tr("Looking into the annotations"),
        "privacy": tr("Checking"),
    }
    bars: dict[str, Progress] = {}
    with contextlib.ExitStack() as stack:

        def tell(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = stack.enter_context(console.progress(words[what]))
            bars[what].update(done, total)

        return straight.prepare(opened, desk.worker(), Cancel(), tell)


def _not_ready(found: Judgement, names: tuple[tuple[tuple[str, str], ...], int], console: Console) -> int:
    console.findings((*found.blockers, *found.undecided))
    for why in found.why:
        console.say(say(why))
    console.say(tr("Nothing was sent."))
    stands = (*found.situation.validation, *found.undecided)
    shape = judgement(stands, found.situation.completeness, ready=False)
    console.document(
        {
            "state": str(State.DRAFT),
            "submission": None,
            **shape,
            **renamed_json(*names),
            "problems": [p.as_json() for p in found.problems],
        }
    )
    return exits.FINDINGS if any(f.key not in _ASKED for f in found.blockers) else exits.NEEDS_USER


# --- sending ---------------------------------------------------------------------------------------------------------


def send(run: DepositRun, given: argparse.Namespace, console: Console) -> int:
    """Run a deposit to its receipt, or to what stopped it; the exit code."""
    if given.limit:
        run.limit(given.limit)
    try:
        receipt = _followed(run, console)
    except DepositError as error:
        failed = run.problems()
        console.problems((error.problem, *failed))
        problems = [p.as_json() for p in (error.problem, *failed)]
        console.document({"submission": run.id, "stage": str(run.stage), "problems": problems})
        code = exits.code(error)
        if host_keys.shown(error.problem) is not None:
            console.say(tr("Accept it with --accept-host-key and the fingerprint that you were given."))
        if code in (exits.RESUMABLE, exits.NEEDS_USER):
            console.say(tr("“depositor resume {id}” goes on from here.", id=run.id))
        return code
    console.document(receipt.as_json())
    _tell_receipt(receipt, console)
    return exits.FINDINGS if receipt.problems or receipt.state is State.FAILED else exits.DONE


def _followed(run: DepositRun, console: Console) -> Receipt:
    """Run it in a thread of its own while this one draws and listens for Ctrl-C."""
    outcome: list[Receipt | BaseException] = []

    def work() -> None:
        try:
            outcome.append(run.run())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=work, name="depositor-deposit")
    with _stoppable(run, console), console.progress(tr("Sending")) as bar:
        thread.start()
        while thread.is_alive():
            thread.join(_LOOK_S)
            if run.stage in (Stage.SENDING, Stage.SENT):
                _draw(run, bar)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


@contextlib.contextmanager
def _stoppable(run: DepositRun, console: Console) -> Iterator[None]:
    """The first Ctrl-C (or end of the session) pauses and waits until everything is noted."""

    def stop(number: int, _frame: object) -> None:
        console.say(tr("Pausing; what is under way is being noted ..."))
        if number == signal.SIGINT:
            run.pause()
        else:
            run.pause_for_exit()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _draw(run: DepositRun, bar: Progress) -> None:
    now = run.progress()
    speaker = language.current()
    parts = [f"{speaker.size(now.bytes_done)} / {speaker.size(now.bytes)}"]
    if now.waiting:
        parts.append(say(now.waiting.message))
    elif now.speed:
        parts.append(speaker.speed(now.speed))
        if now.remaining_s is not None:
            parts.append(tr("{time} left", time=speaker.duration(now.remaining_s)))
    share = now.bytes_done / now.bytes if now.bytes else None  # files differ too much in size to count them
    bar.update(now.files_done, now.files, " · ".join(parts), share)


def _tell_receipt(receipt: Receipt, console: Console) -> None:
    speaker = language.current()
    rows = [
        (tr("Archive"), receipt.archive),
        (tr("Accession"), receipt.accession or "-"),
        (tr("Address"), receipt.url or "-"),
        (tr("State"), state(receipt)),
        (tr("Files"), f"{_counted(receipt)}, {speaker.size(receipt.bytes)}"),
        (tr("Licence"), receipt.license or "-"),
        *((tr("Proved"), say(words)) for words in receipts.proofs(receipt)),
        (tr("Manifest"), f"sha256:{receipt.manifest_sha256}"),
        (tr("Receipt"), receipt.receipt),
    ]
    renamed = receipt.more.get("renamed") or {}
    count = renamed.get("all", renamed.get("count"))  # receipts of earlier versions have no list of their own
    if count:
        told = trn("{n} file has another name there", "{n} files have another name there", count)
        rows.insert(5, (tr("Names"), f"{told}: {renamed.get('own_list') or renamed.get('list') or '-'}"))
    changed = receipts.replaced(receipt)
    if changed:
        rows.insert(-2, (tr("Changed"), say(changed)))
    console.answer(table(rows))
    if renamed.get("own_list"):
        console.say(
            tr("The list of names stays on this computer: it tells which file became which. Do not pass it on.")
        )
    console.problems(receipt.problems)


def _counted(receipt: Receipt) -> str:
    files = trn("{n} file", "{n} files", receipt.files)
    papers = int(receipt.more.get("documents") or 0)
    if not papers:
        return files
    return tr("{files} and {documents}", files=files, documents=trn("{n} document", "{n} documents", papers))


def state(receipt: Receipt) -> str:
    """What the archive says of a deposit, in words."""
    own = {
        ("protocol", State.ACCEPTED): tr("complete: every file is in its place, and so is the note that says so"),
        ("folder", State.ACCEPTED): tr("complete: every file was read again and is as it was"),
        ("practice", State.PUBLIC): tr("public in the practice archive on this computer only; nothing was published"),
    }.get((str(receipt.more.get("archive_kind")), receipt.state))
    return (
        own
        or {
            State.DRAFT: tr("not yet handed over"),
            State.SENT: tr("sent, not yet accepted"),
            State.ACCEPTED: tr("accepted by the archive"),
            State.UNDER_REVIEW: tr("being looked at by the archive"),
            State.PUBLIC: tr("public"),
            State.FAILED: tr("refused"),
        }[receipt.state]
    )


# --- verify ----------------------------------------------------------------------------------------------------------


def _verify(given: argparse.Namespace, console: Console) -> int:
    with desk_at_home() as desk, console.progress(tr("Comparing")) as bar:
        receipt, cancel = Path(given.receipt), Cancel()
        found = verifying.verify(desk, receipt, cancel, bar.update, read_back=given.read_back)
    console.document(found.as_json())
    if not console.json:
        if found.equal or not found.size_only:
            console.answer(trn("{n} file is the same there.", "{n} files are the same there.", found.equal))
        if found.size_only:
            console.answer(
                trn("{n} file is there with its size.", "{n} files are there with their sizes.", found.size_only)
            )
        for words in receipts.compared(found.proved):
            console.answer(say(words))
        if found.size_only and found.readable and not given.read_back:
            console.say(tr("With --read-back they are fetched and compared byte by byte, which takes its time."))
    console.problems(found.problems)
    return exits.DONE if found.same else exits.FINDINGS


@contextlib.contextmanager
def desk_at_home() -> Iterator[Desk]:
    """The desk of this user, closed at the end."""
    desk = Desk(Home.find().create())
    try:
        yield desk
    finally:
        desk.close()


def _limit(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(tr("give a whole number of kB per second"))
    return int(text) * 1000
