"""Phrases with labels, whatever the labels are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import OUT_OF_SCOPE, Matcher, Reading, words_of

FLIGHTS = {
    "fare": ["giá vé đi đà nẵng", "vé rẻ nhất bao nhiêu tiền", "giá vé khứ hồi"],
    "time": ["mấy giờ máy bay cất cánh", "chuyến bay sớm nhất lúc mấy giờ", "giờ bay đi huế"],
    "airline": ["hãng nào bay đi huế", "những hãng hàng không nào"],
}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.from_phrases(FLIGHTS)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("giá vé khứ hồi", "fare"),
        ("gia ve khu hoi bao nhieu", "fare"),
        ("cho hỏi giá vé đi huế", "fare"),
        ("chuyến sớm nhất cất cánh mấy giờ", "time"),
        ("hang hang khong nao bay", "airline"),
        ("hãng hàng khôngg nào", "airline"),
    ],
)
def test_nearest_label_is_found(matcher: Matcher, text: str, label: str) -> None:
    assert matcher.match(text).intent == label


@pytest.mark.parametrize("text", ["", "???", "con bò bỏ ăn", "xyz abc"])
def test_far_text_is_out_of_scope(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).intent == OUT_OF_SCOPE


def test_whole_phrase_is_exact_and_certain(matcher: Matcher) -> None:
    (exact,) = matcher.exact(words_of("dạ Giá vé khứ hồi ạ"))

    assert (exact.label, exact.score, exact.is_exact) == ("fare", 1.0, True)
    assert matcher.match("gia ve khu hoi") == Reading("fare", 1.0, None)


def test_accents_tell_phrases_apart_where_they_are_typed() -> None:
    matcher = Matcher.from_phrases({"stop": ["dừng"], "dont": ["đừng"], "right": ["đúng"]})

    assert [match.label for match in matcher.exact(words_of("đừng"))] == ["dont"]
    assert [match.label for match in matcher.exact(words_of("dung"))] == ["stop", "dont", "right"]


def test_light_phrase_counts_only_by_itself() -> None:
    many = {f"label {n}": [f"có {word}"] for n, word in enumerate(["mưa", "nắng", "bão", "gió", "lũ"])}
    matcher = Matcher.from_phrases({**many, "yes": ["có"]})

    assert matcher.match("có").intent == "yes"
    assert matcher.match("nhà tôi có nuôi vịt").intent != "yes"


def test_command_in_a_longer_text_is_no_command() -> None:
    strangers = ["nhà bác về sài gòn", "tháng sau con trai về", "năm sau cháu đi sài gòn học"]
    phrases = {"back": ["quay lại"], "bill": ["hóa đơn"], "rain": ["trời mưa"], OUT_OF_SCOPE: strangers}
    text = "tháng sau nhà bác quay lại sài gòn"

    alone, within = (Matcher(phrases, whole_texts={"back"}).match(said) for said in ("quay lại", text))

    assert alone == Reading("back", 1.0, None)
    assert within.intent == OUT_OF_SCOPE


def test_command_is_less_like_a_longer_text_than_a_topic() -> None:
    phrases = {"back": ["quay lại bước trước"], "bill": ["hóa đơn"], "rain": ["trời mưa"], "road": ["đường đi"]}
    words = words_of("quay lại bước trước mà nhà bác hôm qua bận giỗ ông cụ dưới quê")

    (as_topic,) = (match for match in Matcher(phrases).rank(words) if match.label == "back")
    (as_command,) = (match for match in Matcher(phrases, whole_texts={"back"}).rank(words) if match.label == "back")

    assert as_command.likeness < as_topic.likeness


def test_labels_that_share_a_subject_are_strong_together() -> None:
    subjects = ["mật khẩu", "căn cước", "mức hai", "mất máy"]
    lessons = {f"lesson {n}": [f"vneid {subject}"] for n, subject in enumerate(subjects)}
    phrases = {**lessons, "bill": ["tiền điện"], "rain": ["trời mưa"], OUT_OF_SCOPE: ["ông nội đi chợ", "bị đau lưng"]}
    words = words_of("vneid của ông nội bị làm sao đó")

    apart = Matcher(phrases).rank(words)
    together = Matcher(phrases, groups=dict.fromkeys(lessons, "vneid")).rank(words)

    assert {match.label for match in together[: len(lessons)]} == set(lessons)
    assert together[0].score > apart[0].score


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param("giá vé khứ hồi", "fare", id="a phrase"),
        pytest.param("gia ve khu hoi di hue", "fare", id="like a phrase"),
        pytest.param("giá heo hơi", OUT_OF_SCOPE, id="a stranger"),
        pytest.param("giá heo hơi hôm nay", OUT_OF_SCOPE, id="like a stranger"),
    ],
)
def test_what_is_like_nobodys_subject_is_out_of_scope(text: str, intent: str) -> None:
    strangers = ["giá heo hơi", "giá lúa bữa nay", "bò bỏ ăn"]

    assert Matcher.from_phrases({**FLIGHTS, OUT_OF_SCOPE: strangers}).match(text).intent == intent


def test_exact_matches_that_are_known_are_not_looked_for_again(matcher: Matcher) -> None:
    words = words_of("giá vé khứ hồi")

    assert matcher.rank(words, matcher.exact(words)) == matcher.rank(words)
    assert not any(match.is_exact for match in matcher.rank(words, []))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("giá vé khứ hồi bao nhiêu vậy", id="with accents"),
        pytest.param("gia ve khu hoi bao nhieu vay", id="without"),
        pytest.param("giaf vé khuws hoofi bao nhieeu vaayj", id="telex"),
        pytest.param("giá dé khứ hồi nhiêu dị", id="of the South"),
    ],
)
def test_ways_of_typing_one_question_mean_the_same(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).intent == "fare"


def test_no_phrases_match_nothing() -> None:
    assert Matcher.from_phrases({}).match("vneid") == Reading(OUT_OF_SCOPE, 1.0, None)
    assert Matcher.from_phrases({"empty": ["", "…"]}).match("vneid").intent == OUT_OF_SCOPE


@given(st.text())
def test_any_text_is_ranked_with_scores_up_to_one(text: str) -> None:
    ranked = Matcher.from_phrases(FLIGHTS).rank(words_of(text))

    assert all(0 <= match.score <= 1 for match in ranked)
    assert len({match.label for match in ranked}) == len(ranked)
