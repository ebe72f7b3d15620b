"""Which SIS a target's ledger belongs to (I-4): accepted IDs mean nothing in another SIS, nor in one that was restored to an earlier state.

The first run that writes binds the ledger to the server that it reaches. Where that changes, or many accepted items are gone at once, nothing is
written until somebody says `rebind` (it is the same SIS) or `forget` (start over, and adopt what carries the Grade Sync marker).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select, update

from include.errors import ConfigError
from include.sis.contract import SisClient
from include.sync import state
from include.sync.run import Run
from include.sync.tables import DOUBTS, LEASES, LEDGER_ASSIGNMENTS, LEDGER_SCORES, SIS_BINDINGS

_REMEDY = (
    "Nothing was sent. If this is the same SIS, select Rebind on the Connections page, or run: python -m include.sis_binding rebind "
    "--target {target}. If it is another SIS, or one without the earlier records, select Forget, or run: python -m include.sis_binding "
    "forget --target {target} --confirm {target}"
)


class WrongSisError(ConfigError):
    """The ledger was written for another SIS, or for a later state of this one: nothing may be written until somebody decides."""


@dataclass(frozen=True)
class Binding:
    """The server of a target's ledger, how that SIS identifies itself (empty: it does not), who bound it when, and why it is suspended, if it is."""

    target: str
    server: str
    identity: str
    bound_by: str
    bound_at: datetime
    trouble: str | None = None


def bindings(engine: Engine) -> dict[str, Binding]:
    """Every target's binding."""
    with engine.connect() as connection:
        return {row["target"]: Binding(**row) for row in connection.execute(select(SIS_BINDINGS)).mappings()}


def binding(engine: Engine, target: str) -> Binding | None:
    """The target's binding; None before its first run that reached the SIS."""
    return bindings(engine).get(target)


def check(run: Run, sis: SisClient) -> None:
    """Raise WrongSisError where the ledger was written for another server, or is suspended; the first run that writes binds it.

    No request, but for the first run's question who the SIS is. A ledger without a row protects nothing, and is bound again.
    """
    engine = state.engine(run.district.state)
    known = binding(engine, run.target)
    if run.writes and (known is None or (known.server != sis.server and not _has_rows(engine, run.target))):
        bind(engine, Binding(run.target, sis.server, sis.identify(), run.posted_by, run.now))
        return
    if known and known.trouble and run.writes:
        raise WrongSisError(f"{run.target}: {known.trouble} {_REMEDY.format(target=run.target)}")
    if known and known.server != sis.server:
        raise WrongSisError(
            f"{run.target}: the ledger belongs to the SIS at {known.server}, and connection {run.config.connection} now leads to {sis.server}. "
            + _REMEDY.format(target=run.target)
        )


def confirm(run: Run, sis: SisClient) -> None:
    """Raise WrongSisError where another SIS responds at the address that the ledger is bound to. One request."""
    engine, identity = state.engine(run.district.state), sis.identify()
    known = binding(engine, run.target)
    if known is None or known.bound_at == run.now:  # this run bound it, and has just read who it is
        return
    if not known.identity and identity:
        _set(engine, run.target, identity=identity)
    elif identity and identity != known.identity:
        raise WrongSisError(
            f"{run.target}: the ledger belongs to the SIS that calls itself {known.identity}, and the one at {sis.server} calls itself {identity}. "
            + _REMEDY.format(target=run.target)
        )


def suspend(run: Run, trouble: str) -> WrongSisError:
    """Let no run write for this target until somebody decides; the error to raise."""
    _set(state.engine(run.district.state), run.target, trouble=trouble)
    return WrongSisError(f"{run.target}: {trouble} {_REMEDY.format(target=run.target)}")


def bind(engine: Engine, new: Binding) -> None:
    """This binding instead of the target's present one."""
    with state.writing(engine) as connection:
        connection.execute(delete(SIS_BINDINGS).where(SIS_BINDINGS.c.target == new.target))
        connection.execute(SIS_BINDINGS.insert().values(**vars(new)))


def rebind(engine: Engine, target: str, sis: SisClient, who: str) -> Binding:
    """Say that the SIS that responds now is the one that the ledger was written for; items that are gone from now on count as deleted there."""
    new = Binding(target, sis.server, sis.identify(), who, datetime.now(UTC))
    bind(engine, new)
    return new


def forget(engine: Engine, target: str) -> dict[str, int]:
    """Delete the target's ledger and binding; how many rows, by table. The next run adopts what carries the Grade Sync marker (F-10)."""
    tables = (LEDGER_SCORES, LEDGER_ASSIGNMENTS, DOUBTS, SIS_BINDINGS)
    with state.writing(engine) as connection:
        return {table.name: connection.execute(delete(table).where(table.c.target == target)).rowcount for table in tables}


def refuse_while_running(engine: Engine, target: str) -> None:
    """Raise ConfigError while a run may write for this target: its ledger must not change under it."""
    with engine.connect() as connection:
        held = select(LEASES.c.run_id).where(LEASES.c.target == target, LEASES.c.expires_at > state.now(connection)).limit(1)
        run_id = connection.execute(held).scalar()
    if run_id:
        raise ConfigError(f"{target}: run {run_id} is using this target. Wait until it ends, then try again")


def same_sis(engine: Engine, target: str, among: Iterable[str]) -> set[str]:
    """Those of these targets that lead to the same SIS as this one, itself included (I-6)."""
    known, allowed = bindings(engine), set(among)
    mine = known.get(target)
    others = {
        name
        for name, other in known.items()
        if mine and name in allowed and (other.server == mine.server or (mine.identity and other.identity == mine.identity))
    }
    return {target, *others}


def _has_rows(engine: Engine, target: str) -> bool:
    with engine.connect() as connection:
        return connection.execute(select(LEDGER_ASSIGNMENTS.c.target).where(LEDGER_ASSIGNMENTS.c.target == target).limit(1)).first() is not None


def _set(engine: Engine, target: str, **values: str) -> None:
    with state.writing(engine) as connection:
        connection.execute(update(SIS_BINDINGS).where(SIS_BINDINGS.c.target == target).values(**values))
