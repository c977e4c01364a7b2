"""How much of Retell's API the schema reaches: a walk over an official SDK that is installed.

The SDK is asked what there is, the resources what they show of it. It is never imported otherwise.
Longer than other modules: it is one walk, whose parts call each other.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import textwrap
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from pydantic import BaseModel
from strawberry.utils.str_converters import to_camel_case

from gateway.loaders import Source
from gateway.schema.readings import READING, Key, chosen
from gateway.schema.types import DISCRIMINATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from graphql import GraphQLField, GraphQLNamedType

    from gateway.schema.resource import Resource

_PARAMS = re.compile(r"(\w+_params)\.(\w+)")

ENVELOPE = frozenset({"has_more", "pagination_key", "total"})
"""Of pages, besides their items: connections say it in GraphQL's way."""


@dataclass(frozen=True)
class Method:
    """A method of the SDK: an endpoint, and what it takes and gives."""

    endpoint: str
    """`GET /get-agent/{agent_id}`."""
    answer: Any
    """The annotation of what it returns."""
    function: Callable[..., Any] = field(repr=False)

    @property
    def models(self) -> list[type[BaseModel]]:
        """What is answered, or each item of a page."""
        return [item for model in parts_of(self.answer) for item in _items(model)]


@dataclass
class Coverage:
    """What of the API is reached."""

    endpoints: dict[str, str] = field(default_factory=dict)
    """Each endpoint of the SDK: `reached` or `missing`."""
    types: dict[str, Sequence[str]] = field(default_factory=dict)
    """Of those that are reached: the types that show what they answer."""
    shown: set[tuple[str, str]] = field(default_factory=set)
    """Fields, each as the type that shows it and its name."""
    hidden: dict[str, str] = field(default_factory=dict)
    """Fields that are left out, as `Model.field`, and why."""
    lost: set[str] = field(default_factory=set)
    """Fields, values, kinds of members and operators that are missing for no stated reason."""
    filters: int = 0
    """Criteria and operators of lists that are accepted."""

    @property
    def missing(self) -> list[str]:
        """All that is missing for no stated reason."""
        endpoints = (name for name, state in self.endpoints.items() if state == "missing")
        return sorted([*endpoints, *self.lost])


def methods(package: ModuleType) -> Iterator[Method]:
    """Every method of the SDK that sends a request."""
    resources = import_module(f"{package.__name__}.resources")
    for module_info in pkgutil.iter_modules(resources.__path__):
        module = import_module(f"{resources.__name__}.{module_info.name}")
        for name, class_ in inspect.getmembers(module, inspect.isclass):
            if class_.__module__ == module.__name__ and not name.startswith("Async"):
                for function in vars(class_).values():
                    endpoint = _endpoint_of(function) if inspect.isfunction(function) else None
                    if endpoint is not None:
                        hints = get_type_hints(function)
                        yield Method(endpoint, hints["return"], function)


def _endpoint_of(function: Any) -> str | None:
    """Method and path of the request that a function of the SDK sends."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            verb = node.func.attr.removeprefix("_").partition("_")[0]
            if node.func.attr.startswith("_") and verb in {"get", "post", "put", "patch", "delete"}:
                constants = (e for e in ast.walk(node.args[0]) if isinstance(e, ast.Constant))
                return f"{verb.upper()} {next(constants).value!s}"
    return None


def covered(resources: Iterable[Resource], schema: GraphQLSchema, package: ModuleType) -> Coverage:
    """What these resources reach of the API that `package`, an SDK of Retell's, declares."""
    shows: dict[str, Sequence[str]] = {}
    filters: dict[str, str] = {}
    excluded: dict[str, str] = {}
    for resource in resources:
        shows |= {_name(each): names.split() for each, names in resource.shows.items()}
        filters |= {_name(source): input_ for source, input_ in resource.filters.items()}
        excluded |= resource.excluded
    found = Coverage()
    walk = Walk(schema)
    for method in methods(package):
        if method.endpoint not in shows:
            found.endpoints[method.endpoint] = "missing"
            continue
        types = shows[method.endpoint]
        found.endpoints[method.endpoint] = "reached"
        found.types[method.endpoint] = types
        for model in method.models:
            walk.model(model, _best(model, [schema.type_map[name] for name in types]))
        if method.endpoint in filters:
            walk.criteria(method.function, schema.type_map[filters[method.endpoint]])
    found.shown, found.filters = walk.shown, walk.filters
    for lost in walk.lost:
        reason = next(
            (why for pattern, why in excluded.items() if fnmatchcase(lost, pattern)), None
        )
        if reason is None:
            found.lost.add(lost)
        else:
            found.hidden[lost] = reason
    return found


