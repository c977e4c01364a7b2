"""The CRM: what contacts have as fields and tags, what fills them, and the sync with another.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Read, Source
from gateway.schema.contact_job import ContactJob, job_policy
from gateway.schema.fields import link, read
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given, never_null, some_given
from gateway.schema.permissions import needs, scope
from gateway.schema.resource import Resource
from gateway.schema.scalars import DateTime
from gateway.schema.types import input_type, object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

READ = scope("crm:read", "See the fields and tags of contacts, and the sync with the CRM.")
WRITE = scope("crm:write", "Change the fields and tags of contacts, and run the sync with the CRM.")

# --- Where it is read, and how long an answer is fresh -----------------------------------------

CONFIG = Source(
    "crm_config",
    Endpoint("GET", "/get-crm-config"),
    lambda _answer, _now: Freshness(60, stale_while_revalidate=300, stale_if_error=3600),
)
SCHEMA = Source(
    "crm_schema",
    Endpoint("GET", "/get-crm-schema"),
    lambda _answer, _now: Freshness(3600, stale_while_revalidate=3600, stale_if_error=4 * 3600),
)
"""The fields of somebody's CRM, which are added to now and then."""
SYNC_JOB = Source("crm_sync_job", Endpoint("GET", "/get-sync-job-status"), job_policy)
UPDATE = Endpoint("POST", "/update-crm-config")
RUN_SYNC = Endpoint("POST", "/run-sync-job")

EVERY_CONTACT = (("contact", "all"), ("contact_by_phone", "all"), ("contacts", "all"))
"""Contacts show the labels of tags, and a sync writes to them."""


def _config() -> Read:
    return CONFIG.read(tags=("all",))


def _sync_job() -> Read:
    return SYNC_JOB.read(tags=("all",))


# --- Types -------------------------------------------------------------------------------------


@open_enum
class CrmFieldType(Enum):
    """What values a field takes."""

    STRING = "string"
    """Texts."""
    NUMBER = "number"
    """Numbers."""
    BOOLEAN = "boolean"
    """Truth values."""
    DATE = "date"
    """Days."""
    DATETIME = "datetime"
    """Moments."""
    ENUM = "enum"
    """One of `options`."""
    UNKNOWN = "UNKNOWN"


@open_enum
class CrmUpdateMode(Enum):
    """What becomes of a new value where the contact has one."""

    OVERWRITE = "overwrite"
    """It takes the place of what there was."""
    FILL_IF_EMPTY = "fill_if_empty"
    """It is written only where there was nothing."""
    MERGE = "merge"
    """It is joined with what there was: texts only."""
    UNKNOWN = "UNKNOWN"


@object_type()
class CrmContactTag:
    """A tag that contacts can have."""

    tag_id: strawberry.ID | None = read("id")
    """Retell's id of the tag."""
    label: str | None
    """What people read."""


@object_type()
class CrmAnalysisDataMapping:
    """A field of contacts that the analysis of conversations fills."""

    analysis_data_name: str | None
    """The name of what the analysis finds."""
    field_name: str | None
    """The contact's field, one of Retell's or a custom one."""
    update_mode: CrmUpdateMode | None
    """What becomes of a new value where the contact has one."""


@object_type()
class CrmField:
    """A custom field of contacts, or a field of the CRM that is connected."""

    name: str | None
    """Its name."""
    type: CrmFieldType | None
    """What values it takes."""
    label: str | None
    """What people read."""
    description: str | None
    """What it is for."""
    options: list[str | None] | None
    """The values that it may have, where it is an `ENUM`."""


@object_type()
class CrmConfig:
    """What contacts have beside their numbers and names, and where it comes from."""

    org_id: str | None
    """The organisation's id."""
    app_id: strawberry.ID | None
    """The app that connects the CRM which contacts are synced with; null for none."""
    app = link("App", lambda config: config.get("app_id"))
    """That app. One upstream request."""
    contact_tags: list[CrmContactTag | None] | None
    """The tags that contacts can have."""
    custom_fields: list[CrmField | None] | None
    """The fields that contacts have beside Retell's own."""
    crm_analysis_data_mappings: list[CrmAnalysisDataMapping | None] | None
    """The fields that the analysis of conversations fills."""
    contact_columns_order: list[str | None] | None
    """In which order a table of contacts is to show their fields. Retell itself does not use it."""
    contact_memory_update_prompt: str | None
    """The prompt that rewrites what is remembered of a contact; null for Retell's own."""
    default_contact_memory_update_prompt: str | None
    """Retell's own."""
    last_sync_timestamp: DateTime | None
    """When contacts were last synced."""


@object_type()
class CrmSchema:
    """The fields that contacts have in the CRM that is connected."""

    provider: str | None
    """Whose CRM it is."""
    fields: list[CrmField | None] | None
    """The fields."""


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class CrmQueries:
    """Root fields for the CRM."""

    @strawberry.field
    @needs(READ)
    async def crm_config(self, info: Info) -> CrmConfig | None:
        """Fields and tags of contacts. One upstream request, none if remembered."""
        return cast("CrmConfig | None", await info.context.loaders.load(_config(), info))

    @strawberry.field
    @needs(READ)
    async def crm_schema(
        self,
        info: Info,
        app_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The app that connects a CRM; that of `crmConfig` where left out."
            ),
        ] = UNSET,
    ) -> CrmSchema | None:
        """The fields of contacts in a CRM; null where none is connected. One upstream request,
        remembered for an hour."""
        asked = app_id or None
        if asked is not None:
            ID.check("appId", asked)
        wanted = SCHEMA.read(query={"app_id": asked}, tags=("all", *([asked] if asked else ())))
        return cast("CrmSchema | None", await info.context.loaders.load(wanted, info))

    @strawberry.field
    @needs(READ)
    async def crm_sync_job(self, info: Info) -> ContactJob | None:
        """The sync with the CRM that is under way, or the last one. One upstream request, shared by
        all who poll."""
        return cast("ContactJob | None", await info.context.loaders.load(_sync_job(), info))


