/** The measured table of docs/elementary.md, between its markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { Refusal } from "../../ir/prelude.js";
import { type ElementaryRecord, readRecords } from "./record.js";
import { type StratifiedRecord, readStratified } from "./stratified.js";

const page = "docs/elementary.md";

/** The markers of the table of each type. */
const markers = {
  f32: ["<!-- begin: npm run exhaustive -->", "<!-- end: npm run exhaustive -->"],
  f64: ["<!-- begin: npm run exhaustive -- --type f64 -->", "<!-- end: npm run exhaustive -- --type f64 -->"],
} as const;
type TableType = keyof typeof markers;
const stratifiedHead = ["Function", "Inputs", "Max error, ulp", "at", "where normal", "Misrounded", "Operations"];
const head = ["Function", "Inputs", "Max error, ulp", "at", "where normal", "Misrounded", "Out of order", "Left to Arb", "Operations", "M4 instructions", "CPU, s"];

/** A float by its pattern, in hexadecimal as C writes it. */
export function hexFloat(pattern: number): string {
  const [sign, exponent, fraction] = [pattern >>> 31, (pattern >>> 23) & 255, pattern & 0x7fffff];
  const digits = (fraction * 2).toString(16).padStart(6, "0").replace(/0+$/, "");
  const lead = exponent === 0 ? 0 : 1;
  return `${sign === 1 ? "−" : ""}0x${lead}${digits === "" ? "" : "."}${digits}p${exponent === 0 ? -126 : exponent - 127}`;
}

/** Rounded up, so that the table states bounds. */
function ulp(error: number): string {
  return (Math.ceil(error * 1e4) / 1e4).toFixed(4);
}

function cells(record: ElementaryRecord): readonly string[] {
  const { name, inputs, worst, at, worstNormal, misrounded, descents, undecided, operations, instructions, seconds } = record;
  const whole = (count: number): string => count.toLocaleString("en");
  return [`\`${name}\``, inputs === 2 ** 32 ? "all 2³²" : "2²⁴ of 2³²", ulp(worst), hexFloat(at), ulp(worstNormal), whole(misrounded), whole(descents), whole(undecided), String(operations), String(instructions), seconds.toFixed(0)];
}

/** A double by its pattern, 16 hexadecimal digits. */
export function hexDouble(pattern: string): string {
  const bits = BigInt(`0x${pattern}`);
  const exponent = Number((bits >> 52n) & 2047n);
  const digits = (bits & (2n ** 52n - 1n)).toString(16).padStart(13, "0").replace(/0+$/, "");
  const lead = exponent === 0 ? 0 : 1;
  return `${bits >> 63n === 1n ? "−" : ""}0x${lead}${digits === "" ? "" : "."}${digits}p${exponent === 0 ? -1022 : exponent - 1023}`;
}

export function stratifiedTable(records: readonly StratifiedRecord[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const rows = records.map(({ name, inputs, worst, at, worstNormal, misrounded, operations }) =>
    line([`\`${name}\``, inputs.toLocaleString("en"), ulp(worst), hexDouble(at), ulp(worstNormal), misrounded.toLocaleString("en"), String(operations)]));
  return [line(stratifiedHead), line(stratifiedHead.map(() => "---")), ...rows].join("\n");
}

export function tableText(records: readonly ElementaryRecord[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...records.map((record) => line(cells(record)))].join("\n");
}

/** What stands between the markers now. */
export function tableOfPage(type: TableType = "f32"): string {
  const [begin, end] = markers[type];
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Refusal("usage", "usage", `${page} lacks the markers of its table`, page, `put ${begin} and ${end} around it`);
  return text.slice(before + begin.length, after).trim();
}

export function writeTable(type: TableType = "f32"): void {
  tableOfPage(type); // refuses a page without the markers
  const text = readFileSync(page, "utf8");
  const table = type === "f32" ? tableText(readRecords()) : stratifiedTable(readStratified());
  const [begin, end] = markers[type];
  const from = text.indexOf(begin) + begin.length;
  writeFileSync(page, `${text.slice(0, from)}\n${table}\n${text.slice(text.indexOf(end))}`);
}
