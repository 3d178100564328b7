"""Slotted dataclasses whose methods are compiled when they are first used, made without the standard module.

The standard decorator compiles six methods a class, and its module loads a tokenizer, a disassembler and a parser of
Python to do so; a command loads two hundred classes, and uses few of them. What is made here is a dataclass all the
same: to the functions of the standard module (``fields``, ``replace``, ``asdict``), to match statements, to pickle, and
to type checkers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from doorward.discovery import Late

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    import dataclasses
    from dataclasses import dataclass, field, replace
else:
    dataclasses = Late("dataclasses")

    def dataclass(**options: bool) -> Callable[[type], type]:
        """Return the late decorator for slotted classes without dataclass bases, else the standard one."""

        def decorate(cls: type) -> type:
            special = any(mark in str(kind) for kind in cls.__annotations__.values() for mark in _SPECIAL)
            if options not in _LATE or hasattr(cls, _FIELDS) or special:
                for name, value in tuple(vars(cls).items()):
                    if isinstance(value, _Item):
                        setattr(cls, name, value.as_standard())
                return dataclasses.dataclass(**options)(cls)
            return _made(cls, frozen=options.get("frozen", False), order=options.get("order", False))

        return decorate

    def field(**options: Any) -> Any:
        """Describe a field by what the standard one takes; only defaults, ``repr`` and ``compare`` are known here."""
        return _Item(**options)

    def replace(record: Any, /, **changes: Any) -> Any:
        """Return a record with some fields changed, in a third of the time of the standard one."""
        kind = type(record)
        for name in kind.__match_args__:
            if name not in changes:
                changes[name] = getattr(record, name)
        return kind(**changes)


#: The options that are served here; with others the standard decorator does.
_LATE = (
    {"slots": True},
    {"slots": True, "frozen": True},
    {"slots": True, "frozen": True, "order": True},
)
#: Types of what is no plain field.
_SPECIAL = ("ClassVar", "InitVar", "KW_ONLY")
_SIGNS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
_FIELDS, _PARAMETERS = "__dataclass_fields__", "__dataclass_params__"
_MISSING = object()


class _Item:
    """What is said of one field beside its type."""

    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        repr: bool = True,  # noqa: A002 - the standard name
        compare: bool = True,
    ) -> None:
        self.default, self.default_factory, self.repr, self.compare = default, default_factory, repr, compare

    def as_standard(self) -> Any:
        """Return the standard description of the field."""
        told = {"default": self.default, "default_factory": self.default_factory}
        known = {name: value for name, value in told.items() if value is not _MISSING}
        return dataclasses.field(**known, repr=self.repr, compare=self.compare)


_Items = Mapping[str, _Item]


class _Standard:
    """What the standard module reads from a class, made by it when something asks."""

    def __init__(self, items: _Items, *, frozen: bool) -> None:
        self._items, self._frozen = items, frozen

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, _record: object, _cls: type) -> Any:
        owner = self._owner
        body = {name: item.as_standard() for name, item in self._items.items()}
        plain = type(owner.__name__, (), {**body, "__annotations__": owner.__annotations__, "__doc__": owner.__doc__})
        made: type = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=self._frozen)(plain)
        for name in (_FIELDS, _PARAMETERS):
            setattr(owner, name, getattr(made, name))
        return getattr(owner, self._name)


def _item(value: Any) -> _Item:
    """Return what stands behind a field's name in a class body: nothing, a default, or a description."""
    if isinstance(value, _Item):
        return value
    if type(value).__module__ == "dataclasses":  # the standard description
        known = {
            name: getattr(value, name)
            for name in ("default", "default_factory")
            if getattr(value, name) is not dataclasses.MISSING
        }
        return _Item(**known, repr=value.repr, compare=value.compare)
    return _Item(default=value)


def _made(cls: type, *, frozen: bool, order: bool) -> type:
    """Return the class with slots, and with methods that compile themselves."""
    body = dict(cls.__dict__)
    own = set(body)
    items = {name: _item(body.pop(name, _MISSING)) for name in cls.__annotations__}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    body["__slots__"] = body["__match_args__"] = tuple(items)
    body |= {name: _Standard(items, frozen=frozen) for name in (_FIELDS, _PARAMETERS)}
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    for name, write in (_COMPILED | _ORDER if order else _COMPILED).items():
        if name not in own:
            setattr(made, name, _late(made, items, name, write))
    if not frozen and "__hash__" not in own:
        made.__hash__ = None  # type: ignore[assignment]  # what changes has none
    for name, method in (_SHARED | _FROZEN if frozen else _SHARED).items():
        if name not in own:
            setattr(made, name, method)
    return made


_Known = dict[str, Any]
#: Writes the text of a method, and puts the values that it needs into the dictionary.
_Writer = Callable[[type, _Items, _Known], str]


def _late(cls: type, items: _Items, name: str, write: _Writer) -> Callable[..., Any]:
    """Return a method that compiles itself, takes its own place in the class, and goes on as that."""

    def method(*arguments: Any, **named: Any) -> Any:
        known: _Known = {}
        exec(write(cls, items, known), known)  # noqa: S102 - it is made of field names, as in the standard decorator
        compiled = known[name]
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(*arguments, **named)

    return method


def _initialiser(cls: type, items: _Items, known: _Known) -> str:
    arguments, body = ["self"], []
    for name, item in items.items():
        argument = value = name
        if item.default is not _MISSING:
            known[f"_default_{name}"] = item.default
            argument = f"{name}=_default_{name}"
        elif item.default_factory is not _MISSING:
            known[f"_make_{name}"], known["_MISSING"] = item.default_factory, _MISSING
            value = f"_make_{name}() if {name} is _MISSING else {name}"
            argument = f"{name}=_MISSING"
        arguments.append(argument)
        if "__setattr__" in cls.__dict__:  # it refuses to be changed
            known[f"_set_{name}"] = cls.__dict__[name].__set__
            body.append(f" _set_{name}(self, {value})\n")
        else:
            body.append(f" self.{name} = {value}\n")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()\n")
    return f"def __init__({', '.join(arguments)}):\n{''.join(body) or ' pass'}"


def _comparison(name: str, sign: str) -> _Writer:
    def write(_cls: type, items: _Items, _known: _Known) -> str:
        told = f"{_values(items, 'self')} {sign} {_values(items, 'other')}"
        return f"def {name}(self, other):\n return {told} if other.__class__ is self.__class__ else NotImplemented"

    return write


def _hash(_cls: type, items: _Items, _known: _Known) -> str:
    return f"def __hash__(self):\n return hash({_values(items, 'self')})"


def _values(items: _Items, owner: str) -> str:
    return f"({''.join(f'{owner}.{name}, ' for name, item in items.items() if item.compare)})"


_COMPILED: dict[str, _Writer] = {"__init__": _initialiser, "__eq__": _comparison("__eq__", "=="), "__hash__": _hash}
_ORDER = {name: _comparison(name, sign) for name, sign in _SIGNS.items()}


def _representation(self: Any) -> str:
    shown = (f"{item.name}={getattr(self, item.name)!r}" for item in dataclasses.fields(self) if item.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__match_args__]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__match_args__, state, strict=True):
        object.__setattr__(self, name, value)


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
