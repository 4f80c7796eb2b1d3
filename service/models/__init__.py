"""The tables. Import models from here, so that all of them are known to the metadata."""

from service.models.base import Base
from service.models.batches import BatchItem, BatchOperation
from service.models.events import Event
from service.models.instances import (
    NUMBERS_PER_INSTANCE,
    CancelledCall,
    DecisionInstance,
    ElementInstance,
    FlowTaken,
    ProcessInstance,
    SearchAttribute,
    Variable,
)
from service.models.jobs import IdempotencyKey, Incident, Job, Message, Subscription
from service.models.people import (
    Account,
    AdministrativeAct,
    ApiToken,
    FailedSignIn,
    Group,
    KeptForm,
    Membership,
    MembershipTerm,
    Party,
    Recusal,
    SignIn,
    Substitution,
)
from service.models.platform import Calendar, CalendarDay, Deadline, NumberSeries, Platform
from service.models.public import Link, Rate, Receipt, ReceiptNote
from service.models.records import Document, DocumentHolder, Record, RecordKey, RecordVersion, Urn
from service.models.releases import Content, DeploymentDraft, DeploymentFile, Release, ReleaseEntry, Resource
from service.models.tree import TreeHead, TreeLeaf, TreeTile
from service.models.user_tasks import Blind, Candidate, Comment, Draft, StartDraft, Submission, UserTask

__all__ = [
    "NUMBERS_PER_INSTANCE",
    "Account",
    "AdministrativeAct",
    "ApiToken",
    "Base",
    "BatchItem",
    "BatchOperation",
    "Blind",
    "Calendar",
    "CalendarDay",
    "CancelledCall",
    "Candidate",
    "Comment",
    "Content",
    "Deadline",
    "DecisionInstance",
    "DeploymentDraft",
    "DeploymentFile",
    "Document",
    "DocumentHolder",
    "Draft",
    "ElementInstance",
    "Event",
    "FailedSignIn",
    "FlowTaken",
    "Group",
    "IdempotencyKey",
    "Incident",
    "Job",
    "KeptForm",
    "Link",
    "Membership",
    "MembershipTerm",
    "Message",
    "NumberSeries",
    "Party",
    "Platform",
    "ProcessInstance",
    "Rate",
    "Receipt",
    "ReceiptNote",
    "Record",
    "RecordKey",
    "RecordVersion",
    "Recusal",
    "Release",
    "ReleaseEntry",
    "Resource",
    "SearchAttribute",
    "SignIn",
    "StartDraft",
    "Submission",
    "Subscription",
    "Substitution",
    "TreeHead",
    "TreeLeaf",
    "TreeTile",
    "Urn",
    "UserTask",
    "Variable",
]
