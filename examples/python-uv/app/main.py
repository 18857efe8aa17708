"""The readings over HTTP."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Path
from pydantic import BaseModel, FiniteFloat

from .readings import Readings, Summary

Sensor = Annotated[str, Path(pattern="^[a-z][a-z0-9-]*$")]


class Reading(BaseModel):
    value: FiniteFloat


def create_app() -> FastAPI:
    app = FastAPI(title="Readings")
    readings = Readings()

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/sensors/{sensor}/readings", status_code=201)
    def add(sensor: Sensor, reading: Reading) -> Reading:
        readings.add(sensor, reading.value)
        return reading

    @app.get("/sensors/{sensor}")
    def summary(sensor: Sensor) -> Summary:
        if (summary := readings.summary(sensor)) is None:
            raise HTTPException(404, "no readings of this sensor")
        return summary

    return app


app = create_app()
