import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Converter } from "./Converter";

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <h1>Unit converter</h1>
    <Converter quantity="length" />
    <Converter quantity="mass" />
  </StrictMode>,
);
