"""Pictures that users of a fake platform sent, kept by it under /pictures/ as platforms do."""

from collections import deque
from collections.abc import Mapping

from aiohttp import web

FOLDER = "/pictures/"


class Shelf:
    """What was put here is given to whoever asks. `ahead` are answers that come before: a status, or an address."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.ahead: deque[int | str] = deque()
        #: The headers of every call for a picture, by lower-case name.
        self.asked: list[Mapping[str, str]] = []

    def put(self, picture: bytes) -> str:
        """The path of the picture."""
        path = f"{FOLDER}{len(self.kept) + 1}.jpg"
        self.kept[path] = picture
        return path

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """None when something else than a picture is asked for."""
        if not request.path.startswith(FOLDER):
            return None
        self.asked.append({name.lower(): value for name, value in request.headers.items()})
        match self.ahead.popleft() if self.ahead else 200:
            case str() as elsewhere:
                return web.Response(status=302, headers={"Location": elsewhere})
            case 200 if request.path in self.kept:
                return web.Response(body=self.kept[request.path], content_type="image/jpeg")
            case 200:
                return web.Response(status=404)
            case int() as status:
                return web.Response(status=status)
        return None
