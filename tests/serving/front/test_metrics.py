"""Figures for Prometheus."""

from __future__ import annotations

import asyncio

from models.reasons import LEFT_OUT
from serving.front.metrics import Metrics


def test_answers_and_left_out_reasons_are_counted():
    metrics = Metrics()
    metrics.observe("/v1/score", 200, 0.003)
    LEFT_OUT.add("facts", 2)
    shown = asyncio.run(metrics.show(None)).body.decode()
    assert 'leadquality_requests_total{path="/v1/score",status="200"} 1.0' in shown
    assert 'leadquality_reasons_left_out_total{cause="facts"} 2.0' in shown
