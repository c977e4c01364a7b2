"""Bugs put into copies of the executor, and of what says that documents fit, one each, to see that
tests notice: `python -m tests.executor.mutants`. Exit status 1 where one survives, or fits the
source no more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FACTS, MATRIX = "tests/executor/test_compiled.py", "tests/executor/test_leaf_matrix.py"
GIVEN, RECORD = "tests/executor/test_arguments.py", "tests/upstream/test_record.py"
FOLDERS = {"record": "upstream", "fit": "operation"}
"""Where those modules are that are not the executor's."""
FITS = "tests/operation/test_fit.py"
FIRST = {
    "leaves": (MATRIX, FACTS),
    "arguments": (GIVEN, FACTS),
    "record": (RECORD, FACTS),
    "fit": (FITS,),
}
"""The tests of some modules; those of all others are the facts and the matrix."""
GENERATED = "tests/executor/test_differential.py::test_compiled_answers_are_those_of_graphql_core"
EXAMPLES = tuple(f"{GENERATED}[{group}]" for group in range(3))
PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")
"""Only these: a trial is short, and most of it would be their imports."""
SECONDS = 120


@dataclass(frozen=True)
class Mutant:
    """A bug: `old`, found once in a module of the executor or one of `FOLDERS`, becomes `new`."""

    name: str
    module: str
    old: str
    new: str

    def apply(self, root: Path) -> bool:
        """Put it into the source below `root`, if it fits."""
        if not self.fits(root):
            return False
        path = self.path(root)
        path.write_text(path.read_text().replace(self.old, self.new))
        return True

    def fits(self, root: Path) -> bool:
        """Whether there is one place for it."""
        return self.path(root).read_text().count(self.old) == 1

    def path(self, root: Path) -> Path:
        """Of the module."""
        return root / "gateway" / FOLDERS.get(self.module, "executor") / f"{self.module}.py"


