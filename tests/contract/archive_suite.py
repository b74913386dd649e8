"""What every archive adapter must do, executable. A new adapter begins by making this suite run.

Subclass :class:`ArchiveSuite` and give a fixture ``house`` (a :class:`House`). What an archive cannot do at all it says
in its capabilities, and the promise is skipped.
"""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from depositor.archives.ports import ArchiveSession
from depositor.archives.verify import Verdict, compare, verify
from depositor.draft.capabilities import Account, Capabilities
from depositor.draft.problem import Damaged, NeedsUser, Refused, Retryable, Side
from depositor.draft.submission import State


class House(Protocol):
    """An archive under test, seen from behind; ``study()`` is a study that it takes (``archives_world.Study``)."""

    def session(self, *, wrong_password: bool = False, idle_s: float = 20.0) -> ArchiveSession: ...

    def study(self, **more: Any) -> Any: ...

    def spoil(self, name: str) -> None:
        """Change a byte of a stored file behind the archive's back."""
        ...

    def make_unfit(self, study: Any) -> None:
        """Change the study so that the archive refuses it."""
        ...

    def break_send(self) -> bool:
        """The next piece that is sent breaks off; False where that cannot be arranged."""
        ...

    def lose_answer(self, call: str) -> bool:
        """The next ``open`` or ``commit`` is done, but its answer is lost; False where that cannot be arranged."""
        ...

    def fall_silent(self) -> bool:
        """The next request is never answered; False where there is nobody to answer."""
        ...

    def containers(self) -> int:
        """How many drafts, depositions or folders there are."""
        ...


