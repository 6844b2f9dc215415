/** Compiles proved C for a target and links it, in a folder that is gone afterwards. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import type { Optimisation } from "../../backends/c/flags.js";
import type { TargetBinary } from "../evidence/target-files.js";
import { compileForBoard } from "../toolchain/board.js";
import type { Board } from "../toolchain/boards.js";
import { writeEmission } from "../toolchain/compile.js";
import { findTool, versionOf } from "../toolchain/tools.js";

/** Undefined where the cross compiler is not installed; throws a Refusal for code that it refuses. */
export async function targetBinary(board: Board, optimisation: Optimisation, { model, program }: ReadBack, files: readonly EmittedFile[]): Promise<TargetBinary | undefined> {
  const compiler = findTool(`${board.prefix}gcc`);
  if (compiler === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "obligato-target-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary, objects } = await compileForBoard({ board, folder, model, program, optimisation });
    return { compiler: await versionOf(compiler), objects: new Map(objects.map((path) => [basename(path), readFileSync(path)])), image: readFileSync(binary) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
