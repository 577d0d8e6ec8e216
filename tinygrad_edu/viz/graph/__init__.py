"""Computation graphs: read, drawn, filmed, explored."""
