"""Helpers that know nothing of training: names and their nearest, checks of numbers, files, arrays of users' data."""
