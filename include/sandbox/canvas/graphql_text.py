"""Reading a GraphQL document: fields with aliases, arguments, variables and fragments, which is all that readers of Canvas use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'\.\.\.|[!$():=@\[\]{}]|[_A-Za-z]\w*|-?\d+(?:\.\d+)?|"(?:[^"\\]|\\.)*"|(?P<bad>[^\s,#])|#[^\n]*|[\s,]+')
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Field:
    """One field that is asked for: the key that it gets in the answer, its name, its arguments, and the fields below it."""

    key: str
    name: str
    arguments: Mapping[str, Any]
    fields: tuple[Field, ...]


def fields_of(text: str, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of the document's one query, fragments put in. Raises ValueError for a text that is not understood."""
    return _Reader(text, variables).document()


class _Reader:
    """Goes through the tokens once; fragments may stand anywhere, so spreads are resolved at the end."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.variables = variables
        self.fragments: dict[str, list[Any]] = {}

    def document(self) -> tuple[Field, ...]:
        query: list[Any] = []
        while self.at < len(self.tokens):
            word = self.take()
            if word == "fragment":
                name = self.take()
                self.expect("on")
                self.take()
                self.expect("{")
                self.fragments[name] = self.selection()
            elif word in {"query", "{"}:
                self._past_header(word)
                query = self.selection()
            else:
                raise ValueError(f"{word} is not expected; only queries are answered")
        return self._filled(query)

    def _past_header(self, word: str) -> None:
        while word != "{":
            word = self.take()

    def selection(self) -> list[Any]:
        """Fields and names of fragments up to the closing brace."""
        found: list[Any] = []
        while (word := self.take()) != "}":
            found.append(self.take() if word == "..." else self._field(word))
        return found

    def _field(self, word: str) -> tuple[str, str, dict[str, Any], list[Any]]:
        key = name = word
        if self.next() == ":":
            self.take()
            name = self.take()
        arguments: dict[str, Any] = {}
        if self.next() == "(":
            self.take()
            arguments = self._pairs(")")
        below: list[Any] = []
        if self.next() == "{":
            self.take()
            below = self.selection()
        return key, name, arguments, below

    def _pairs(self, end: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (name := self.take()) != end:
            self.expect(":")
            found[name] = self._value(self.take())
        return found

    def _value(self, word: str) -> Any:
        if word == "$":
            return self.variables.get(self.take())
        if word == "{":
            return self._pairs("}")
        if word == "[":
            found = []
            while (each := self.take()) != "]":
                found.append(self._value(each))
            return found
        if word in _WORDS:
            return _WORDS[word]
        return json.loads(word) if word[0] in '"-0123456789' else word

    def _filled(self, found: list[Any]) -> tuple[Field, ...]:
        fields: list[Field] = []
        for each in found:
            if isinstance(each, str):
                if each not in self.fragments:
                    raise ValueError(f"fragment {each} was used, but not defined")
                fields += self._filled(self.fragments[each])
            else:
                key, name, arguments, below = each
                fields.append(Field(key, name, arguments, self._filled(below)))
        return tuple(fields)

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise ValueError("the query ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def expect(self, word: str) -> None:
        found = self.take()
        if found != word:
            raise ValueError(f"{found} stands where {word} was expected")


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        word = match.group()
        if match["bad"]:
            raise ValueError(f"{word} is not expected")
        if word[0] not in "# \t\r\n,":
            yield word
