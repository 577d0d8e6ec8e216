"""Helpers that know nothing of training, and that any room may import: they import nothing but the engine.

Names and the nearest one to a misspelt (`naming`, `absent`), objects described by the arguments of their constructor
(`objects`) and as the plain values of Keras's files (`serialization`, `deserialization`, `custom`), checks
of numbers, data from whatever users have, batches, files, random numbers, and how things show themselves.
"""
