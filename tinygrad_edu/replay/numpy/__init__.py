"""A step as a flat NumPy program: its text (`spelling`, `writer`, `updates`), its memory, and the program that runs."""
