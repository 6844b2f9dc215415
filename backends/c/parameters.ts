/** Parameter lists of the emitted functions and prototypes. */
import type { Buffer, Program } from "../../ir/loop/program.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Layout } from "./layout.js";
import { arenaMacro, arenaName, cTypes } from "./names.js";

const maxLine = 100;

/** Of C99, inside the brackets of a parameter. True of every weight: nobody writes one. */
export const apartWord = "restrict";

export interface ArrayParameter {
  readonly type: ElementType;
  readonly name: string;
  /** A number of elements, or the model whose arena of this type it is. */
  readonly size: number | { readonly model: string };
  readonly written: boolean;
  /** It promises that nothing else which the function may write lies in the array. */
  readonly apart?: boolean;
}

export function parameterText({ type, name, size, written, apart = false }: ArrayParameter): string {
  const elements = typeof size === "number" ? String(size) : arenaMacro(size.model, type);
  return `${written ? "" : "const "}${cTypes[type]} ${name}[${apart ? `${apartWord} ` : ""}${elements}]`;
}

/** `head(parameters)end` on one line if it fits, else one parameter a line. */
export function signatureLines(head: string, parameters: readonly string[], end = ""): readonly string[] {
  const line = `${head}(${parameters.length === 0 ? "void" : parameters.join(", ")})${end}`;
  if (line.length <= maxLine) return [line];
  return [`${head}(`, ...parameters.map((text, k) => `    ${text}${k + 1 < parameters.length ? "," : `)${end}`}`)];
}

/** Inputs and outputs in the order of the model. */
export function interfaceOf(program: Program): readonly Buffer[] {
  return program.buffers.filter(({ kind }) => kind === "input" || kind === "output");
}

type Signature = Pick<Layout, "model" | "program" | "arenas">;

/** The entry point takes the interface, then the arenas. */
export function entryParameters({ model, program, arenas }: Signature): readonly string[] {
  return [...interfaceOf(program).map(bufferParameter), ...arenaParameters(model, arenas)];
}

/** The self test brings its own inputs. */
export function selftestParameters({ model, program, arenas }: Signature): readonly string[] {
  const outputs = interfaceOf(program).filter(({ kind }) => kind === "output");
  return [...outputs.map(bufferParameter), ...arenaParameters(model, arenas)];
}

function bufferParameter({ type, name, shape, kind }: Buffer): string {
  return parameterText({ type, name, size: elementCount(shape), written: kind === "output" });
}

function arenaParameters(model: string, arenas: Layout["arenas"]): readonly string[] {
  return [...arenas.keys()].map((type) => parameterText({ type, name: arenaName(type), size: { model }, written: true }));
}
