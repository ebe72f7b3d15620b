"""docker-compose.yaml as a program reads it: variables filled in, and for each service its environment and its command.

What containers give by themselves (a name per host, files below /opt/gradesync, a port space each) is laid onto this one machine: names become
127.0.0.1 with a port of its own, and folders those that a test gives.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from include.district import ROOT

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<mark>:[?-])(?P<rest>[^}]*))?\})")
_INSIDE = "/opt/gradesync"


@dataclass(frozen=True)
class Compose:
    """The file with the values of one `.env`, on one machine. `places` are folders inside containers and here, `ports` host:port there and here."""

    values: Mapping[str, str]
    places: Mapping[str, Path]
    ports: Mapping[str, int]
    file: Path = ROOT / "docker-compose.yaml"
    read: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """The whole file, read once."""
        if not self.read:
            self.read.update(yaml.safe_load(self.file.read_text(encoding="utf-8")))
        return self.read

    def service(self, name: str) -> dict[str, Any]:
        """One service as the file has it."""
        found: dict[str, Any] = self.document["services"][name]
        return found

    def environment(self, name: str) -> dict[str, str]:
        """The service's whole environment: the image's, then the file's; a variable without a value is passed on from `.env`, if it is there."""
        image = dockerfile_environment() if "build" in self.service(name) else {}
        told: dict[str, str | None] = self.service(name).get("environment") or {}
        passed = {key: self.values.get(key) if value is None else filled_in(str(value), self.values) for key, value in told.items()}
        return {key: self.here(value) for key, value in {**image, **passed}.items() if value is not None}

    def command(self, name: str) -> list[str]:
        """The words that the service runs."""
        service = self.service(name)
        entry = service.get("entrypoint") or (dockerfile_entrypoint() if "build" in service else [])
        return self._words([*entry, *service["command"]] if "command" in service else entry)

    def health(self, name: str) -> list[str]:
        """The words of the service's health check."""
        kind, *words = self.service(name)["healthcheck"]["test"]
        return self._words(["bash", "-c", *words] if kind == "CMD-SHELL" else words)

    def here(self, text: str) -> str:
        """A text of the file as it holds on this machine."""
        for there, port in self.ports.items():
            text = text.replace(there, f"127.0.0.1:{port}")
        for there, place in self.places.items():
            text = text.replace(there, str(place))
        return text.replace(_INSIDE, str(ROOT))

    def _words(self, words: list[str]) -> list[str]:
        return [self.here(filled_in(word, self.values)) for word in words]


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?sentence}` as docker compose fills them in; KeyError where the sentence would be said."""

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = values.get(found["name"], "")
        if not given and found["mark"] == ":?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return given or (found["rest"] if found["mark"] == ":-" else "")

    return _VARIABLE.sub(value, text)


def dockerfile_entrypoint() -> list[str]:
    """What the image runs, with the words of a service after it."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [words] = re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)
    found: list[str] = json.loads(words)
    return found


def dockerfile_environment() -> dict[str, str]:
    """What the image sets for all its processes."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    words = [word for line in text.splitlines() if line.startswith("ENV ") for word in shlex.split(line.removeprefix("ENV "))]
    return {name: value for name, _, value in (word.partition("=") for word in words)}
