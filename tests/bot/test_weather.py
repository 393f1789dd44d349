"""The weather bulletin in the conversation: subscribed to, stopped, asked for, and thought of; no lesson moves."""

from dataclasses import replace

import pytest

from bot import crops
from bot.effects import (
    BulletinRead,
    CancelReminders,
    ConsentGiven,
    LivesAt,
    ShowBulletin,
    StopPushes,
    Subscribe,
    Unsubscribe,
)
from bot.events import ButtonPressed
from bot.messages import Message
from bot.state import Scene, State, from_json
from lessons.schema import Book
from lessons.sentences import BUBBLE_CHARS
from tests.bot.conversation import Chat
from tests.conftest import NOW

TAI_VAN, CAI_KHE = "31687", "31120"
LESSON = "Kích hoạt VNeID mức 2"


def person(book: Book, **changes: object) -> Chat:
    fields = {"consent": "given", "scene": Scene.MENU, "address": "cô", "last_seen": NOW}
    return Chat(book, State.model_validate(fields | changes))


@pytest.fixture
def stranger(book: Book) -> Chat:
    """Somebody of whom nobody knows where he lives."""
    return person(book)


@pytest.fixture
def neighbour(book: Book) -> Chat:
    """Somebody who lives in Tài Văn."""
    return person(book, place=TAI_VAN)


@pytest.fixture
def subscriber(neighbour: Chat) -> Chat:
    return neighbour("đăng ký thời tiết", "lúa", "trổ")


@pytest.fixture
def asked(neighbour: Chat) -> Chat:
    return neighbour("đăng ký thời tiết")


@pytest.fixture
def at_stage(asked: Chat) -> Chat:
    return asked("lúa với tôm")


def wishes(chat: Chat) -> list[Subscribe]:
    return [effect for effect in chat.effects if isinstance(effect, Subscribe)]


def shown(chat: Chat) -> list[ShowBulletin]:
    return [effect for effect in chat.effects if isinstance(effect, ShowBulletin)]


def consents(chat: Chat) -> list[bool]:
    return [one.granted for one in chat.effects if isinstance(one, ConsentGiven) and one.subject == "weather"]


# Crops in a text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lua voi tom", ("lua", "tom")),
        ("tôm, lúa", ("lua", "tom")),
        ("ca phe xen tieu sau rieng", ("ca-phe", "tieu", "sau-rieng")),
        ("dạ nhà tui làm ruộng với nuôi tôm thẻ á", ("lua", "tom")),
        ("vuon cay sau rieng", ("sau-rieng",)),
        ("tui trồng bưởi với mít", ("cay-an-trai",)),
        ("nha nuoi bo, heo", ("chan-nuoi",)),
        ("bò", ("chan-nuoi",)),
        ("bo ga", ("chan-nuoi",)),
        ("lúa mà em", ("lua",)),
        ("rẫy cafe", ("ca-phe",)),
        ("Lúaaa", ("lua",)),
        ("không trồng lúa, chỉ nuôi tôm", ("tom",)),
        ("ko trong lua", ()),
        ("bỏ", ()),
        ("bỏ hết rồi em", ()),
        ("mà sao hỏi", ()),
        ("cầm điện thoại", ()),
        ("ma bo vay em oi", ()),
        ("", ()),
        ("😀 \x00", ()),
    ],
)
def test_crops_are_found_in_what_is_said(book: Book, text: str, expected: tuple[str, ...]) -> None:
    assert crops.named(text, crops.listed(book)) == expected


def test_every_name_of_a_crop_and_of_a_stage_is_understood(book: Book) -> None:
    for kind in crops.listed(book):
        for name in (kind.name, kind.label, *kind.also):
            assert kind.id in crops.named(name, crops.listed(book)), name
        for stage in kind.stages:
            for name in (stage.label, *stage.also):
                assert stage.id in crops.named(name, kind.stages), name


def test_every_name_of_a_crop_is_taken_where_it_is_asked_for(book: Book) -> None:
    for kind in crops.listed(book):
        for name in (kind.name, kind.label, *kind.also):
            chat = person(book, place=TAI_VAN, scene=Scene.CROPS)(name)

            assert kind.id in chat.state.crops, name


