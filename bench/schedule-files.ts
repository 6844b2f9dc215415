/** Writes what is made from the option tables of the passes: schemas/schedule.schema.json and the reference in docs/schedule.md. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pipeline } from "../src/pipeline.js";
import { scheduleVersion } from "../src/schedule.js";
import { scheduleReference, scheduleSchema } from "../src/schedule/schema.js";

mkdirSync("schemas", { recursive: true });
writeFileSync("schemas/schedule.schema.json", `${JSON.stringify(scheduleSchema(scheduleVersion, pipeline), null, 2)}\n`);
const page = readFileSync("docs/schedule.md", "utf8");
const [begin, end] = ["<!-- passes -->\n", "<!-- end of passes -->"];
const [head, rest = ""] = page.split(begin);
writeFileSync("docs/schedule.md", `${head}${begin}\n${scheduleReference(pipeline)}\n\n${end}${rest.slice(rest.indexOf(end) + end.length)}`);
