"""Every error a client can see, as one tree, each with the code it carries in `extensions.code`.

GatewayError
├─ GraphQLParseFailed        GRAPHQL_PARSE_FAILED
├─ GraphQLValidationFailed   GRAPHQL_VALIDATION_FAILED
│  ├─ CharacterLimitExceeded  CHARACTER_LIMIT_EXCEEDED
│  ├─ TokenLimitExceeded      TOKEN_LIMIT_EXCEEDED
│  ├─ CommentLimitExceeded    COMMENT_LIMIT_EXCEEDED
│  ├─ DefinitionLimitExceeded DEFINITION_LIMIT_EXCEEDED
│  ├─ DepthLimitExceeded      DEPTH_LIMIT_EXCEEDED
│  ├─ FieldLimitExceeded      FIELD_LIMIT_EXCEEDED
│  ├─ AliasLimitExceeded      ALIAS_LIMIT_EXCEEDED
│  ├─ RootFieldLimitExceeded  ROOT_FIELD_LIMIT_EXCEEDED
│  ├─ DirectiveLimitExceeded  DIRECTIVE_LIMIT_EXCEEDED
│  ├─ IntrospectionLimitExceeded INTROSPECTION_LIMIT_EXCEEDED
│  ├─ IntrospectionDisabled   INTROSPECTION_DISABLED
│  ├─ PersistedQueryNotFound  PERSISTED_QUERY_NOT_FOUND
│  ├─ PersistedQueryNotSupported PERSISTED_QUERY_NOT_SUPPORTED
│  └─ TrustedDocumentRequired TRUSTED_DOCUMENT_REQUIRED
├─ BadRequest                BAD_REQUEST
│  ├─ BodyLimitExceeded       BODY_LIMIT_EXCEEDED
│  ├─ BodyTimeLimitExceeded   BODY_TIME_LIMIT_EXCEEDED
│  └─ BatchLimitExceeded      BATCH_LIMIT_EXCEEDED
├─ BadUserInput              BAD_USER_INPUT
│  └─ VariableLimitExceeded   VARIABLE_LIMIT_EXCEEDED
├─ Unauthenticated           UNAUTHENTICATED
├─ Forbidden                 FORBIDDEN
├─ AuthUnavailable           AUTH_UNAVAILABLE
├─ NotFound                  NOT_FOUND
├─ Conflict                  CONFLICT
├─ RateLimited               RATE_LIMITED
├─ CsrfPrevented             CSRF_PREVENTED
├─ CostLimitExceeded         COST_LIMIT_EXCEEDED
├─ ItemLimitExceeded         ITEM_LIMIT_EXCEEDED
├─ TooManyOperations         TOO_MANY_OPERATIONS
├─ TooManyStreams            TOO_MANY_STREAMS
├─ OperationTimeout          OPERATION_TIMEOUT
├─ InternalServerError       INTERNAL_SERVER_ERROR
└─ UpstreamError
   ├─ UpstreamTimeout        UPSTREAM_TIMEOUT
   ├─ UpstreamUnavailable    UPSTREAM_UNAVAILABLE
   ├─ UpstreamInvalid        UPSTREAM_INVALID
   ├─ UpstreamBusy           UPSTREAM_BUSY
   ├─ UpstreamUnauthenticated UPSTREAM_UNAUTHENTICATED
   └─ OutcomeUnknown         OUTCOME_UNKNOWN

The message is for the client: it never holds an upstream body, URL, host or key. Longer than other
modules, since all of them stand in one file.
"""

from __future__ import annotations

from typing import ClassVar


