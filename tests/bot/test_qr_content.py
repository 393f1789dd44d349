"""What a code is: an address, an identity card whose words are dropped, other words; and banks by their names."""

import pytest

from bot import banks
from bot.qr_content import Content, as_row, read


@pytest.mark.parametrize(
    "text",
    [
        "012345678901|123456789|Nguyễn Văn Tí|01021960|Nam|Thôn Hai, Xã Tân An|01012022",
        "012345678901||Nguyễn Văn Tí|01021960|Nam|Thôn Hai, Xã Tân An|01012022",
        "012345678901|123456789|Nguyễn Văn Tí|01021960|Nam|Thôn Hai|01012022||Trần Thị A|Nguyễn B|",
        "012345678901|123456789|Nguyễn Văn\nTí|01021960|Nam|Thôn Hai, Xã Tân An|01012022",
        "123456789|Nguyễn Văn Tí|01021960|Nam|Thôn Hai, Xã Tân An" + "|" * 20,
        "\ufeff012345678901|123456789|NGUYEN VAN TI|01021960|Nam|Thon Hai|01012022\r\n",
    ],
)
def test_an_identity_card_is_known_and_its_words_are_dropped(text: str) -> None:
    content = read(text)

    assert content == Content("citizen_card")
    assert "0123" not in str(as_row(content))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://abc.top/nhan-qua", "link"),
        ("HTTP://ABC.TOP", "link"),
        ("vietcombank-xacnhan.vip/login", "link"),
        ("abc.top:8080/nhan-qua", "link"),
        ("abc[.]top", "link"),
        ("\u200babc\uff0etop", "link"),
        ("ftp://abc.top/a.apk", "link"),
        ("https:abc.top", "link"),
        ("itms-services://?action=download-manifest&url=https://abc.top/m.plist", "link"),
        ("intent://scan/#Intent;scheme=zxing;package=a.b;end", "link"),
        ("mailto:a@abc.top", "text"),
        ("xem https://abc.top", "text"),
        ("tel:+84912345678", "text"),
        ("WIFI:T:WPA;S:nha;P:12345678;;", "text"),
        ("BEGIN:VCARD\nFN:A\nURL:https://abc.top\nEND:VCARD", "text"),
        ("xin chao ba con", "text"),
        ("1|2|3|4|5|6|7", "text"),
        ("", "text"),
    ],
)
def test_other_codes_are_an_address_or_words(text: str, kind: str) -> None:
    content = read(text)

    assert (content.kind, content.problems) == (kind, ())


@pytest.mark.parametrize(
    ("typed", "bank_bin"),
    [
        ("Vietcombank", "970436"),
        ("vcb", "970436"),
        ("970422", "970422"),
        ("mb bank", "970422"),
        ("Quân đội", "970422"),
        ("Đông Á", "970406"),
        ("lien viet", "970449"),
        ("TP Bank", "970423"),
        ("agribank", "970405"),
        ("ngân hàng chính sách", "999888"),
    ],
)
def test_a_bank_is_found_by_what_people_call_it(typed: str, bank_bin: str) -> None:
    found = banks.find(typed)

    assert found is not None
    assert found.bin == bank_bin


def test_no_other_bank_is_made_up() -> None:
    assert banks.find("ngân hàng của tôi") is None
    assert banks.named("123456") is None
    assert banks.nearest("vietcombak") == "Vietcombank"


def test_every_bank_has_a_number_of_its_own() -> None:
    numbers = [bank.bin for bank in banks.everyone()]

    assert len(numbers) == len(set(numbers)) == 72
    assert all(len(number) == 6 and number.isdigit() for number in numbers)
