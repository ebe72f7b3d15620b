"""Grade sync from Canvas into student information systems: everything but the scheduling.

Nothing in here imports Airflow (a test says so): the DAGs call it, and so can a shell.
"""
