"""Single rules on single sentences: what must be caught, and what must be left alone."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from lessons.linter import lint
from lessons.passages import Passage
from lessons.rules_safety import is_official, link_marks, secret_marks
from lessons.rules_words import literal_address
from tests.lessons.library_on_disk import LESSON, TODAY, load, write_clean

DO, SAY, HELP, ASK = "do", "say", "help", "ask"


def passage(text: str, kind: str = SAY) -> Passage:
    return Passage(("steps", 0, kind), text, "says", kind)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_clean(tmp_path)


def codes_with(root: Path, old: str, new: str, *, today: date = TODAY) -> list[str]:
    text = root.joinpath(LESSON).read_text(encoding="utf-8")
    assert old in text
    root.joinpath(LESSON).write_text(text.replace(old, new), encoding="utf-8")
    return [found.code for found in lint(load(root), today=today)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{Xung_ho} gửi mã OTP cho em nhé.", SAY),
        ("Nhắn số căn cước vào đây giúp em.", SAY),
        ("{Xung_ho} cho em biết **mật khẩu**.", SAY),
        ("Em cần số CCCD của {xung_ho}.", HELP),
        ("Số căn cước của {xung_ho} là bao nhiêu?", ASK),
        ("Mật khẩu VNeID của {xung_ho} là gì?", ASK),
        ("Gửi ảnh căn cước cho em.", DO),
        ("Đọc mã OTP cho em nghe", DO),
        ("Gõ passcode vào đây", DO),
        ("Chụp mặt trước thẻ căn cước gửi cho em.", DO),
        ("{Xung_ho} nhập số thẻ ngân hàng ở đây.", SAY),
        ("Trả lời em số CCCD 12 số nhé", SAY),
        ("Cho em xin mã xác thực", SAY),
        ("Nếu không nhận được thì nhắn mật khẩu cho em", HELP),
        ("Vui lòng gửi ảnh CCCD.", DO),
        ("{Xung_ho} nhắn lại mã PIN cho tổ nhé", SAY),
        ("{Xung_ho} gõ 6 số OTP vừa nhận vào khung chat này", SAY),
        ("Nhập số căn cước của {xung_ho}:", ASK),
        ("Để không bị lừa, {xung_ho} gửi mã OTP cho em giữ hộ.", SAY),
        ("Đừng lo. Gửi mật khẩu cho em.", SAY),
    ],
)
def test_asking_for_a_secret_is_caught(text: str, kind: str) -> None:
    assert [mark.code for mark in secret_marks([passage(text, kind)])][:1] == ["asks_secret"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nhập mã OTP vào ứng dụng VNeID.", DO),
        ("Nhập số định danh cá nhân 12 số.", DO),
        ("Chụp ảnh căn cước theo khung trong ứng dụng.", DO),
        ("Đặt mật khẩu có chữ hoa và chữ số.", DO),
        ("VNeID gửi mã OTP về máy {xung_ho}.", SAY),
        ("Không bao giờ gửi mã OTP cho ai.", SAY),
        ("Đừng đọc mã OTP cho em hay bất cứ ai.", SAY),
        ("Em không bao giờ hỏi mật khẩu, mã OTP, số thẻ.", SAY),
        ("Em không xin mật khẩu, không cần số CCCD.", SAY),
        ("Kẻ gian nhắn: “Bác gửi mã OTP cho em ngay”.", SAY),
        ("Ai bảo {xung_ho} đọc mã OTP cho họ là lừa.", SAY),
        ("Nếu có người gọi xin mã OTP, {xung_ho} tắt máy.", SAY),
        ("Mang thẻ căn cước ra {cong_an}.", SAY),
        ("Passcode là gì?", "quiz"),
        ("Ai được hỏi mã OTP?", "quiz"),
        ("{Xung_ho} đã nhập mã OTP chưa?", ASK),
        ("{Xung_ho} có nhớ mật khẩu không?", ASK),
    ],
)
def test_teaching_about_secrets_is_left_alone(text: str, kind: str) -> None:
    assert list(secret_marks([passage(text, kind)])) == []


def test_wrong_answers_of_a_quiz_may_name_what_must_not_be_done(root: Path) -> None:
    assert codes_with(root, "label: Công an gọi điện", "label: Gửi OTP cho em") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vào vneid.gov.vn@evil.com", ["evil.com"]),
        ("https://vneid.gov.vn@evil.com/", ["https://vneid.gov.vn@evil.com/"]),
        ("https://evil.com/vneid.gov.vn", ["https://evil.com/vneid.gov.vn"]),
        ("vneid.gov.vn.evil.com", ["vneid.gov.vn.evil.com"]),
        ("https://xvneid.gov.vn", ["https://xvneid.gov.vn"]),
        ("Bấm bit.ly/abc nhé", ["bit.ly/abc"]),
        ("http://1.2.3.4/x", ["http://1.2.3.4/x"]),
        ("dịchvụcông.vn", ["dịchvụcông.vn"]),
        ("https://dichvucong.gov.vn:8443/", ["https://dichvucong.gov.vn:8443/"]),
        ("javascript://vneid.gov.vn", ["javascript://vneid.gov.vn"]),
        ("https://vneid.gov.vn\\@evil.com", ["https://vneid.gov.vn\\@evil.com"]),
        ("hotro@vneid.com", ["vneid.com"]),
        ("EVIL.COM", ["EVIL.COM"]),
        ("khonggianmang.vn", ["khonggianmang.vn"]),
        ("Xem vneid.gov.vn.", []),
        ("(https://vneid.gov.vn/abc?x=1)", []),
        ("HTTPS://DICHVUCONG.GOV.VN", []),
        ("thuedientu.gdt.gov.vn", []),
        ("tệp VNeID.apk, bản 2.2.6, gọi 1900.0368", []),
        ("Ở TP.HCM, v.v. Bấm xong.Mở máy", []),
    ],
)
def test_links_are_of_the_official_list_or_caught(text: str, found: list[str]) -> None:
    assert [mark.needle for mark in link_marks([passage(text)])] == found


def test_official_is_the_domain_or_below_it() -> None:
    assert is_official("https://camlo.quangtri.gov.vn/tin")
    assert not is_official("https://gov.vn")
    assert not is_official("https://")
    assert not is_official("https://[")


@pytest.mark.parametrize(
    "text",
    [
        "Mở ứng dụng VNeID rồi bấm **Kích hoạt**.",
        "Mở ứng dụng VNeID. Bấm **Kích hoạt**.",
        "|-\n      1. Mở máy\n      2. Vào cài đặt",
        "|-\n      Làm thế này\n      - Mở máy\n      - Vào cài đặt",
        "Vào CH Play, tìm VNeID, bấm Cài đặt.",
        "Nhập số điện thoại và bấm Tiếp tục.",
        "Bấm nút X. Sau đó nhập số.",
        "'{Xung_ho} mở ứng dụng. Rồi {xung_ho} chọn Ví giấy tờ.'",
        "Bấm **Gửi yêu cầu** xong thì nhập tên.",
    ],
)
def test_two_things_to_do_are_caught(root: Path, text: str) -> None:
    assert "two_actions" in codes_with(
        root, "Mở ứng dụng VNeID, nhập **mã OTP** (mã dùng một lần) trong tin nhắn.", text
    )


@pytest.mark.parametrize(
    "text",
    [
        "Mở ứng dụng VNeID, bấm **Kích hoạt tài khoản định danh điện tử**.",
        "Nhập số định danh 12 số. Gõ liền, không cách.",
        "Bấm **Gửi**. Màn hình hiện chữ Thành công.",
        "Bấm nút **Chọn ảnh** rồi đợi.",
        "'Quét thẻ: áp thẻ vào lưng máy. Giữ yên 5 giây.'",
        "Nhập mã trong tin nhắn. Nhập sai 5 lần thì bị khóa.",
        "Mở tin nhắn. Nếu chưa thấy thì đợi.",
    ],
)
def test_one_thing_to_do_is_left_alone(root: Path, text: str) -> None:
    old = "Mở ứng dụng VNeID, nhập **mã OTP** (mã dùng một lần) trong tin nhắn."

    assert "two_actions" not in codes_with(root, old, text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Mời bác xem.", "bác"),
        ("Quý khách bấm nút.", "Quý khách"),
        ("Bạn bấm nút.", "Bạn"),
        ("Chú ý nhé, hỏi bác sĩ, cô giáo, bạn bè.", None),
        ("Bác Ba ở xã bên cũng làm vậy.", None),
        ("Kẻ gian nói: “Chào bác”.", None),
    ],
)
def test_written_out_forms_of_address_are_seen(text: str, word: str | None) -> None:
    assert literal_address(text) == word


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("Máy có NFC (đọc thẻ gắn chip).", [], id="explained in brackets"),
        pytest.param("Bật phần đọc thẻ (NFC).", [], id="explanation first"),
        pytest.param("NFC là phần đọc thẻ.", [], id="is"),
        pytest.param("Bật NFC. Bật NFC nữa.", ["unexplained_word"], id="once, at the first use"),
        pytest.param("Mở APP lên.", ["unexplained_word"], id="any case"),
        pytest.param("Sạc pin đầy.", [], id="pin is a battery"),
        pytest.param("Nhập mã PIN.", ["unexplained_word"], id="PIN is not"),
        pytest.param("Quét QR bằng VNeID, xem SMS.", [], id="familiar"),
        pytest.param("Ra HĐND xã hỏi.", ["unexplained_word"], id="unknown abbreviation"),
    ],
)
def test_foreign_words_are_explained_where_they_come_first(root: Path, text: str, codes: list[str]) -> None:
    assert codes_with(root, "Em chỉ {xung_ho} mở VNeID.", text) == codes


@pytest.mark.parametrize(
    ("age", "codes"), [(0, []), (60, []), (61, ["stale_check"] * 7), (-1, ["checked_in_future"] * 7)]
)
def test_check_is_good_for_sixty_days(root: Path, age: int, codes: list[str]) -> None:
    today = date(2026, 11, 1) + timedelta(days=age)

    assert codes_with(root, "minutes: 5", "minutes: 5", today=today) == codes


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        pytest.param("also: [samsung, oppo]", "also: [ANDROID, android]", [], id="same answer twice is harmless"),
        pytest.param("also: [samsung, oppo]", "also: [Iphône]", ["same_answer"], id="also against a label"),
        pytest.param("also: [chưa thấy mã]", "also: [quay lại]", ["shadows_command"], id="trouble"),
        pytest.param("asked_as: [kích hoạt vneid]", "asked_as: [danh muc]", ["shadows_command"], id="question"),
        pytest.param("also: [samsung, oppo]", "also: [b]", ["misleading_number"], id="letter"),
        pytest.param("also: [samsung, oppo]", "also: [câu 3]", ["misleading_number"], id="number in words"),
        pytest.param("also: [samsung, oppo]", "also: ['1', a]", [], id="its own number"),
        pytest.param("also: [samsung, oppo]", "also: ['15']", [], id="number beyond the list"),
        pytest.param("label: Android", "label: Điện thoại Android ạ ạ", ["label_long"], id="23 units"),
        pytest.param(
            "when: {phone_os: [android, iphone]}",
            "when: {phone_os: [android, ios]}",
            ["when_unknown_value"],
            id="one of two",
        ),
        pytest.param("goto: het}", "goto: end}", [], id="end is a target"),
        pytest.param("picture: media/hinh.png", "picture: hinh.png", [], id="media without its folder"),
        pytest.param("audio: media/doc.mp3", "audio: media/media/doc.mp3", ["unknown_media"] * 5, id="wrong folder"),
    ],
)
def test_small_changes(root: Path, old: str, new: str, codes: list[str]) -> None:
    assert codes_with(root, old, new) == codes


@pytest.mark.parametrize(("repeats", "codes"), [(49, ["no_simpler"]), (50, ["message_long"])])
def test_message_may_have_four_hundred_characters(root: Path, repeats: int, codes: list[str]) -> None:
    assert codes_with(root, "Hẹn gặp lại {xung_ho}.", "Mời. Ạ! " + "Mời ạ! a" * repeats) == codes


def test_recordings_are_not_asked_for_where_none_was_begun(root: Path) -> None:
    assert codes_with(root, "    audio: media/doc.mp3\n", "") == []


def test_placeholders_count_with_their_longest_text(root: Path) -> None:
    facts = root / "lessons/place_facts.yaml"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text.replace("xã Trần Đề", "xã " + "Trần Đề " * 300), encoding="utf-8")

    assert codes_with(root, "Hẹn gặp lại {xung_ho}.", "Hẹn ở {noi_o}.") == ["message_over_limit"]