def _name(each: Any) -> str:
    endpoint = each.endpoint if isinstance(each, Source) else each
    return f"{endpoint.method} {endpoint.path}"


def _best(model: type[BaseModel], types: Sequence[GraphQLNamedType]) -> GraphQLNamedType:
    """Of several types the one that shows most of a model."""
    wanted = {to_camel_case(name) for name in model.model_fields}
    return max(types, key=lambda type_: len(wanted & set(getattr(type_, "fields", ()))))


def parts_of(annotation: object) -> Iterator[Any]:
    """The models and the literal values in an annotation, wherever they stand."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for argument in get_args(annotation):
            yield from parts_of(argument)


def _items(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models of a page's items, if it is a page: nothing else stands beside its one list."""
    others = [name for name in model.model_fields if name not in ENVELOPE]
    if (
        len(others) == 1
        and get_origin(annotation := model.model_fields[others[0]].annotation) is list
    ):
        return [*parts_of(annotation)]
    return [model]


class Walk:
    """Compares models of the SDK with types of the schema, all the way down."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._seen: set[tuple[type[BaseModel], str]] = set()
        self.shown: set[tuple[str, str]] = set()
        self.lost: set[str] = set()
        self.filters = 0

    def model(self, model: type[BaseModel], type_: GraphQLNamedType) -> None:
        """Every field of a model, where the schema has `type_`."""
        if (model, type_.name) in self._seen:
            return
        self._seen.add((model, type_.name))
        for member in self._shown_as(model, type_):
            for name, declared in model.model_fields.items():
                wire = declared.alias or name
                shown = _field_of(member, wire)
                if shown is None:
                    self.lost.add(f"{model.__name__}.{wire}")
                    continue
                self.shown.add((member.name, wire))
                self._value(f"{model.__name__}.{wire}", declared.annotation, shown.type)

    def _value(self, where: str, annotation: object, type_: Any) -> None:
        shown = get_named_type(type_)
        if shown.name == "JSON":  # which has all there is
            return
        known = (
            {each.value for each in shown.values.values()}
            if isinstance(shown, GraphQLEnumType)
            else None
        )
        for part in parts_of(annotation):
            if isinstance(part, type):
                if is_composite_type(shown):
                    self.model(part, shown)
                else:
                    self.lost.add(where)
            elif known is not None and part not in known:
                self.lost.add(f"{shown.name}={part}")

    def _shown_as(self, model: type[BaseModel], type_: GraphQLNamedType) -> list[GraphQLObjectType]:
        """The object types that objects of this model are of."""
        if isinstance(type_, GraphQLObjectType):
            return [type_]
        told = DISCRIMINATORS[type_.name]
        key = next(
            (
                each
                for each, declared in model.model_fields.items()
                if told.key in (each, declared.alias)
            ),
            None,
        )
        names = set()
        for value in parts_of(model.model_fields[key].annotation) if key else ():
            if value in told.members:
                names.add(told.members[value])
            else:
                self.lost.add(f"{type_.name}={value}")
        members = [self._schema.type_map[name] for name in sorted(names)]
        return [each for each in members if isinstance(each, GraphQLObjectType)]

    def criteria(self, function: Callable[..., Any], input_: GraphQLNamedType) -> None:
        """Every criterion, and each of its operators, that a list of the SDK's takes."""
        assert isinstance(input_, GraphQLInputObjectType)  # noqa: S101 - a resource says so
        for name, annotation in get_type_hints(_criteria_of(function)).items():
            shown = input_.fields.get(to_camel_case(name))
            if shown is None:
                self.lost.add(f"{input_.name}.{name}")
                continue
            self.filters += 1
            accepted = _operators(shown.type)
            for operator in _operators_of(annotation):
                if operator in accepted:
                    self.filters += 1
                else:
                    self.lost.add(f"{input_.name}.{name}: {operator}")


