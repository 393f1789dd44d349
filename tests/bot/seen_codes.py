"""Codes as they are seen on pictures, and what stands around them: what the tests of pictures share."""

from bot.events import PictureRead, SeenCode

#: A code of a bank's app without a sum, one with a sum and a note and one of a shop.
ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
ORDER = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
VNPAY = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES62600312CPSHN ONLINE"
    "0517021908061613127850705ONLHN0810CellphoneS63047685"
)
URL = "https://photo-stal.zdn.vn/abc.jpg"
LESSON = "Kích hoạt VNeID mức 2"
TRICK = "VCB: Tai khoan cua quy khach bi khoa, vao vcb-mokhoa-abc.vip de mo lai trong 2 gio"


def seen(*codes: SeenCode, trouble: str = "", ticket: str = "") -> PictureRead:
    return PictureRead(codes, trouble, ticket)  # type: ignore[arg-type]


OWN = seen(SeenCode("vietqr_transfer", ACB), ticket="abc-ticket")