# Subscribing ----------------------------------------------------------------------------------------------


def test_the_place_the_crops_and_the_stage_are_asked_and_confirmed(stranger: Chat) -> None:
    stranger("dang ky thoi tiet")
    assert "xã, phường nào" in stranger.said
    assert wishes(stranger) == []

    stranger("tui ở xã tài văn á")
    assert LivesAt(TAI_VAN) in stranger.effects
    assert stranger.choices == [*(kind.label for kind in crops.listed(stranger.book)), "Không trồng gì"]

    stranger("lua voi tom")
    assert "lúa" in stranger.said
    assert stranger.choices[-1] == "Chưa rõ"

    stranger("dang tro")
    assert wishes(stranger) == [Subscribe(TAI_VAN, ("lua", "tom"), (("lua", "tro"),))]
    assert consents(stranger) == [True]
    assert "Xã Tài Văn" in stranger.said
    assert "lúa (trổ), tôm" in stranger.said
    assert "DỪNG" in stranger.said
    assert (stranger.state.scene, stranger.state.subscribed) == (Scene.MENU, True)


@pytest.mark.parametrize(
    ("said", "place", "told", "stages"),
    [
        ("đăng kí nhận tin thời tiết xã Tài Văn trồng lúa đang trổ", TAI_VAN, ("lua",), (("lua", "tro"),)),
        ("dang ky thoi tiet o xa tai van tran de nuoi tom", TAI_VAN, ("tom",), ()),
        ("đăng ký thời tiết nuôi heo ở phường Cái Khế Cần Thơ", CAI_KHE, ("chan-nuoi",), ()),
    ],
)
def test_what_the_first_words_tell_is_not_asked_again(
    stranger: Chat, said: str, place: str, told: tuple[str, ...], stages: tuple[tuple[str, str], ...]
) -> None:
    stranger(said)

    assert wishes(stranger)[-1] == Subscribe(place, told, stages)
    assert stranger.state.subscribed


def test_of_a_place_alone_the_crops_are_asked(stranger: Chat) -> None:
    stranger("đăng ký thời tiết ở xã Tài Văn")

    assert stranger.state.scene is Scene.CROPS
    assert LivesAt(TAI_VAN) in stranger.effects


def test_crops_that_were_told_are_kept_while_the_place_is_asked(stranger: Chat) -> None:
    stranger("đăng ký thời tiết xã Tài Văng nuôi tôm", "tài văn")

    assert wishes(stranger)[-1] == Subscribe(TAI_VAN, ("tom",), ())


def test_an_ambiguous_place_is_chosen_and_the_wish_goes_on(stranger: Chat) -> None:
    stranger("đăng ký thời tiết phường 1 sóc trăng nuôi tôm")
    assert stranger.state.scene is Scene.PLACE
    assert len(stranger.choices) > 2

    stranger("2")

    assert wishes(stranger)[-1].crops == ("tom",)


@pytest.mark.parametrize(
    "said", ["đăng ký thời tiết ở quê tôi", "đăng ký thời tiết xã mình", "đăng ký thời tiết ở nhà"]
)
def test_no_place_is_guessed(stranger: Chat, said: str) -> None:
    stranger(said)

    assert (stranger.state.place, stranger.state.scene) == (None, Scene.PLACE)


def test_a_province_alone_is_no_place_for_a_bulletin(book: Book) -> None:
    chat = person(book, place="92")("đăng ký thời tiết")

    assert chat.state.scene is Scene.PLACE


@pytest.mark.parametrize("answer", ["không trồng gì", "9", "khong", "không nuôi gì hết"])
def test_who_grows_nothing_gets_the_bulletin_of_the_commune(asked: Chat, answer: str) -> None:
    asked(answer)

    assert wishes(asked)[-1] == Subscribe(TAI_VAN, (), ())
    assert consents(asked) == [True]