MUTANTS = (
    # --- Leaves
    Mutant("Int reaches one too far up", "leaves", "{v} < 2147483648", "{v} < 2147483649"),
    Mutant("Int reaches one too far down", "leaves", "-2147483649 < {v}", "-2147483650 < {v}"),
    Mutant(
        "Int takes truth values",
        "leaves",
        '"{v}.__class__ is int and -2',
        '"isinstance({v}, int) and -2',
    ),
    Mutant("Float takes infinity", "leaves", "and {v} - {v} == 0.0", "and {v} == {v}"),
    Mutant("Float takes NaN", "leaves", "and {v} - {v} == 0.0", "and abs({v}) != 1e999"),
    Mutant("Float keeps whole numbers as they are", "leaves", "({v} + 0.0 if", "({v} if"),
    Mutant(
        "Float loses precision of large whole numbers unasked",
        "leaves",
        "-9007199254740993 < {v} < 9007199254740993",
        "True",
    ),
    Mutant(
        "Boolean takes numbers as they are",
        "leaves",
        '"{v}.__class__ is bool"',
        '"{v}.__class__ in (bool, int)"',
    ),
    Mutant(
        "String takes numbers as they are",
        "leaves",
        '_TEXT = "{v}.__class__ is str"',
        '_TEXT = "{v}.__class__ in (str, int)"',
    ),
    Mutant(
        "bytes that are kept are written undecoded", "leaves", "        value = plain(value)\n", ""
    ),
    Mutant("exceptions are written as values", "leaves", " or isinstance(value, Exception):", ":"),
    Mutant(
        "an enum's unknown value is null",
        "body",
        '.__class__ is str else None) or {write}({v})"',
        '.__class__ is str else None)"',
    ),
    Mutant(
        "an enum's null is written",
        "body",
        "self.line(f\"{result} = {f'None if {v} is None else ' if nullable else ''}{name}\")",
        'self.line(f"{result} = {name}")',
    ),
    Mutant(
        "null passes where it may not be",
        "body",
        'if nullable else ""\n        if leaf.names',
        'if True else ""\n        if leaf.names',
    ),
    # --- Objects, lists, types
    Mutant(
        "a null object is no null",
        "body",
        "            return self._complete(type_.of_type, details, v, path, nullable=False)",
        "            return self._complete(type_.of_type, details, v, path, nullable=True)",
    ),
    Mutant(
        "anything passes for an object",
        "compile",
        "            if not isinstance(value, kind):\n                raise Surprise\n",
        "",
    ),
    Mutant(
        "an unknown type is the first possible one",
        "body",
        'self.line("else: raise Surprise")',
        'self.line(f"else: {result} = {{}}")',
    ),
    Mutant(
        "the fallback type is forgotten",
        "items",
        "return self._numbers.get(self._told.newer(kind))",
        "return None",
    ),
    Mutant(
        "an odd discriminator is no fallback",
        "body",
        "if {which}.__class__ is str else {fallback}",
        "if {which}.__class__ is str else None",
    ),
    Mutant(
        "a type's name is that of the first type that is read alike",
        "body",
        'f"{names}[{which}]"',
        "repr(possible[members[0]].name)",
    ),
    Mutant(
        "types are alike though they are read otherwise",
        "body",
        "ways[name] = nodes, reading, str(definition.type)",
        'ways[name] = nodes, None, ""',
    ),
    Mutant(
        "types are alike though other fields are selected",
        "body",
        "alike.setdefault(tuple(way.items()), [])",
        "alike.setdefault(len(way), [])",
    ),
    Mutant(
        "what some types have alike is read so of all",
        "body",
        "all(w.get(name) == way for w in ways)",
        "any(w.get(name) == way for w in ways)",
    ),
    Mutant(
        "the oldest spelling counts first",
        "body",
        "*newer, last = reading.names",
        "*newer, last = reversed(reading.names)",
    ),
    Mutant(
        "a newer spelling that is null is passed over",
        "body",
        "if {name!r} in {v} else {expression}",
        "if get({v}, {name!r}) is not None else {expression}",
    ),
    # --- Selections
    Mutant(
        "the second of two merged fields is ignored",
        "compile",
        "            type_,\n            details,\n        )",
        "            type_,\n            details[:1],\n        )",
    ),
    Mutant("conditions are not told apart", "conditions", "visit(self._document, Walk())", "pass"),
    Mutant("only @skip makes variants", "conditions", 'in {"skip", "include"}', 'in {"skip"}'),
    Mutant(
        "operations of a document are not told apart",
        "compiled",
        "which = operation, scopes, *",
        "which = None, scopes, *",
    ),
    Mutant(
        "callers with different scopes have the same plan",
        "compiled",
        "which = operation, scopes, *",
        "which = operation, None, *",
    ),
    Mutant(
        "what is scoped is read by everyone",
        "compile",
        "chosen(definition.extensions.get(READING), self._scopes)",
        "chosen(definition.extensions.get(READING), None)",
    ),
    Mutant(
        "variables of conditions have to be hashable",
        "conditions",
        'tuple(value if isinstance(value, bool | None) else "" for value in values)',
        "tuple(values)",
    ),
    Mutant("a null condition is raised", "compile", "MemoryError, GraphQLError)", "MemoryError)"),
    Mutant("plans have no limit", "compiled", "if len(self._plans) >= MOST_PLANS:", "if False:"),
    Mutant(
        "@stream is compiled",
        "body",
        'directive.name.value == "stream"',
        'directive.name.value == "streamed"',
    ),
    # --- Loading
    Mutant(
        "a link's result is shared with other fields' places",
        "run",
        "same = (site.number, told_by) if",
        "same = told_by if",
    ),
    Mutant(
        "each link is loaded again",
        "run",
        "if site.reading.__class__ is Linked else number",
        "if False else number",
    ),
    Mutant(
        "results are shared though something is loaded in them",
        "compile",
        "site.shareable = body.loads == 0",
        "site.shareable = True",
    ),
    Mutant(
        "only the first place gets a shared result",
        "run",
        "for _, response, _, path in group[1:]:",
        "for _, response, _, path in group[2:]:",
    ),
    Mutant(
        "results come in another order", "run", "zip(waiting, came,", "zip(waiting, came[::-1],"
    ),
    Mutant(
        "the position in a list is that of the next item",
        "body",
        "in enumerate({v}):",
        "in enumerate({v}, 1):",
    ),
    Mutant(
        "positions are left out of paths",
        "body",
        "(*path, {', '.join(path)})",
        "(*path, {path[-1]},)",
    ),
    Mutant(
        "a link without a key is loaded",
        "body",
        'asked.append(f"if {told_by}.__class__ is str: {ask}")\n        elif',
        "asked.append(ask)\n        elif",
    ),
    Mutant(
        "what is full is completed all the same",
        "body",
        " is not None or {is_full}({v}):",
        " is not None:",
    ),
    Mutant(
        "what is at hand is completed all the same",
        "body",
        "if get({v}, {reading.name!r}) is not None or {is_full}({v}):",
        "if {is_full}({v}):",
    ),
    Mutant(
        "what is completed is not converted",
        "compile",
        'else f"of_{number}(v)"',
        'else f"get(v, {reading.name!r})"',
    ),
    # --- Errors and graphql-core's part
    Mutant("errors are lost", "run", "self._errors or None)", "None)"),
    Mutant(
        "errors have the path of their root field",
        "run",
        "site.nodes, list(path)))",
        "site.nodes, list(path[:1])))",
    ),
    Mutant(
        "errors have one place only",
        "run",
        "located_error(error, site.nodes,",
        "located_error(error, site.nodes[:1],",
    ),
    Mutant(
        "a failing link that may not be null is null", "run", "if not site.nullable:", "if False:"
    ),
    Mutant(
        "only the first place of a failed link has an error",
        "run",
        "            for site, _, _, path in group:",
        "            for site, _, _, path in group[:1]:",
    ),
    Mutant(
        "root fields are resolved again",
        "compiled",
        "around_resolvers=once if results else None",
        "around_resolvers=None",
    ),
    Mutant(
        "a failed root field is resolved again",
        "run",
        "self.results[site.name] = Failed(error)",
        "pass",
    ),
    Mutant(
        "fields below the root are taken for root fields",
        "compiled",
        "if info.path.prev is not None or info.path.key",
        "if info.path.key",
    ),
    Mutant(
        "an operation is answered over before all is there",
        "run",
        "return_exceptions=True\n            )",
        "return_exceptions=False\n            )",
    ),
    Mutant(
        "a scalar that is false is not written",
        "body",
        'in SIMPLE else None) or {write}({v})"',
        'in SIMPLE else None)"',
    ),
    Mutant(
        "several changes are compiled",
        "compile",
        "if roots and definition.operation is OperationType.MUTATION:",
        "if False:",
    ),
    Mutant(
        "the order of root fields is that of their coming",
        "compile",
        "            constants[name] = None\n",
        "",
    ),
    Mutant("arguments are left out", "run", "{} if site.arguments is None else", "{} if True else"),
    # --- Arguments
    Mutant(
        "a variable that is missing has no default",
        "arguments",
        "                value = slot.default\n",
        "",
    ),
    Mutant(
        "null passes for an argument that may not be",
        "arguments",
        "            elif value is None and slot.non_null:\n                raise _Unusual\n",
        "",
    ),
    Mutant(
        "null passes within a literal where it may not be",
        "arguments",
        "if value is Undefined or (value is None and non_null):",
        "if value is Undefined:",
    ),
    Mutant(
        "an input of one has several",
        "arguments",
        "if one_of and len(given) != 1:",
        "if False:",
    ),
    Mutant(
        "an input of one has nothing, or null",
        "arguments",
        "if one_of and (len(values) != 1 or None in values.values()):",
        "if False:",
    ),
    Mutant(
        "an input of one has null",
        "arguments",
        "(len(values) != 1 or None in values.values())",
        "len(values) != 1",
    ),
    Mutant(
        "arguments come as they are given",
        "arguments",
        "for name, definition in definitions.items():",
        "for name, definition in sorted(definitions.items(), key=lambda i: i[0] not in given):",
    ),
    Mutant(
        "arguments have the names of the schema", "arguments", "definition.out_name or name", "name"
    ),
    Mutant(
        "lists are shared",
        "arguments",
        "        return lambda variables: [read(variables) for read in items]",
        "        known: list[Any] = []\n"
        "        return lambda v: known.__setitem__(slice(None), [r(v) for r in items]) or known",
    ),
    Mutant(
        "constants that can be changed are shared",
        "arguments",
        "if value.__class__ not in CONSTANT and not isinstance(value, Enum):",
        "if value is Undefined:",
    ),
    Mutant(
        "objects are what they are made of", "arguments", "return out_type(values)", "return values"
    ),
    Mutant(
        "fields that are unknown are passed over",
        "arguments",
        "if not given.keys() <= type_.fields.keys():",
        "if False:",
    ),
    Mutant(
        "variables of fragments are taken for the operation's",
        "arguments",
        "if details.fragment_variable_values is None:",
        "if True:",
    ),
    Mutant(
        "a default that does not fit is raised",
        "arguments",
        "except (_Unusual, TypeError):",
        "except _Unusual:",
    ),
    Mutant(
        "what is required may be left out",
        "arguments",
        "if node is None and non_null and default is Undefined:",
        "if False:",
    ),
    # --- Lists that are bytes
    Mutant(
        "attributes are one off",
        "typed",
        "known.index(key) if key in keys else len(known)",
        "known.index(key) if key in keys else len(known) + 1",
    ),
    Mutant(
        "a key that is known is read anew",
        "typed",
        "known.index(key) if key in keys else len(known)",
        "len(known)",
    ),
    Mutant(
        "nothing may be null",
        "typed",
        "        return (shape,), shown if",
        "        return shape, shown if",
    ),
    Mutant(
        "all may be null",
        "typed",
        "            return self._value(type_.of_type, details, v, nullable=False)",
        "            type_ = type_.of_type",
    ),
    Mutant(
        "the objects of nulls are shown",
        "typed",
        'f"(None if {v} is None else {shown})"',
        "shown",
    ),
    Mutant(
        "there is no fallback of what has no kind",
        "typed",
        "numbers.get(told.fallback)",
        "0",
    ),
    Mutant(
        "shapes are the same in any order",
        "typed",
        "if repr(keys.setdefault(reading.names[0], shape)) != repr(shape):",
        "if keys.setdefault(reading.names[0], shape) != shape:",
    ),
    Mutant(
        "all shapes are the same",
        "typed",
        "if repr(keys.setdefault(reading.names[0], shape)) != repr(shape):",
        "if repr(keys.setdefault(reading.names[0], shape)) == '':",
    ),
    Mutant(
        "names of enums are their values",
        "typed",
        'f"({names}.get({v}) or {write}({v}))"',
        'f"({v} or {names} or {write})"',
    ),
    Mutant(
        "only the newest name is read",
        "typed",
        "or len(reading.names) > 1:",
        "or not reading.names:",
    ),
    Mutant(
        "values are shown undecoded",
        "typed",
        "        value = plain(value)\n",
        "",
    ),
    Mutant(
        "the kind is that of the first type",
        "typed",
        'f"{way} if {kind} == {at} else "',
        'f"{way} if {kind} >= {at} else "',
    ),
    Mutant("whole numbers have 33 bits", "record", "lt=2**31", "lt=2**32"),
    Mutant("whole numbers have any size", "record", "ge=-(2**31), lt=2**31", ""),
    Mutant(
        "a list that does not fit is an error",
        "record",
        "        except (ValueError, RecursionError):\n            return None\n",
        "        except RecursionError:\n            return None\n",
    ),
    Mutant(
        "what may be missing has to be there",
        "record",
        "default = (None,) if isinstance(each, tuple) else ()",
        "default = ()",
    ),
    Mutant(
        "what has to be there may be missing",
        "record",
        "default = (None,) if isinstance(each, tuple) else ()",
        "default = (None,)",
    ),
    Mutant(
        "keys are numbered from the end",
        "record",
        "for number, key in enumerate(shape)}",
        "for number, key in enumerate(reversed(shape))}",
    ),
    Mutant(
        "a value that is left as it is may not be null",
        "record",
        "if shape == (object,):",
        "if False:",
    ),
    Mutant(
        "what was decoded is read again",
        "record",
        "        if value.__class__ is not Raw:\n            return None\n",
        "",
    ),
    Mutant("nulls in pages stay bytes", "record", "if _NULL in item.values():", "if False:"),
    Mutant("a page need have no items", "record", 'if "items" not in page:', "if False:"),
    Mutant("numbers in pages have any size", "record", "ge=-(2**63), le=2**63 - 1", ""),
    Mutant(
        "what is no text is skipped in lists",
        "record",
        "                text.decode()  # refuses what is not UTF-8",
        "                pass  # refuses what is not UTF-8",
    ),
    # --- What surely fits
    Mutant(
        "operations may have one name",
        "fit",
        "len(operations) > 1 and len(names) != len(operations)",
        "len(operations) > 1 and len(names) == 0",
    ),
    Mutant(
        "definitions that are no operations are passed over",
        "fit",
        "if len(operations) + len(fragments) != len(document.definitions) or (",
        "if (",
    ),
    Mutant("fragments need not be spread", "fit", " and walk.spread == fragments.keys()", ""),
    Mutant(
        "variables need not be used",
        "fit",
        "            and self._used == self._declared.keys()\n",
        "",
    ),
    Mutant(
        "variables may be declared twice",
        "fit",
        "if name in self._declared or node.directives",
        "if node.directives",
    ),
    Mutant(
        "variables may have any type", "fit", "or not is_input_type(type_):", "or type_ is None:"
    ),
    Mutant(
        "defaults are not looked at",
        "fit",
        "return node.default_value is None or self._is_value(type_, node.default_value)",
        "return True",
    ),
    Mutant(
        "conditions are not looked at",
        "fit",
        "if node.directives and not self._conditions(node.directives):",
        "if False:",
    ),
    Mutant("conditions may come twice", "fit", "len({*names}) == len(names) and all(", "all("),
    Mutant(
        "fragments may go in circles",
        "fit",
        "fragment is None or name in self._within or",
        "fragment is None or self._depth > 40 or",
    ),
    Mutant(
        "fragments may be of any object",
        "fit",
        "            and do_types_overlap(self._schema, inner, type_)\n",
        "",
    ),
    Mutant(
        "what is repeated starts anew in fragments",
        "fit",
        "            and self._selects(inner, node.selection_set, shown)",
        "            and self._selects(inner, node.selection_set, {})",
    ),
    Mutant(
        "objects need no selection",
        "fit",
        "return below is not None and self._selects(named, below, {})",
        "return below is None or self._selects(named, below, {})",
    ),
    Mutant(
        "leaves may have a selection",
        "fit",
        "        if is_leaf_type(named):\n            return below is None\n",
        "        if is_leaf_type(named):\n            return True\n",
    ),
    Mutant(
        "arguments may come twice",
        "fit",
        "            len(given) == len(nodes)\n            and given.keys()",
        "            given.keys()",
    ),
    Mutant(
        "arguments need not be given",
        "fit",
        "name in given for name, argument in known.items() if is_required_argument(argument)",
        "True for name in known",
    ),
    Mutant(
        "variables may be of any type",
        "fit",
        "return name in self._declared and is_type_sub_type_of(\n"
        "                self._schema, self._declared[name], type_\n            )",
        "return name in self._declared",
    ),
    Mutant(
        "null is a value of any type",
        "fit",
        "            return nullable is type_\n",
        "            return True\n",
    ),
    Mutant(
        "fields of inputs may come twice",
        "fit",
        "            len(given) == len(node.fields or ())\n            and given",
        "            given",
    ),
    Mutant(
        "fields of inputs need not be given",
        "fit",
        "all(name in given for name, each in known.items() if is_required_input_field(each))",
        "True",
    ),
    Mutant("an input of one may have more", "fit", "(len(given) == 1 and all(", "(all("),
    Mutant(
        "an input of one may have null", "fit", "and all(map(self._is_some, given.values()))", ""
    ),
    Mutant("a name may stand for several fields", "fit", "before[0] == field[0] and ", ""),
    Mutant(
        "a name may stand for several types",
        "fit",
        "before[0] == field[0] and str(before[1]) == str(field[1])",
        "before[0] == field[0]",
    ),
    Mutant(
        "a name may stand for several objects",
        "fit",
        "shown[response] = field if repeats else _ONCE",
        "shown[response] = field",
    ),
    Mutant(
        "what repeats may be anything", "fit", "    return repeats and before", "    return before"
    ),
    Mutant("nothing is too deep", "fit", "self._depth > _DEEPEST or ", ""),
    Mutant("nothing is too much", "fit", "        self._left -= len(selected.selections)\n", ""),
    Mutant("no value is too much", "fit", "        self._left -= 1\n", ""),
)


