/** Reads the comments that are part of the format; a comment of any other form is refused. */
import { Refusal } from "../../ir/prelude.js";
import type { Origin } from "../../ir/prelude.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { LoopKind, Program } from "../../ir/loop/program.js";
import { fromComment } from "./annotations.js";
import type { Cursor } from "./cursor.js";

const name = String.raw`([A-Za-z][A-Za-z0-9_]*)`;
const quoted = String.raw`("(?:[^"\\]|\\.)*")`;
const loopForm = new RegExp(String.raw`^/\* ${name} in 0\.\.([1-9][0-9]{0,9}) (serial|unrolled|vector|parallel) from ${quoted} by ${quoted} \*/$`);
const storeForm = new RegExp(String.raw`^/\* ${name} from ${quoted} by ${quoted} \*/$`);
const groupForm = new RegExp(String.raw`^/\* Node ${quoted}\. \*/$`);

function unquoted(text: string, cursor: Cursor): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return cursor.fail(`${text} is no JSON string`);
  }
}

/** The groups of `form` in the next token, which must be such a comment. */
function readForm(cursor: Cursor, form: RegExp, what: string): readonly string[] {
  const { kind, text } = cursor.peek();
  const found = kind === "comment" ? form.exec(text) : null;
  if (found === null) return cursor.fail(`expected the comment of ${what}, found \`${text}\``);
  cursor.take();
  return found.slice(1);
}

export interface LoopAnnotation {
  readonly variable: string;
  readonly extent: number;
  readonly mode: LoopKind;
  readonly origin: Origin;
}

/** What stands above a loop. */
export function readLoopComment(cursor: Cursor): LoopAnnotation {
  const [variable = "", extent = "", mode = "", node = "", pass = ""] = readForm(cursor, loopForm, "a loop");
  return { variable, extent: Number(extent), mode: loopKind(mode, cursor), origin: { node: unquoted(node, cursor), pass: unquoted(pass, cursor) } };
}

function loopKind(text: string, cursor: Cursor): LoopKind {
  const kinds: readonly LoopKind[] = ["serial", "unrolled", "vector", "parallel"];
  return kinds.find((kind) => kind === text) ?? cursor.fail(`${text} is no kind of loop`);
}

export interface StoreAnnotation {
  readonly name: string;
  readonly origin: Origin;
}

/** What stands above an assignment. */
export function readStoreComment(cursor: Cursor): StoreAnnotation {
  const [statement = "", node = "", pass = ""] = readForm(cursor, storeForm, "an assignment");
  return { name: statement, origin: { node: unquoted(node, cursor), pass: unquoted(pass, cursor) } };
}

export function seesLoopComment(cursor: Cursor): boolean {
  return cursor.peek().kind === "comment" && loopForm.test(cursor.peek().text);
}

/** After the word that starts or ends a guarded body: the number of the guard and how often the body runs. */
export function readGuardMark(cursor: Cursor, guard: number): number {
  cursor.expect("(");
  if (cursor.integer() !== guard) cursor.fail(`guards are numbered in their order, this is number ${guard}`);
  cursor.expect(",");
  const total = Number(cursor.expectKind("number", "how often the body runs"));
  if (!Number.isSafeInteger(total)) cursor.fail("the number of runs is no count");
  cursor.expect(")", ";");
  return total;
}

/** What stands above the function of a group: the ONNX node. */
export function readGroupComment(cursor: Cursor): string {
  const [node = ""] = readForm(cursor, groupForm, "a function");
  return unquoted(node, cursor);
}

/** `/* buffers a b … *\/`: names, each of which stands for one of a function's in the order of its text. */
export function readNames(cursor: Cursor, kind: "buffers" | "loops" | "stores"): readonly string[] {
  const [list = ""] = readForm(cursor, new RegExp(String.raw`^/\* ${kind}((?: [A-Za-z][A-Za-z0-9_]*)*) \*/$`), `a list of ${kind}`);
  return list === "" ? [] : list.slice(1).split(" ");
}

/** `/* nodes "a" "b" … *\/`, of ONNX nodes. */
export function readNodes(cursor: Cursor): readonly string[] {
  const [list = ""] = readForm(cursor, new RegExp(String.raw`^/\* nodes((?: ${quoted})+) \*/$`), "a list of nodes");
  return [...list.matchAll(new RegExp(quoted, "g"))].map(([text]) => unquoted(text, cursor));
}

/** The program without its body, from the comment at the top of the source file. */
export function readProgramComment(cursor: Cursor): Program {
  const { kind, text } = cursor.peek();
  const lines = text.split("\n");
  const inner = lines.slice(1, -1);
  const framed = kind === "comment" && lines[0] === "/*" && lines.at(-1) === " */" && inner.every((line) => line.startsWith(" * "));
  if (!framed) return cursor.fail("expected the comment that lists the program's buffers");
  try {
    const program = parseProgram(`${inner.map((line) => `${fromComment(line.slice(3))}\n`).join("")}\n`);
    cursor.take();
    return program;
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return cursor.fail(`the list of buffers: ${error.message}`);
    throw error;
  }
}
