"""A WebSocket is refused at once, whatever its path."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from serving.app import create_app


@pytest.mark.parametrize("path", ["/", "/v1/score", "/nowhere"])
def test_it_is_refused_and_counted(model, clock, path):
    client = TestClient(create_app(model, clock))
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
        pass
    assert 'leadquality_requests_total{path="other",status="403"} 1.0' in client.get("/metrics").text
