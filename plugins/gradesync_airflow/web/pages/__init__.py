"""One module per page; `web/app.py` registers them in one table."""