@pytest.mark.parametrize(
    ("answer", "told"), [("2", ("tom",)), ("2 4", ("tom", "tieu")), ("2, 4 và 7", ("tom", "tieu", "rau"))]
)
def test_crops_are_chosen_by_number(asked: Chat, answer: str, told: tuple[str, ...]) -> None:
    asked(answer)

    assert wishes(asked)[-1].crops == told


def test_a_crop_is_chosen_by_its_button(asked: Chat) -> None:
    asked.press(2)

    assert wishes(asked)[-1].crops == ("tom",)


@pytest.mark.parametrize("words", [("mía", "khoai mì"), ("qwe rty", "zxcv"), ("khoai mì", "khoai mì")])
def test_what_is_not_understood_is_asked_once_more_and_then_left_out(asked: Chat, words: tuple[str, str]) -> None:
    asked(words[0])
    assert asked.state.scene is Scene.CROPS
    assert "em chưa rõ" in asked.said
    assert asked.choices

    asked(words[1])
    assert wishes(asked)[-1].crops == ()
    assert asked.state.subscribed


def test_a_stage_that_is_not_understood_is_left_out_too(at_stage: Chat) -> None:
    at_stage("qwe rty")
    assert at_stage.state.scene is Scene.STAGE

    at_stage("zxcv")
    assert wishes(at_stage)[-1] == Subscribe(TAI_VAN, ("lua", "tom"), ())


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        ("4", "lam-dong"),
        ("lúa đang trổ", "tro"),
        ("sa", "sa"),
        ("moi sa xong", "sa"),
        ("chín", "chin"),
        ("sắp gặt", "chin"),
    ],
)
def test_the_stage_is_understood(at_stage: Chat, answer: str, stage: str) -> None:
    at_stage(answer)

    assert wishes(at_stage)[-1].stages == (("lua", stage),)


@pytest.mark.parametrize("answer", ["7", "chưa rõ", "không biết", "hông biết"])
def test_who_does_not_know_the_stage_is_subscribed_all_the_same(at_stage: Chat, answer: str) -> None:
    at_stage(answer)

    assert wishes(at_stage)[-1] == Subscribe(TAI_VAN, ("lua", "tom"), ())


def test_back_leads_from_the_stage_to_the_crops_and_from_there_home(at_stage: Chat) -> None:
    assert at_stage("quay lại").state.scene is Scene.CROPS
    assert at_stage("quay lại").state.scene is Scene.MENU
    assert not at_stage.state.subscribed


@pytest.mark.parametrize("scene", ["asked", "at_stage"])
@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param("nhắc lại", "nhà mình", id="repeat"),
        pytest.param("giúp", "QUAY LẠI", id="help"),
        pytest.param("gặp người", "đã ghi lại", id="a person"),
        pytest.param("dừng", "em dừng", id="stop"),
        pytest.param("bị lừa rồi", "113", id="scammed"),
        pytest.param("xóa dữ liệu", "xóa hết dữ liệu", id="erase"),
        pytest.param("menu", "muốn học gì", id="menu"),
    ],
)
def test_the_words_that_work_everywhere_work_here(
    request: pytest.FixtureRequest, scene: str, word: str, said: str
) -> None:
    chat: Chat = request.getfixturevalue(scene)(word)

    assert said in chat.said.replace("Nhà", "nhà")
    assert not chat.state.subscribed


def test_a_place_that_is_corrected_underway_goes_on_with_the_crops(asked: Chat) -> None:
    asked("nhà tôi ở phường cái khế cần thơ")

    assert (asked.state.place, asked.state.scene) == (CAI_KHE, Scene.CROPS)


def test_who_will_not_say_where_he_lives_is_back_home(stranger: Chat) -> None:
    stranger("đăng ký thời tiết", "để sau")
    assert (stranger.state.scene, stranger.state.subscribed) == (Scene.MENU, False)

    stranger("đổi nơi ở", "tài văn")
    assert stranger.state.scene is Scene.MENU, "the wish was given up"


def test_subscribing_again_says_so_and_changes_the_crops(subscriber: Chat) -> None:
    subscriber("đăng ký thời tiết")
    assert "đang nhận" in subscriber.said

    subscriber("rau")
    assert wishes(subscriber)[-1] == Subscribe(TAI_VAN, ("rau",), ())


