import pytest

from bookshelf import create_app


@pytest.fixture
def client(tmp_path):
    return create_app(tmp_path).test_client()


def add(client, title, author):
    return client.post("/api/books", json={"title": title, "author": author})


def test_a_new_shelf_is_empty(client):
    assert client.get("/api/books").json == []


def test_an_added_book_is_listed(client):
    answer = add(client, "Middlemarch", "George Eliot")
    assert answer.status_code == 201
    assert client.get("/api/books").json == [answer.json]


def test_books_are_sorted_by_author_then_title(client):
    for title, author in [("Silas Marner", "George Eliot"), ("Emma", "Jane Austen"), ("Adam Bede", "George Eliot")]:
        add(client, title, author)
    titles = [book["title"] for book in client.get("/api/books").json]
    assert titles == ["Adam Bede", "Silas Marner", "Emma"]


def test_books_of_one_author_can_be_asked_for(client):
    add(client, "Emma", "Jane Austen")
    add(client, "Middlemarch", "George Eliot")
    books = client.get("/api/books", query_string={"author": "Jane Austen"}).json
    assert [book["title"] for book in books] == ["Emma"]


@pytest.mark.parametrize("book", [{}, {"title": "Emma"}, {"author": "Jane Austen"}, {"title": "", "author": "Jane Austen"}])
def test_a_book_needs_a_title_and_an_author(client, book):
    assert client.post("/api/books", json=book).status_code == 400


def test_a_removed_book_is_gone(client):
    book = add(client, "Emma", "Jane Austen").json
    assert client.delete(f"/api/books/{book['id']}").status_code == 204
    assert client.delete(f"/api/books/{book['id']}").status_code == 404
    assert client.get("/api/books").json == []


def test_the_page_loads_the_bundle(client):
    assert b"/assets/main.js" in client.get("/").data
