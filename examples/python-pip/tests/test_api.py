from io import BytesIO

import pytest
from PIL import Image

from thumbnails import create_app


@pytest.fixture
def client():
    return create_app().test_client()


def png(size, colour):
    data = BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def test_the_service_is_healthy(client):
    assert client.get("/health").json == {"status": "ok"}


def test_a_thumbnail_keeps_the_shape(client):
    answer = client.post("/thumbnail?side=50", data=png((400, 200), "red"))
    assert Image.open(BytesIO(answer.data)).size == (50, 25)


def test_a_small_picture_is_not_blown_up(client):
    answer = client.post("/thumbnail", data=png((20, 10), "red"))
    assert Image.open(BytesIO(answer.data)).size == (20, 10)


@pytest.mark.parametrize("side", ["0", "5000"])
def test_a_side_has_bounds(client, side):
    assert client.post(f"/thumbnail?side={side}", data=png((20, 10), "red")).status_code == 400


def test_the_colour_is_the_mean_of_all_pixels(client):
    halves = Image.new("RGB", (2, 1), "red")
    halves.putpixel((1, 0), (1, 128, 0))
    data = BytesIO()
    halves.save(data, "PNG")
    assert client.post("/colour", data=data.getvalue()).json == {"colour": "#804000"}


def test_what_is_no_picture_is_refused(client):
    assert client.post("/thumbnail", data=b"text").status_code == 415
