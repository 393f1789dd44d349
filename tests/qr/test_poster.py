"""The poster holds the very payload it was made of, and says what people must read."""

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pypdf
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pypdf.generic import ContentStream

from bot import vietqr
from bot.poster_files import SIZES, Size
from qr import poster
from qr.poster import NotPayable
from qr.poster_page import grouped
from tests.qr import pictures

STATIC = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
DYNAMIC = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
CARD = "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
LOWER_CASE_CHECKSUM = "00020101021138540010A00000072701240006970422011003523509170208QRIBFTTA53037045802VN630479db"
BROKEN = STATIC[:-1] + "0"
MERCHANT = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES62600312CPSHN ONLINE"
    "0517021908061613127850705ONLHN0810CellphoneS63047685"
)


def marked(note: str) -> str:
    """A payload whose note has accents and is counted in bytes, as some apps write it."""
    label = f"08{len(note.encode()):02}{note}"
    body = STATIC[: -len("6304AE9F")] + f"62{len(label.encode()):02}{label}6304"
    return body + vietqr.crc(body)


def unknown_bank() -> str:
    return vietqr.build("970000", "0123456789012345678")


ALL = [
    pytest.param(STATIC, id="static"),
    pytest.param(DYNAMIC, id="with an amount and a note"),
    pytest.param(CARD, id="card"),
    pytest.param(LOWER_CASE_CHECKSUM, id="checksum in small letters"),
    pytest.param(marked("Tiền chợ"), id="note with accents"),
    pytest.param(unknown_bank(), id="unknown bank, longest account"),
    pytest.param(vietqr.build("970416", "1", amount=10**13 - 1, note="x" * vietqr.LONGEST_NOTE), id="longest note"),
]


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def codes(picture: Image.Image) -> list[bytes]:
    return [found.bytes for found in zxingcpp.read_barcodes(picture)]


def said(pdf: bytes) -> list[str]:
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return [unicodedata.normalize("NFC", " ".join(page.split())) for page in pages]


