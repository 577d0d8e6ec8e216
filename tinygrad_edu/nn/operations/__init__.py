"""The functions of `keras.ops` over the ops of this package, in the modules that Keras has them in.

A function converts its arguments (`values`) and calls NumPy, whose functions on Tensors are ops. So gradients,
programs and graphs of models need nothing of their own here.
"""
