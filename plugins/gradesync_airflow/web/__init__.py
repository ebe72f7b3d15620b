"""Grade Sync's pages inside Airflow: a FastAPI app of its own, built on the first request (reference: airflow-3.3.md, section 3)."""
