"""Entra ID's endpoints for client credentials, over TLS, as MSAL and azure-identity need them (sdk-and-tools 2)."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.identity import CONNECTOR_AUDIENCE, GRAPH_AUDIENCE, TOKEN_SECONDS
from bot.rehearsal.platform.web import Refusal, cut, drain

SCOPES = {f"{audience}{slash}/.default": audience for audience in (GRAPH_AUDIENCE, CONNECTOR_AUDIENCE)
          for slash in ("", "/")}  # fmt: skip


def failure(status: int, error: str, text: str, retry_after: int | None = None) -> web.Response:
    """An OAuth error as Entra words it."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    body = {
        "error": error,
        "error_description": text,
        "error_codes": [int("".join(c for c in text[5:12] if c.isdigit()) or 0)],
    }
    return web.json_response(body, status=status, headers=headers)


def application(core: Core, address: str) -> web.Application:
    """The login application; `address` is its own base URL, which discovery documents repeat."""

    @web.middleware
    async def faults(request: web.Request, handler: Any) -> web.StreamResponse:
        fault = core.faults.take("login")
        if fault is not None and not fault.lost_answer:
            return failure(fault.status or 503, "temporarily_unavailable", "AADSTS90033: a fault of the rehearsal.",
                           fault.retry_after)  # fmt: skip
        try:
            result = await handler(request)
        except web.HTTPException as error:
            result = failure(error.status, "invalid_request", f"AADSTS900971: {error.reason}.")
        return await cut(request) if fault is not None else result

    async def configuration(request: web.Request) -> web.Response:
        tenant = f"{address}/{request.match_info['tenant']}"
        return web.json_response({
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode", "issuer": f"{tenant}/v2.0",
            "jwks_uri": f"{tenant}/discovery/v2.0/keys", "tenant_region_scope": "EU",
            "token_endpoint_auth_methods_supported": ["client_secret_post"], "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"], "subject_types_supported": ["pairwise"],
            "cloud_instance_name": "localhost", "msgraph_host": "localhost",
        })  # fmt: skip

    async def instances(request: web.Request) -> web.Response:
        host = address.removeprefix("https://")
        endpoint = f"{address}/{core.tenant_id}/v2.0/.well-known/openid-configuration"
        metadata = [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]
        return web.json_response({"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": metadata})

    async def keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": [core.identity.entra.jwk()] if core.identity else []})

    async def token(request: web.Request) -> web.Response:
        if request.match_info["tenant"] != core.tenant_id:
            return failure(400, "invalid_request", "AADSTS90002: the tenant was not found.")
        try:
            raw = await drain(request)
        except Refusal:
            return failure(413, "invalid_request", "AADSTS900144: the request body is too large.")
        try:
            form = dict(parse_qsl(raw.decode(), max_num_fields=50))
        except ValueError:
            return failure(400, "invalid_request", "AADSTS900144: the request body is malformed.")
        return issue(core, form)

    app = web.Application(middlewares=[faults])
    app.add_routes([
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", configuration),
        web.get("/common/discovery/instance", instances),
        web.get("/{tenant}/discovery/v2.0/keys", keys),
        web.post("/{tenant}/oauth2/v2.0/token", token),
    ])  # fmt: skip
    return app


def issue(core: Core, form: dict[str, str]) -> web.Response:
    """The answer to a client-credentials request."""
    if form.get("grant_type") != "client_credentials":
        return failure(400, "unsupported_grant_type", "AADSTS70003: only client_credentials is supported.")
    if form.get("client_id") != core.world.app_id:
        return failure(400, "unauthorized_client", "AADSTS700016: the application was not found in the directory.")
    if not hmac.compare_digest(form.get("client_secret", "").encode(), core.secret.encode()):
        return failure(401, "invalid_client", "AADSTS7000215: invalid client secret provided.")
    audience = SCOPES.get(form.get("scope", "").split(" ")[0])
    if audience is None or core.identity is None:
        return failure(400, "invalid_scope", "AADSTS70011: the provided scope is not valid.")
    answer = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "ext_expires_in": TOKEN_SECONDS,
              "access_token": core.identity.access_token(audience)}  # fmt: skip
    return web.json_response(answer, headers={"Cache-Control": "no-store"})
