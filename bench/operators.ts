/** `npm run operators`: docs/operators.md and docs/operators.json from the sources and the record of the node tests. */
import { writeFileSync } from "node:fs";
import { operatorsMarkdown } from "./operators/markdown.js";
import { operatorPages, pagesJson } from "./operators/pages.js";

const pages = operatorPages(process.cwd());
writeFileSync("docs/operators.json", pagesJson(pages));
writeFileSync("docs/operators.md", operatorsMarkdown(pages));