# --- Changes -----------------------------------------------------------------------------------

_TAG_ID = re.compile(r"[0-9a-fA-F]{32}")


@input_type()
class CrmContactTagInput:
    """A tag that contacts can have."""

    tag_id: strawberry.ID
    """Its id: 32 hexadecimal digits, other than those of any other tag. One that stays keeps its
    own; a new one gets a new one."""
    label: str
    """What people read."""

    def wire(self) -> Json:
        """Retell's form."""
        if not _TAG_ID.fullmatch(self.tag_id):
            raise BadUserInput("`tagId` must be 32 hexadecimal digits.", "contactTags")
        return {"id": self.tag_id, "label": self.label}


@input_type()
class CrmAnalysisDataMappingInput:
    """A field of contacts that the analysis of conversations fills."""

    analysis_data_name: str
    """The name of what the analysis finds."""
    field_name: str
    """The contact's field, one of Retell's or a custom one, but not `phone_number`."""
    update_mode: CrmUpdateMode
    """What becomes of a new value where the contact has one."""


@input_type()
class CrmFieldInput:
    """A custom field of contacts."""

    name: str
    """Its name, in snake_case."""
    type: CrmFieldType
    """What values it takes."""
    label: str | None = UNSET
    """What people read."""
    description: str | None = UNSET
    """What it is for."""
    options: list[str] | None = UNSET
    """The values that it may have: needed of an `ENUM`, without meaning otherwise."""

    def wire(self) -> Json:
        """Retell's form."""
        body = never_null(given(self))
        if self.type is CrmFieldType.ENUM and not body.get("options"):
            raise BadUserInput("A field of type `ENUM` needs `options`.", "customFields")
        return body


@input_type()
class UpdateCrmConfigInput(Input):
    """What to change. What is left out stays as it is; a list that is given takes the place of the
    one there was."""

    app_id: strawberry.ID | None = UNSET
    """The app of the CRM to sync with; null ends the sync. With another one, the next sync reads
    every contact anew."""
    contact_tags: list[CrmContactTagInput] | None = UNSET
    """The tags that contacts can have; null for none. Contacts keep those that they have."""
    custom_fields: list[CrmFieldInput] | None = UNSET
    """The fields that contacts have beside Retell's own."""
    crm_analysis_data_mappings: list[CrmAnalysisDataMappingInput] | None = UNSET
    """The fields that the analysis fills. One that is gone may not be among them any more."""
    contact_columns_order: list[str] | None = UNSET
    """In which order a table of contacts is to show their fields."""
    contact_memory_update_prompt: str | None = UNSET
    """The prompt that rewrites what is remembered of a contact; null for Retell's own."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = some_given(self)
        never_null(body, "app_id", "contact_tags", "contact_memory_update_prompt")
        ids = Counter(tag["id"].lower() for tag in body.get("contact_tags") or ())
        if any(count > 1 for count in ids.values()):
            raise BadUserInput("Two tags have the same `tagId`.", "contactTags")
        return body


@input_type()
class RunCrmSyncInput(Input):
    """Nothing has to be said."""


@object_type()
class UpdateCrmConfigPayload(Payload):
    """The outcome of `updateCrmConfig`."""

    crm_config: CrmConfig | None
    """It as it is now; null where nothing was changed."""


@object_type()
class RunCrmSyncPayload(Payload):
    """The outcome of `runCrmSync`."""

    job: ContactJob | None
    """The sync, which goes on: see `crmSyncJob`. Null where none was begun."""


@object_type()
class CrmMutations:
    """Root fields that change the CRM."""

    @strawberry.mutation
    @needs(WRITE)
    async def update_crm_config(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateCrmConfigInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateCrmConfigPayload | None:
        """Change the fields and tags of contacts, or which CRM they are synced with."""

        def prepare() -> Change:
            touched = (("crm_config", "all"), ("crm_schema", "all"), *EVERY_CONTACT)
            request = UPDATE.request(body=input.wire())
            return Change(request, lambda _: touched, answers=_config())

        return cast(
            "UpdateCrmConfigPayload",
            await change(info, input, prepare, lambda now: {"crm_config": now}),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def run_crm_sync(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            RunCrmSyncInput, strawberry.argument(description="Nothing but its name.")
        ],
    ) -> RunCrmSyncPayload | None:
        """Sync contacts with the CRM now. It goes on by itself and changes contacts on both
        sides; it cannot be undone."""

        def prepare() -> Change:
            touched = (("crm_sync_job", "all"), ("crm_config", "all"), *EVERY_CONTACT)
            return Change(RUN_SYNC.request(), lambda _: touched, answers=_sync_job())

        return cast(
            "RunCrmSyncPayload",
            await change(info, input, prepare, lambda job: {"job": job}),
        )


RESOURCE = Resource(
    name="CrmConfig",
    queries=CrmQueries,
    mutations=CrmMutations,
    shows={
        CONFIG: "CrmConfig",
        SCHEMA: "CrmSchema",
        SYNC_JOB: "ContactJob",
        UPDATE: "CrmConfig",
        RUN_SYNC: "ContactJob",
    },
)
