"""Serves the catalogue, and the page that shows it."""

import os
from pathlib import Path

from flask import Flask, abort, jsonify, send_from_directory

from .catalogue import Catalogue

FOLDER = Path(__file__).parent


def create_app(catalogue: str | os.PathLike | None = None, assets: str | os.PathLike | None = None) -> Flask:
    articles = Catalogue(catalogue or os.environ.get("SHOP_CATALOGUE", FOLDER.parent / "catalogue.json"))
    assets = assets or os.environ.get("SHOP_ASSETS", FOLDER.parent.parent / "web/dist")
    app = Flask(__name__, static_folder=None)

    @app.get("/health")
    def health():
        return jsonify(status="ok")

    @app.get("/api/articles")
    def list_articles():
        return jsonify(articles.all())

    @app.get("/api/articles/<name>")
    def one_article(name: str):
        return jsonify(articles.find(name) or abort(404))

    @app.get("/")
    def page():
        return send_from_directory(FOLDER, "index.html")

    @app.get("/assets/<path:name>")
    def asset(name: str):
        return send_from_directory(Path(assets).resolve(), name)

    return app