class GatewayError(Exception):
    """An error whose message and code may be shown to a client."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def extensions(self) -> dict[str, object]:
        """What stands in the `extensions` of the GraphQL error."""
        return {"code": self.code}


class GraphQLParseFailed(GatewayError):
    """The document is not GraphQL."""

    code = "GRAPHQL_PARSE_FAILED"


class GraphQLValidationFailed(GatewayError):
    """The document does not fit the schema, or may not be executed for another reason."""

    code = "GRAPHQL_VALIDATION_FAILED"


class CharacterLimitExceeded(GraphQLValidationFailed):
    """The document is too long a text."""

    code = "CHARACTER_LIMIT_EXCEEDED"


class TokenLimitExceeded(GraphQLValidationFailed):
    """The document has too many tokens."""

    code = "TOKEN_LIMIT_EXCEEDED"


class CommentLimitExceeded(GraphQLValidationFailed):
    """The document has too many comments."""

    code = "COMMENT_LIMIT_EXCEEDED"


class DefinitionLimitExceeded(GraphQLValidationFailed):
    """The document has too many operations and fragments."""

    code = "DEFINITION_LIMIT_EXCEEDED"


class DepthLimitExceeded(GraphQLValidationFailed):
    """An operation is nested too deeply."""

    code = "DEPTH_LIMIT_EXCEEDED"


class FieldLimitExceeded(GraphQLValidationFailed):
    """An operation selects too many fields."""

    code = "FIELD_LIMIT_EXCEEDED"


class AliasLimitExceeded(GraphQLValidationFailed):
    """An operation has too many aliases."""

    code = "ALIAS_LIMIT_EXCEEDED"


class RootFieldLimitExceeded(GraphQLValidationFailed):
    """An operation has too many fields at its root."""

    code = "ROOT_FIELD_LIMIT_EXCEEDED"


class DirectiveLimitExceeded(GraphQLValidationFailed):
    """An operation, or one place in it, has too many directives."""

    code = "DIRECTIVE_LIMIT_EXCEEDED"


class IntrospectionLimitExceeded(GraphQLValidationFailed):
    """An operation asks too much about the schema."""

    code = "INTROSPECTION_LIMIT_EXCEEDED"


class IntrospectionDisabled(GraphQLValidationFailed):
    """The document asks about the schema, which is not shown."""

    code = "INTROSPECTION_DISABLED"


class PersistedQueryNotFound(GraphQLValidationFailed):
    """No document is known by that id or hash."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class PersistedQueryNotSupported(GraphQLValidationFailed):
    """Documents are not looked up by an id or hash here."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class TrustedDocumentRequired(GraphQLValidationFailed):
    """Only documents that the operator knows are answered."""

    code = "TRUSTED_DOCUMENT_REQUIRED"


class BadRequest(GatewayError):
    """The HTTP request is not a well-formed GraphQL request."""

    code = "BAD_REQUEST"


class BodyLimitExceeded(BadRequest):
    """The body is too large."""

    code = "BODY_LIMIT_EXCEEDED"


class BodyTimeLimitExceeded(BadRequest):
    """The body took too long to arrive."""

    code = "BODY_TIME_LIMIT_EXCEEDED"


class BatchLimitExceeded(BadRequest):
    """Several operations were sent at once."""

    code = "BATCH_LIMIT_EXCEEDED"


class BadUserInput(GatewayError):
    """An argument or variable has a value that cannot be used; `field` names it if it is one."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class VariableLimitExceeded(BadUserInput):
    """The variables hold too many values."""

    code = "VARIABLE_LIMIT_EXCEEDED"


class Unauthenticated(GatewayError):
    """The caller gave no key or token, or one that does not count."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str, *, token_given: bool = False) -> None:
        super().__init__(message)
        self.token_given = token_given
        """Whether there was a key or token that might have been one."""


class Forbidden(GatewayError):
    """The caller, or the key in use, may not do this."""

    code = "FORBIDDEN"


class AuthUnavailable(GatewayError):
    """Who is calling cannot be found out at the moment; `retryAfter` is in seconds."""

    code = "AUTH_UNAVAILABLE"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    def extensions(self) -> dict[str, object]:
        """The code, and `retryAfter`."""
        return super().extensions() | {"retryAfter": self.retry_after}


class NotFound(GatewayError):
    """The object does not exist for this key."""

    code = "NOT_FOUND"


class Conflict(GatewayError):
    """The object is in a state that does not allow this."""

    code = "CONFLICT"


class RateLimited(GatewayError):
    """Retell, or the gateway itself, asks for fewer requests; `retryAfter` is in seconds, where
    it is known."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    def extensions(self) -> dict[str, object]:
        """The code, and `retryAfter` where it is known."""
        known = {} if self.retry_after is None else {"retryAfter": self.retry_after}
        return super().extensions() | known


