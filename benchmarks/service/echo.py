"""The yardstick: bare uvicorn and Starlette that parse the same JSON and send it back."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - Starlette calls the route with one
from starlette.responses import JSONResponse
from starlette.routing import Route


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


async def ready(_: Request) -> JSONResponse:
    return JSONResponse({})


app = Starlette(routes=[Route("/v1/score", echo, methods=["POST"]), Route("/readyz", ready)])
