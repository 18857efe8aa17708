"""Makes small pictures of large ones, over HTTP."""

from flask import Flask, Response, abort, jsonify, request

from .picture import NoPicture, Picture

LARGEST_UPLOAD = 20 * 1024 * 1024
SIDES = range(16, 1025)


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD

    @app.get("/health")
    def health():
        return jsonify(status="ok")

    @app.post("/thumbnail")
    def thumbnail():
        side = request.args.get("side", default=128, type=int)
        if side not in SIDES:
            abort(400, f"side is a number from {SIDES.start} to {SIDES.stop - 1}")
        return Response(uploaded().thumbnail(side), mimetype="image/png")

    @app.post("/colour")
    def colour():
        return jsonify(colour=uploaded().mean_colour())

    def uploaded() -> Picture:
        try:
            return Picture(request.get_data())
        except NoPicture:
            abort(415, "the body is no picture")

    return app
