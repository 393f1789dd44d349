"""Places: names of today and of before July 2025 find the commune of today, or ask, and do not guess."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vietnamese
from vietnamese import places

FOLDER = Path(vietnamese.__file__).parent


def rows(name: str) -> list[list[str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


COMMUNES = {code: (commune, province) for _, province, code, commune in rows("communes.tsv")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("Xã Tài Văn, Thành phố Cần Thơ", "31687", id="name of today"),
        pytest.param("Phường Trảng Dài, Thành phố Đồng Nai", "25993", id="province that became a city in 2026"),
        pytest.param("xã Bom Bo, tỉnh Đồng Nai", "25405", id="the same, under its old kind"),
        pytest.param("Đặc khu Lý Sơn", "21548", id="island of today"),
        pytest.param("huyện Lý Sơn, Quảng Ngãi", "21548", id="island district without communes"),
        pytest.param("luong minh, ba che, quang ninh", "06985", id="no accents"),
        pytest.param("Giang Sơn Đông, Đô Lương, Nghệ An", "17623", id="no kinds"),
        pytest.param("X. Bình Minh, H. Bù Đăng, T. Bình Phước", "25405", id="abbreviated"),
        pytest.param("X. Cư Mốt, H. Ea H'Leo, T. Đắk Lắk", "24193", id="abbreviated, with an apostrophe"),
        pytest.param("hợp thành lào cai lào cai", "02680", id="no commas, district called like its province"),
        pytest.param("nghĩa thành châu đức bà rịa-vũng tàu", "26617", id="province with a hyphen"),
        pytest.param("an thạnh 2 cù lao dung sóc trăng", "31633", id="number in a name"),
        pytest.param("tai van tran de", "31687", id="no province"),
        pytest.param("tài văn", "31687", id="a name that one commune has"),
        pytest.param("sóc trăng, trần đề, tài văn", "31687", id="the wrong way round"),
        pytest.param("nhà tui ở tài văn trần đề sóc trăng nghen", "31687", id="in a sentence"),
        pytest.param("nhà con ở ấp 3, xã Mỹ Đức Tây, Cái Bè, Tiền Giang ạ", "28405", id="with a hamlet"),
        pytest.param("Tài Văn, Trần Đề, Sóc Trăng (nay là Cần Thơ)", "31687", id="both provinces"),
        pytest.param("Tài Văn, Trần Đề, Cần Thơ", "31687", id="old district, new province"),
        pytest.param("tt my xuyen my xuyen soc trang", "31684", id="town in a district of its name"),
        pytest.param("p4 tp soc trang", "31510", id="ward with a number, glued"),
        pytest.param("P. 12, Q. Gò Vấp, TP HCM", "26882", id="ward with a number, city by its letters"),
        pytest.param("12 gò vấp hồ chí minh", "26882", id="ward with a number and no kind"),
        pytest.param("Phường IV, Vị Thanh, Hậu Giang", "31333", id="Roman number"),
        pytest.param("phường 04 tp vị thanh", "31333", id="number with a zero"),
        pytest.param("12 nguyen trai p3 q5", "27301", id="house and street before the ward"),
        pytest.param("Phường Đông Hưng Thuận, Quận 12, Sài Gòn", "26791", id="nickname of a province"),
        pytest.param("Phường Long Phước, Quận 9, TP.HCM", "26857", id="district that was merged in 2021"),
        pytest.param("P. Phú Bài, TX Hương Thủy, Thừa Thiên Huế", "19960", id="province that was renamed in 2025"),
        pytest.param("phường Phú Hội, TP Huế, Thừa Thiên Huế", "19789", id="city that was parted in 2025"),
        pytest.param("xã phước tỉnh huyện long điền BR-VT", "26659", id="district that was merged in 2025"),
        pytest.param("Xã Nghi Kim, huyện Nghi Lộc, Nghệ An", "17920", id="commune that had changed its district"),
        pytest.param("xã cư jang, huyện eakar, daklak", "24406", id="Highland names, spelt another way"),
        pytest.param("Xã Cư Yang, Ea Kar, Đắc Lắc", "24406", id="Highland province, spelt another way"),
        pytest.param("xax taif vawn huyeenj traanf ddeef", "31687", id="telex"),
        pytest.param("ddawks mil ddawks mil ddawks noong", "24664", id="telex, no Vietnamese syllables"),
        pytest.param("TaiVan TranDe SocTrang", "31687", id="no spaces inside names"),
        pytest.param("taivantrandesoctrang", "31687", id="no spaces at all"),
        pytest.param("tai vang tran de soc trang", "31687", id="ending heard wrong"),
        pytest.param("tai dan chan de soc chang", "31687", id="written as spoken"),
        pytest.param("tai vam tran de soc trnag", "31687", id="slips of the fingers"),
        pytest.param("Xã Tài Văm, Cần Thơ", "31687", id="a slip, with the province alone"),
        pytest.param("Hoà Xuân, Cẩm Lệ, Đà Nẵng", "20314", id="tone on either vowel"),
        pytest.param("xã Sơn Hạ, Quảng Ngãi", "21292", id="accents part two communes"),
        pytest.param("xã Sơn Hà, Quảng Ngãi", "21289", id="accents part them the other way"),
        pytest.param("Trần Đề, Cần Thơ", "31673", id="district's name with the new province"),
        pytest.param("phường Bắc Giang", "07210", id="ward of today called like an old province"),
    ],
)
def test_a_place_is_found(text: str, code: str) -> None:
    found = places.find(text)

    assert (found.answer, [place.code for place in found.places]) == ("found", [code])


@pytest.mark.parametrize(
    ("text", "first", "others"),
    [
        pytest.param("đại dực tiên yên quảng ninh", "06877", {"06862"}, id="commune that was split"),
        pytest.param("thuong dinh, thanh xuan, ha noi", "00364", {"00367"}, id="ward that was split"),
        pytest.param("Long Thạnh, An Giang", "30943", {"30376"}, id="name of today, and old ward elsewhere"),
        pytest.param("trần đề", "31673", {"31679", "31675", "31699", "31687"}, id="district alone"),
        pytest.param("huyện Trần Đề", "31673", {"31679", "31675", "31699", "31687"}, id="district, said to be one"),
        pytest.param(
            "ấp chợ, trần đề, sóc trăng", "31673", {"31679", "31675", "31699", "31687"}, id="hamlet known, not"
        ),
        pytest.param(
            "xã Hải Hoà", "06799", {"14308", "06886", "16561", "06712", "19735"}, id="name in several provinces"
        ),
        pytest.param("son ha quang ngai", "21289", {"21292", "21325", "21307", "21319"}, id="no accents to tell"),
    ],
)
def test_a_resident_is_asked_where_several_places_could_be_meant(text: str, first: str, others: set[str]) -> None:
    found = places.find(text)

    codes = [place.code for place in found.places]
    assert (found.answer, codes[0], set(codes[1:])) == ("choose", first, others)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("tôi muốn học cách chuyển tiền", id="a wish"),
        pytest.param("bảo hiểm xã hội", id="xã that is no commune"),
        pytest.param("tôi muốn học an toàn", id="words that are a commune's name"),
        pytest.param("trang chủ", id="words like a slip in a name"),
        pytest.param("12/3/2025", id="numbers"),
        pytest.param("phường 5", id="a number that many wards have"),
        pytest.param("xã Tân Thành", id="a name that too many communes have"),
        pytest.param("Huyện Thanh Trì, Hà Nội", id="a district that became too many"),
        pytest.param("Xã Tài Văn, Hà Nội", id="a commune in another province"),
        pytest.param("Tài Văn, Trần Đề, Cà Mau", id="a district in another province"),
    ],
)
def test_no_commune_is_guessed(text: str) -> None:
    assert places.find(text).answer == "unknown"


@pytest.mark.parametrize(
    ("text", "province"),
    [
        pytest.param("soc trang", ("92", "Thành phố Cần Thơ"), id="old province"),
        pytest.param("dạ em ở Cần Thơ ạ", ("92", "Thành phố Cần Thơ"), id="province of today"),
        pytest.param("Hòa Bình", ("25", "Tỉnh Phú Thọ"), id="old province, and name of communes"),
        pytest.param("tphcm", ("79", "Thành phố Hồ Chí Minh"), id="nickname"),
        pytest.param("Đồng Nai", ("75", "Thành phố Đồng Nai"), id="renamed in 2026"),
        pytest.param("tai van tran de", ("92", "Thành phố Cần Thơ"), id="of the commune"),
        pytest.param("Tài Văn, Trần Đề, Cà Mau", None, id="contradicted"),
        pytest.param("hôm nay hn vui", None, id="letters that mean something else"),
    ],
)
def test_the_province_is_said_also_when_the_commune_is_not(text: str, province: tuple[str, str] | None) -> None:
    assert places.find(text).province == province


def test_near_decides_where_a_bare_name_is_ambiguous() -> None:
    in_ca_mau = places.find("tân thành", near="96")
    beside_a_commune = places.find("tân thành", near="32025")
    elsewhere_said = places.find("Tài Văn, Cần Thơ", near="96")

    assert [place.code for place in in_ca_mau.places] == ["32025", "31957"]
    assert beside_a_commune == in_ca_mau
    assert [place.code for place in elsewhere_said.places] == ["31687"]


def test_every_commune_of_today_is_offered_for_its_full_name() -> None:
    missing = [
        (code, commune)
        for code, (commune, province) in COMMUNES.items()
        if code not in {place.code for place in places.find(f"{commune}, {province}").places}
    ]

    assert len(COMMUNES) == 3321
    assert missing == []


def test_codes_lead_to_names() -> None:
    assert places.commune("31687") == places.Place("31687", "Xã Tài Văn", "92", "Thành phố Cần Thơ")
    assert places.commune("92") is None
    assert places.province_of("31687") == places.province_of("92") == ("92", "Thành phố Cần Thơ")
    assert places.province_of("00000") is None


def test_the_tables_name_only_what_there_is() -> None:
    provinces = {row[0] for row in rows("communes.tsv")}
    old = rows("old_communes.tsv")

    assert {code for row in old for code in row[3].split()} == set(COMMUNES)
    assert {row[1] for row in rows("old_provinces.tsv")} == provinces
    assert {(row[0], row[2]) for row in rows("old_districts.tsv")} <= {(row[0], row[1]) for row in old}


LETTERS = "abcdeghiklmnopqrstuvxy ,.()'0123456789\n" + "đăâêôơưáàảãạấềộứỳ" + "XPHTQ"
NAMES = ("xã", "tài văn", "Trần Đề", "sóc trăng", "phường", "12", "quận", "tân thành", "cần thơ", "ấp", "tp", ",", "ở")


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(LETTERS, max_size=400) | st.lists(st.sampled_from(NAMES), max_size=60).map(" ".join))
def test_find_never_raises_and_keeps_its_promise(text: str) -> None:
    found = places.find(text)

    least, most = {"found": (1, 1), "choose": (2, 8), "unknown": (0, 0)}[found.answer]
    assert least <= len(found.places) <= most
    assert len({place.code for place in found.places}) == len(found.places)
    assert all(places.commune(place.code) == place for place in found.places)
