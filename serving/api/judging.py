"""A judgement that somebody asks for: over the API, or by a form of the console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.negotiation import language_of
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import judgement
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.judgement import Judged
from vigie.serving.operations.recall import recall


@dataclass(frozen=True)
class Judge:
    """What judges an operation when it is asked to.

    Attributes:
        models_in_use: The models.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """

    models_in_use: ModelsInUse
    admission: Admission
    kept: Callable[[], Catalogue]

    async def judged(self, request: Request, operation: str) -> Judged:
        """Judge an operation, with the known campaigns that it may be compared with; told in the language of the request.

        Args:
            request: What asks for it; where its client leaves, the work ends.
            operation: Id of the operation.

        Raises:
            OperationNotFoundError: There is no such operation.
            OverloadedError: There is too much work already.
        """

        def work(abandoned: Abandoned) -> Judged:
            catalogue = self.kept()
            database, now = catalogue.database(operation), catalogue.clock()
            known = recall(catalogue.store.catalogue, operation)
            models = self.models_in_use
            told = judgement.judge(database, models.engine, models.limits, now, abandoned.go_on, known)
            with database.reading() as connection:
                return judgement.judged(connection, language_of(request)) or told

        return await self.admission.run(request, None, work)
