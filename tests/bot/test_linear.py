"""A model learnt from labelled texts: the same each time, kept as bytes, never at a loss for an answer."""

import json
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.linear import Belief, LinearModel, pack, unpack

EXAMPLES = [
    ("nop thue dat", "tax"),
    ("dong thue nha", "tax"),
    ("thue con no bao nhieu", "tax"),
    ("tra tien dien", "bills"),
    ("hoa don tien nuoc", "bills"),
    ("tien dien thang nay", "bills"),
    ("mai co mua khong", "rain"),
    ("bao gio tanh mua", "rain"),
]
WORDS = sorted({word for text, _ in EXAMPLES for word in text.split()} | {"con", "bo", "thue.", "zzz"})


def learnt(examples: Sequence[tuple[str, str]] = EXAMPLES) -> LinearModel:
    return LinearModel.learn((text.split(), label) for text, label in examples)


def strongest(belief: Belief) -> str:
    return max(belief.shares, key=belief.shares.__getitem__)


@pytest.mark.parametrize(("text", "label"), EXAMPLES)
def test_learnt_text_speaks_for_its_label(text: str, label: str) -> None:
    belief = learnt().belief(text.split())

    assert strongest(belief) == label
    assert belief.familiarity == 1


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("cho hoi thue nha dat", "tax", id="words of two texts"),
        pytest.param("tien nuoc thang nay", "bills", id="another order"),
        pytest.param("chieu nay mua", "rain", id="one known word"),
    ],
)
def test_new_text_speaks_for_the_label_of_its_words(text: str, label: str) -> None:
    assert strongest(learnt().belief(text.split())) == label


def test_order_of_words_is_heard() -> None:
    model = learnt([("khong dung", "no"), ("dung khong", "question")])

    assert strongest(model.belief(["khong", "dung"])) == "no"
    assert strongest(model.belief(["dung", "khong"])) == "question"


def test_who_is_spoken_of_says_nothing() -> None:
    model = learnt()

    assert model.belief(["bac", "nop", "thue"]) == model.belief(["con", "nop", "thue"])


def test_same_examples_give_the_same_model() -> None:
    first, second = learnt(), learnt()

    assert (first.labels, first.rows) == (second.labels, second.rows)
    assert pack(first, fingerprint="a") == pack(second, fingerprint="a")


def test_unknown_words_speak_for_all_labels_alike() -> None:
    belief = learnt().belief(["zzz"])

    assert list(belief.shares.values()) == pytest.approx([1 / 3] * 3)
    assert 0 <= belief.familiarity < 0.5


@pytest.mark.parametrize(
    ("examples", "shares"),
    [
        pytest.param([], {}, id="no label"),
        pytest.param([("nop thue", "tax")], {"tax": 1.0}, id="one label"),
        pytest.param([("", "tax"), ("", "rain")], {"tax": 0.5, "rain": 0.5}, id="empty texts"),
    ],
)
@pytest.mark.parametrize("text", ["", "nop thue dat"])
def test_little_to_learn_from_is_no_error(examples: list[tuple[str, str]], shares: dict[str, float], text: str) -> None:
    assert learnt(examples).belief(text.split()).shares.keys() == shares.keys()
    assert sum(learnt(examples).belief(text.split()).shares.values()) == pytest.approx(1.0 if shares else 0.0)


def test_one_label_has_all_of_the_share() -> None:
    assert learnt([("nop thue", "tax")]).belief(["mua"]).shares == {"tax": 1.0}


@pytest.mark.parametrize("text", [text for text, _ in EXAMPLES] + ["", "zzz", "mua thue tien"])
def test_packed_model_believes_the_same(text: str) -> None:
    model = learnt()
    unpacked = unpack(pack(model, fingerprint="of these"), fingerprint="of these")

    assert unpacked is not None
    before, after = model.belief(text.split()), unpacked.belief(text.split())
    assert after.shares == pytest.approx(dict(before.shares), abs=0.0005)
    assert after.familiarity == before.familiarity


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(pack(learnt(), fingerprint="of others"), id="learnt from others"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xffgarbage", id="garbage"),
        pytest.param(pack(learnt(), fingerprint="of these")[:-20], id="cut off"),
        pytest.param(zlib.compress(b"\xff\xfe"), id="not text"),
        pytest.param(zlib.compress(b"{"), id="not JSON"),
        pytest.param(zlib.compress(b"[1, 2]"), id="a list"),
        pytest.param(zlib.compress(b"null"), id="null"),
        pytest.param(zlib.compress(json.dumps({"form": 0, "of": "of these"}).encode()), id="another form"),
    ],
)
def test_bytes_that_are_not_of_these_examples_are_none(packed: bytes) -> None:
    assert unpack(packed, fingerprint="of these") is None


@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked_to_nothing(packed: bytes) -> None:
    assert unpack(packed, fingerprint="of these") is None


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(WORDS), max_size=5), st.sampled_from("abc")), max_size=8),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=8),
)
def test_shares_of_any_text_are_parts_of_one(examples: list[tuple[list[str], str]], words: list[str]) -> None:
    model = LinearModel.learn(examples)

    belief = model.belief(words)

    assert set(belief.shares) == {label for _, label in examples}
    assert all(0 <= share <= 1 for share in belief.shares.values())
    assert sum(belief.shares.values()) == pytest.approx(1.0 if examples else 0.0)
    assert 0 <= belief.familiarity <= 1