class CsrfPrevented(GatewayError):
    """A browser may have been made to send this by a page that may not use the gateway."""

    code = "CSRF_PREVENTED"


class CostLimitExceeded(GatewayError):
    """The operation may make more requests to Retell than one operation is allowed to."""

    code = "COST_LIMIT_EXCEEDED"

    def __init__(self, cost: int, limit: int) -> None:
        super().__init__(
            f"The operation may make {cost} requests to Retell; {limit} are allowed: ask for less."
        )
        self.cost = cost
        self.limit = limit

    def extensions(self) -> dict[str, object]:
        """The code, what it may cost, and what is allowed."""
        return super().extensions() | {"cost": self.cost, "limit": self.limit}


class ItemLimitExceeded(GatewayError):
    """The operation asks for more items of lists than one operation is allowed to."""

    code = "ITEM_LIMIT_EXCEEDED"

    def __init__(self, items: int, limit: int) -> None:
        super().__init__(
            f"The operation asks for {items} items of lists; {limit} are allowed: ask for smaller "
            "pages."
        )


class TooManyOperations(GatewayError):
    """As many operations are under way as may be at once; `of_caller`: of the caller's tenant."""

    code = "TOO_MANY_OPERATIONS"

    def __init__(self, message: str, *, of_caller: bool) -> None:
        super().__init__(message)
        self.of_caller = of_caller

    def extensions(self) -> dict[str, object]:
        """The code, and when it is worth another try."""
        return super().extensions() | {"retryAfter": 1}


class TooManyStreams(GatewayError):
    """As many WebSockets and event streams of the tenant are open as may be."""

    code = "TOO_MANY_STREAMS"

    def __init__(self) -> None:
        super().__init__("Too many WebSockets and event streams of yours are open.")

    def extensions(self) -> dict[str, object]:
        """The code, and when it is worth another try."""
        return super().extensions() | {"retryAfter": 1}


class OperationTimeout(GatewayError):
    """The operation had not ended when its time was over."""

    code = "OPERATION_TIMEOUT"

    def __init__(self) -> None:
        super().__init__("The operation took too long, and was ended.")


class InternalServerError(GatewayError):
    """A fault of the gateway itself; the log has the rest under the same request id."""

    code = "INTERNAL_SERVER_ERROR"


class UpstreamError(GatewayError):
    """Retell could not be asked, or did not answer as it should."""


class UpstreamTimeout(UpstreamError):
    """Retell did not answer within the time allowed."""

    code = "UPSTREAM_TIMEOUT"


class UpstreamUnavailable(UpstreamError):
    """Retell could not be reached, or answered with a server error."""

    code = "UPSTREAM_UNAVAILABLE"


class UpstreamInvalid(UpstreamError):
    """Retell's answer is not one that the gateway can read."""

    code = "UPSTREAM_INVALID"


class UpstreamBusy(UpstreamError):
    """The gateway has no free connection to Retell left."""

    code = "UPSTREAM_BUSY"


class UpstreamUnauthenticated(UpstreamError):
    """Retell refused the key that the gateway is configured with: for its operator to mend."""

    code = "UPSTREAM_UNAUTHENTICATED"


class OutcomeUnknown(UpstreamError):
    """A change was sent and no clear answer came: it may or may not have happened."""

    code = "OUTCOME_UNKNOWN"

    def __init__(self, message: str, look_up: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.look_up = look_up
        """What shows whether it happened: `call call_1`, `phone_numbers`."""

    def extensions(self) -> dict[str, object]:
        """The code, and `lookUp` where it is known."""
        known = {"lookUp": list(self.look_up)} if self.look_up else {}
        return super().extensions() | known
