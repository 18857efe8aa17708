import json

import pytest

from shop import create_app

TEA = {"name": "Tea", "cents": 450}


@pytest.fixture
def client(tmp_path):
    (tmp_path / "catalogue.json").write_text(json.dumps([TEA]))
    (tmp_path / "main.js").write_text("// the bundle")
    return create_app(tmp_path / "catalogue.json", tmp_path).test_client()


def test_the_service_is_healthy(client):
    assert client.get("/health").json == {"status": "ok"}


def test_the_articles_of_the_catalogue_are_listed(client):
    assert client.get("/api/articles").json == [TEA]


def test_an_article_is_found_by_its_name(client):
    assert client.get("/api/articles/Tea").json == TEA
    assert client.get("/api/articles/Coffee").status_code == 404


def test_the_page_loads_the_bundle(client):
    assert b"/assets/main.js" in client.get("/").data
    assert client.get("/assets/main.js").data == b"// the bundle"


def test_no_catalogue_is_an_empty_one(tmp_path):
    assert create_app(tmp_path / "none.json", tmp_path).test_client().get("/api/articles").json == []
