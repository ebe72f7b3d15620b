"""The seam between Airflow and the product: connection types, hooks and the state database's migrations."""
