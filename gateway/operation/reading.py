"""A text to a valid document within limits, or the reasons why it is none.

Knows the schema, and what may be told of it to those who do not; keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    ExecutableDefinitionsRule,
    GraphQLError,
    GraphQLSyntaxError,
    KnownFragmentNamesRule,
    LoneAnonymousOperationRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    UniqueArgumentNamesRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway.errors import (
    CharacterLimitExceeded,
    CommentLimitExceeded,
    GatewayError,
    GraphQLParseFailed,
    GraphQLValidationFailed,
    TokenLimitExceeded,
)
from gateway.operation.fit import surely_fits
from gateway.operation.limits import DocumentLimits, check_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import DocumentNode, GraphQLSchema

    from gateway.operation.limits import Size
    from gateway.operation.request import Refusal

# graphql-core's own budget lets 37 KB of conflicting arguments hold the event loop for seconds.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000

MOST_ERRORS = 20
"""Errors of one document that are looked for."""

UNFIT = "The document does not fit the schema."

RULES_OF_DOCUMENTS = (
    ExecutableDefinitionsRule,
    KnownFragmentNamesRule,
    LoneAnonymousOperationRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    UniqueArgumentNamesRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
)
"""Those that hold whatever the schema: their messages repeat the document's own names only."""


class OperationRefused(Exception):
    """An operation that will not be executed, and what is wrong with it."""

    def __init__(
        self, reason: Refusal, kind: type[GatewayError], errors: Sequence[GraphQLError]
    ) -> None:
        super().__init__(kind.code)
        self.reason: Refusal = reason
        self.kind = kind
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads documents for one schema."""

    schema: GraphQLSchema
    limits: DocumentLimits
    explains: bool = True
    """Whether errors may tell of the schema: its names, and what was probably meant."""

    def read(self, source: str) -> tuple[DocumentNode, Size]:
        """The valid document; `OperationRefused` where it is none."""
        document = self._parsed(source)
        try:
            size = check_limits(document, self.limits)
            errors = [] if surely_fits(self.schema, document) else self._validate(document)
        except GraphQLValidationFailed as error:
            raise refused(type(error), error.message) from None
        except RecursionError:
            errors = [GraphQLError("The document is nested too deeply.")]
        if errors:
            raise OperationRefused("validation", GraphQLValidationFailed, errors)
        return document, size

    def _parsed(self, source: str) -> DocumentNode:
        limits = self.limits
        if len(source) > limits.characters:
            raise refused(
                CharacterLimitExceeded,
                f"The document has more than the {limits.characters} characters allowed.",
            )
        try:
            return parse(source, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
        except GraphQLSyntaxError as error:
            # The kind of these is told by graphql-core in words only.
            for kind, what, most in (
                (TokenLimitExceeded, "tokens", limits.tokens),
                (CommentLimitExceeded, "comments", limits.comments),
            ):
                if error.message.startswith(
                    f"Syntax Error: Document contains more than {most} {what}."
                ):
                    message = f"The document has more than the {most} {what} allowed."
                    raise refused(kind, message) from None
            raise OperationRefused("parse", GraphQLParseFailed, [error]) from None

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        hide = not self.explains
        # Each error looks for what may have been meant, which takes time. Where that is not told,
        # one is enough to know: what is told then is looked for apart.
        most = 1 if hide else MOST_ERRORS
        errors = validate(self.schema, document, max_errors=most, hide_suggestions=hide)
        if not errors or self.explains:
            return errors
        own = validate(self.schema, document, RULES_OF_DOCUMENTS, MOST_ERRORS)
        if own:
            return own
        unfit = GraphQLError(UNFIT)
        unfit.locations = errors[0].locations
        return [unfit]


def refused(
    kind: type[GatewayError], message: str, reason: Refusal = "validation"
) -> OperationRefused:
    """A refusal in words of our own."""
    return OperationRefused(reason, kind, [GraphQLError(message)])
