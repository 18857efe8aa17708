"""Readings of sensors and their statistics."""