class ArchiveSuite:
    """The promises of :class:`~depositor.archives.ports.ArchiveSession`."""

    capabilities: Capabilities

    @pytest.fixture
    def house(self) -> House:
        raise NotImplementedError

    def test_sign_in_names_the_account(self, house: House) -> None:
        assert house.session().sign_in()

    def test_a_wrong_password_is_for_the_user_to_mend(self, house: House) -> None:
        if self.capabilities.account is Account.NONE:
            pytest.skip("needs no account")
        with pytest.raises(NeedsUser) as caught:
            house.session(wrong_password=True).sign_in()
        assert caught.value.problem.side is Side.ARCHIVE
        assert "sign-in" in caught.value.problem.actions

    def test_diagnose_leaves_nothing_behind(self, house: House) -> None:
        checks = house.session().diagnose()
        assert checks
        assert all(c.ok or c.problem for c in checks)
        assert house.containers() == 0

    def test_opening_twice_makes_one(self, house: House) -> None:
        study = house.study()
        first = house.session().open(study.deposit())
        assert house.session().open(study.deposit()) == first
        assert house.containers() == 1

    def test_what_was_opened_is_found(self, house: House) -> None:
        study = house.study()
        assert house.session().find(study.id) is None
        remote = house.session().open(study.deposit())
        assert house.session().find(study.id) == remote
        assert house.session().find("another0submission") is None

    def test_a_lost_answer_to_open_is_looked_up(self, house: House) -> None:
        study = house.study()
        if not house.lose_answer("open"):
            pytest.skip("there is no answer that could be lost")
        with pytest.raises(Retryable) as caught:
            house.session().open(study.deposit())
        assert caught.value.problem.side is Side.NETWORK
        assert house.session().find(study.id)
        house.session().open(study.deposit())
        assert house.containers() == 1

    def test_a_fresh_deposit_is_a_draft(self, house: House) -> None:
        session = house.session()
        answer = session.state(session.open(house.study().deposit()))
        assert answer.state is State.DRAFT
        assert answer.accession is None

    def test_from_the_first_byte_to_the_receipt(self, house: House) -> None:
        study, session = house.study(), house.session()
        remote = study.deliver(session)
        assert session.check(remote, study.deposit()) == ()
        answer = session.commit(remote, study.deposit())
        assert answer.state is not State.DRAFT
        answer = self.settled(session, remote)
        assert answer.state in (State.ACCEPTED, State.PUBLIC)
        assert answer.url
        if "accession" in self.capabilities.can:
            assert answer.accession

    def test_sending_goes_on_after_a_broken_line(self, house: House) -> None:
        study, session = house.study(), house.session()
        remote = session.open(study.deposit())
        if not house.break_send():
            pytest.skip("there is no line that could break")
        assert study.send(session, remote).failed == 0
        assert verify(session, remote, study.expected()).good

    def test_what_it_holds_is_what_was_sent(self, house: House) -> None:
        study, session = house.study(), house.session()
        remote = study.deliver(session)
        report = verify(session, remote, study.expected())
        assert report.good
        assert report.extra == 0
        files = len(study.expected())
        told = "checksum" in self.capabilities.can
        assert (report.equal, report.size_only) == ((files, 0) if told else (0, files))

    def test_a_damaged_file_is_noticed(self, house: House) -> None:
        if "checksum" not in self.capabilities.can:
            pytest.skip("tells no checksums")
        study, session = house.study(), house.session()
        remote = study.deliver(session)
        house.spoil("raw/a.tif")
        found = [c for c in compare(session, remote, study.expected()) if c.verdict is not Verdict.EQUAL]
        assert [(c.name, c.verdict) for c in found] == [("raw/a.tif", Verdict.DIFFERENT)]

    def test_a_refusal_comes_in_words(self, house: House) -> None:
        study, session = house.study(), house.session()
        house.make_unfit(study)
        remote = study.deliver(session)
        with pytest.raises((Refused, Damaged)) as caught:
            self.refused(session, remote, study)
        assert caught.value.problem.side in (Side.ARCHIVE, Side.COMPUTER)
        assert len(caught.value.problem.message.english()) > 20
        assert session.state(remote).state in (State.DRAFT, State.FAILED)

    def test_an_unsure_commit_is_looked_up(self, house: House) -> None:
        study, session = house.study(), house.session()
        remote = study.deliver(session)
        if not house.lose_answer("commit"):
            pytest.skip("there is no answer that could be lost")
        with pytest.raises(Retryable):
            session.commit(remote, study.deposit())
        assert house.session().state(remote).state is not State.DRAFT
        again = house.session().commit(remote, study.deposit())
        assert again.state is not State.DRAFT
        assert house.containers() == 1

    def test_a_draft_can_be_taken_back(self, house: House) -> None:
        if "withdraw" not in self.capabilities.can:
            pytest.skip("takes nothing back")
        study, session = house.study(), house.session()
        remote = study.deliver(session)
        session.withdraw(remote)
        assert house.containers() == 0
        assert house.session().find(study.id) is None
        session.withdraw(remote)

    def test_silence_ends_by_itself(self, house: House) -> None:
        study, session = house.study(), house.session(idle_s=0.3)
        remote = session.open(study.deposit())
        if not house.fall_silent():
            pytest.skip("there is nobody who could be silent")
        with pytest.raises(Retryable) as caught:
            session.state(remote)
        assert caught.value.problem.side is Side.NETWORK
        assert session.state(remote).state is State.DRAFT

    def test_closing_twice_does_no_harm(self, house: House) -> None:
        session = house.session()
        session.sign_in()
        session.close()
        session.close()

    # --- for subclasses ----------------------------------------------------------------------------------------------

    def refused(self, session: ArchiveSession, remote: str, study: Any) -> None:
        """Commit as the caller does: look at what the archive says first, then hand over, then ask."""
        session.commit(remote, study.deposit())
        answer = self.settled(session, remote)
        if answer.state is State.FAILED and answer.problem:
            raise Refused(answer.problem)

    def settled(self, session: ArchiveSession, remote: str) -> Any:
        """The state once the archive has made up its mind."""
        from archives_world import wait_for

        def state() -> Any:
            answer = session.state(remote)
            return answer if answer.state is not State.SENT else None

        return wait_for(state)
