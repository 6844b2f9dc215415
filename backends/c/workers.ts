/**
 * Loops that workers share. A parallel loop at the top of a program is printed over the
 * share of one worker; between the steps of a program all workers wait for each other,
 * which is the caller's business. No thread is started and no library is called
 * (docs/adr/0008-parallel-steps.md).
 */
import type { Buffer, Loop, Node, Program } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { macroPrefix, runName, statusMacro } from "./names.js";

/** What a worker is told besides the arrays. */
export const workerParameters: readonly string[] = ["int32_t worker", "int32_t workers"];

/** The name of the entry point for one worker and one step. */
export function partName(model: string): string {
  return `${model}_run_part`;
}

export function stepsMacro(model: string): string {
  return `${macroPrefix(model)}STEPS`;
}

/** Status of a call for a step or worker that does not exist. */
export function partMacro(model: string): string {
  return `${macroPrefix(model)}PART`;
}

/**
 * The partition. With n = workers · share + rest, worker w begins at w · share + min(w, rest):
 * the first at 0, the last ends at n, each ends where the next begins, and none has more
 * than one iteration more than another. No operation leaves int32_t, as w · share <= n.
 */
export const partition: readonly string[] = [
  "/* Where the share of a worker in the iterations of a loop begins; it ends where that of the next begins. */",
  "static inline int32_t share_start(int32_t iterations, int32_t worker, int32_t workers)",
  "{",
  "    const int32_t share = iterations / workers;",
  "    const int32_t rest = iterations % workers;",
  "    return (worker * share) + ((worker < rest) ? worker : rest);",
  "}",
];

/** The top-level loop that workers share, if `node` is one. */
export function sharedLoop(node: Node | undefined): Loop | undefined {
  return node?.kind === "loop" && node.mode === "parallel" ? node : undefined;
}

export function sharedLoopsOf({ body }: Program): readonly Loop[] {
  return body.flatMap((node) => sharedLoop(node) ?? []);
}

/** The loop header over the share of one worker. */
export function sharedHeader({ variable, extent }: Loop): string {
  return `for (int32_t ${variable} = share_start(${extent}, worker, workers); ${variable} < share_start(${extent}, worker + 1, workers); ${variable}++) {`;
}

/**
 * Locals of which each iteration of a shared loop has its own: the first index is the
 * loop's variable at every access, so the array without that dimension is declared inside.
 */
export function privateLocals(program: Program): ReadonlyMap<string, Loop> {
  const owners = new Map<string, Loop | undefined>();
  const shared = sharedLoopsOf(program);
  for (const { store, loops } of storesOf(program)) {
    const outermost = shared.find((loop) => loop === loops[0]);
    for (const { buffer, index } of [store, ...loadsOf(store.value)]) {
      const owner = outermost !== undefined && index[0]?.text === outermost.variable ? outermost : undefined;
      owners.set(buffer, owners.has(buffer) && owners.get(buffer) !== owner ? undefined : owner);
    }
  }
  return new Map(program.buffers.flatMap(({ name, kind, shape }) => {
    const owner = owners.get(name);
    return kind === "local" && owner !== undefined && shape[0] === owner.extent ? [[name, owner] as const] : [];
  }));
}

/** The part of a private local that one iteration has. */
export function ownShape({ shape }: Buffer): readonly number[] {
  return shape.slice(1);
}

/** Parameters of the part entry: step, worker, then those of the ordinary entry. */
export function partParameters(entry: readonly string[]): readonly string[] {
  return ["int32_t step", ...workerParameters, ...entry];
}


/** What an application must know of the part entry, above its prototype in the header. */
export function partNotice(model: string): readonly string[] {
  return [
    "/*",
    ` * ${partName(model)} does the share of one worker in one of ${stepsMacro(model)} steps. Each`,
    " * worker, numbered from 0, calls it for step 0, 1, ... with the same arrays, and begins no step",
    " * before all workers have returned from the one before: a barrier of the caller, after which",
    " * all see what each has stored. Shares depend on these numbers alone, so the outputs are bit for",
    ` * bit those of ${runName(model)} whatever the number of workers. It returns ${statusMacro(model, "OK")}; for a`,
    ` * null pointer ${statusMacro(model, "NULL_ARGUMENT")}, and for a step or worker that does not exist`,
    ` * ${partMacro(model)}: then it writes nothing.`,
    " */",
  ];
}

/** The number of steps, and the status of a call for none of them. */
export function partMacros(model: string, steps: number, status: number): readonly string[] {
  return [
    "/* Steps of a run that workers share. */",
    `#define ${stepsMacro(model)} (${steps})`,
    "/* There is no such step or worker. */",
    `#define ${partMacro(model)} (${status})`,
  ];
}
