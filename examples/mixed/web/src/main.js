// Fetches the catalogue and renders it.
import { h, render } from "preact";
import { Catalogue } from "./catalogue.js";

const articles = await (await fetch("/api/articles")).json();
render(h(Catalogue, { articles }), document.getElementById("app"));
