"""Subscriptions, invoices and what becomes of them as time goes by."""
