/**
 * Comments that are part of the format: where a loop or store comes from, and the
 * program's buffers. They are spelt as in the text form of a LoopProgram, with
 * strings escaped so that no name can end a comment, open one, or form a trigraph.
 */
import type { PartNames } from "../../ir/loop/alike.js";
import type { Loop, Program, Store } from "../../ir/loop/program.js";
import { printBuffer } from "../../ir/loop/print.js";

const jsonString = /"(?:[^"\\]|\\.)*"/g;

/** A JSON string of ASCII characters without `*` next to `/` and without `??`. */
export function commentString(text: string): string {
  return JSON.stringify(text)
    .replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll(/(?<=\/)\*|\*(?=\/)/g, "\\u002a")
    .replaceAll(/\?(?=\?)/g, "\\u003f");
}

/** A line of the text form as it may stand in a comment. */
export function toComment(line: string): string {
  return line.replaceAll(jsonString, (quoted) => commentString(String(JSON.parse(quoted))));
}

/** The line of the text form that a comment holds; throws SyntaxError where a string is malformed. */
export function fromComment(line: string): string {
  return line.replaceAll(jsonString, (quoted) => JSON.stringify(String(JSON.parse(quoted))));
}

/** Above the `for` of a loop. */
export function loopComment({ variable, extent, mode, origin }: Loop): string {
  return `/* ${variable} in 0..${extent} ${mode} from ${commentString(origin.node)} by ${commentString(origin.pass)} */`;
}

/** Above the assignment of a store. */
export function storeComment({ name, origin }: Store): string {
  return `/* ${name} from ${commentString(origin.node)} by ${commentString(origin.pass)} */`;
}

/** Above the function of a group of nodes. */
export function groupComment(node: string): string {
  return `/* Node ${commentString(node)}. */`;
}

/** Above a call of a function for a part that is alike: its names, in the order in which those of the function occur. */
export function runComments({ nodes, buffers, loops, stores }: PartNames): readonly string[] {
  return [["nodes", ...nodes.map(commentString)], ["buffers", ...buffers], ["loops", ...loops], ["stores", ...stores]].map((words) => `/* ${words.join(" ")} */`);
}

/** The program's name and buffers, at the top of the source file. */
export function programComment({ name, buffers }: Program): readonly string[] {
  return ["/*", ` * program ${name}`, ...buffers.map((buffer) => ` * ${toComment(printBuffer(buffer))}`), " */"];
}
