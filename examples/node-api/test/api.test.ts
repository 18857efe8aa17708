import assert from "node:assert/strict";
import { test } from "node:test";
import request from "supertest";
import { app } from "../src/app.js";

test("the service is healthy", async () => {
  await request(app()).get("/health").expect(200, { status: "ok" });
});

test("a short link leads to its address", async () => {
  const server = app();
  const { body } = await request(server).post("/links").send({ url: "https://example.com/a" }).expect(201);
  await request(server).get(`/${body.code}`).expect(302).expect("location", "https://example.com/a");
  const { body: link } = await request(server).get(`/links/${body.code}`).expect(200);
  assert.equal(link.visits, 1);
});

test("only web addresses are taken", async () => {
  for (const body of [{}, { url: "nowhere" }, { url: "javascript:alert(1)" }]) {
    await request(app()).post("/links").send(body).expect(400);
  }
});

test("an unknown code is not found", async () => {
  await request(app()).get("/links/none").expect(404);
  await request(app()).get("/none").expect(404);
});
