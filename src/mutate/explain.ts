/** placeholder */
import type { WrongPass } from "./entry.js";
import type { Row } from "./index.js";
export function explainPass(_pass: WrongPass, _row: Row | undefined, _folder: string | undefined): readonly string[] { return []; }
