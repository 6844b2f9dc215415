/** The formats in which facts about the loops of an ELF can be written; one file each in formats/. */
import { ais1 } from "./formats/ais1.js";
import { ais2 } from "./formats/ais2.js";
import { boundT } from "./formats/bound-t.js";
import { csv } from "./formats/csv.js";
import { f4 } from "./formats/f4.js";
import { ffx, ffxLines } from "./formats/ffx.js";
import type { FactFormat } from "./formats/format.js";
import { pml } from "./formats/pml.js";

export const factFormats: readonly FactFormat[] = [f4, ffx, ffxLines, ais2, ais1, pml, boundT, csv];
