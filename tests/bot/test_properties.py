"""The properties that hold whatever a resident does: a state machine that wanders through step()."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.effects import (
    ConsentGiven,
    ForgetMe,
    HandOff,
    LivesAt,
    LookAt,
    Say,
    ShowBulletin,
    Subscribe,
    Unmatched,
    Unsubscribe,
)
from bot.engine import step
from bot.events import (
    ButtonPressed,
    DataWithdrawn,
    Event,
    Joined,
    Left,
    PictureRead,
    PictureSent,
    PlaceShared,
    SeenCode,
    StaffReleased,
    StaffReplied,
    TextSaid,
    TimerRang,
    Unsupported,
    VoiceSent,
)
from bot.messages import Message
from bot.speaking import MESSAGES_A_TURN, Turn
from bot.state import Scene, State, from_json, to_json
from bot.understanding import learn
from lessons.loader import edition_from_text, load_files
from lessons.schema import Book, Edition
from tests.conftest import HANOI, NOW, ROOT
from vietnamese.places import commune
from webhooks.channels import ALL
from webhooks.fitting import fit

LETTERS = "aáàảãạăắằẳẵặâấầẩẫậbcdđeéèẻẽẹêếềểễệghiíìỉĩịklmnoóòỏõọôốồổỗộơớờởỡợpqrstuúùủũụưứừửữựvxyýỳỷỹỵ "
COMMON = [
    "1", "2", "3", "9", "tiep", "xong roi", "chưa được", "quay lại", "menu", "nhac lai", "gặp người",
    "không hiểu", "kich hoat vneid", "iphone", "android", "câu b", "hoc lai tu dau", "dừng", "bi lua roi",
    "xoa du lieu", "giữ lại", "xóa hết", "đồng ý", "không", "dạ", "cam on", "chào em", "thời tiết",
    "https://vneid-gov.xyz/abc", "otp 123456", "mat khau cua toi la Abc@1234", "tien do", "dữ liệu của tôi",
    "đổi nơi ở", "tài văn", "tui o xa tai van tran de", "phường 1 sóc trăng", "tôi ở cần thơ", "xã gì đó",
    "Quên mật khẩu VNeID thì lấy lại được không?", "Chữ ký số dùng để làm gì?", "vneid ghi sai ngày sinh",
    "vneid có chụp hình con mèo được không", "dịch vụ công có bán bánh mì không",
    "", "   ", "😀", "\x00\x07", "nop thue", "quet qr",
    "đăng ký thời tiết", "dang ky thoi tiet xa tai van trong lua", "lua voi tom", "sầu riêng", "không trồng gì",
    "làm tờ dán qr", "đúng", "lỡ chuyển tiền", "đủ rồi", "được",
    "đang trổ", "chưa rõ", "hủy nhận tin", "tin rõ", "tin chua ro", "hỏi tin", "đổi cách gọi", "chú",
]  # fmt: skip
ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
READ_PICTURES = [
    PictureRead(),
    PictureRead(trouble="broken"),
    PictureRead((SeenCode("vietqr_transfer", ACB),), ticket="abc"),
    PictureRead((SeenCode("vietqr_transfer", ACB), SeenCode("citizen_card"))),
    PictureRead((SeenCode("link", "https://abc-nhanqua.top/x"),)),
    PictureRead((SeenCode("broken", ACB[:-1] + "0"),)),
]
TEXTS = st.one_of(
    st.sampled_from(COMMON), st.text(LETTERS, max_size=40), st.text(max_size=30), st.just("vneid " * 3_000)
)


def library_book() -> Book:
    library = load_files(Path(ROOT / "lessons.yaml"), timezone=HANOI)
    assert library.book is not None
    # Learnt once: every edited book is of the same phrases.
    return replace(library.book, learnt=learn(library.book))


BOOK = library_book()
QUESTIONS = [question.question for listed in BOOK.faq for question in listed.questions]
PLACES = ["tài văn", "phường 1 sóc trăng", "huyện trần đề", "mỹ xuyên", "tân thành", "cần thơ", "abcxyz"]


@cache
def edited(book: Book, lesson_id: str, drop: int) -> Book:
    """The book after an editor has taken a step out of a lesson, the old edition kept or not."""
    old = book.current[lesson_id]
    steps = [step for i, step in enumerate(old.lesson.steps) if i != drop]
    names = {step.id for step in steps} | {"end"}
    if len(steps) < 2:
        return book
    kept = tuple(
        step.model_copy(
            update={
                "goto": step.goto if step.goto in names else None,
                "choices": tuple(
                    choice.model_copy(update={"goto": choice.goto if choice.goto in names else None})
                    for choice in step.choices
                ),
            }
        )
        for step in steps
    )
    lesson = old.lesson.model_copy(update={"steps": kept})
    edition = Edition(lesson=lesson, version=f"{drop:012x}", file=old.file, text=old.text)
    return replace(book, current={**book.current, lesson_id: edition}, older={})


class Resident(RuleBasedStateMachine):
    """A clumsy resident, a team member now and then, an editor at work, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.book = BOOK
        self.state = State()
        self.now: datetime = NOW
        self.turn = Turn(self.state, ())
        self.before = self.state
        self.event: Event = Joined()
        self.played = BOOK

    def happen(self, event: Event) -> None:
        self.now += timedelta(seconds=20)
        self.before, self.event, self.played = self.state, event, self.book
        self.turn = step(self.book, self.state, event, self.now)
        again = step(self.book, self.state, event, self.now)
        assert again == self.turn, "the same input gives the same turn"
        assert from_json(to_json(self.turn.state)) == self.turn.state, "the state survives JSON"
        self.state = from_json(to_json(self.turn.state))

    def said(self) -> list[Message]:
        return [effect.message for effect in self.turn.effects if isinstance(effect, Say)]

    def is_answered(self) -> bool:
        """Something is said, or a bulletin will be where the rows are."""
        return any(isinstance(effect, Say | ShowBulletin) for effect in self.turn.effects)

    @initialize(knows=st.booleans())
    def begin(self, knows: bool) -> None:
        if knows:
            self.state = State(consent="given", scene=Scene.MENU, address="cô", last_seen=NOW)

    @rule(text=TEXTS)
    def says(self, text: str) -> None:
        self.happen(TextSaid(text))
        if self.before.human != "talking":
            assert self.is_answered(), f"an answer to {text!r} in {self.before.scene}"

    @rule(number=st.integers(1, 4))
    def answers(self, number: int) -> None:
        self.happen(TextSaid(str(number)))

    @rule(question=st.integers(-2, 0), number=st.integers(0, 9))
    def presses(self, question: int, number: int) -> None:
        self.happen(ButtonPressed(f"{self.state.question + question}.{number}"))
        if question < 0 and self.before.consent == "given":
            assert _place(self.state) == _place(self.before) or _was_repaired(self), "an old button moves nothing"
        if self.before.human != "talking":
            assert self.said()

    @rule(
        event=st.sampled_from(
            [
                PictureSent(),
                PictureSent("1"),
                PictureSent("", "https://photo.zdn.vn/a.jpg"),
                PictureSent("1", "https://photo.zdn.vn/a.jpg"),
                PictureSent("làm tờ dán qr", "https://photo.zdn.vn/a.jpg"),
                *READ_PICTURES,
                VoiceSent(),
                PlaceShared(10.0, 106.0),
                Joined(),
                Unsupported("sticker"),
            ]
        )
    )
    def sends_something_else(self, event: Event) -> None:
        self.happen(event)
        if self.before.human != "talking":
            is_looking = any(isinstance(effect, LookAt) for effect in self.turn.effects)
            assert self.said() or is_looking, "a picture is answered once it was looked at"

    @rule(
        event=st.sampled_from(
            [
                TextSaid("bị lừa rồi"),
                TextSaid("toi bi lua roi em oi"),
                PictureSent("bị lừa rồi", "https://photo.zdn.vn/a.jpg"),
            ]
        )
    )
    def is_robbed(self, event: Event) -> None:
        self.happen(event)
        assert "chuyển thêm đồng nào" in self.said()[0].text, "nothing comes before it"
        assert any(isinstance(effect, HandOff) and effect.urgent for effect in self.turn.effects)

    @rule(
        event=st.sampled_from(
            [StaffReplied(), StaffReleased(), TimerRang("lesson"), TimerRang("staff"), TimerRang("poster"), Left()]
        )
    )
    def something_happens(self, event: Event) -> None:
        self.happen(event)

    @rule()
    def withdraws(self) -> None:
        self.happen(DataWithdrawn())
        assert self.state == State(), "nothing is left"
        assert not self.said()

    @rule(days=st.integers(1, 40))
    def stays_away(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(lesson=st.sampled_from(sorted(BOOK.current)), drop=st.integers(0, 20))
    def an_editor_takes_a_step_away(self, lesson: str, drop: int) -> None:
        self.book = edited(BOOK, lesson, drop % len(BOOK.current[lesson].lesson.steps))

    @precondition(lambda self: self.state.consent == "given" and self.state.human != "talking")
    @rule()
    def asks_for_the_menu(self) -> None:
        self.happen(TextSaid("menu"))
        assert self.state.scene is Scene.MENU or _was_repaired(self), "menu leads home"

    @invariant()
    def at_most_three_bubbles_and_none_empty(self) -> None:
        assert len(self.said()) <= MESSAGES_A_TURN
        assert all(message.text.strip() for message in self.said())
        assert all("{" not in message.text for message in self.said()), "no placeholder stays unfilled"

    @invariant()
    def every_bubble_fits_every_channel(self) -> None:
        for message in self.said():
            for channel in ALL:
                assert fit(message, channel.LIMITS), "a bubble has at least one part"

    @invariant()
    def the_step_exists(self) -> None:
        standing = self.turn.state.standing
        if standing is not None and self.turn.effects:
            edition = self.played.edition(standing.lesson, standing.version)
            assert edition is not None
            assert edition.lesson.position(standing.step) is not None

    @invariant()
    def no_account_of_a_picture_is_kept(self) -> None:
        assert "257678859" not in to_json(self.state) + (self.turn.heard or "")

    @invariant()
    def no_ticket_outlives_its_question(self) -> None:
        if self.state.ticket:
            assert Scene.POSTER in (self.state.scene, self.state.interrupted)
            assert self.state.consent == "given"

    @invariant()
    def pictures_are_looked_at_only_by_consent(self) -> None:
        if any(isinstance(effect, LookAt) for effect in self.turn.effects):
            assert self.before.consent == "given"
            assert self.before.human != "talking"

    @invariant()
    def consent_is_given_only_to_the_notice(self) -> None:
        for effect in self.turn.effects:
            if isinstance(effect, ConsentGiven) and effect.granted:
                asked = {"data": Scene.WELCOME, "samples": Scene.SAMPLES}.get(effect.subject)
                assert asked in (None, self.before.scene)

    @invariant()
    def nothing_is_erased_but_on_the_question_itself(self) -> None:
        if any(isinstance(effect, ForgetMe) for effect in self.turn.effects):
            assert self.before.scene is Scene.ERASE or isinstance(self.event, DataWithdrawn)

    @invariant()
    def silent_while_a_person_talks(self) -> None:
        if self.before.human == "talking" and isinstance(self.event, TextSaid):
            harmless = self.state.scene in (self.before.scene, Scene.ERASE) or self.before.scene is Scene.ERASE
            assert not self.said() or harmless

    @invariant()
    def progress_never_falls(self) -> None:
        if self.state.consent == "given" and self.before.consent == "given":
            assert set(self.before.finished) <= set(self.state.finished)

    @rule(place=st.sampled_from(PLACES), number=st.integers(1, 9))
    def says_where_he_lives(self, place: str, number: int) -> None:
        """Asked for by his own wish, a place that is found or to be chosen by number; then back to the rest."""
        for text in ("đổi nơi ở", place, str(number), "thôi"):
            self.happen(TextSaid(text))

    @rule(
        told=st.sampled_from(["tôm", "lua", "ca phe xen tieu", "1", "4 2", "không", "gì vậy", "thời tiết"]),
        stage=st.sampled_from(["1", "đang trổ", "chưa rõ", "qwe rty", "quay lại"]),
    )
    def subscribes(self, told: str, stage: str) -> None:
        for text in ("đăng ký thời tiết", "tài văn", told, stage):
            before = _place(self.state)
            self.happen(TextSaid(text))
            if self.state.scene in (Scene.PLACE, Scene.CROPS, Scene.STAGE):
                assert _place(self.state) == before or _was_repaired(self), "a subscription moves nobody's lesson"

    @rule(text=st.sampled_from(["thời tiết", "tin rõ", "tin chưa rõ", "hỏi tin", "thoi tiet hom nay"]))
    def talks_about_a_bulletin(self, text: str) -> None:
        self.happen(TextSaid(text))
        assert _place(self.state) == _place(self.before) or _was_repaired(self), "a bulletin moves nobody's lesson"

    @invariant()
    def bulletins_are_wished_for_as_it_is_kept(self) -> None:
        state, wishes = self.turn.state, [one for one in self.turn.effects if isinstance(one, Subscribe)]
        for wish in wishes:
            assert commune(wish.place) is not None
            assert (wish.place, set(wish.crops)) == (state.place, set(state.crops))
            assert dict(wish.stages) == state.stages
        if state.subscribed and not self.before.subscribed:
            assert wishes
            assert state.consent == "given"
        if self.before.subscribed and not state.subscribed and state.consent == "given":
            assert Unsubscribe() in self.turn.effects

    @invariant()
    def what_is_said_for_a_bulletin_is_filled(self) -> None:
        for effect in self.turn.effects:
            if isinstance(effect, ShowBulletin):
                assert "{" not in effect.missing.text
                assert effect.stale.count("{") == effect.stale.count("{date}") == 1

    @rule(question=st.sampled_from(QUESTIONS))
    def asks(self, question: str) -> None:
        self.happen(TextSaid(question))
        if self.state.scene in (Scene.LESSON, Scene.TROUBLE) and self.before.scene is self.state.scene:
            assert _place(self.state) == _place(self.before) or _was_repaired(self), "an answer moves nothing"

    @invariant()
    def a_place_is_kept_as_it_is_told(self) -> None:
        for effect in self.turn.effects:
            if isinstance(effect, LivesAt):
                assert self.turn.state.consent == "given"
                assert effect.place == self.turn.state.place
                assert effect.place is not None
                assert commune(effect.place) is not None

    @invariant()
    def nothing_is_counted_without_consent(self) -> None:
        if any(isinstance(effect, Unmatched) for effect in self.turn.effects):
            assert self.before.consent == "given"

    @invariant()
    def nothing_is_kept_without_consent(self) -> None:
        if self.turn.state.consent != "given":
            assert self.turn.heard is None
            assert self.turn.state.memory == {}
            assert self.turn.state.address is None


def _place(state: State) -> object:
    return (state.standing and (state.standing.lesson, state.standing.step), state.finished)


def _was_repaired(machine: Resident) -> bool:
    """An edited lesson is told about before anything else is done."""
    standing = machine.before.standing
    return standing is not None and machine.book.edition(standing.lesson, standing.version) is None


Resident.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestResident = Resident.TestCase


def test_an_accent_without_its_letter_is_answered() -> None:
    assert step(BOOK, State(), TextSaid("´"), NOW).effects


@pytest.mark.parametrize("lesson_id", sorted(BOOK.current))
def test_an_older_edition_is_gone_on_with_undisturbed(lesson_id: str) -> None:
    old = BOOK.current[lesson_id]
    newer = edited(BOOK, lesson_id, 1)
    book = replace(newer, older={(lesson_id, old.version): edition_from_text(old.text, file=old.file)})
    state = step(BOOK, State(consent="given", scene=Scene.MENU, address="bác"), TextSaid(old.lesson.title), NOW).state
    assert state.standing is not None

    turn = step(book, state, TextSaid("nhắc lại"), NOW)

    assert turn.state.standing == state.standing
