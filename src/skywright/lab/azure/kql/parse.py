"""KQL text -> a query: a table and the operators that its rows go through.

Expressions become nested tuples: ``("lit", v)``, ``("col", name)``, ``("get", of, key)``, ``("call", name, args)``,
``("not", e)``, ``("neg", e)``, ``("list", args)``, and ``(operator, left, right)``.
"""

import re
from typing import Any

import msgspec

Node = tuple[Any, ...]

TOKEN = re.compile(
    r"""\s*(?://[^\n]*\n?\s*)*(?:
    (?P<number>\d+(?:\.\d+)?(?![\w])) |
    (?P<span>\d+(?:d|h|m|s|ms)(?!\w)) |
    (?P<string>@?"(?:[^"\\]|\\.)*"|@?'(?:[^'\\]|\\.)*') |
    (?P<word>[$A-Za-z_][\w$]*(?:-(?:away|expand|keep|rename|reorder)\b)?) |
    (?P<sign>=~|!~|==|!=|<=|>=|\.\.|[-|(),\[\].=<>+*/%!~:]) |
    (?P<end>\Z)
    )""",
    re.VERBOSE,
)
LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and",),
    ("==", "!=", "=~", "!~", "<", ">", "<=", ">=", "in", "!in", "in~", "!in~", "contains", "!contains", "contains_cs", "has",
     "!has", "has_cs", "startswith", "!startswith", "endswith", "!endswith", "matches", "between"),
    ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip
WORDY = ("in", "contains", "has", "startswith", "endswith", "between")
OPERATORS = ("where", "filter", "project", "project-away", "project-keep", "project-rename", "extend", "summarize", "order", "sort",
             "limit", "take", "top", "mv-expand", "mvexpand", "distinct", "count")  # fmt: skip


class BadQuery(Exception):
    """A query that cannot be understood, and why."""


class Operator(msgspec.Struct, frozen=True):
    """One stage. ``named``: (name, expression) pairs; ``by`` those behind ``by``; ``count`` a limit; ``down`` an order's
    directions."""

    name: str
    named: tuple[tuple[str, Node], ...] = ()
    by: tuple[tuple[str, Node], ...] = ()
    count: int = 0
    down: tuple[bool, ...] = ()


class Query(msgspec.Struct, frozen=True):
    """A table's (lower-case) name, and what happens to its rows."""

    table: str
    operators: tuple[Operator, ...]