def _field_of(type_: Any, wire: str) -> GraphQLField | None:
    """The field that shows what Retell calls so: by the same name, or because it reads it."""
    fields: dict[str, GraphQLField] = type_.fields
    if (named := fields.get(to_camel_case(wire))) is not None:
        return named
    for each in fields.values():
        reading = chosen(each.extensions.get(READING), None)
        if isinstance(reading, Key) and wire in reading.names:
            return each
    return None


def _criteria_of(function: Callable[..., Any]) -> Any:
    """The criteria that a method of the SDK takes: it names its parameters where it sends them."""
    named = _PARAMS.findall(inspect.getsource(function))
    params = (getattr(getattr(inspect.getmodule(function), of), name) for of, name in named)
    return next(
        hints["filter_criteria"]
        for each in params
        if "filter_criteria" in (hints := get_type_hints(each))
    )


def _operators_of(annotation: Any) -> set[str]:
    """The operators in a criterion, wherever they stand in it."""
    found: set[str] = set()
    for each in _dicts_in(annotation):
        for name, inner in get_type_hints(each).items():
            if name == "op":
                found |= set(get_args(inner))
            else:
                found |= _operators_of(inner)
    return found


def _dicts_in(annotation: Any) -> Iterator[Any]:
    if hasattr(annotation, "__total__"):
        yield annotation
    for argument in get_args(annotation):
        yield from _dicts_in(argument)


def _operators(type_: Any) -> set[str]:
    """The operators that an input stands for, by Retell's names."""
    shown = get_named_type(type_)
    if not isinstance(shown, GraphQLInputObjectType):
        return {"in"} if is_list_type(get_nullable_type(type_)) else {"eq"}
    found: set[str] = set()
    for name, each in shown.fields.items():
        if name == "present":
            found |= {"pr", "np"}
        elif isinstance(get_named_type(each.type), GraphQLInputObjectType) and name != "bt":
            found |= _operators(each.type)
        else:
            found |= {name, *_operators(each.type)}
    return found


def told(coverage: Coverage) -> str:
    """What is reached, in Markdown."""
    endpoints = sorted(coverage.endpoints.items(), key=lambda item: item[0].split(" ")[::-1])
    reached = sum(state == "reached" for _, state in endpoints)
    lines = [
        f"- Endpoints: {reached} of {len(endpoints)} are reached.",
        f"- Fields of answers: {len(coverage.shown)} are shown, "
        f"{len(coverage.hidden)} left out for a reason.",
        f"- Filters of lists: {coverage.filters} criteria and operators are accepted.",
        "",
        "| endpoint | shown as |",
        "|---|---|",
    ]
    for name, state in endpoints:
        types = ", ".join(f"`{type_}`" for type_ in coverage.types.get(name, ()))
        lines.append(f"| `{name}` | {types or ('done' if state == 'reached' else f'*{state}*')} |")
    by_reason: dict[str, list[str]] = {}
    for name, reason in sorted(coverage.hidden.items()):
        by_reason.setdefault(reason, []).append(f"`{name}`")
    if by_reason:
        lines += ["", "Left out:", ""]
        lines += [f"- {', '.join(names)}: {reason}." for reason, names in by_reason.items()]
    return "\n".join(lines) + "\n"
