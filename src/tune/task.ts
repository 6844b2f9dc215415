/**
 * The nests of a program, each as a program of its own: what it reads of others is an input,
 * what others read of it an output. Candidates for one nest are then made, modelled and
 * measured without the rest of the network; nests that are equal but for names are one task.
 */
import { createHash } from "node:crypto";
import { printProgram } from "../../ir/loop/print.js";
import type { Buffer as LoopBuffer, Node, Program } from "../../ir/loop/program.js";
import { loadsOf } from "../../ir/loop/visit.js";
import { siteOf } from "../optimise/nests.js";
import type { Staged } from "../pass.js";
import { loopsIn, storesIn } from "../passes/shared/nests.js";

export interface Task {
  /** What the names of its loops begin with, as in schedules: `n5`. */
  readonly site: string;
  readonly staged: Staged;
  /** Equal for nests that differ in names alone. */
  readonly shape: string;
}

/** In the order of the program. Statements outside loops belong to no task. */
export function tasksOf(staged: Staged): readonly Task[] {
  const bySite = new Map<string, Node[]>();
  for (const node of staged.program.body) {
    const [outermost] = loopsIn([node]);
    const site = outermost === undefined ? undefined : siteOf(outermost.variable);
    if (site !== undefined) bySite.set(site, [...(bySite.get(site) ?? []), node]);
  }
  return [...bySite].map(([site, body]) => {
    const own = alone(staged, body);
    return { site, staged: own, shape: shapeOf(own.program, site) };
  });
}

/** As programs have them, so that what is an input of the model and what is one of the nest alone make equal texts. */
const kinds: readonly LoopBuffer["kind"][] = ["input", "output", "weight", "local", "temp"];

function alone({ program, dataflow }: Staged, body: readonly Node[]): Staged {
  const stores = storesIn(body);
  const others = storesIn(program.body.filter((node) => !body.includes(node)));
  const written = new Set(stores.map(({ buffer }) => buffer));
  const read = new Set(stores.flatMap(({ value }) => loadsOf(value).map(({ buffer }) => buffer)));
  const wanted = new Set(others.flatMap(({ value }) => loadsOf(value).map(({ buffer }) => buffer)));
  const kindOf = ({ name, kind }: LoopBuffer): LoopBuffer["kind"] => (kind !== "temp" ? kind : !written.has(name) ? "input" : wanted.has(name) ? "output" : "temp");
  const buffers = program.buffers.filter(({ name }) => written.has(name) || read.has(name)).map((buffer): LoopBuffer => {
    const kind = kindOf(buffer);
    return kind === "input" || kind === "output" ? { ...buffer, kind, label: buffer.name } : buffer;
  }).toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const names = new Set(stores.map(({ name }) => name));
  const producers = Object.fromEntries(stores.map(({ name }) => [name, (dataflow.producers[name] ?? []).map((cases) => cases.filter(({ then }) => names.has(then.statement)))]));
  return { program: { ...program, buffers, body }, dataflow: { producers, finals: {}, once: dataflow.once.filter((name) => written.has(name)) } };
}

/** SHA-256 of the text with every word by the order in which it first occurs; which loops of the node they are counts. */
function shapeOf(program: Program, site: string): string {
  const roles = loopsIn(program.body).map(({ variable }) => Buffer.from(variable.slice(site.length)).join(".")); // as numbers, which are kept
  return digestOfShape([printProgram(program).replaceAll(/ from "[^"]*" by "[^"]*"/g, ""), ...roles].join("\n"));
}

/** A digest that renaming does not change, nor comments in C. */
export function digestOfShape(text: string): string {
  const words = new Map<string, string>();
  const bare = text.replaceAll(/\/\*[^]*?\*\/|\s+/g, " ").trim().replaceAll(/[A-Za-z_]\w*/g, (word) => {
    const known = words.get(word) ?? `${words.size}'`;
    words.set(word, known);
    return known;
  });
  return createHash("sha256").update(bare).digest("hex");
}
