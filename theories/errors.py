"""Errors that readings of terms raise."""

from __future__ import annotations


class Unsupported(Exception):
    """A reading has no meaning for an operation or sort.

    The claim is then ``unsupported`` in that reading: neither proved nor refuted.  The message names the operation.
    """
