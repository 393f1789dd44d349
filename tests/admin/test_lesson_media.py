"""Pictures that are uploaded: what is taken and made anew, what is refused, where it is served and named."""

import io
import random
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from admin.picture_uploads import MOST_BYTES, UploadError, remade
from storage import media, staff
from storage.database import Database, reading, transaction
from tests.admin.desk_stage import Stage, words
from tests.admin.lesson_stage import audited, lesson_stage, text_now, write_draft
from tests.conftest import NOW
from tests.lessons.library_on_disk import LESSON
from tests.webhooks.chat_visitor import visiting
from tests.webhooks.echo_chat import echo_chat

pytestmark = pytest.mark.anyio

ADDRESS = "/staff/lessons/media"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with lesson_stage(database, tmp_path / "library") as made:
        yield made


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photo(width: int = 640, height: int = 480) -> Image.Image:
    """Noise: what a photo is to an encoder."""
    return Image.effect_noise((width, height), 90).convert("RGB")


def screenshot() -> Image.Image:
    image = Image.new("RGB", (720, 1280), "white")
    ImageDraw.Draw(image).rectangle((40, 100, 680, 180), outline="orange", width=8)
    return image


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


# What is made of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        pytest.param(encoded(photo(), "JPEG"), ".jpg", id="jpeg"),
        pytest.param(encoded(photo(), "PNG"), ".jpg", id="a photo as png"),
        pytest.param(encoded(photo(), "WEBP"), ".jpg", id="webp"),
        pytest.param(encoded(screenshot(), "PNG"), ".png", id="a screenshot"),
        pytest.param(encoded(screenshot(), "WEBP", lossless=True), ".png", id="a screenshot as webp"),
        pytest.param(encoded(screenshot().convert("P"), "GIF"), ".png", id="gif"),
        pytest.param(encoded(photo().convert("CMYK"), "JPEG"), ".jpg", id="for printing"),
        pytest.param(encoded(photo().convert("L"), "JPEG", progressive=True), ".jpg", id="grey"),
        pytest.param(encoded(screenshot().convert("1"), "PNG"), ".png", id="black and white"),
    ],
)
def test_pictures_of_every_kind_become_what_zalo_takes(content: bytes, suffix: str) -> None:
    made = remade(content)

    assert made.suffix == suffix
    image = opened(made.content)
    assert image.format == {".jpg": "JPEG", ".png": "PNG"}[suffix]
    assert image.size == (made.width, made.height) == opened(content).size
    assert len(made.content) <= MOST_BYTES


def test_a_large_photo_is_made_small() -> None:
    made = remade(encoded(photo(4000, 2000), "JPEG", quality=80))

    assert max(made.width, made.height) <= 1280
    assert made.width == 2 * made.height
    assert len(made.content) < 1_000_000


def test_a_photo_taken_sideways_stands_upright_and_tells_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010E] = "nhà bà Sáu"
    exif.get_ifd(0x8825)[2] = (9.0, 36.0, 0.0)
    image = photo(300, 200)
    content = encoded(image, "JPEG", exif=exif, comment=b"a comment", quality=90)
    assert b"comment" in content

    made = remade(content)

    assert (made.width, made.height) == (200, 300)
    assert not opened(made.content).getexif()
    assert "icc_profile" not in opened(made.content).info
    assert b"comment" not in made.content
    assert "bà Sáu".encode() not in made.content


def test_words_inside_a_png_are_dropped() -> None:
    notes = PngInfo()
    notes.add_text("Author", "Nguyen Thi Sau")

    made = remade(encoded(screenshot(), "PNG", pnginfo=notes))

    assert made.suffix == ".png"
    assert opened(made.content).text == {}
    assert b"Nguyen" not in made.content


