// The links over HTTP.
import express, { type Express } from "express";
import { z } from "zod";
import { Links } from "./links.js";

const NewLink = z.object({ url: z.url({ protocol: /^https?$/ }) });

export function app(links = new Links()): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json());

  app.get("/health", (_request, response) => {
    response.json({ status: "ok" });
  });

  app.post("/links", (request, response) => {
    const wanted = NewLink.safeParse(request.body);
    if (!wanted.success) {
      response.status(400).json({ error: "a link needs a url that begins with http:// or https://" });
      return;
    }
    response.status(201).json(links.add(wanted.data.url));
  });

  app.get("/links/:code", (request, response) => {
    const link = links.find(request.params.code);
    response.status(link ? 200 : 404).json(link ?? { error: "no such link" });
  });

  app.get("/:code", (request, response) => {
    const url = links.visit(request.params.code);
    if (url) response.redirect(302, url);
    else response.status(404).json({ error: "no such link" });
  });

  return app;
}
