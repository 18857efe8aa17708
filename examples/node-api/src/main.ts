// Serves the links until it is told to stop.
import { pino } from "pino";
import { app } from "./app.js";

const log = pino();
const port = Number(process.env.PORT ?? 3000);
const server = app().listen(port, () => log.info({ port }, "listening"));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => server.close());
}