def test_see_through_parts_become_white() -> None:
    made = remade(encoded(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"))

    assert opened(made.content).convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_of_a_moving_picture_the_first_frame_stays() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]

    made = remade(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    assert getattr(opened(made.content), "n_frames", 1) == 1
    assert opened(made.content).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


# What is refused ------------------------------------------------------------------------------------------


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.html", "x")
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it is so large."""
    return encoded(Image.new("1", (width, height)), "PNG")


def png_with_bomb() -> bytes:
    """A chunk of text that grows a thousandfold."""
    packed = zlib.compress(b"x" * 50_000_000)
    body = b"zTXtcomment\0\0" + packed
    chunk = len(body[4:]).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    plain = encoded(screenshot(), "PNG")
    return plain[:33] + chunk + plain[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

REFUSED = [
    pytest.param(b"", "empty", id="nothing"),
    pytest.param(b"x" * 12_000_001, "large", id="too many bytes"),
    pytest.param(SVG, "not_picture", id="svg with a script"),
    pytest.param(b"<!doctype html><script>alert(1)</script>", "not_picture", id="a page"),
    pytest.param(b"#!/bin/sh\nrm -rf /\n", "not_picture", id="a script"),
    pytest.param(b"MZ\x90\0" + b"\0" * 100, "not_picture", id="a program"),
    pytest.param(b"%PDF-1.7\n", "not_picture", id="a document"),
    pytest.param(zipped(), "not_picture", id="an archive"),
    pytest.param(encoded(photo(64, 64), "BMP"), "not_picture", id="a bitmap"),
    pytest.param(encoded(photo(64, 64), "TIFF"), "not_picture", id="tiff"),
    pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 100, "not_picture", id="heic"),
    pytest.param(b"GIF89a<script>alert(1)</script>", "not_picture", id="a script that begins as a gif"),
    pytest.param(encoded(photo(64, 64), "JPEG") + SVG, "two_things", id="a photo and a page"),
    pytest.param(encoded(photo(64, 64), "JPEG") + zipped(), "two_things", id="a photo and an archive"),
    pytest.param(
        encoded(photo(64, 64), "JPEG", comment=b"<?php system($_GET[1]);"), "two_things", id="a photo with php"
    ),
    pytest.param(encoded(photo(), "JPEG")[:-9_000], "damaged", id="half a photo"),
    pytest.param(encoded(photo(), "PNG")[:9_000], "damaged", id="half a png"),
    pytest.param(encoded(photo(), "WEBP")[:9_000], "not_picture", id="half a webp"),
    pytest.param(png_of(6_000, 4_001), "pixels", id="a little too large to be decoded"),
    pytest.param(png_of(10_000, 10_000), "pixels", id="too large to be decoded"),
    pytest.param(png_of(30_000, 30_000), "pixels", id="a bomb"),
]


@pytest.mark.parametrize(("content", "code"), REFUSED)
def test_what_is_no_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UploadError) as refused:
        remade(content)

    assert refused.value.code == code


def test_words_in_a_picture_that_grow_without_end_are_not_unpacked() -> None:
    with pytest.raises(UploadError) as refused:
        remade(png_with_bomb())

    assert refused.value.code in ("not_picture", "damaged")


@pytest.mark.filterwarnings("ignore")
def test_whatever_bytes_come_they_are_a_picture_or_are_refused() -> None:
    chance = random.Random(6)
    forms = [encoded(photo(120, 80), form) for form in ("JPEG", "PNG", "WEBP")] + [encoded(screenshot(), "GIF")]
    taken = 0
    for _ in range(600):
        content = bytearray(chance.choice(forms))
        for _ in range(chance.choice((1, 5, 40))):
            content[chance.randrange(chance.choice((60, len(content))))] = chance.randrange(256)
        try:
            taken += max(opened(remade(bytes(content)).content).size) > 0
        except UploadError:
            continue
    assert 20 < taken < 590


# The page -------------------------------------------------------------------------------------------------


async def upload(
    stage: Stage,
    content: bytes,
    filename: str = "Ảnh màn hình 1.png",
    *,
    roles: tuple[str, ...] = ("author",),
    **form: str,
) -> httpx.Response:
    client = stage.client(roles=roles)
    said = {"alt": "Màn hình: nút Quét", "name": ""} | form
    return await client.post(ADDRESS, files={"picture": (filename, content, "image/png")}, data=said)


def kept(stage: Stage) -> list[str]:
    with reading(stage.database) as connection:
        return sorted(media.names(connection))


async def test_a_picture_is_kept_under_the_name_of_its_file_with_what_is_on_it(stage: Stage) -> None:
    answer = await upload(stage, encoded(screenshot(), "PNG"))

    assert (answer.status_code, answer.headers["location"]) == (303, f"{ADDRESS}?done=anh-man-hinh-1.png")
    assert kept(stage) == ["anh-man-hinh-1.png"]
    assert ("picture_uploaded", "anh-man-hinh-1.png", "") in audited(stage)
    page = await stage.client(roles=("author",)).get(answer.headers["location"])
    assert 'src="/media/anh-man-hinh-1.png" alt="Màn hình: nút Quét"' in page.text
    assert "720 × 1280" in words(page)
    assert 'picture_alt: "Màn hình: nút Quét"' in page.text.replace("&#34;", '"')
    assert "Chưa bài nào dùng." in words(page)


async def test_two_files_of_one_name_are_told_apart(stage: Stage) -> None:
    for _ in range(2):
        await upload(stage, encoded(screenshot(), "PNG"), "anh.png")
    await upload(stage, encoded(photo(), "JPEG"), "hinh.jpg")  # hinh.png is on the disk

    assert kept(stage) == ["anh-2.png", "anh.png", "hinh-2.jpg"]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("bulletin-7.png", "hinh-bulletin-7.png"),
        (".png", "png.png"),
        ("<script>.png", "script.png"),
        ("图.png", "hinh.png"),
    ],
)
async def test_odd_names_of_files_become_plain_ones(stage: Stage, filename: str, expected: str) -> None:
    stage.desk.files.media_folder.joinpath("hinh.png").unlink()

    await upload(stage, encoded(screenshot(), "PNG"), filename)

    assert kept(stage) == [expected]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        pytest.param({"alt": ""}, "Tả hình bằng một câu", id="no alt"),
        pytest.param({"alt": "x" * 301}, "Lời tả dài quá", id="long alt"),
        pytest.param({"name": "hinh.jpg"}, "Đã có hình mang tên này", id="a name on the disk"),
        pytest.param({"name": "Hình.PNG"}, "Đã có hình mang tên này", id="a name on the disk, written otherwise"),
        pytest.param({"name": "???"}, "Tên hình chỉ có chữ không dấu", id="no letters"),
        pytest.param({"name": "bulletin-7"}, "Tên hình chỉ có chữ không dấu", id="a bulletin's name"),
        pytest.param({"name": "anh-cat-" * 8}, "Tên hình chỉ có chữ không dấu", id="a long name"),
    ],
)
async def test_a_form_that_is_not_right_is_shown_again_as_it_was_typed(
    stage: Stage, form: dict[str, str], says: str
) -> None:
    answer = await upload(stage, encoded(screenshot(), "PNG"), **form)

    assert answer.status_code == 422
    assert says in words(answer)
    assert f'value="{form.get("alt", "Màn hình: nút Quét")}"' in answer.text
    assert f'value="{form.get("name", "")}"' in answer.text
    assert kept(stage) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(SVG, "không phải ảnh chụp máy nhận được", id="svg with a script"),
        pytest.param(png_of(30_000, 30_000), "Hình to quá", id="a bomb"),
        pytest.param(encoded(photo(), "JPEG")[:-9_000], "Hình bị hỏng", id="half a photo"),
        pytest.param(b"x" * 12_000_001, "nhiều nhất 12 MB", id="too many bytes"),
        pytest.param(encoded(photo(64, 64), "JPEG") + SVG, "lẫn thứ khác", id="two things"),
    ],
)
async def test_what_is_no_picture_is_refused_with_a_sentence(stage: Stage, content: bytes, says: str) -> None:
    answer = await upload(stage, content)

    assert answer.status_code == 422
    assert says in words(answer)
    assert kept(stage) == []


async def test_a_post_far_too_large_is_not_even_read(stage: Stage) -> None:
    assert (await upload(stage, b"x" * 13_000_000)).status_code == 413


async def test_no_picture_at_all_is_asked_for(stage: Stage) -> None:
    answer = await stage.client(roles=("author",)).post(ADDRESS, data={"alt": "Một hình", "name": "x"})

    assert answer.status_code == 422
    assert "Chưa chọn hình nào" in words(answer)


@pytest.mark.parametrize("role", ["member", "reviewer", "auditor"])
async def test_only_authors_upload(stage: Stage, role: str) -> None:
    assert (await upload(stage, encoded(screenshot(), "PNG"), roles=(role,))).status_code == 403
    assert kept(stage) == []


async def test_where_a_picture_is_used_is_told(stage: Stage) -> None:
    await upload(stage, encoded(screenshot(), "PNG"), "anh.png")
    write_draft(stage, LESSON, text_now(stage, LESSON).replace("media/hinh.png", "anh.png"))

    page = words(await stage.client(roles=("author",)).get(ADDRESS))

    assert "Dùng trong: lessons/library/bai.yaml" in page
    assert "hinh.png Ô nhập mã ở giữa màn hình Dùng trong: Kích hoạt VNeID" in page


async def test_pictures_are_looked_for_by_words_and_shown_in_pages(stage: Stage) -> None:
    client = stage.client(roles=("author",))
    with transaction(stage.database) as connection:
        for nth in range(30):
            values = {"content": b"x", "alt": f"Nút số {nth}", "width": 1, "height": 1, "staff_id": 1}
            media.put(connection, name=f"nut-{nth:02}.png", now=NOW, **values)

    first = await client.get(ADDRESS)
    second = await client.get(ADDRESS, params={"from": 24})
    found = await client.get(ADDRESS, params={"q": "nut so 17"})

    assert (first.text.count("<img"), second.text.count("<img"), found.text.count("<img")) == (24, 7, 1)
    assert "from=24" in first.text
    assert "Xem thêm" not in words(second)


# Where it is served ---------------------------------------------------------------------------------------


async def test_an_uploaded_picture_is_served_as_those_on_the_disk_are(database: Database, tmp_path: Path) -> None:
    (tmp_path / "ca-hai.png").write_bytes(b"of the disk")
    async with echo_chat(database, now=NOW, media_folder=tmp_path) as chat, visiting(chat) as client:
        with transaction(database) as connection:
            author = staff.add(connection, login="a", name="A", roles=("author",), scope=("vn",), now=NOW)
            for name in ("moi.jpg", "ca-hai.png"):
                values = {"content": b"of the database", "alt": "x", "width": 1, "height": 1, "staff_id": author}
                media.put(connection, name=name, now=NOW, **values)

        answer = await client.get("/media/moi.jpg")
        again = await client.get("/media/moi.jpg", headers={"if-none-match": answer.headers["etag"]})
        both = await client.get("/media/ca-hai.png")
        none = await client.get("/media/khong.png")

    assert (answer.status_code, answer.content) == (200, b"of the database")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 304
    assert both.content == b"of the disk"
    assert none.status_code == 404
