import pytest
from fastapi.testclient import TestClient

from app.main import create_app


@pytest.fixture
def client():
    return TestClient(create_app())


def test_the_service_is_healthy(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_readings_are_summed_up(client):
    for value in [3, 1, 8]:
        assert client.post("/sensors/kitchen/readings", json={"value": value}).status_code == 201
    assert client.get("/sensors/kitchen").json() == {
        "count": 3, "lowest": 1, "highest": 8, "mean": 4, "median": 3,
    }


def test_an_unknown_sensor_is_not_found(client):
    assert client.get("/sensors/attic").status_code == 404


@pytest.mark.parametrize("value", ["warm", None, "nan"])
def test_a_reading_is_a_number(client, value):
    assert client.post("/sensors/kitchen/readings", json={"value": value}).status_code == 422
