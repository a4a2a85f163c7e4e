"""Tests. Their folders mirror the rooms they test; `rules/` holds what must be true of the whole source."""
