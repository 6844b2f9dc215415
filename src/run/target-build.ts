/** Compiles proved C for a target and links it, in a folder that is gone afterwards. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import type { Analyser, TargetBinary } from "../evidence/target-files.js";
import { compileForBoard } from "../toolchain/board.js";
import type { Board } from "../toolchain/boards.js";
import { writeEmission } from "../toolchain/compile.js";
import { findTool, versionOf } from "../toolchain/tools.js";
import { compiledFor } from "./analyser-flags.js";

export interface TargetRequest {
  readonly read: ReadBack;
  readonly files: readonly EmittedFile[];
  readonly board: Board;
  readonly optimisation: Optimisation;
  readonly analyser?: Analyser | undefined;
}

/** Undefined where the cross compiler is not installed; throws a Refusal for code that it refuses. */
export async function targetBinary(request: TargetRequest): Promise<TargetBinary | undefined> {
  const compiler = findTool(`${request.board.prefix}gcc`);
  if (compiler === undefined) return undefined;
  const { made, extra } = await compiledFor(request.analyser, runName(request.read.model), (flags) => linked(request, flags), ({ image }) => image);
  return { extra, compiler: await versionOf(compiler), ...made };
}

interface Linked {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly image: Uint8Array;
}

async function linked({ read: { model, program }, files, board, optimisation }: TargetRequest, extra: readonly string[]): Promise<Linked> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-target-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary, objects } = await compileForBoard({ board, folder, model, program, optimisation, extra });
    return { objects: new Map(objects.map((path) => [basename(path), readFileSync(path)])), image: readFileSync(binary) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
