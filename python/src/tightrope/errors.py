"""The exceptions of the library.

Each names the argument or configuration key, what was expected and what came. An exception raised
inside a callable of yours (a density, a training callback) is not wrapped: it arrives as itself.
"""

from __future__ import annotations


class TightropeError(Exception):
    """Any failure that this library reports."""


class ConfigError(TightropeError, ValueError):
    """A configuration: an unknown key or name, a wrong type or value."""


class ShapeError(TightropeError, ValueError):
    """An array of the wrong shape, count or dimension."""


class DtypeError(TightropeError, TypeError):
    """An array whose elements are not real numbers."""


class StorageError(TightropeError, OSError):
    """A file that is missing, unreadable, damaged or foreign."""


class NumericalError(TightropeError, ArithmeticError):
    """A NaN or an infinity where a finite number must be."""


class Cancelled(TightropeError):
    """A run stopped by request; what it did so far is kept."""


class MissingDependencyError(TightropeError, ImportError):
    """An optional package that is not installed; the message says how to install it."""


class BudgetError(Cancelled):
    """A callable that has been evaluated as often as its `Limits` allow."""


class CallTimeoutError(TightropeError, TimeoutError):
    """A callable that took longer than its `Limits` allow."""
