"""Endpoints of partners, what is to be delivered to them, and what came of it."""
