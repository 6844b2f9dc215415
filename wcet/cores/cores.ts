/** The cores the analyser knows, by the word of the command line. */
import type { Core } from "./core.js";
import { cortexM4 } from "./cortex-m4.js";
import { instructionMode } from "./instructions.js";

export const cores: readonly Core[] = [instructionMode, cortexM4];