def tokens(text: str) -> list[tuple[str, str]]:
    """Words, signs, strings and numbers, in order. Raises BadQuery at what is none of them."""
    found: list[tuple[str, str]] = []
    position = 0
    while True:
        match = TOKEN.match(text, position)
        if match is None:
            raise BadQuery(f"Query is invalid. Please refer to the documentation. Unexpected text at character {position}.")
        kind = match.lastgroup or "end"
        if kind == "end":
            return [*found, ("end", "")]
        found.append((kind, match[kind]))
        position = match.end()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0

    def query(self) -> Query:
        kind, word = self._next()
        if kind != "word":
            raise BadQuery(f"Query is invalid. A table's name is missing before '{word}'.")
        if word.lower() in OPERATORS and self._peek()[1] != "|":
            self._at = 0
            return Query("resources", (self._operator(), *self._rest()))
        return Query(word.lower(), tuple(self._rest()))

    def _rest(self) -> list[Operator]:
        found = []
        while self._peek()[0] != "end":
            self._take("|")
            found.append(self._operator())
        return found

    def _operator(self) -> Operator:
        name = self._next()[1].lower()
        match name:
            case "where" | "filter":
                return Operator("where", (("", self._expression()),))
            case "project" | "extend" | "distinct" | "project-rename":
                return Operator(name, self._named())
            case "project-away" | "project-keep":
                return Operator(name, self._named())
            case "summarize":
                first = () if self._peek()[1] == "by" else self._named()
                by = self._named() if self._skip("by") else ()
                return Operator("summarize", first, by)
            case "order" | "sort":
                self._take("by")
                return self._ordered("order")
            case "limit" | "take":
                return Operator("limit", count=self._number())
            case "top":
                count = self._number()
                self._take("by")
                return msgspec.structs.replace(self._ordered("top"), count=count)
            case "mv-expand" | "mvexpand":
                return self._expanded()
            case "count":
                return Operator("count")
            case _:
                pass
        raise BadQuery(f"Query is invalid. The operator '{name}' is not supported.")

    def _expanded(self) -> Operator:
        named = self._named()
        if self._skip("to"):
            self._take("typeof")
            self._expression()
        limit = self._number() if self._skip("limit") else 0
        return Operator("mv-expand", named, count=limit)

    def _ordered(self, name: str) -> Operator:
        keys, down = [], []
        while True:
            keys.append(("", self._expression()))
            falls = True
            if self._peek()[1] in ("asc", "desc"):
                falls = self._next()[1] == "desc"
            if self._skip("nulls"):
                self._next()
            down.append(falls)
            if not self._skip(","):
                return Operator(name, tuple(keys), down=tuple(down))

    def _named(self) -> tuple[tuple[str, Node], ...]:
        found = []
        while True:
            name = ""
            if self._peek()[0] == "word" and self._peek(1)[1] == "=":
                name = self._next()[1]
                self._next()
            expression = self._expression()
            found.append((name or _name_of(expression), expression))
            if not self._skip(","):
                return tuple(found)

    def _number(self) -> int:
        kind, text = self._next()
        if kind != "number" or "." in text:
            raise BadQuery(f"Query is invalid. '{text}' is not a whole number.")
        return int(text)

    # -- expressions ---------------------------------------------------------------------------------------------------------

    def _expression(self, level: int = 0) -> Node:
        if level == len(LEVELS):
            return self._unary()
        left = self._expression(level + 1)
        while operator := self._sign(LEVELS[level]):
            if operator == "matches":
                self._take("regex")
            if operator == "between":
                left = ("between", left, *self._range())
                continue
            right = self._list() if operator.strip("!~") == "in" else self._expression(level + 1)
            left = (operator, left, right)
        return left

    def _sign(self, wanted: tuple[str, ...]) -> str:
        """The operator that comes next, if it is one of these: ``!in~`` comes in three tokens."""
        start = self._at
        text = self._next()[1].lower() if self._peek()[0] in ("sign", "word") else ""
        if text == "!" and self._peek()[1].lower() in WORDY:
            text += self._next()[1].lower()
        if text in ("in", "!in") and self._peek()[1] == "~":
            text += self._next()[1]
        if text in wanted:
            return text
        self._at = start
        return ""

    def _range(self) -> tuple[Node, Node]:
        self._take("(")
        low = self._expression(3)
        self._take("..")
        high = self._expression(3)
        self._take(")")
        return low, high

    def _list(self) -> Node:
        self._take("(")
        return ("list", self._arguments(")"))

    def _arguments(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._skip(end):
            if found:
                self._take(",")
            found.append(self._expression())
        return tuple(found)

    def _unary(self) -> Node:
        if self._skip("-"):
            return ("neg", self._unary())
        return self._reached(self._atom())

    def _reached(self, node: Node) -> Node:
        """What stands behind it: ``.key``, ``['key']``, ``[0]``."""
        while True:
            if self._skip("."):
                kind, word = self._next()
                if kind != "word":
                    raise BadQuery(f"Query is invalid. A property's name is missing before '{word}'.")
                node = ("get", node, ("lit", word))
            elif self._skip("["):
                node = ("get", node, self._expression())
                self._take("]")
            else:
                return node

    def _atom(self) -> Node:
        kind, text = self._next()
        if kind == "number":
            return ("lit", float(text) if "." in text else int(text))
        if kind == "span":
            return ("span", text)
        if kind == "string":
            return ("lit", _unquoted(text))
        if text == "(":
            inner = self._expression()
            self._take(")")
            return inner
        if kind != "word":
            raise BadQuery(f"Query is invalid. Unexpected '{text or 'end of the query'}'.")
        if text.lower() in ("true", "false"):
            return ("lit", text.lower() == "true")
        if self._skip("("):
            arguments = self._arguments(")")
            if text.lower() == "not" and len(arguments) == 1:
                return ("not", arguments[0])
            return ("call", text.lower(), arguments)
        return ("col", text)

    # -- tokens --------------------------------------------------------------------------------------------------------------

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _skip(self, text: str) -> bool:
        kind, found = self._peek()
        if kind != "string" and found.lower() == text:
            self._at += 1
            return True
        return False

    def _take(self, text: str) -> None:
        if not self._skip(text):
            raise BadQuery(f"Query is invalid. Expected '{text}' before '{self._peek()[1] or 'the end of the query'}'.")


def _unquoted(text: str) -> str:
    if text.startswith("@"):
        return text[2:-1]
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), text[1:-1])


def _name_of(node: Node) -> str:
    """The name of a column that was given none: ``properties.a.b`` becomes ``properties_a_b``, ``count()`` ``count_``."""
    match node:
        case ("col", name):
            return str(name)
        case ("get", of, ("lit", key)):
            return f"{_name_of(of)}_{key}"
        case ("call", name, arguments):
            inner = _name_of(arguments[0]) if arguments else ""
            return inner if inner and str(name).startswith("to") else f"{name}_{inner}"
        case _:
            return "Column1"


def parse(text: str) -> Query:
    """A query. Raises BadQuery."""
    return _Parser(text).query()
