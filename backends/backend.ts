/**
 * What every backend offers: a final LoopProgram becomes text, and its text can be
 * read back into a LoopProgram, so that nobody has to trust the printer.
 */
import type { Program } from "../ir/loop/program.js";
import type { ScalarFunction } from "../ir/scalar/term.js";
import type { Tensor, TensorType } from "../ir/tensor/tensor.js";

export interface EmittedFile {
  readonly name: string;
  readonly text: string;
}

/** Where the header of a loop stands: 1-based line of its `for`. */
export interface LoopPlace {
  readonly file: string;
  readonly line: number;
}

/**
 * How the text compares floats: with the language's operators, or as integers of their bits. The second needs no
 * comparison, negation or absolute value from the floating-point unit, for analysers that do not know them all.
 */
export type FloatCompare = "float" | "integer";

/** One input and the output expected for it, in the order of the model's interface. */
export interface GoldenVector {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** An input of the model that the build fixed, as the text names it. */
export interface FixedNote extends TensorType {
  readonly name: string;
  /** SHA-256 of its elements' bytes, in hex. */
  readonly digest: string;
}

/** An output of which only a part is in use. */
export interface BoundedNote {
  readonly name: string;
  readonly axis: number;
  /** The output that says how many places along the axis are. */
  readonly count: string;
}

/** What the text says of the interface besides its types. */
export interface InterfaceNotes {
  readonly fixed: readonly FixedNote[];
  readonly bounded: readonly BoundedNote[];
}

export interface EmitOptions {
  /** Prefix of every external name and of the files: a C identifier, see `modelIdentifier`. */
  readonly model: string;
  /** The model's constants by tensor name; weight buffers are packed from them. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Built into the self test; without it the self test checks arithmetic and weights only. */
  readonly golden?: GoldenVector;
  /** Default: `float`. */
  readonly floatCompare?: FloatCompare | undefined;
  /** Default: none. */
  readonly notes?: InterfaceNotes;
}

export interface Emission {
  /** The product code: read back and proved. */
  readonly files: readonly EmittedFile[];
  /** A `main` for tests; never part of the product. */
  readonly harness: readonly EmittedFile[];
  /** By loop variable. */
  readonly loopLines: ReadonlyMap<string, LoopPlace>;
}

/** A loop bound as the text annotates it, already compared with the loop. */
export interface AnnotatedBound extends LoopPlace {
  readonly loop: string;
  readonly bound: number;
  /** Its steps are one call (a record): no loop stands there for a compiler or an analyser to find. */
  readonly called?: true;
}

/** How often a guarded body runs in all, as the text annotates it: line of its `if`; guards are numbered from 0 in the order of the text. */
export interface AnnotatedGuard extends LoopPlace {
  readonly guard: number;
  readonly total: number;
}

/** What the text says, and nothing that was known before. */
export interface ReadBack {
  readonly model: string;
  readonly program: Program;
  /** Contents of each weight buffer, by buffer name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Of the loops and guards of the text: those of a function that several parts run stand there once, with their runs in all. */
  readonly bounds: readonly AnnotatedBound[];
  readonly guards: readonly AnnotatedGuard[];
  /** What that says of each loop of the program, and of each guard: its bound, the runs of its body. */
  readonly annotated: { readonly loops: ReadonlyMap<string, number>; readonly guards: readonly number[] };
  /** Definitions of named scalar functions as written in the text, by operator (`exp.f32`). */
  readonly functions: ReadonlyMap<string, ScalarFunction>;
  readonly golden: GoldenVector | undefined;
  readonly floatCompare: FloatCompare;
  readonly notes: InterfaceNotes;
}
