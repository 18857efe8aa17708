"""A list of books over HTTP, kept in SQLite."""

import os
from pathlib import Path

from flask import Flask, abort, jsonify, request, send_from_directory

from .shelf import Shelf


def create_app(data_dir: str | os.PathLike | None = None) -> Flask:
    data = Path(data_dir or os.environ["BOOKSHELF_DATA"])
    shelf = Shelf(data / "books.db")
    app = Flask(__name__, static_folder=None)

    @app.get("/api/books")
    def list_books():
        return jsonify(shelf.books(author=request.args.get("author")))

    @app.post("/api/books")
    def add_book():
        book = request.get_json(silent=True) or {}
        title, author = book.get("title"), book.get("author")
        if not title or not author:
            abort(400, "a book needs a title and an author")
        return jsonify(shelf.add(title, author)), 201

    @app.delete("/api/books/<int:book_id>")
    def remove_book(book_id: int):
        if not shelf.remove(book_id):
            abort(404)
        return "", 204

    @app.get("/")
    def page():
        return send_from_directory(app.root_path, "index.html")

    @app.get("/assets/<path:name>")
    def asset(name: str):
        return send_from_directory(data / "assets", name)

    return app
