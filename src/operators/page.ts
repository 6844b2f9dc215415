/**
 * What is known of an operator, as `obligato ops` shows it: read from docs/operators.json,
 * which `npm run operators` writes from the sources and from the record of the node tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../../ir/prelude.js";
import { packageFolder } from "../evidence/version.js";
import { isRecord } from "../record.js";

/** An attribute of the ONNX node and the opsets that have it. */
export interface OnnxAttribute {
  readonly name: string;
  /** First opset that has it, where import tells it from earlier ones. */
  readonly since?: number;
  /** First opset that has it no longer. */
  readonly until?: number;
  /** ONNX lets a node leave it out: import states its default. */
  readonly optional: boolean;
}

/** Node tests of one suite, as docs/node-tests.md records them. */
export interface SuiteRecord {
  readonly suite: string;
  readonly passed: number;
  readonly all: number;
}

/** A page of an operator with a meaning (`definition`), or of one that import rewrites or evaluates. */
export interface OperatorPage {
  readonly op: string;
  /** First and last opset whose form is read. */
  readonly opsets: readonly [first: number, last: number];
  readonly definition?: {
    /** The file that defines it. */
    readonly source: string;
    /** Its heading: formula, order, rounding, domain. */
    readonly meaning: string;
    /** Headings of the shared modules the meaning refers to. */
    readonly shared: readonly { readonly source: string; readonly text: string }[];
    /** Element types of input 0. */
    readonly types: readonly string[];
    /** Attributes of the normal form, all stated. */
    readonly attributes: readonly string[];
    /** Elementary functions it may use; docs/elementary.md has their errors. */
    readonly functions: readonly string[];
    /** `T0`, and `T2` where the rules of docs/numeric.md bound its distance from the reals. */
    readonly tier: string;
  };
  /** Attributes of the ONNX node. */
  readonly attributes: readonly OnnxAttribute[];
  /** What the texts of import say of forms of other opsets. */
  readonly forms: readonly string[];
  /** The file that normalises it. */
  readonly normalised: string;
  /** What is refused, beside what every operator refuses. */
  readonly refusals: readonly { readonly code: string; readonly message: string }[];
  readonly sonnx?: { readonly version: number | null; readonly requirements: readonly string[]; readonly restrictions: readonly (readonly [tag: string, asks: string])[] };
  readonly tests: readonly SuiteRecord[];
  /** Wrong meanings that the node tests notice, of those made. */
  readonly noticed?: readonly [noticed: number, made: number];
}

/** The pages in alphabetical order. */
export function readPages(): readonly OperatorPage[] {
  return parsePages(readFileSync(join(packageFolder(), "docs", "operators.json"), "utf8"));
}

/** The file is our own: a test compares it with the sources. */
export function parsePages(text: string): readonly OperatorPage[] {
  const value: unknown = JSON.parse(text);
  invariant(holdsPages(value), "docs/operators.json has no list of operators");
  return value.operators;
}

function holdsPages(value: unknown): value is { readonly operators: readonly OperatorPage[] } {
  return isRecord(value) && Array.isArray(value["operators"]);
}

/** Node tests passed and made, over all suites. */
export function testsOf({ tests }: OperatorPage): readonly [passed: number, all: number] {
  return [tests.reduce((sum, { passed }) => sum + passed, 0), tests.reduce((sum, { all }) => sum + all, 0)];
}