def painted(pdf: bytes, nth: int) -> Image.Image:
    """The filled rectangles of a page as a printer of 300 dots would set them, words left out."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    page = reader.pages[nth]
    scale = 300 / 72
    image = Image.new("L", (round(page.mediabox.width * scale), round(page.mediabox.height * scale)), "white")
    pen, boxes, ink = ImageDraw.Draw(image), [], 255
    stretch = 1.0
    for values, operator in ContentStream(page.get_contents(), reader).operations:
        match operator:
            case b"cm":
                stretch *= float(values[0])
            case b"rg":
                ink = round(255 * sum(map(float, values)) / 3)
            case b"re":
                boxes.append([float(value) * stretch * scale for value in values])
            case b"f" | b"f*":
                for x, y, width, height in boxes:
                    corner = (round(x), round(image.height - y - height))
                    pen.rectangle((*corner, round(x + width) - 1, round(image.height - y) - 1), fill=ink)
                boxes = []
    return image


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("payload", ALL)
def test_the_picture_holds_the_same_bytes(payload: str, size: Size) -> None:
    picture = opened(poster.draw(payload, size))

    assert codes(picture) == [payload.encode()]


@pytest.mark.parametrize("payload", ALL)
def test_both_pages_of_the_pdf_hold_the_same_bytes(payload: str) -> None:
    made = poster.pdf(payload)

    assert [codes(painted(made, nth)) for nth in (0, 1)] == [[payload.encode()]] * 2


@settings(max_examples=12, deadline=None)
@given(
    account=st.text("0123456789ABCXYZ", min_size=1, max_size=19),
    amount=st.none() | st.integers(1, 10**13 - 1),
    note=st.text("aeghnt 0123.-/", max_size=40),
    size=st.sampled_from(SIZES),
)
def test_any_order_comes_back_from_its_poster(account: str, amount: int | None, note: str, size: Size) -> None:
    payload = vietqr.build("970436", account, amount=amount, note=note)

    assert codes(opened(poster.draw(payload, size))) == [payload.encode()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spoilt", ["plain", "turned 20", "tilted", "dark", "in shadow", "noisy", "blurred 2"])
def test_a_photo_of_the_poster_on_a_table_is_read(spoilt: str, size: Size) -> None:
    photo = pictures.SPOILT[spoilt](pictures.on_table(opened(poster.draw(DYNAMIC, size)), share=0.8))

    assert codes(opened(pictures.saved(photo))) == [DYNAMIC.encode()]


@pytest.mark.parametrize("size", SIZES)
def test_the_poster_as_a_chat_shows_it_is_read(size: Size) -> None:
    picture = opened(poster.draw(STATIC, size)).convert("RGB")

    small = pictures.saved(picture.resize((360, 360 * picture.height // picture.width)))

    assert codes(opened(small)) == [STATIC.encode()]


@pytest.mark.parametrize(
    ("size", "dots"),
    [pytest.param("a5", (1748, 2480), id="148 by 210 mm"), pytest.param("a6", (1240, 1748), id="105 by 148 mm")],
)
@pytest.mark.parametrize("payload", ALL)
def test_a_picture_is_as_large_as_its_paper_and_light_enough_for_zalo(
    payload: str, size: Size, dots: tuple[int, int]
) -> None:
    made = poster.draw(payload, size)

    picture = opened(made)
    assert picture.size == dots
    assert [round(value) for value in picture.info["dpi"]] == [300, 300]
    assert len(made) < 500_000


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("payload", ALL)
def test_the_code_is_large_with_light_around_it_and_much_correction(payload: str, size: Size) -> None:
    picture = opened(poster.draw(payload, size)).convert("L")

    (found,) = zxingcpp.read_barcodes(picture)
    corners = found.position
    left, right = corners.top_left.x, corners.top_right.x
    module = (right - left) / (17 + 4 * int(found.extra["Version"]))
    around = (
        left - 4 * module,
        corners.top_left.y - 4 * module,
        right + 4 * module,
        corners.bottom_left.y + 4 * module,
    )
    assert right - left > picture.width * 0.45
    assert found.ec_level in ("M", "Q", "H")
    for edge in edges(picture, around, round(3 * module)):
        assert edge.getextrema() == (255, 255)


def edges(picture: Image.Image, around: tuple[float, float, float, float], depth: int) -> list[Image.Image]:
    """The four sides of a frame, `depth` dots deep."""
    left, top, right, bottom = (round(value) for value in around)
    sides = [
        (left, top, right, top + depth),
        (left, bottom - depth, right, bottom),
        (left, top, left + depth, bottom),
        (right - depth, top, right, bottom),
    ]
    return [picture.crop(side) for side in sides]


def test_both_pages_say_whose_code_it_is_and_what_to_read() -> None:
    for page in said(poster.pdf(STATIC)):
        assert "ACB" in page
        assert "2576 78859" in page
        assert "Người nhận:" in page
        assert "Đọc tên người nhận trước khi trả" in page
        assert "Thử chuyển 1.000 đ và đọc tên trước khi dán" in page
        assert "Số tiền" not in page
        assert "Nội dung" not in page


def test_a_fixed_amount_and_the_note_are_said() -> None:
    for page in said(poster.pdf(DYNAMIC)):
        assert "Sacombank" in page
        assert "0011 0123 45678" in page
        assert "Số tiền: 180.000 đ" in page
        assert "Nội dung: thanh toan don hang" in page


def test_of_a_card_the_last_digits_alone_are_shown() -> None:
    for page in said(poster.pdf(CARD)):
        assert "Thẻ …4567" in page
        assert "9704" not in page


def test_a_bank_that_nobody_knows_is_called_by_its_number() -> None:
    for page in said(poster.pdf(unknown_bank())):
        assert "Ngân hàng 970000" in page


def test_signs_of_a_note_that_our_letters_lack_are_left_out_of_the_words_alone() -> None:
    payload = marked("gạo 🌾 ngon")

    made = poster.pdf(payload)

    assert "Nội dung: gạo ngon" in said(made)[0]
    assert codes(painted(made, 0)) == [payload.encode()]


def test_words_stay_within_the_page() -> None:
    widest = vietqr.build("970000", "W" * 19, amount=10**13 - 1, note="W" * vietqr.LONGEST_NOTE)

    for size in SIZES:
        picture = opened(poster.draw(widest, size)).convert("L")
        below_the_band = (0, picture.height // 8, picture.width, picture.height)
        left, _, right, bottom = picture.crop(below_the_band).point(lambda value: 255 - value).getbbox() or (0,) * 4
        margin = picture.width // 20
        assert left >= margin
        assert right <= picture.width - margin
        assert bottom < picture.height - picture.height // 8


def test_the_pdf_is_two_pages_of_a5_and_a6_with_its_letters_inside() -> None:
    reader = pypdf.PdfReader(io.BytesIO(poster.pdf(STATIC)))

    millimetres = [(round(p.mediabox.width / 72 * 25.4), round(p.mediabox.height / 72 * 25.4)) for p in reader.pages]
    assert millimetres == [(148, 210), (105, 148)]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()
            if described["/BaseFont"] != "/Helvetica":  # reportlab names it, and nothing is written in it
                assert "/FontFile2" in described["/FontDescriptor"]
        assert not page.images


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(BROKEN, id="broken"),
        pytest.param(MERCHANT, id="of a merchant"),
        pytest.param("https://vietqr.test/123", id="link"),
        pytest.param("012345678901|123456789|A|01021960|Nam|B|01012022", id="identity card"),
        pytest.param("", id="nothing"),
    ],
)
def test_nothing_but_a_sound_order_becomes_a_poster(payload: str) -> None:
    for draw in (lambda: poster.draw(payload, "a5"), lambda: poster.pdf(payload), lambda: poster.sample(payload)):
        with pytest.raises(NotPayable):
            draw()


@pytest.mark.parametrize("payload", ALL)
def test_nobody_can_pay_by_a_sample(payload: str) -> None:
    held = codes(opened(poster.sample(payload)))

    assert all(b"970" not in one and not one.startswith(b"0002") for one in held)


def test_a_sample_is_stamped_over_every_part() -> None:
    stamped = opened(poster.sample(STATIC)).convert("RGB")

    third = stamped.height // 3
    for nth in range(3):
        part = stamped.crop((0, nth * third, stamped.width, (nth + 1) * third))
        colours = part.getcolors(part.width * part.height) or []
        reddish = sum(count for count, (red, green, blue) in colours if red > 1.5 * max(green, blue))
        assert reddish > part.width * part.height // 20


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("1", "1"),
        ("1234", "1234"),
        ("12345", "12345"),
        ("123456", "1234 56"),
        ("257678859", "2576 78859"),
        ("0011012345678", "0011 0123 45678"),
        ("0123456789012345", "0123 4567 8901 2345"),
        ("0123456789012345678", "0123 4567 8901 2345 678"),
    ],
)
def test_an_account_is_shown_in_groups(account: str, shown: str) -> None:
    assert grouped(account) == shown


def test_two_people_at_once_get_each_his_own() -> None:
    payloads = [vietqr.build("970416", f"10{number:06}", note=f"hang {number}") for number in range(6)]
    alone = [(poster.draw(payload, "a6"), poster.pdf(payload)) for payload in payloads]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda payload: (poster.draw(payload, "a6"), poster.pdf(payload)), payloads))

    assert together == alone
