"""Alembic's environment and our schema's history; `paydesk db migrate` runs it."""