def verdict(mutant: Mutant) -> str:
    """What became of it: the test that caught it, `survived`, or why there was no trial."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        # Byte code comes along: it is good for all files but the changed one.
        unwanted = shutil.ignore_patterns("browser", "graphiql")
        shutil.copytree(ROOT / "tests", root / "tests", ignore=unwanted)
        shutil.copytree(ROOT / "gateway", root / "gateway")
        shutil.copy(ROOT / "pyproject.toml", root)
        if not mutant.apply(root):
            return "does not fit the source"
        first = FIRST.get(mutant.module, (FACTS, MATRIX))
        for tests in (*((each,) for each in first), EXAMPLES):
            if (said := _failure(root, tests)) is not None:
                return said
    return "survived"


def _failure(root: Path, tests: tuple[str, ...]) -> str | None:
    """What the tests say of the copy at `root`; None where all is well with it."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *PLUGINS, *tests]
    here = {**os.environ, "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=here,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "caught: it takes for ever"
    if done.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) tests/\w+/(\S+)", done.stdout, re.MULTILINE)
    said = (done.stderr or done.stdout).strip().splitlines()
    return f"caught: {found[1]}" if found else f"no trial: {said[-1] if said else done.returncode}"


def main() -> int:
    """Exit status 1 where not all are caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="only the mutants of these")
    modules = parser.parse_args().modules
    mutants = [each for each in MUTANTS if not modules or each.module in modules]
    began, bad = time.monotonic(), 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, said in zip(mutants, pool.map(verdict, mutants), strict=True):
            bad += not said.startswith("caught")
            print(f"{mutant.module:9} {mutant.name:62} {said}", flush=True)
    seconds = time.monotonic() - began
    print(f"{len(mutants) - bad} of {len(mutants)} were caught in {seconds:.0f} seconds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
