"""QR codes are read from photos as people take them, and no bytes whatever do harm."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.events import PictureRead, SeenCode
from qr import reading
from qr.reading import look
from tests.qr import pictures

STATIC = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
DYNAMIC = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
CARD = "012345678901|123456789|Nguyễn Văn Tí|01021960|Nam|Thôn Hai, Xã Tân An|01012022"
SIZES = [(1600, 1200), (1080, 1440), (4000, 3000), (720, 960)]


def texts(read: PictureRead) -> list[str]:
    return [code.text for code in read.codes]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("spoilt", [name for name in pictures.SPOILT if name != "blurred 4"])
def test_a_photo_of_a_poster_is_read(spoilt: str, size: tuple[int, int]) -> None:
    photo = pictures.SPOILT[spoilt](pictures.on_table(pictures.poster(DYNAMIC), size=size))

    read = look(pictures.saved(photo))

    assert read == PictureRead(codes=(SeenCode("vietqr_transfer", DYNAMIC),))


def test_a_small_code_in_a_large_photo_is_read() -> None:
    photo = pictures.on_table(pictures.poster(STATIC), size=(4000, 3000), share=0.12)

    assert texts(look(pictures.saved(photo))) == [STATIC]


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "L", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("PNG", "I;16", {}),
        ("WEBP", "RGB", {"quality": 60}),
        ("WEBP", "RGB", {"lossless": True}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "L", {"progressive": True}),
    ],
)
def test_every_form_of_the_three_formats_is_read(kind: str, mode: str, options: dict[str, object]) -> None:
    drawn = pictures.code(STATIC)
    picture = drawn.convert("L").convert("I;16") if mode == "I;16" else drawn.convert(mode)

    assert texts(look(pictures.saved(picture, kind, **options))) == [STATIC]


def test_what_is_transparent_is_paper() -> None:
    ink = pictures.code(STATIC).convert("L")
    picture = Image.new("RGBA", ink.size, (0, 0, 0, 255))
    picture.putalpha(ink.point(lambda value: 255 - value))

    assert texts(look(pictures.saved(picture, "PNG"))) == [STATIC]


def test_a_photo_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    two = pictures.side_by_side(pictures.code(STATIC), pictures.code(DYNAMIC))

    read = look(pictures.saved(two.transpose(Image.Transpose.ROTATE_90), exif=exif.tobytes()))

    assert texts(read) == [STATIC, DYNAMIC]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_second_code_is_never_missed(size: tuple[int, int]) -> None:
    two = pictures.side_by_side(pictures.code(STATIC), pictures.code("https://abc.top/x", module=4))

    read = look(pictures.saved(pictures.on_table(two, size=size, share=0.9)))

    assert set(texts(read)) == {STATIC, "https://abc.top/x"}


def test_a_sticker_over_another_code_shows_two() -> None:
    photo = pictures.stuck_over(pictures.poster(STATIC), pictures.poster(DYNAMIC))

    assert set(texts(look(pictures.saved(photo)))) == {STATIC, DYNAMIC}


def test_a_second_code_that_is_small_and_pale_is_not_missed() -> None:
    first, second = pictures.poster(STATIC), pictures.low_contrast(pictures.poster(DYNAMIC))
    small = second.resize((int(second.width * 0.17), int(second.height * 0.17)))

    read = look(pictures.saved(pictures.on_table(pictures.side_by_side(first, small), share=0.6)))

    assert set(texts(read)) == {STATIC, DYNAMIC}


def test_codes_come_in_the_order_of_the_picture_however_they_are_turned() -> None:
    codes = [pictures.code(text).rotate(turn) for text, turn in (("a", 180), ("b", 0), ("c", 90))]
    row = pictures.side_by_side(pictures.side_by_side(codes[0], codes[1]), codes[2])

    assert texts(look(pictures.saved(row))) == ["a", "b", "c"]


@pytest.mark.parametrize("turned", [None, Image.Transpose.ROTATE_90], ids=["wide", "high"])
def test_a_code_that_is_tiny_in_twelve_megapixels_is_read(turned: Image.Transpose | None) -> None:
    photo = pictures.on_table(pictures.poster(STATIC), size=(4000, 3000), share=0.05)
    photo = photo if turned is None else photo.transpose(turned)

    assert texts(look(pictures.saved(photo, quality=85))) == [STATIC]


def test_the_same_code_twice_is_one() -> None:
    two = pictures.side_by_side(pictures.code(STATIC), pictures.code(STATIC))

    assert texts(look(pictures.saved(two))) == [STATIC]


def test_nothing_of_an_identity_card_is_passed_on() -> None:
    read = look(pictures.saved(pictures.code(CARD)))

    assert read == PictureRead(codes=(SeenCode("citizen_card", ""),))
    assert "Nguyễn" not in repr(read)


def test_a_picture_without_a_code_says_so() -> None:
    assert look(pictures.saved(pictures.on_table(Image.new("RGB", (400, 300), "white")))) == PictureRead()


@given(st.integers(1, 40), st.sampled_from([1, 20, 21, 699, 701, 2_001, 9_000, 16_000]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_picture_however_thin_has_no_code(short: int, long: int, is_high: bool) -> None:
    size = (short, long) if is_high else (long, short)

    assert look(pictures.saved(Image.new("L", size, 200), "PNG")) == PictureRead()


# What does harm -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(10_000, 5_000), (16_500, 10), (6_000, 5_001)], ids=str)
def test_too_many_pixels_are_refused_by_the_head_of_the_file(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = pictures.saved(Image.new("L", size, 255), "PNG")
    monkeypatch.setattr(Image.Image, "convert", None)  # nothing may be decoded

    assert look(picture).trouble == "too_large"


def test_too_many_bytes_are_refused() -> None:
    assert look(b"\xff" * (reading.LARGEST_BYTES + 1)).trouble == "too_large"


@pytest.mark.parametrize(
    "bytes_",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GIF89a" + bytes(100), id="gif"),
        pytest.param(b"%PDF-1.7" + bytes(100), id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(64), id="png without a head"),
        pytest.param(pictures.saved(pictures.code(STATIC))[:700], id="jpeg cut off"),
        pytest.param(pictures.saved(pictures.code(STATIC), "PNG")[:300], id="png cut off"),
        pytest.param(pictures.saved(pictures.code(STATIC), "WEBP")[:300], id="webp cut off"),
    ],
)
def test_what_is_no_picture_is_broken(bytes_: bytes) -> None:
    assert look(bytes_) == PictureRead(trouble="broken")


_GOOD = [pictures.saved(pictures.code(STATIC, module=2), kind) for kind in ("PNG", "JPEG", "WEBP")]


@settings(max_examples=150)
@given(
    st.sampled_from(_GOOD),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 2_000),
)
def test_no_damage_raises_or_makes_up_a_code(good: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    spoilt = bytearray(good)
    for at, value in changes:
        spoilt[at % len(spoilt)] = value

    read = look(bytes(spoilt[: len(spoilt) - cut % len(spoilt)]))

    assert set(texts(read)) <= {STATIC}


def test_a_huge_text_beside_the_picture_is_left_alone() -> None:
    kept = io.BytesIO()
    notes = PngInfo()
    notes.add_text("Comment", "A" * 50_000_000, zip=True)
    pictures.code(STATIC).save(kept, "PNG", pnginfo=notes)

    assert look(kept.getvalue()).trouble in ("", "broken")
