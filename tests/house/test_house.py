"""The rules of the house: which way imports point, what is pure, how long things may get."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("vietnamese", "lessons", "bot", "qr", "storage", "bulletins", "webhooks", "admin", "commands")
ROOT_FILES = ("publishing.py", "settings.py", "server.py", "muadam.py")
FILES = sorted(
    path.relative_to(ROOT)
    for folder in (*FOLDERS, ".")
    for path in (ROOT.glob("*.py") if folder == "." else (ROOT / folder).rglob("*.py"))
    if "migrations/versions" not in path.as_posix()
)

#: module prefix -> what it may import of ours; the longest prefix that fits counts.
MAY_IMPORT = {
    "vietnamese": ("vietnamese",),
    "storage": ("storage",),
    "lessons": ("lessons", "vietnamese"),
    "bot": ("bot", "lessons.schema", "lessons.sentences", "lessons.signs", "vietnamese"),
    "bot.gathering": ("bot", "storage.outbox", "storage.people", "storage.subscriptions", "vietnamese"),
    "bot.turn": ("bot", "lessons.schema", "lessons.sentences", "vietnamese", "storage"),
    "qr": ("qr", "bot.banks", "bot.events", "bot.poster_files", "bot.qr_content", "bot.vietqr", "lessons.lettering"),
    "webhooks": ("webhooks", "bot", "storage"),
    "webhooks.channels": (
        "webhooks.channel",
        "webhooks.channels",
        "webhooks.fitting",
        "webhooks.taming",
        "bot.events",
        "bot.messages",
    ),
    "bulletins": (
        "bulletins",
        "bot.messages",
        "lessons.crops",
        "lessons.findings",
        "lessons.lettering",
        "storage",
        "vietnamese",
    ),
    "admin": (
        "admin",
        "bot",
        "bulletins",
        "lessons",
        "publishing",
        "storage",
        "vietnamese",
        "webhooks.alarms",
        "webhooks.channels",
        "webhooks.doctor",
        "webhooks.guard",
        "webhooks.page_files",
        "webhooks.tokens",
    ),
    "publishing": ("bot", "lessons", "storage"),
    "settings": ("publishing", "webhooks.accounts"),
    "server": ("admin", "bot", "bulletins", "lessons", "publishing", "qr", "settings", "storage", "webhooks"),
    "commands": (
        "admin.counting",
        "admin.indicators",
        "admin.numbers_report",
        "admin.numbers_workbook",
        "admin.roles",
        "bot",
        "bulletins",
        "commands",
        "lessons",
        "publishing",
        "qr",
        "server",
        "settings",
        "storage",
        "vietnamese",
        "webhooks",
    ),
    "muadam": ("",),
}
PURE = ("bot", "vietnamese", "webhooks/channels", "webhooks/fitting.py")
NOT_PURE = {"bot/turn.py"}
IMPURE_MODULES = {
    "os",
    "socket",
    "sqlite3",
    "sqlalchemy",
    "httpx",
    "random",
    "time",
    "subprocess",
    "requests",
}

LONGEST_FILE, LONGEST_FUNCTION = 400, 60
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rule_of(module: str) -> tuple[str, ...]:
    fitting = [prefix for prefix in MAY_IMPORT if module == prefix or module.startswith(prefix + ".")]
    return MAY_IMPORT[max(fitting, key=len)]


def is_ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in (
        *FOLDERS,
        *(Path(file).stem for file in ROOT_FILES),
        "tests",
        "benchmarks",
    )


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_down_only(path: Path) -> None:
    allowed = rule_of(module_of(path))

    wrong = [
        name
        for name in imports_of(path)
        if is_ours(name) and not any(name == one or name.startswith(one + ".") or one == "" for one in allowed)
    ]

    assert wrong == []


def test_no_import_cycle() -> None:
    modules = {module_of(path): path for path in FILES}
    edges = {
        module: {
            target
            for name in imports_of(path)
            for target in (name, name.rpartition(".")[0])
            if target in modules and target != module
        }
        for module, path in modules.items()
    }
    seen: dict[str, str] = {}

    def visit(module: str, way: tuple[str, ...]) -> None:
        if seen.get(module) == "done":
            return
        assert module not in way, " -> ".join((*way, module))
        for target in sorted(edges[module]):
            visit(target, (*way, module))
        seen[module] = "done"

    for module in sorted(modules):
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_core_does_no_input_or_output(path: Path) -> None:
    name = path.as_posix()
    if not name.startswith(PURE) or name in NOT_PURE:
        return

    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert not {one.split(".")[0] for one in imports_of(path)} & IMPURE_MODULES
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"open", "print", "input", "datetime.now", "datetime.utcnow", "date.today"}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_and_functions_stay_readable(path: Path) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")

    long_functions = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long_functions == []
    assert source.count("\n") <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=str)
def test_residents_words_stand_in_yaml(path: Path) -> None:
    if path.parts[0] == "vietnamese":
        return

    found = [
        node.value
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VIETNAMESE.search(node.value)
    ]

    assert found == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))


def test_the_environment_is_read_at_the_root_alone() -> None:
    for path in FILES:
        if path.name != "settings.py":
            source = (ROOT / path).read_text(encoding="utf-8")
            assert "os.environ" not in source, path
            assert "getenv" not in source, path
