/**
 * Step 3, the rebuild. From the model, the texts of the stages and the C alone:
 * the reference program is printed anew, each program and witness parsed from its
 * text, the kernel makes every obligation again, and the C is read back. The program
 * that was read takes part in the chain, not the one the evidence says was read.
 */
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { claims } from "../../proofs/kernel/claims.js";
import { type Established, beginChain, checkStage, interfaceOf } from "../../proofs/kernel/kernel.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { derivedConstants } from "../../proofs/reference/derived.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { stageFolder } from "../evidence/package-facts.js";
import { parseWitness } from "../evidence/witness-text.js";
import { textClaims } from "../text-claims.js";
import { type Finding, altered, attempt } from "./finding.js";
import type { AuditedModel } from "./model.js";
import { type Snapshot, textIn } from "./seal.js";

/** A stage as the kernel sees it now. */
export interface RebuiltStage {
  readonly name: string;
  readonly folder: string;
  readonly program: Program | undefined;
  readonly witness: Witness | undefined;
  readonly obligations: readonly Obligation[];
}

export interface Rebuilt {
  readonly stages: readonly RebuiltStage[];
  readonly read: ReadBack;
  readonly files: readonly EmittedFile[];
}

/** The stages that every chain has: the first, the last, and the one that spans it. */
const [reference, readBack, endToEnd] = ["reference", "read-back", "end-to-end"] as const;

interface Chain {
  readonly files: Snapshot;
  readonly model: AuditedModel;
  readonly contract: MulAddContract;
  readonly read: ReadBack;
  readonly stages: RebuiltStage[];
  readonly findings: Finding[];
  first: Established | undefined;
  last: Established | undefined;
}

/** Undefined where a text cannot be read; the finding says which, and what was not checked for it. */
export function rebuild(files: Snapshot, model: AuditedModel, contract: MulAddContract, findings: Finding[]): Rebuilt | undefined {
  const sources = [...files.keys()].filter((path) => path.startsWith("src/")).map((path) => ({ name: path.slice("src/".length), text: textIn(files, path) }));
  const read = attempt(findings, "src", () => checkedReadBack(sources));
  if (read === undefined) return undefined;
  const chain: Chain = { files, model, contract, read, stages: [], findings, first: undefined, last: undefined };
  const names = stageNames(files, model, findings);
  if (names === undefined) return undefined;
  for (const [k, name] of names.entries()) {
    const stage = attempt(findings, stageFolder(name, k), () => remake(chain, name, stageFolder(name, k)));
    if (stage === undefined) {
      findings.push(altered(`${names.length - k} stages from here on were not made again`, stageFolder(name, k)));
      return undefined;
    }
    chain.stages.push(stage);
  }
  return { stages: chain.stages, read, files: sources };
}

/** The names in order, if they are those of a whole chain. */
function stageNames(files: Snapshot, { imported, numeric }: AuditedModel, findings: Finding[]): readonly string[] | undefined {
  const folders = new Set([...files.keys()].flatMap((path) => /^evidence\/stages\/[^/]+(?=\/)/.exec(path)?.[0] ?? []));
  const names = [...folders].toSorted().map((folder) => folder.replace(/^evidence\/stages\/\d+-/, ""));
  const first = [...(numeric === undefined || numeric.obligations.length === 0 ? [] : [numeric.name]), ...(imported.graph.derived.size === 0 ? [] : ["import"]), reference];
  const numbered = names.every((name, k) => folders.has(stageFolder(name, k)));
  const whole = names.slice(0, first.length).join() === first.join() && names.slice(-2).join() === [readBack, endToEnd].join();
  if (numbered && whole && new Set(names).size === names.length) return names;
  findings.push(altered(`the stages are not a chain ${[...first, "…", readBack, endToEnd].join(", ")}: ${names.join(", ")}`, "evidence/stages"));
  return undefined;
}

function remake(chain: Chain, name: string, folder: string): RebuiltStage {
  if (name === "import") return { name, folder, program: undefined, witness: undefined, obligations: constantsAgain(chain) };
  const { numeric } = chain.model;
  if (name === numeric?.name) return { name, folder, program: undefined, witness: undefined, obligations: numeric.obligations };
  const text = textIn(chain.files, `${folder}/program.loop`);
  const witness = parseWitness(textIn(chain.files, `${folder}/witness.json`), `${folder}/witness.json`);
  const program = programOf(chain, name, folder, text);
  const given = { stage: name, model: interfaceOf(chain.model.imported.graph) };
  const before = name === endToEnd ? chain.first : chain.last;
  const { obligations, established } = before === undefined ? beginChain(given, program, witness) : checkStage(given, before, program, witness);
  const besides = name === readBack && before !== undefined ? textClaimsAgain(chain, before.program) : [];
  if (chain.first === undefined || witness.backward === true) chain.first = established; // where end-to-end claims start
  chain.last = established;
  return { name, folder, program, witness, obligations: [...obligations, ...besides] };
}

/** The program a stage is about: made anew or read back where that can be done, and then compared with the text. */
function programOf({ model, contract, read, findings }: Chain, name: string, folder: string, text: string): Program {
  if (name === reference) return same(referenceProgram(model.imported.graph, contract), text, "the reference program is not that of the model", folder, findings);
  if (name === readBack || name === endToEnd) return same(read.program, text, "the program is not the one in the C", folder, findings);
  return parseProgram(text);
}

function same(program: Program, text: string, what: string, folder: string, findings: Finding[]): Program {
  if (printProgram(program) !== text) findings.push(altered(what, `${folder}/program.loop`));
  return program;
}

function constantsAgain({ model, contract }: Chain): readonly Obligation[] {
  const into = claims("import");
  derivedConstants(into, model.imported.graph, contract);
  return into.obligations;
}

function textClaimsAgain({ model, contract, read }: Chain, emitted: Program): readonly Obligation[] {
  return textClaims({ stage: readBack, emitted, read, graph: model.imported.graph, contract }).obligations;
}
