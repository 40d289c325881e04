"""Bling: an ERP's copies of orders, its invoices (NF-e), contacts, deposits and stock."""
