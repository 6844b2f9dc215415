/** The sections of an operator's page, for the terminal and for docs/operators.md alike. */
import { type OnnxAttribute, type OperatorPage, testsOf } from "./page.js";

/** A title, and lines of text or the items of a list. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** `text` stands as it is in the source, formulas included. */
  readonly kind: "text" | "list";
}

/** What the page says, empty sections left out. */
export function sectionsOf(page: OperatorPage): readonly Section[] {
  const { definition, forms } = page;
  const all: readonly Section[] = [
    { title: "Meaning", kind: "text", lines: meaningOf(page) },
    { title: "Element types of input 0", kind: "list", lines: definition === undefined ? [] : [definition.types.join(", ")] },
    { title: "Elementary functions", kind: "list", lines: definition === undefined || definition.functions.length === 0 ? [] : [`${definition.functions.join(", ")}: errors in elementary.md`] },
    { title: "ONNX attributes", kind: "list", lines: page.attributes.map(attributeLine) },
    { title: "Attributes of the normal form", kind: "list", lines: definition === undefined || definition.attributes.length === 0 ? [] : [definition.attributes.join(", ")] },
    { title: "Forms of other opsets", kind: "list", lines: forms },
    { title: "Errors", kind: "list", lines: page.refusals.map(({ code, message }) => `${code}: ${message}`) },
    { title: "SONNX", kind: "list", lines: sonnxLines(page) },
    { title: "Node tests passed", kind: "list", lines: testLines(page) },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

function meaningOf({ op, definition, normalised }: OperatorPage): readonly string[] {
  if (definition === undefined) return [`${op} is rewritten into other operators, or evaluated, by import: ${normalised}.`];
  const { source, meaning, shared } = definition;
  return [...meaning.split("\n"), "", ...shared.flatMap(({ source: from, text }) => [`${from}:`, "", ...text.split("\n"), ""]), `Defined in ${source}.`];
}

function attributeLine({ name, since, until, optional }: OnnxAttribute): string {
  const when = [...(since === undefined ? [] : [`since opset ${since}`]), ...(until === undefined ? [] : [`until opset ${until - 1}`]), ...(optional ? ["may be left out"] : [])];
  return when.length === 0 ? name : `${name} (${when.join(", ")})`;
}

function sonnxLines({ op, sonnx }: OperatorPage): readonly string[] {
  if (sonnx === undefined) return [];
  const specified = sonnx.version === null ? "specified, the text names no version" : `specified as of version ${sonnx.version}`;
  const tags = sonnx.requirements.length === 0 ? "no tag of a function is published" : `tags ${sonnx.requirements.join(", ")}`;
  return [`${specified}; ${tags}`, ...sonnx.restrictions.map(([tag, asks]) => `${op} ${tag}: ${asks}`)];
}

function testLines(page: OperatorPage): readonly string[] {
  const { tests, noticed } = page;
  const suites = tests.map(({ suite, passed, all }) => `${suite}: ${passed} of ${all}`);
  return [...suites, ...(noticed === undefined ? [] : [`wrong meanings that these tests notice: ${noticed[0]} of ${noticed[1]}`])];
}

/** Cells of the table of all operators; the head is `tableHead`. */
export function tableRow(page: OperatorPage): readonly string[] {
  const [passed, all] = testsOf(page);
  const { definition, sonnx } = page;
  return [
    page.op, page.opsets.join("–"), definition === undefined ? "rewritten" : typesIn(definition.types), definition?.tier ?? "",
    all === 0 ? "" : `${passed} / ${all}`, sonnx === undefined ? "" : sonnx.requirements.join(" ") || "specified",
  ];
}

export const tableHead: readonly string[] = ["operator", "opsets", "types", "tier", "node tests", "SONNX"];

const allIntegers = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

/** All eight integer types as `integers`. */
function typesIn(types: readonly string[]): string {
  if (!allIntegers.every((type) => types.includes(type))) return types.join(" ");
  return [...types.filter((type) => !allIntegers.includes(type)), "integers"].join(" ");
}
