"""A mail server on loopback that keeps what it is sent: enough SMTP for Python's own client and Airflow's hook."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mailbox:
    """What came: who it was for, and the message. `refuses` are recipients that it takes no mail for."""

    port: int = 0
    refuses: set[str] = field(default_factory=set)
    got: list[tuple[list[str], Message]] = field(default_factory=list)

    @property
    def connection(self) -> str:
        """It as one of Airflow's connections."""
        extra = {"from_email": "sync@district.example", "disable_ssl": True, "disable_tls": True, "retry_limit": 0, "timeout": 5}
        return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": self.port, "extra": extra})

    def text(self, number: int = 0) -> str:
        """The text of a message that came."""
        parts = [part for part in self.got[number][1].walk() if not part.is_multipart()]
        return "".join(bytes(part.get_payload(decode=True)).decode() for part in parts)

    def subject(self, number: int = 0) -> str:
        """Its subject."""
        return str(self.got[number][1]["Subject"])


class _Session(socketserver.StreamRequestHandler):
    """One client, command by command (RFC 5321)."""

    def handle(self) -> None:
        self._say("220 mailbox")
        to: list[str] = []
        while line := self.rfile.readline():
            word = line.strip().decode(errors="replace")
            verb = word.upper()
            if verb.startswith("RCPT TO:"):
                address = word[8:].split("<")[1].split(">")[0]
                refused = address in self._mailbox.refuses
                to += [] if refused else [address]
                self._say("550 no such mailbox" if refused else "250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self._mailbox.got.append((to, message_from_bytes(self._message())))
                to = []
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    @property
    def _mailbox(self) -> Mailbox:
        mailbox: Mailbox = self.server.mailbox  # type: ignore[attr-defined]  # put there below
        return mailbox


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running one."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        kept = Mailbox(server.server_address[1])
        server.mailbox = kept  # type: ignore[attr-defined]  # read above
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join(5)
