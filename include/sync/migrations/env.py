"""Runs the revisions on the state database, in one transaction: all of an upgrade, or nothing of it."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from include.errors import ConfigError
from include.sync.state import VERSION_TABLE, engine, writing
from include.sync.tables import METADATA

_LOCK = 4_702_111_305  # any number that nobody else uses as an advisory lock of this database


def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url or context.is_offline_mode():
        raise ConfigError("the state database is migrated through a connection; writing SQL scripts instead is not supported")
    with writing(engine(url)) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()


_run()
