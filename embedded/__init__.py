"""The embedded installation: Airflow, the sandbox and one sync on one host, without any server to install (design: Where it runs, 1)."""