def test_who_moves_gets_the_bulletins_of_the_new_place(subscriber: Chat) -> None:
    subscriber("đổi nơi ở", "phường cái khế cần thơ")

    assert wishes(subscriber) == [Subscribe(CAI_KHE, ("lua",), (("lua", "tro"),))]
    assert consents(subscriber) == []


def test_a_book_without_crops_does_not_ask_for_any(book: Book) -> None:
    chat = person(replace(book, crops=None), place=TAI_VAN)("đăng ký thời tiết")

    assert wishes(chat) == [Subscribe(TAI_VAN, (), ())]


@pytest.mark.parametrize("scene", [Scene.CROPS, Scene.STAGE])
def test_crops_that_were_edited_away_trap_nobody(book: Book, scene: Scene) -> None:
    state = {"place": TAI_VAN, "scene": scene, "crops": ("mia",), "stages": {"mia": "non"}, "subscribed": True}

    chat = person(replace(book, crops=None), **state)("1")

    assert chat.messages
    assert chat.state.scene not in (Scene.CROPS, Scene.STAGE)
    assert shown(chat("thời tiết"))[0].crops == ()


def test_a_subscription_moves_no_lesson(neighbour: Chat) -> None:
    neighbour(LESSON, "1")
    standing, step = neighbour.state.standing, neighbour.messages[-1]

    neighbour("đăng ký thời tiết", "tôm")

    assert (neighbour.state.standing, neighbour.state.scene) == (standing, Scene.LESSON)
    assert neighbour.messages[-1].text == step.text
    assert [choice.label for choice in neighbour.messages[-1].choices] == [choice.label for choice in step.choices]


def test_no_bubble_is_long_for_who_asked_for_short_words(book: Book) -> None:
    chat = person(book, short_words=True, address="bà con")
    for word in ("đăng ký thời tiết", "tài văn", "1 2 3 4 5 6 7 8", "2", "dữ liệu của tôi", "đăng ký thời tiết", "tôm"):
        chat(word)
        assert max(len(one.text) for one in chat.messages) <= BUBBLE_CHARS, chat.said
    for state in (chat.state, chat.state.model_copy(update={"subscribed": False})):
        assert len(shown(Chat(book, state)("thời tiết"))[0].missing.text) <= BUBBLE_CHARS


def test_no_subscription_without_consent(book: Book) -> None:
    for consent in ("unasked", "asked", "refused"):
        chat = Chat(book, State(consent=consent))("đăng ký thời tiết ở xã Tài Văn trồng lúa")

        assert (chat.state.crops, chat.state.place, wishes(chat)) == ((), None, [])


# Stopping -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["dừng", "DUNG", "hủy nhận tin", "đừng gửi nữa", "huy dang ky thoi tiet"])
def test_stop_ends_it_at_once_and_is_said_once(subscriber: Chat, word: str) -> None:
    subscriber(word)

    assert [type(one) for one in subscriber.effects[:-1]] == [Unsubscribe, ConsentGiven, StopPushes, CancelReminders]
    assert consents(subscriber) == [False]
    assert len(subscriber.messages) == 1
    assert not subscriber.state.subscribed

    subscriber(word)
    assert Unsubscribe() not in subscriber.effects
    assert consents(subscriber) == []
    assert "em dừng" in subscriber.said


def test_stop_leaves_a_subscription_in_the_making(asked: Chat) -> None:
    asked("dừng", "lúa")

    assert not asked.state.subscribed
    assert wishes(asked) == []


def test_subscribing_after_a_stop_is_possible(subscriber: Chat) -> None:
    subscriber("dừng", "đăng ký thời tiết", "tôm")

    assert (subscriber.state.subscribed, subscriber.state.pushes) == (True, True)
    assert consents(subscriber) == [True]


def test_an_erasure_forgets_the_crops(subscriber: Chat) -> None:
    subscriber("xóa dữ liệu", "xóa hết")

    assert subscriber.state == State()


