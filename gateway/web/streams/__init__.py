"""Subscriptions over HTTP: one response that goes on, framed as the caller's client reads it."""
