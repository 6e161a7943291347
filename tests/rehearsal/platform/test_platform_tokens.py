"""Tokens: what the bot is shown, and what it must show."""

from __future__ import annotations

import asyncio
import time

import jwt
import msal
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from stand_in_stage import Stage


async def key_of(stage: Stage, token: str, url: str) -> jwt.PyJWK:
    async with stage.http.get(url) as answer:
        keys = (await answer.json())["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.PyJWK(next(key for key in keys if key["kid"] == kid))


async def test_activities_carry_a_channel_token(stage: Stage) -> None:
    """An activity's token verifies against the published keys and names issuer, audience and service URL."""
    await stage.meeting(("petra", "advisor"))
    await stage.platform.say("petra", "Guten Tag")
    async with stage.http.get(stage.platform.origin + "/openid/botframework") as answer:
        metadata = await answer.json()
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    token = stage.bot.tokens[-1]
    claims = jwt.decode(
        token,
        await key_of(stage, token, metadata["jwks_uri"]),
        algorithms=["RS256"],
        audience=stage.platform.bot_environment()["BOT_APP_ID"],
        issuer="https://api.botframework.com",
        options={"require": ["exp", "iss", "aud"]},
    )
    assert claims["serviceurl"] == stage.bot.activities[-1]["serviceUrl"] == stage.platform.origin + "/connector/"
    async with stage.http.get(metadata["jwks_uri"]) as answer:
        assert (await answer.json())["keys"][0]["endorsements"] == ["msteams"]


def azure_token(environment: dict[str, str], scope: str, secret: str | None = None) -> str:
    with ClientSecretCredential(
        environment["BOT_TENANT_ID"],
        environment["BOT_APP_ID"],
        secret or environment["BOT_CLIENT_SECRET"],
        authority=environment["BOT_REHEARSAL_LOGIN"],
        disable_instance_discovery=True,
        connection_verify=environment["BOT_REHEARSAL_CERTIFICATE"],
    ) as credential:
        return credential.get_token(scope).token


def msal_result(environment: dict[str, str], scope: str) -> dict[str, object]:
    with requests.Session() as session:
        session.trust_env, session.verify = False, environment["BOT_REHEARSAL_CERTIFICATE"]
        client = msal.ConfidentialClientApplication(
            environment["BOT_APP_ID"],
            client_credential=environment["BOT_CLIENT_SECRET"],
            authority=f"{environment['BOT_REHEARSAL_LOGIN']}/{environment['BOT_TENANT_ID']}",
            instance_discovery=False,
            http_client=session,
        )
        return dict(client.acquire_token_for_client([scope]))


async def test_azure_identity_gets_a_graph_token(stage: Stage) -> None:
    """azure-identity's token from the login listener is good for Graph and for nothing else."""
    environment = stage.platform.bot_environment()
    token = await asyncio.to_thread(azure_token, environment, "https://graph.microsoft.com/.default")
    headers = {"Authorization": f"Bearer {token}"}
    async with stage.http.get(stage.platform.origin + "/graph/v1.0/subscriptions", headers=headers) as answer:
        assert answer.status == 200
    await stage.meeting()
    url = f"{stage.platform.origin}/connector/v3/conversations/{stage.chat}/members"
    async with stage.http.get(url, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, "Unauthorized")


async def test_msal_gets_a_connector_token(stage: Stage) -> None:
    """MSAL's token from the login listener is good for the connector and for nothing else."""
    result = await asyncio.to_thread(
        msal_result, stage.platform.bot_environment(), "https://api.botframework.com/.default"
    )
    assert result["expires_in"] == 3600
    await stage.meeting()
    headers = {"Authorization": f"Bearer {result['access_token']}"}
    url = f"{stage.platform.origin}/connector/v3/conversations/{stage.chat}/members"
    async with stage.http.get(url, headers=headers) as answer:
        assert answer.status == 200
    async with stage.http.get(stage.platform.origin + "/graph/v1.0/subscriptions", headers=headers) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["code"] == "InvalidAuthenticationToken"


async def test_a_wrong_secret_gets_no_token(stage: Stage) -> None:
    """The login listener refuses a wrong secret the way Entra does."""
    environment = stage.platform.bot_environment()
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        await asyncio.to_thread(azure_token, environment, "https://graph.microsoft.com/.default", "wrong")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "somebody"}, 400, "unauthorized_client"),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_scope"),
        ({"client_secret": ""}, 401, "invalid_client"),
    ],
)
async def test_token_requests_are_checked(stage: Stage, change: dict[str, str], status: int, error: str) -> None:
    """Each wrong member of a token request is answered with its OAuth error."""
    environment = stage.platform.bot_environment()
    form = {
        "grant_type": "client_credentials",
        "client_id": environment["BOT_APP_ID"],
        "client_secret": environment["BOT_CLIENT_SECRET"],
        "scope": "https://graph.microsoft.com/.default",
    }
    url = f"{environment['BOT_REHEARSAL_LOGIN']}/{environment['BOT_TENANT_ID']}/oauth2/v2.0/token"
    async with stage.http.post(url, data=form | change, ssl=False) as answer:
        assert (answer.status, (await answer.json())["error"]) == (status, error)
    async with stage.http.post(url.replace(environment["BOT_TENANT_ID"], "other"), data=form, ssl=False) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("fault", ["none", "garbage", "basic", "expired", "audience", "foreign"])
async def test_graph_wants_a_good_token(stage: Stage, fault: str) -> None:
    """Without an unexpired token of the right audience and key, Graph answers 401."""
    identity = stage.core.identity
    assert identity is not None
    claims = {"aud": "https://graph.microsoft.com", "appid": identity.app_id, "exp": int(time.time()) + 60}
    header = {
        "none": None,
        "garbage": "Bearer x.y.z",
        "basic": "Basic abc",
        "expired": "Bearer " + identity.entra.sign(claims | {"exp": int(time.time()) - 60}),
        "audience": "Bearer " + identity.access_token("https://api.botframework.com"),
        "foreign": "Bearer " + identity.channel.sign(claims),
    }[fault]
    headers = {"Authorization": header} if header else {}
    async with stage.http.get(stage.platform.origin + "/graph/v1.0/subscriptions", headers=headers) as answer:
        assert answer.status == 401
