/** The cores the analyser knows, by the word of the command line. */
import type { Core } from "./core.js";
import { cortexM4 } from "./cortex-m4.js";
import { cortexM7 } from "./cortex-m7.js";
import { cv32e40p } from "./cv32e40p.js";
import { instructionMode } from "./instructions.js";

export const cores: readonly Core[] = [instructionMode, cortexM4, cortexM7, cv32e40p];
