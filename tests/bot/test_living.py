"""Where a resident lives: kept when it is said plainly, asked back when it is not, never guessed."""

import pytest

from bot.effects import LivesAt
from bot.events import ButtonPressed
from bot.state import Scene, State
from lessons.schema import Book
from tests.bot.conversation import Chat
from tests.conftest import NOW

TAI_VAN = "31687"  # Xã Tài Văn, Thành phố Cần Thơ; before July 2025 in Trần Đề, Sóc Trăng


@pytest.fixture
def somebody(book: Book) -> Chat:
    return Chat(book, State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW))


@pytest.fixture
def asked(somebody: Chat) -> Chat:
    return somebody("doi noi o")


def moves(chat: Chat) -> list[str | None]:
    return [effect.place for effect in chat.effects if isinstance(effect, LivesAt)]


# Said unasked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param("tui o xa tai van tran de", TAI_VAN, id="without accents"),
        pytest.param("Tôi sống ở xã Tài Văn, huyện Trần Đề, tỉnh Sóc Trăng nha em", TAI_VAN, id="old names"),
        pytest.param("dạ con ở xã tài văn", TAI_VAN, id="a child speaks"),
        pytest.param("nhà tôi ở xã Tài Văn", TAI_VAN, id="the house"),
        pytest.param("chúng tôi ở xã Tài Văn", TAI_VAN, id="we"),
        pytest.param("ở xã Tài Văn, Trần Đề", TAI_VAN, id="without a subject"),
        pytest.param("địa chỉ của tôi là xã Tài Văn", TAI_VAN, id="the address"),
        pytest.param("toi o phuong cai khe can tho", "31120", id="a ward"),
    ],
)
def test_a_place_that_is_told_is_kept(somebody: Chat, said: str, code: str) -> None:
    somebody(said)

    assert (somebody.state.place, moves(somebody)) == (code, [code])
    assert "ĐỔI NƠI Ở" in somebody.said
    assert somebody.state.scene is Scene.MENU


def test_a_place_told_in_a_lesson_leads_back_to_the_step(somebody: Chat) -> None:
    somebody("Kích hoạt VNeID mức 2", "1")
    standing, step = somebody.state.standing, somebody.messages[-1].text

    somebody("tui o xa tai van tran de")

    assert moves(somebody) == [TAI_VAN]
    assert somebody.state.standing == standing
    assert somebody.messages[-1].text.endswith(step)


@pytest.mark.parametrize(
    "said",
    [
        "tôi ở nhà một mình",
        "mai ở cần thơ có mưa không",
        "tôi ở đâu rồi",
        "con tôi ở xã Tài Văn",
        "em gái tôi ở xã Tài Văn",
        "quê vợ tôi ở Thanh Oai",
        "tôi ở tù",
        "toi o tro",
        "tôi ở xa con cái",
        "toi o xa con cai",
        "tôi ở bệnh viện",
        "ở nhà một mình",
        "tôi ở xã Tài Văn thì nộp giấy tờ ở chỗ nào",
    ],
)
def test_no_place_is_taken_out_of_a_sentence_about_something_else(somebody: Chat, said: str) -> None:
    somebody(said)

    assert (somebody.state.place, moves(somebody)) == (None, [])
    assert not (somebody.state.scene is Scene.PLACE and somebody.state.readings)
    assert somebody.messages


@pytest.mark.parametrize("said", ["tôi ở cần thơ", "tui ở sóc trăng", "nhà tôi ở bến tre"])
def test_of_a_province_alone_the_commune_is_asked_for(somebody: Chat, said: str) -> None:
    somebody(said)

    assert somebody.state.scene is Scene.PLACE
    assert moves(somebody) == []
    assert "xã, phường nào" in somebody.said


@pytest.mark.parametrize("state", [State(), State(consent="asked"), State(consent="refused")], ids=lambda s: s.consent)
def test_no_place_is_kept_without_consent(book: Book, state: State) -> None:
    chat = Chat(book, state)("tui o xa tai van tran de")

    assert (chat.state.place, moves(chat)) == (None, [])


# Asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["tài văn", "xa tai van", "Tài Văn, Trần Đề, Sóc Trăng", "tui ở xã tài văn á"])
def test_the_answer_to_the_question_is_kept(asked: Chat, answer: str) -> None:
    asked(answer)

    assert (asked.state.place, moves(asked)) == (TAI_VAN, [TAI_VAN])
    assert asked.state.scene is Scene.MENU


@pytest.mark.parametrize("answer", ["2", "phường Ngã Năm", "nga nam"])
def test_an_ambiguous_name_is_a_choice(asked: Chat, answer: str) -> None:
    asked("phường 1 sóc trăng")
    assert asked.choices == [
        "Phường Phú Lợi, Thành phố Cần Thơ",
        "Phường Ngã Năm, Thành phố Cần Thơ",
        "Phường Vĩnh Châu, Thành phố Cần Thơ",
        "Để sau, không ghi",
    ]

    asked(answer)

    assert moves(asked) == ["31732"]
    assert asked.state.readings == ()


def test_a_commune_is_chosen_by_its_button(asked: Chat) -> None:
    asked("phường 1 sóc trăng").press(3)

    assert moves(asked) == ["31783"]


def test_a_commune_that_is_no_more_leads_home(asked: Chat) -> None:
    asked.state = asked.state.model_copy(update={"readings": ("place:00000",)})

    asked(ButtonPressed(f"{asked.state.question}.1"))

    assert asked.state.scene is Scene.MENU
    assert moves(asked) == []


def test_an_unknown_name_is_asked_for_again_with_an_example(asked: Chat) -> None:
    asked("abcxyz qqq")

    assert asked.state.scene is Scene.PLACE
    assert "Tài Văn, Trần Đề, Sóc Trăng" in asked.said
    assert moves(asked("tài văn")) == [TAI_VAN]


def test_after_a_second_unknown_name_the_ways_out_are_named(asked: Chat) -> None:
    asked("abcxyz qqq", "abcxyz qqq")

    assert "GẶP NGƯỜI" in asked.said
    assert "MENU" in asked.said


@pytest.mark.parametrize("answer", ["thôi", "khỏi", "để sau", "1", "quay lại", "menu", "không"])
def test_who_will_not_say_leaves(asked: Chat, answer: str) -> None:
    asked(answer)

    assert (asked.state.scene, asked.state.place, moves(asked)) == (Scene.MENU, None, [])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param("nhắc lại", "xã, phường nào", id="repeat"),
        pytest.param("giúp", "QUAY LẠI", id="help"),
        pytest.param("gặp người", "đã ghi lại", id="a person"),
        pytest.param("dừng", "em dừng", id="stop"),
        pytest.param("bị lừa rồi", "113", id="scammed"),
        pytest.param("xóa dữ liệu", "xóa hết dữ liệu", id="erase"),
    ],
)
def test_the_words_that_work_everywhere_work_here(asked: Chat, word: str, said: str) -> None:
    asked(word)

    assert said in asked.said
    assert moves(asked) == []


@pytest.mark.parametrize("answer", ["", "   ", "😀", "\x00", "9", "x" * 5_000, "xã " * 400])
def test_anything_is_answered(asked: Chat, answer: str) -> None:
    asked(answer)

    assert asked.messages
    assert moves(asked) == []


def test_an_erasure_forgets_the_place(somebody: Chat) -> None:
    somebody("tui o xa tai van tran de", "xóa dữ liệu", "xóa hết")

    assert somebody.state.place is None


def test_a_question_is_answered_here_and_the_place_asked_for_again(asked: Chat) -> None:
    asked("Quên mật khẩu VNeID thì lấy lại được không?")

    assert "Nguồn:" in asked.said
    assert asked.state.scene is Scene.PLACE


def test_a_new_place_goes_before_the_old_one(asked: Chat) -> None:
    asked("tài văn", "đổi nơi ở", "phường cái khế cần thơ")

    assert (asked.state.place, moves(asked)) == ("31120", ["31120"])


@pytest.mark.parametrize("said", ["ninh kieu", "Ninh Kiều", "hong ngu", "go quao", "oc eo"])
def test_a_commune_is_heard_though_its_name_is_like_a_refusal(somebody: Chat, said: str) -> None:
    somebody("đổi nơi ở", said)

    assert somebody.state.place is not None or somebody.state.readings
