"""Benchmarks: torsor against NumPy, and PyTorch where installed, as ratios taken in one run.

``suites`` owns what is compared (rows of statements), ``contest`` how it is measured, ``report``
what is made of the results.  The command ``torsor bench`` is in ``torsor.cli``.
"""
