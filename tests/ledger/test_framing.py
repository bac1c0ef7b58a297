"""Frames: what is whole is read, what is not is told, and nothing behind it is lost."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.ledger import framing
from tierwise.ledger.framing import HEAD, MAGIC, Damage, Frame

SEED = 7
PAYLOADS = st.lists(st.binary(max_size=40) | st.binary(min_size=20, max_size=30).map(lambda one: MAGIC + one), min_size=1, max_size=8)


def text(payloads: list[bytes], seed: int = SEED) -> bytes:
    return b"".join(framing.head(one, seed) + one for one in payloads)


def read(whole: bytes, *, closed: bool = True) -> list[bytes]:
    return [one.payload(whole) for one in framing.scanned(whole, SEED, closed=closed).pieces if isinstance(one, Frame)]


def damages(whole: bytes, *, closed: bool = True) -> list[Damage]:
    return [one for one in framing.scanned(whole, SEED, closed=closed).pieces if isinstance(one, Damage)]


@given(PAYLOADS)
def test_what_was_framed_is_read(payloads: list[bytes]) -> None:
    assert read(text(payloads)) == payloads
    assert damages(text(payloads)) == []


@given(PAYLOADS, st.data())
def test_a_tail_that_was_cut_off_is_waited_for_and_then_it_is_damage(payloads: list[bytes], data: st.DataObject) -> None:
    whole = text(payloads)
    cut = data.draw(st.integers(len(whole) - HEAD.size - len(payloads[-1]) + 1, len(whole) - 1))
    growing = framing.scanned(whole[:cut], SEED)
    assert read(whole[:cut], closed=False) == payloads[:-1] == read(whole[:cut])
    assert growing.end == len(text(payloads[:-1]))
    assert growing.because.startswith("cut off")
    (damage,) = damages(whole[:cut])
    assert (damage.start, damage.end) == (growing.end, cut)
    rest = framing.scanned(whole, SEED, growing.end)
    assert [one.payload(whole) for one in rest.pieces if isinstance(one, Frame)] == payloads[-1:]


@given(PAYLOADS, PAYLOADS, st.data())
def test_a_byte_that_changed_costs_one_frame_and_is_told(before: list[bytes], after: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(text([*before, b"the one that is spoilt", *after]))
    start = len(text(before))
    at = data.draw(st.integers(start, start + HEAD.size + 21))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert read(bytes(whole)) == [*before, *after]
    (damage,) = damages(bytes(whole))
    assert (damage.start, damage.end) == (start, start + HEAD.size + 22)
    assert damage.because


@given(PAYLOADS, st.binary(min_size=1, max_size=60), PAYLOADS)
def test_foreign_bytes_in_the_middle_are_damage(before: list[bytes], foreign: bytes, after: list[bytes]) -> None:
    whole = text(before) + foreign + text(after)
    assert read(whole) == [*before, *after]
    assert sum(one.end - one.start for one in damages(whole)) == len(foreign)


@given(PAYLOADS, st.binary(max_size=60))
def test_every_byte_of_a_closed_file_is_accounted_for(payloads: list[bytes], rest: bytes) -> None:
    whole = text(payloads) + rest
    found = framing.scanned(whole, SEED, closed=True)
    at = 0
    for one in found.pieces:
        assert one.start == at
        at = one.end
    assert at == found.end == len(whole)


def test_what_a_client_sends_is_not_taken_for_a_frame() -> None:
    forged = text([b"forged"], seed=0) + text([b"forged"], seed=zlib.crc32(b"a guess"))
    whole = bytearray(text([b"before " + forged, b"after"]))
    whole[HEAD.size] ^= 1
    assert read(bytes(whole)) == [b"after"]


def test_a_frame_in_a_file_of_another_name_is_none() -> None:
    assert damages(text([b"one"], seed=SEED + 1))[0].because == "the checksum does not match"


def test_a_damaged_place_in_a_growing_file_is_passed_when_a_frame_comes_behind_it() -> None:
    assert framing.scanned(b"rubbish", SEED).pieces == ()
    assert read(b"rubbish" + text([b"one"]), closed=False) == [b"one"]


@pytest.mark.parametrize("size", [0, 1, 5119, 5120, 5121, 10_240, 20_001])
def test_a_checksum_in_parts_is_the_checksum(size: int) -> None:
    payload = bytes(at * 7 % 251 for at in range(size))
    assert framing.checksum(payload, 3) == zlib.crc32(payload, 3)


def test_a_payload_that_is_too_long_is_refused() -> None:
    class Long(bytes):
        def __len__(self) -> int:
            return framing.LONGEST + 1

    with pytest.raises(ValueError, match="more than a frame holds"):
        framing.head(Long(), SEED)


@given(PAYLOADS, st.data())
def test_of_frames_that_were_cut_off_it_is_known_how_many_bytes_are_whole(payloads: list[bytes], data: st.DataObject) -> None:
    one = text(payloads)
    cut = data.draw(st.integers(0, len(one)))
    ends = [len(text(payloads[:count])) for count in range(len(payloads) + 1)]
    assert framing.whole(one, cut) == max(end for end in ends if end <= cut)


@given(PAYLOADS, st.binary(max_size=60))
def test_the_frames_that_a_file_begins_with_are_read_and_the_rest_means_nothing(payloads: list[bytes], rest: bytes) -> None:
    one = text(payloads) + rest
    assert [frame.payload(one) for frame in framing.leading(one, SEED)] == payloads
    assert framing.leading(rest, SEED) == ()
