"""Slotted dataclasses whose methods are compiled when they are first used.

The standard decorator compiles six methods a class (0.6 ms on CPython 3.11), a command loads two hundred classes, and
uses few of them. All else is the standard one: fields, ``replace``, match arguments, and what type checkers see.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(**options: bool) -> Callable[[type], type]:
        """Return the late decorator for slotted classes without dataclass bases, else the standard one."""

        def decorate(cls: type) -> type:
            if options not in _LATE or dataclasses.is_dataclass(cls):
                return dataclasses.dataclass(**options)(cls)
            own = set(cls.__dict__)
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
            frozen = made.__dataclass_params__.frozen = options.get("frozen", False)
            for name, write in _COMPILED.items():
                if name not in own:
                    setattr(made, name, _late(made, name, write))
            if not frozen and "__hash__" not in own:
                made.__hash__ = None
            for name, method in (_SHARED | _FROZEN if frozen else _SHARED).items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate


#: The options that are served here; with others the standard decorator does.
_LATE = ({"slots": True}, {"slots": True, "frozen": True})
_Known = dict[str, Any]
#: Writes the text of a method, and puts the values that it needs into the dictionary.
_Writer = Callable[[type, _Known], str]


def _late(cls: type, name: str, write: _Writer) -> Callable[..., Any]:
    """Return a method that compiles itself, takes its own place in the class, and goes on as that."""

    def method(*arguments: Any, **named: Any) -> Any:
        known: _Known = {}
        exec(write(cls, known), known)  # noqa: S102 - it is made of field names, as in the standard decorator
        compiled = known[name]
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(*arguments, **named)

    return method


def _initialiser(cls: type, known: _Known) -> str:
    arguments, body = ["self"], []
    for item in dataclasses.fields(cls):
        name = value = item.name
        known[f"_set_{name}"] = cls.__dict__[name].__set__
        if item.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = item.default
            name = f"{name}=_default_{name}"
        elif item.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"], known["_MISSING"] = item.default_factory, dataclasses.MISSING
            value = f"_make_{name}() if {name} is _MISSING else {name}"
            name = f"{name}=_MISSING"
        arguments.append(name)
        body.append(f" _set_{item.name}(self, {value})\n")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()\n")
    return f"def __init__({', '.join(arguments)}):\n{''.join(body) or ' pass'}"


def _equality(cls: type, _known: _Known) -> str:
    same = f"{_values(cls, 'self')} == {_values(cls, 'other')}"
    return f"def __eq__(self, other):\n return {same} if other.__class__ is self.__class__ else NotImplemented"


def _hash(cls: type, _known: _Known) -> str:
    return f"def __hash__(self):\n return hash({_values(cls, 'self')})"


def _values(cls: type, owner: str) -> str:
    return f"({''.join(f'{owner}.{item.name}, ' for item in dataclasses.fields(cls) if item.compare)})"


_COMPILED: dict[str, _Writer] = {"__init__": _initialiser, "__eq__": _equality, "__hash__": _hash}


def _representation(self: Any) -> str:
    shown = (f"{item.name}={getattr(self, item.name)!r}" for item in dataclasses.fields(self) if item.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _state(self: Any) -> list[Any]:
    return [getattr(self, item.name) for item in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for item, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, item.name, value)


def _refuse_to_set(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED: dict[str, Callable[..., Any]] = {"__repr__": _representation}
_FROZEN: dict[str, Callable[..., Any]] = {
    "__getstate__": _state,
    "__setstate__": _restore,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