def test_what_is_kept_names_the_subscription(subscriber: Chat) -> None:
    assert "đang nhận, lúa (trổ)" in subscriber("dữ liệu của tôi").said
    assert "không nhận, lúa (trổ)" in subscriber("dừng", "dữ liệu của tôi").said


# Asking for it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["thời tiết", "thoi tiet hom nay", "tin thời tiết", "mai có mưa không cháu", "xem bản tin"]
)
def test_the_newest_bulletin_is_asked_for(subscriber: Chat, said: str) -> None:
    before = subscriber.state

    subscriber(said)

    [wanted] = shown(subscriber)
    assert (wanted.place, wanted.crops) == (TAI_VAN, ("lua",))
    assert "Xã Tài Văn" in wanted.missing.text
    assert "{date}" in wanted.stale
    assert subscriber.state.scene is before.scene


def test_who_is_not_subscribed_is_told_how_to(neighbour: Chat, subscriber: Chat) -> None:
    fresh = person(neighbour.book, place=TAI_VAN)

    assert "ĐĂNG KÝ THỜI TIẾT" in shown(fresh("thời tiết"))[0].missing.text
    assert "ĐĂNG KÝ" not in shown(subscriber("thời tiết"))[0].missing.text


def test_without_a_place_it_is_asked_for_first(stranger: Chat) -> None:
    stranger("thời tiết")
    assert (stranger.state.scene, shown(stranger)) == (Scene.PLACE, [])

    stranger("tài văn")
    assert shown(stranger)[0].place == TAI_VAN
    assert "ĐỔI NƠI Ở" in stranger.said
    assert stranger.state.scene is Scene.MENU


def test_a_wish_that_was_given_up_is_not_taken_up_by_another(stranger: Chat) -> None:
    stranger("đăng ký thời tiết", "để sau", "thời tiết", "tài văn")

    assert shown(stranger)
    assert stranger.state.scene is Scene.MENU


def test_in_a_lesson_the_step_is_said_again(neighbour: Chat) -> None:
    neighbour(LESSON, "1")
    standing, step = neighbour.state.standing, neighbour.messages[-1]

    neighbour("thời tiết")

    assert shown(neighbour)
    assert neighbour.messages == [step]
    assert (neighbour.state.standing, neighbour.state.scene) == (standing, Scene.LESSON)


def test_while_subscribing_the_question_is_said_again(asked: Chat) -> None:
    asked("thời tiết")

    assert shown(asked)
    assert asked.state.scene is Scene.CROPS
    assert asked.choices


def test_chosen_between_two_readings_it_is_shown(book: Book) -> None:
    readings = ("topic:weather_bulletin", "command:menu")

    chat = person(book, place=TAI_VAN, scene=Scene.WHICH, readings=readings)(ButtonPressed("0.1"))

    assert shown(chat)


@pytest.mark.parametrize("said", ["mưa rất to là bao nhiêu", "Bản tin thời tiết ở đây có phải tin chính thức không?"])
def test_questions_with_an_answer_keep_it(neighbour: Chat, said: str) -> None:
    neighbour(said)

    assert shown(neighbour) == []
    assert "Nguồn:" in neighbour.said


# What one thinks of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("TIN RÕ", "clear"),
        ("tin ro", "clear"),
        ("TIN CHƯA RÕ", "unclear"),
        ("ban tin kho hieu qua", "unclear"),
        ("HỎI TIN", "question"),
        ("hoi ve ban tin", "question"),
    ],
)
@pytest.mark.parametrize("is_learning", [False, True], ids=["alone", "in a lesson"])
def test_a_verdict_is_taken_and_moves_nothing(neighbour: Chat, said: str, verdict: str, is_learning: bool) -> None:
    if is_learning:
        neighbour(LESSON, "1")
    before = neighbour.state

    neighbour(said)

    assert [one.verdict for one in neighbour.effects if isinstance(one, BulletinRead)] == [verdict]
    assert (neighbour.state.scene, neighbour.state.standing) == (before.scene, before.standing)
    assert len(neighbour.messages) == 1


