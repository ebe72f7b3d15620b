"""`airflow db migrate` brings our state database up to date as well, so that nobody has to think of it.

The database is ours and stands elsewhere than Airflow's: nothing here touches the session that Airflow hands in, and `airflow db reset` leaves
our tables alone, for the ledger is what keeps a second sync from sending everything again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.utils.db_manager import BaseDBManager
from sqlalchemy.orm import Session

from include.errors import ConfigError, GradeSyncError
from include.sync import state
from include.sync.tables import METADATA
from plugins.gradesync_airflow.hooks import district_with_state

if TYPE_CHECKING:
    from alembic.config import Config


class GradeSyncDBManager(BaseDBManager):
    """Airflow's view of the state database."""

    metadata = METADATA
    migration_dir = str(state.MIGRATIONS)
    alembic_file = str(state.MIGRATIONS / "alembic.ini")
    version_table_name = state.VERSION_TABLE
    supports_table_dropping = False

    def __init__(self, session: Session) -> None:  # noqa: ARG002  # Airflow's own session, of another database
        self.url = district_with_state().state
        super().__init__(Session(state.engine(self.url)))  # type: ignore[no-untyped-call]  # Airflow's is untyped

    def get_alembic_config(self) -> Config:
        """Alembic's configuration for our database."""
        return state.alembic_config(self.url)

    def initdb(self, use_migration_files: bool = False) -> None:  # noqa: ARG002  # migration files are all that we use
        """A new and an old database take the same path: every revision, one after the other."""
        state.upgrade(self.url)

    def upgradedb(  # Airflow's signature
        self,
        to_revision: str | None = None,
        from_revision: str | None = None,
        show_sql_only: bool = False,
        use_migration_files: bool = False,  # noqa: ARG002  # they are all that we use
    ) -> None:
        """Up to this revision, or to the newest."""
        _only_for_real(from_revision, show_sql_only)
        state.upgrade(self.url, to_revision or "heads")

    def check_migration(self) -> bool:
        """Whether the schema is this version's."""
        try:
            state.check(self.url)
        except GradeSyncError as error:
            self.log.warning("%s", error)
            return False
        return True

    def downgrade(self, to_revision: str, from_revision: str | None = None, show_sql_only: bool = False) -> None:
        """Back to an older revision."""
        _only_for_real(from_revision, show_sql_only)
        state.downgrade(self.url, to_revision)


def _only_for_real(from_revision: str | None, show_sql_only: bool) -> None:
    if from_revision or show_sql_only:
        raise ConfigError("the state database's migrations cannot be shown as SQL; run them without --show-sql-only and --from-revision")
