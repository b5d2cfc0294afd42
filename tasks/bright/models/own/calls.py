"""How the methods of a person's own object are called: with the keywords that they take."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from benchsuite.errors import WrongCall, near

Method = Callable[..., Any]
Extra = Mapping[str, Any]
"""More keyword arguments of a call."""


def method_of(owner: Any, *names: str) -> Method:
    """The first method of these names that an object has, else the object itself."""
    found: Method = next((getattr(owner, name) for name in names if hasattr(owner, name)), owner)
    return found


def called(owner: Any) -> str:
    """The name of a function, or of an object's class."""
    return str(getattr(owner, "__name__", type(owner).__name__))


def parameters(method: Method) -> Mapping[str, Parameter]:
    """The parameters of a method by name; none where it does not tell them."""
    try:
        return signature(method).parameters
    except (TypeError, ValueError):  # it is written in C
        return {}


def taken(method: Method, **offered: Any) -> dict[str, Any]:
    """Those of the offered keyword arguments that the method names."""
    known = parameters(method)
    return {name: value for name, value in offered.items() if name in known}


def takes_any(method: Method) -> bool:
    """Whether a method takes keyword arguments of every name, or does not tell."""
    known = parameters(method)
    return not known or any(one.kind is one.VAR_KEYWORD for one in known.values())


def takes_two(method: Method) -> bool:
    """Whether a method can be called with two arguments and nothing else, or does not tell."""
    try:
        signature(method).bind(None, None)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def check_extra(option: str, method: Method, extra: Extra) -> None:
    """Raises WrongCall where `model.<option>` is no dict, or has what the method does not take."""
    if not isinstance(extra, Mapping):
        raise WrongCall(f"model.{option}: expected arguments by name, found {extra!r}")
    known = parameters(method)
    for name in extra:
        if name not in known and not takes_any(method):
            what = getattr(method, "__qualname__", type(method).__name__)
            raise WrongCall(f"model.{option}: {what} takes no '{name}'{near(name, known)}")
