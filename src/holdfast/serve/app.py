"""The application: which address answers what. Scoring is ``pipeline.online``; who may ask, the guard."""

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

import holdfast
from holdfast.columns.plain import plain
from holdfast.language import speaking
from holdfast.pipeline.online import Answer, RowsError
from holdfast.serve.desk import Desk, Loaded
from holdfast.serve.forms import BadBodyError
from holdfast.serve.guard import Guard, Limits, answer, refused
from holdfast.serve.openapi import document

Work = Callable[[Loaded, bytes], Answer]


def create_app(desk: Desk, limits: Limits | None = None) -> ASGIApp:
    """Return the scoring service as an ASGI application.

    Parameters
    ----------
    desk
        Who scores.
    limits
        Who may ask, and how much: this machine alone if not given.
    """
    app = FastAPI(title="Holdfast", docs_url=None, redoc_url=None, openapi_url=None)
    answers = _Answers(desk)
    app.add_api_route("/health", answers.health, methods=["GET"], response_model=None)
    app.add_api_route("/ready", answers.ready, methods=["GET"], response_model=None)
    app.add_api_route("/version", answers.version, methods=["GET"], response_model=None)
    app.add_api_route("/openapi.json", answers.openapi, methods=["GET"], response_model=None)
    app.add_api_route("/score", answers.score, methods=["POST"], response_model=None)
    app.add_api_route("/score/features", answers.score_features, methods=["POST"], response_model=None)
    app.add_exception_handler(HTTPException, _not_found)
    return Guard(app, limits or Limits(), desk.say)


class _Answers:
    """The answers; a model that is loaded when a request begins answers it, whoever is champion at its end."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._most = desk.config.serve.waiting
        self._limiter: anyio.CapacityLimiter | None = None

    async def health(self) -> Response:
        """Say that the process answers."""
        return answer(200, {"status": "ok"})

    async def ready(self) -> Response:
        """Say whether there is a model and room to score with it."""
        full = self._limiter is not None and self._limiter.statistics().tasks_waiting >= max(1, self._most)
        return refused(503, "Too many requests are waiting.") if full else answer(200, {"status": "ready"})

    async def version(self) -> Response:
        """Say what answers: the package, the scenario and the model."""
        bundle, config = self.desk.now.bundle, self.desk.config
        day = bundle.scorer.trained_as_of
        return answer(
            200,
            {
                "holdfast": holdfast.__version__,
                "scenario": config.name,
                "setting": config.setting,
                "model_version": bundle.model_version,
                "trained_as_of": None if day is None else day.isoformat(),
            },
        )

    async def openapi(self) -> Response:
        """Describe the service as it is now: the fields are those of the scenario and its champion."""
        return answer(200, document(self.desk))

    async def score(self, request: Request) -> Response:
        """Score customers by their rows as the scenario's table has them."""
        if self.desk.online.refusal:
            return refused(409, self.desk.online.refusal)
        return await self._answered(request, self._by_rows)

    async def score_features(self, request: Request) -> Response:
        """Score rows of features."""
        return await self._answered(request, self._by_features)

    def _by_rows(self, now: Loaded, body: bytes) -> Answer:
        asked = now.rows.read(body)
        return self.desk.online.score(now.bundle, asked.rows, asked.as_of, reasons=asked.reasons)

    def _by_features(self, now: Loaded, body: bytes) -> Answer:
        asked = now.features.read(body)
        return self.desk.online.score_features(now.bundle, asked.rows, reasons=asked.reasons)

    async def _answered(self, request: Request, work: Work) -> Response:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self.desk.config.serve.at_once)
        if self._limiter.statistics().tasks_waiting > self._most:
            return refused(503, "Too many requests are waiting: try again.", {"retry-after": "1"})
        done = partial(self._done, self.desk.now, work, request.state.body)
        return await anyio.to_thread.run_sync(done, limiter=self._limiter)

    def _done(self, now: Loaded, work: Work, body: bytes) -> Response:
        try:
            with speaking(self.desk.config.language):
                found = work(now, body)
        except (BadBodyError, RowsError) as error:
            return refused(422, str(error))
        return answer(200, {"model_version": now.bundle.model_version, "scores": rows_of(found)})


def rows_of(found: Answer) -> list[dict[str, Any]]:
    """Return one document per customer: the columns of a row of scores, and the reasons.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"customer_id": ["007"], "p_churn_60d": [0.25], "clv_365d": [float("nan")]})
    >>> rows_of(Answer(scores, {"reasons": [["silent for 30 days"]]}))
    [{'customer_id': '007', 'p_churn_60d': 0.25, 'clv_365d': None, 'reasons': ['silent for 30 days']}]
    """
    told = [dict(zip(found.reasons, each, strict=True)) for each in zip(*found.reasons.values(), strict=True)]
    rows = plain(found.scores.to_dict("records"))
    return [{**row, **more} for row, more in zip(rows, told or [{}] * len(rows), strict=True)]


async def _not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001
    status = error.status_code if isinstance(error, HTTPException) else 404
    said = "This address is asked in another way." if status == 405 else "There is no such address: see /openapi.json."
    return refused(status, said)
