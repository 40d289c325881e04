"""Webhooks out: the log, sent to partners' endpoints, each event at least once under one id."""