@pytest.mark.parametrize(
    "words",
    ["mưa to là ngày nào vậy", "sầu riêng có cần che không", "bao giờ thì gặt được hả cháu"],
)
@pytest.mark.parametrize("is_learning", [False, True], ids=["alone", "in a lesson"])
def test_what_is_said_after_asking_is_the_question_once(neighbour: Chat, words: str, is_learning: bool) -> None:
    if is_learning:
        neighbour(LESSON, "1")
    standing = neighbour.state.standing

    kept = neighbour("hỏi tin", words).said

    assert "nhận câu hỏi rồi" in kept
    assert neighbour.state.standing == standing
    assert "nhận câu hỏi rồi" not in neighbour(words).said


@pytest.mark.parametrize("words", ["menu", "dừng", "gặp người", "tôi bị lừa", "xóa dữ liệu"])
def test_a_command_is_no_question(neighbour: Chat, words: str) -> None:
    neighbour("hỏi tin", words)

    assert "nhận câu hỏi rồi" not in neighbour.messages[0].text
    assert not neighbour.state.asking


@pytest.mark.parametrize("words", ["thời tiết", "Kích hoạt VNeID mức 2", "tin rõ"])
def test_a_wish_is_no_question(neighbour: Chat, words: str) -> None:
    neighbour("hỏi tin", words)

    assert "nhận câu hỏi rồi" not in neighbour.said
    assert not neighbour.state.asking


def test_an_answer_of_the_lesson_under_way_is_no_question(neighbour: Chat) -> None:
    neighbour(LESSON, "1", "hỏi tin")
    before = neighbour.state.standing

    neighbour("1")

    assert neighbour.state.standing != before
    assert not neighbour.state.asking


@pytest.mark.parametrize("said", ["chưa rõ", "đã rõ rồi", "rõ rồi", "không hiểu", "chưa hiểu"])
def test_what_is_said_of_a_lesson_is_no_verdict(neighbour: Chat, said: str) -> None:
    neighbour(LESSON, "1", said)

    assert not any(isinstance(effect, BulletinRead) for effect in neighbour.effects)


@pytest.mark.parametrize("said", ["tin rõ", "tin chưa rõ", "hỏi tin", "đăng ký thời tiết", "thời tiết", "đổi cách gọi"])
def test_no_answer_of_any_step_is_like_these_words(book: Book, said: str) -> None:
    """Whatever a step expects, what is said of the bulletin is no answer to it."""
    for lesson in book.current.values():
        for step in lesson.lesson.steps:
            standing = {"lesson": lesson.lesson.id, "version": lesson.version, "step": step.id}
            chat = person(book, place=TAI_VAN, scene=Scene.LESSON, standing=standing)(said)

            assert chat.state.standing is not None
            assert chat.step == step.id, f"{lesson.lesson.id}, {step.id}"


# How one is addressed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["đổi cách xưng hô", "doi cach goi", "đừng gọi tôi là bác", "dung goi toi la bac"])
def test_the_form_of_address_is_changed_and_the_lesson_goes_on(neighbour: Chat, said: str) -> None:
    neighbour(LESSON, "1")
    standing, step = neighbour.state.standing, neighbour.step

    neighbour(said)
    assert neighbour.state.scene is Scene.ADDRESS

    neighbour("chị")
    assert neighbour.state.address == "chị"
    assert (neighbour.state.scene, neighbour.state.standing, neighbour.step) == (Scene.LESSON, standing, step)


def test_back_keeps_the_form_of_address(neighbour: Chat) -> None:
    neighbour(LESSON, "1", "đổi cách gọi", "quay lại")

    assert (neighbour.state.scene, neighbour.state.address) == (Scene.LESSON, "cô")


# Yesterday's states ---------------------------------------------------------------------------------------


def test_a_state_of_yesterday_is_read(book: Book) -> None:
    state = from_json('{"version":1,"consent":"given","scene":"menu","place":"31687"}')

    assert (state.crops, state.stages, state.subscribed, state.errand) == ((), {}, False, "")
    assert isinstance(shown(Chat(book, state)("thời tiết"))[0].missing, Message)
