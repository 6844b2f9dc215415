/** docs/operators.md: the table of all operators, then a section for each. */
import type { OperatorPage } from "../../src/operators/page.js";
import { type Section, sectionsOf, tableHead, tableRow } from "../../src/operators/sections.js";

const introduction = `# Operators

Written by \`npm run operators\` from the definitions (\`ir/ops\`), from import (\`src/onnx/normalise\`) and from the record of the
node tests ([node-tests.md](node-tests.md)); \`obligato ops\` and \`obligato ops NAME\` show the same.

**Meanings.** Capital letters are tensors, \`o\` is an index of the output, \`Σ\` in a fold runs in lexicographic order of its
indices. Each operation rounds once, to nearest even, where the text does not say otherwise; a multiply-add \`s + x·w\` of a
fold rounds as the build's contract says: twice (\`separate\`) or once (\`fused\`). All NaNs are one value. Elementary
functions are our own, with errors in [elementary.md](elementary.md). Integers wrap modulo 2ⁿ where the text does not say otherwise.

**Tiers.** T0: the code has the bits of the meaning, proved in every build. T2: for f32 there are rules for its distance from
the reals as well ([numeric.md](numeric.md)).

**Errors.** \`…\` stands for what depends on the node. Every operator refuses beside what its page lists: a number of inputs or
outputs it does not have (\`input-count\`, \`output-count\`), element types it does not list (\`element-type\`), inputs of different
types where they must share one (\`type-mismatch\`), unknown attributes or those of another kind (\`unknown-attribute\`,
\`attribute-type\`), and results without elements (\`empty-tensor\`).

**SONNX.** Tags and restrictions of the draft named in \`src/onnx/sonnx.ts\`; "specified" means that there is a text, and that it
gives the function no tag. GR1 to GR4 hold for all of them.
`;

export function operatorsMarkdown(pages: readonly OperatorPage[]): string {
  const linked = pages.map((page) => tableRow(page).map((cell, column) => (column === 0 ? `[${cell}](#${cell.toLowerCase()})` : cell)));
  const table = [tableHead, tableHead.map(() => "---"), ...linked].map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `${introduction}\n${table}\n\n${pages.map(pageMarkdown).join("\n")}`;
}

function pageMarkdown(page: OperatorPage): string {
  const [, opsets = "", , tier = ""] = tableRow(page);
  return `## ${page.op}\n\nOpsets ${opsets}${tier === "" ? "" : `, tier ${tier}`}.\n\n${sectionsOf(page).map(sectionMarkdown).join("\n")}`;
}

/** Texts keep their line ends, so that formulas stay as they stand in the source. */
function sectionMarkdown({ title, kind, lines }: Section): string {
  if (kind === "text") return `\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`;
  return `**${title}**\n\n${lines.map((line) => `- ${escaped(line)}`).join("\n")}\n`;
}

function escaped(line: string): string {
  return line.replaceAll(/[<>*_|[\]]/g, "\\$&");
}
