"""Every error that vigie raises on purpose, in one tree.

::

    VigieError
    ├── AccessError
    │   ├── FormError
    │   ├── HostError
    │   ├── KeysError
    │   ├── RateLimitedError
    │   ├── ScopeError
    │   └── UnauthenticatedError
    ├── AuditError
    ├── InputError (ValueError)
    │   ├── BaselineError
    │   ├── DossierError
    │   ├── EmptyInputError
    │   ├── EncodingError
    │   ├── ExposureError
    │   ├── MalformedInputError
    │   ├── MissingColumnError (KeyError)
    │   ├── UnknownFormatError
    │   ├── ContractError
    │   ├── DuplicateAccountError
    │   ├── MissingObservationTimeError
    │   ├── MediaTypeError
    │   ├── RequestTimeoutError
    │   ├── RequestTooLargeError
    │   ├── UnknownModelError
    │   └── HistogramError
    ├── DatasetError
    │   ├── DatasetNotFoundError (FileNotFoundError)
    │   └── DatasetCorruptError
    ├── BundleError
    │   ├── BundleNotFoundError (FileNotFoundError)
    │   ├── BundleCorruptError
    │   ├── BundleFeatureSetError
    │   ├── BundlePlaceError
    │   ├── BundleRehearsalError
    │   ├── BundleTargetError
    │   ├── BundleUnpinnedError
    │   └── BundleVersionError
    ├── ClusterError
    ├── ExtensionError
    ├── NotReadyError
    ├── OperationError
    │   ├── CaseConflictError
    │   ├── DecisionChainError
    │   ├── DecisionConflictError
    │   ├── IdempotencyError
    │   ├── NoStoreError
    │   ├── NoteConflictError
    │   ├── OperationClosedError
    │   ├── OperationNotFoundError
    │   │   └── UnknownOperationError
    │   ├── StoreError
    │   └── WebhookAddressError
    ├── OverloadedError
    ├── RegistryError
    │   └── PromotionRunningError
    ├── RemoteError
    │   ├── AnswerError
    │   └── UnreachableError
    └── TrainingError (ValueError)
        ├── ComparisonError
        ├── ConfigError
        ├── LabelError
        ├── RecordError
        ├── TrackingError
        └── TuningError

A leaf is one situation. It carries a ``slug`` (stable, for machines), a ``title`` (the same for every
occurrence) and the HTTP ``status`` the service answers with; its message says what was seen, what was
allowed and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar


class VigieError(Exception):
    """Root of the tree: catch it to catch all that vigie raises on purpose.

    Attributes:
        retry_after_s: Whole seconds after which to try again; None: that would change nothing.
    """

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "Something vigie cannot do"
    status: ClassVar[int] = 500
    retry_after_s: int | None = None

    def __str__(self) -> str:
        """Return the message as it was written (``KeyError`` would quote it)."""
        return str(self.args[0]) if self.args else self.title


class AccessError(VigieError):
    """A caller may not have what it asks for."""

    slug = "access"
    title = "Access is refused"
    status = 403


class FormError(AccessError):
    """A form of the console was not made for the browser that sends it."""

    slug = "form"
    title = "The form was not sent from its page"


class HostError(AccessError):
    """The service is addressed by a name that is not its own."""

    slug = "host"
    title = "The service does not go by that name"
    status = 421


class KeysError(AccessError):
    """The keys of the service cannot be read, or not be changed as asked."""

    slug = "keys"
    title = "The keys cannot be used"
    status = 503


class RateLimitedError(AccessError):
    """A caller has used up its allowance for now."""

    slug = "rate-limited"
    title = "The allowance is used up"
    status = 429

    def __init__(self, limit: str, retry_after_s: int) -> None:
        super().__init__(
            f"this caller may ask {limit}, and less of that is left than the request takes; try again in {retry_after_s} s "
            "(Retry-After)"
        )
        self.retry_after_s = retry_after_s


class ScopeError(AccessError):
    """A caller lacks the scope that a route needs.

    Attributes:
        scope: The scope.
    """

    slug = "scope"
    title = "The scope is missing"

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class UnauthenticatedError(AccessError):
    """Nobody knows who asks."""

    slug = "unauthenticated"
    title = "Access needs a key"
    status = 401


class AuditError(VigieError):
    """The audit log cannot be written or read."""

    slug = "audit"
    title = "The audit log cannot be used"
    status = 503


class InputError(VigieError, ValueError):
    """What was handed in cannot be used."""

    slug = "input"
    title = "The input cannot be used"
    status = 422


class BaselineError(InputError):
    """A baseline of ordinary accounts cannot be read, or too little was handed in to measure one."""

    slug = "baseline"
    title = "The baseline cannot be used"


class DossierError(InputError):
    """A sealed dossier is none, was changed, or cannot be made."""

    slug = "dossier"
    title = "The sealed dossier cannot be used"


class EmptyInputError(InputError):
    """A file, a table or a request holds nothing."""

    slug = "empty-input"
    title = "The input is empty"


class EncodingError(InputError):
    """Bytes are not text in any encoding we read."""

    slug = "encoding"
    title = "The text encoding cannot be read"


class ExposureError(InputError):
    """The service would be open to other machines without asking for a key."""

    slug = "exposure"
    title = "The service would be open to anyone"


class MalformedInputError(InputError):
    """The bytes do not parse as what they claim to be."""

    slug = "malformed"
    title = "The input does not parse"
    status = 400


class MissingColumnError(InputError, KeyError):
    """A column that the format or the contract requires is absent."""

    slug = "missing-column"
    title = "A required column is missing"


class UnknownFormatError(InputError):
    """No reader or writer goes by that name."""

    slug = "unknown-format"
    title = "The format is unknown"


class ContractError(InputError):
    """A value breaks the data contract."""

    slug = "contract"
    title = "A value breaks the data contract"


class DuplicateAccountError(InputError):
    """The same account is given twice in one request."""

    slug = "duplicate-account"
    title = "The account is given twice"


class MissingObservationTimeError(InputError):
    """An account without ``observed_at``: nothing can be computed as of an unknown time."""

    slug = "missing-observed-at"
    title = "The observation time is missing"


class MediaTypeError(InputError):
    """A body of a kind that is not read."""

    slug = "unsupported-media-type"
    title = "Unsupported Media Type"
    status = 415


class RequestTimeoutError(InputError):
    """A body that comes too slowly."""

    slug = "timeout"
    title = "The request took too long to arrive"
    status = 408


class RequestTooLargeError(InputError):
    """More bytes, accounts or posts than one request may carry."""

    slug = "too-large"
    title = "The request is too large"
    status = 413


class UnknownModelError(InputError):
    """No model in use goes by that name."""

    slug = "not-found"
    title = "Not Found"
    status = 404


class HistogramError(InputError):
    """A sketch is broken, or counts the accounts of another bundle."""

    slug = "sketch"
    title = "The sketch cannot be used"


class DatasetError(VigieError):
    """A dataset directory cannot be used."""

    slug = "dataset"
    title = "The dataset directory cannot be used"
    status = 422


class DatasetNotFoundError(DatasetError, FileNotFoundError):
    """There is no dataset directory where one was named."""

    slug = "dataset-not-found"
    title = "The dataset directory is not there"


class DatasetCorruptError(DatasetError):
    """A table does not match the digest in its manifest."""

    slug = "dataset-corrupt"
    title = "The dataset directory was changed or truncated"


class BundleError(VigieError):
    """A model bundle cannot be used."""

    slug = "bundle"
    title = "The model bundle cannot be used"
    status = 503


class BundleNotFoundError(BundleError, FileNotFoundError):
    """There is no bundle where one was named."""

    slug = "bundle-not-found"
    title = "The model bundle is not there"


class BundleCorruptError(BundleError):
    """A file of the bundle does not match its digest, or is missing."""

    slug = "bundle-corrupt"
    title = "The model bundle was changed or truncated"


class BundleFeatureSetError(BundleError):
    """The bundle was trained on another definition of the features."""

    slug = "bundle-feature-set"
    title = "The model bundle belongs to another feature set"


class BundlePlaceError(BundleError):
    """A bundle cannot be installed where it was asked to be."""

    slug = "bundle-place"
    title = "The model bundle cannot be put there"


class BundleRehearsalError(BundleError):
    """The bundle does not tell accounts apart as it did when it was trained."""

    slug = "bundle-rehearsal"
    title = "The model bundle does not tell accounts apart"


class BundleTargetError(BundleError):
    """The bundle scores another target than the one asked for."""

    slug = "bundle-target"
    title = "The model bundle scores another target"


class BundleUnpinnedError(BundleError):
    """The bundle is none of those that a file of pins allows."""

    slug = "bundle-unpinned"
    title = "The model bundle is not allowed here"


class BundleUnsignedError(BundleError):
    """The bundle is signed by none of the keys that are trusted."""

    slug = "bundle-unsigned"
    title = "The model bundle is not signed by a trusted key"


class BundleVersionError(BundleError):
    """The bundle was written by a version this one cannot read."""

    slug = "bundle-version"
    title = "The model bundle is of another version"


class ClusterError(VigieError):
    """An engine beyond this machine cannot be reached, or failed."""

    slug = "cluster"
    title = "The cluster cannot be used"
    status = 502


class ExtensionError(VigieError):
    """What another package adds cannot be loaded."""

    slug = "extension"
    title = "An installed extension cannot be used"


class NotReadyError(VigieError):
    """The service holds no model yet."""

    slug = "not-ready"
    title = "The service is not ready"
    status = 503


class OperationError(VigieError):
    """An operation cannot do what was asked."""

    slug = "operation"
    title = "The operation cannot do that"
    status = 422


class CaseConflictError(OperationError):
    """Somebody has added to the case since its author read it."""

    slug = "case-conflict"
    title = "Somebody has added to the case meanwhile"
    status = 409


class DecisionChainError(OperationError):
    """The chain of decisions, or a decision that it names, was changed."""

    slug = "decision-chain"
    title = "The chain of decisions is broken"
    status = 500


class DecisionConflictError(OperationError):
    """Somebody decided on the same subject in between."""

    slug = "decision-conflict"
    title = "The subject was decided on in between"
    status = 409


class NoteConflictError(OperationError):
    """Somebody has written into the note since its author read it."""

    slug = "note-conflict"
    title = "Somebody has written into the note meanwhile"
    status = 409


class IdempotencyError(OperationError):
    """A key that names one request was sent with another."""

    slug = "idempotency"
    title = "The Idempotency-Key was used for another request"


class NoStoreError(OperationError):
    """The service keeps no operations."""

    slug = "no-store"
    title = "The service keeps no operations"
    status = 404


class OperationClosedError(OperationError):
    """The operation takes nothing more, or what was kept of it is forgotten."""

    slug = "operation-closed"
    title = "The operation is closed"
    status = 409


class OperationNotFoundError(OperationError):
    """There is no such operation, or nothing in it by that name."""

    slug = "operation-not-found"
    title = "The operation does not hold that"
    status = 404


class UnknownOperationError(OperationNotFoundError):
    """There is no operation of that name, or none that the caller may know of: both are told in the same words."""

    def __init__(self) -> None:
        super().__init__("there is no operation of that name; GET /v1/operations lists them")


class StoreError(OperationError):
    """The store of operations does not answer."""

    slug = "store"
    title = "The store of operations cannot be used"
    status = 503
    retry_after_s = 5


class WebhookAddressError(OperationError):
    """A webhook may not go where it is told to."""

    slug = "webhook-address"
    title = "The address of the webhook cannot be used"


class OverloadedError(VigieError):
    """The service has as much work as it takes on."""

    slug = "overloaded"
    title = "The service is busy"
    status = 503

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"the service has as much work as it takes on; send the request again in {retry_after_s} s (Retry-After)"
        )
        self.retry_after_s: int = retry_after_s


class RegistryError(VigieError):
    """The model registry does not hold what was asked for, or does not answer."""

    slug = "registry"
    title = "The model registry cannot do that"
    status = 503


class PromotionRunningError(RegistryError):
    """Another promotion or rollback of a model is running, or was cut off and left its lock."""

    slug = "promotion-running"
    title = "Another promotion is running"
    status = 409


class RemoteError(VigieError):
    """A service that was asked over HTTP gave no answer that can be used."""

    slug = "remote"
    title = "The service gave no answer"
    status = 502


class AnswerError(RemoteError):
    """A service refused a request.

    Attributes:
        answered: HTTP status of the answer.
        problem: Problem details of the answer (RFC 9457); empty where it held none.
        request_id: By which its operator finds the request; None where the answer names none.
    """

    slug = "answer"
    title = "The service refused the request"

    def __init__(self, answered: int, problem: Mapping[str, Any], request_id: str | None) -> None:
        said = problem.get("detail") or "the answer is no problem of vigie; is this the address of a service?"
        super().__init__(
            f"the service answered {answered}: {said}" + (f" (request {request_id})" if request_id else "")
        )
        self.answered, self.problem, self.request_id = answered, problem, request_id


class UnreachableError(RemoteError):
    """A service cannot be reached, or broke off."""

    slug = "unreachable"
    title = "The service cannot be reached"


class TrainingError(VigieError, ValueError):
    """A model cannot be trained from what was given."""

    slug = "training"
    title = "The model cannot be trained"
    status = 422


class AdaptationRefusedError(TrainingError):
    """On labels that it did not see, an adapted model is not surely better than the model as it is."""

    slug = "adaptation-refused"
    title = "The labels do not improve the model"


class ComparisonError(TrainingError):
    """Two models were not judged on enough of the same accounts to be compared."""

    slug = "comparison"
    title = "The models cannot be compared"


class ConfigError(TrainingError):
    """A training configuration holds an unknown key or a bad value."""

    slug = "config"
    title = "The configuration cannot be used"


class LabelError(TrainingError):
    """The labels cannot carry a model: one class only, too few rows."""

    slug = "labels"
    title = "The labels cannot carry a model"


class RecordError(TrainingError):
    """The record of a training is absent or cannot be read."""

    slug = "record"
    title = "The record of the training cannot be read"


class TrackingError(TrainingError):
    """The MLflow server cannot be reached, or refuses what is sent; what was made is on disk."""

    slug = "tracking"
    title = "The training cannot be tracked"
    status = 503


class TuningError(TrainingError):
    """A search on disk is not the one asked for."""

    slug = "tuning"
    title = "The search for parameters cannot go on"


def choices(seen: str, allowed: Iterable[str]) -> str:
    """Return a sentence that lists what is allowed and names what is nearest to what was seen.

    >>> choices("creschi", ["cresci", "nyu"])
    'Allowed: cresci, nyu. Did you mean cresci?'
    """
    names = sorted(allowed)
    near = get_close_matches(seen, names, n=1)
    return f"Allowed: {', '.join(names)}." + (f" Did you mean {near[0]}?" if near else "")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one.

    >>> counted(1, "account"), counted(1200, "account")
    ('1 account', '1,200 accounts')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
