"""Reads the real Olist orders into retail data; docs/olist.md says what is simulated."""

from gateway.demo.olist.loading import OlistLoad, read_olist
from gateway.demo.olist.records import LISTED

__all__ = ["LISTED", "OlistLoad", "read_olist"]
