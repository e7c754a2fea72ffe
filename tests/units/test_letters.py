"""Dead letters read back, and what is to be done with each that somebody wants back."""

from __future__ import annotations

import pytest
from rich.console import Console

from monitor.cli.dead_letters_retry import Asked, Done
from monitor.cli.dead_letters_text import show_letter, show_list, show_retried
from monitor.engine.admission import Refused
from monitor.engine.fetched import RawRecord
from monitor.engine.outputs import dead_letter
from monitor.engine.step import DeadLetter
from schemas.dead_letters import RETRY_OF, Reason
from schemas.errors import ConfigError
from schemas.letters import Letter, Origin

NOON = 1_780_300_800_000


class Stored(RawRecord):
    """A record of the topic of dead letters."""

    partition = 2


def letter(value: bytes, *, longest: int = 1000, headers: tuple[tuple[str, bytes], ...] = ()) -> Letter:
    """A dead letter, as a lane writes it and the topic gives it back."""
    record = RawRecord(553, NOON, b"ada", value, headers)
    refused = Refused(Reason.bad_time, "time: \x1b[31mnot a time")
    told = dead_letter(DeadLetter("orders", record, refused), 1, longest, {"orders": "shop-orders"})
    return Letter.read(Stored(17, NOON, told.key, told.value, told.headers))


def shown(*letters: Letter) -> str:
    people = Console(record=True, width=200, markup=False, highlight=False, file=None, quiet=False)
    with people.capture() as captured:
        show_list(letters, 1, people)
        show_letter(letters[-1], people)
    return captured.get()


def test_a_letter_reads_back_as_it_was_written() -> None:
    read = letter(b"{}", headers=(("ce_id", b"e-1"), (RETRY_OF, b"shop-orders/0/1")))
    assert (read.name, read.origin, read.reason) == ("2/17", Origin("shop-orders", 1, 553), "bad_time")
    assert (read.key, read.value, read.is_cut) == (b"ada", b"{}", False)
    assert (read.headers, read.retry_of) == ((("ce_id", b"e-1"),), "shop-orders/0/1")


def test_a_letter_that_was_cut_says_so() -> None:
    assert letter(b"x" * 30, longest=10).is_cut
    assert "10 of 30 bytes are left" in shown(letter(b"x" * 30, longest=10))


def test_what_is_shown_cannot_steer_a_terminal_and_tells_what_it_leaves_out() -> None:
    out = shown(letter(b'{"a": 1}'), letter(b"\x1b[2J"))
    assert "\x1b" not in out
    assert "2 dead letters: 2 bad_time; 1 older ones are not shown" in out


def test_a_stranger_on_the_topic_is_no_letter() -> None:
    with pytest.raises(ValueError, match="cm-topic"):
        Letter.read(Stored(17, NOON, b"ada", b"{}", []))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked(()), "nothing to put back"),
        (Asked(("2/17",), everything=True), "exclude each other"),
        (Asked(("2/17", "2/18"), key="ada"), "it changes one record"),
        (Asked((), everything=True, value=b""), "it changes one record"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(asked: Asked, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked.check()


def test_what_came_of_each_is_told() -> None:
    people = Console(width=200, markup=False, highlight=False)
    done = Done({"0/1": Origin("orders", 1, 9), "0/2": None}, ["0/3"], {"0/4": "it is cut"})
    with people.capture() as captured:
        show_retried(done, people)
    assert captured.get().splitlines() == [
        "0/1  back at orders/1/9",
        "0/2  would go back",
        "0/3  was put back before: left alone",
        "0/4  can't be put back: it is cut",
    ]
