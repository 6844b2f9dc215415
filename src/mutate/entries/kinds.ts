/** Wrong loop kinds: iterations that may run together, and do not commute (rule W8). */
import { type WrongPass, entry, original } from "../entry.js";

const scan = (mode: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[9]

  start: y[0] = f32:0x00000000
  for i in 0..8 ${mode} {
    s: y[i + 1] = add.f32(y[i], x[i])
  }
  `;

const scanDataflow = `
  load s.0: if i - 1 >= 0: s[i - 1] | start[]
  final y: if d0 - 1 >= 0: s[d0 - 1] | start[]
  once y
  `;

const scalar = (mode: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  local a f32[]

  for i in 0..8 ${mode} {
    p: a[] = neg.f32(x[i])
    s: y[i] = sqrt.f32(a[])
  }
  `;

const rows = (mode: string): string => `
  program net
  input x "x" f32[4,3]
  output y "y" f32[4]
  local a f32[3]

  for i in 0..4 ${mode} {
    for u in 0..3 serial {
      p: a[u] = neg.f32(x[i, u])
    }
    s: y[i] = sub.f32(a[0], a[2])
  }
  `;

const scalarDataflow = "load s.0: p[i]\nfinal y: s[d0]\nonce y";
const rowsDataflow = "load s.0: p[i, 0]\nload s.1: p[i, 2]\nfinal y: s[d0]\nonce y";

export const kindEntries: readonly WrongPass[] = [
  entry({
    name: "scan-vectorised",
    bug: "a running sum declared a vector loop: each lane reads what another writes",
    before: original(scan("serial"), scanDataflow),
    after: scan("vector"),
    witness: `phi s: s[i]\n${scanDataflow.replaceAll(/^\s+/gm, "")}`,
  }),
  entry({
    name: "scalar-shared-by-lanes",
    bug: "temporary of a vector loop not expanded: one element for all lanes",
    before: original(scalar("serial"), scalarDataflow),
    after: scalar("vector"),
    witness: `phi p: p[i]\nphi s: s[i]\n${scalarDataflow}`,
  }),
  entry({
    name: "row-buffer-shared-by-threads",
    bug: "rows computed in parallel through one row buffer",
    before: original(rows("serial"), rowsDataflow),
    after: rows("parallel"),
    witness: `phi p: p[i, u]\nphi s: s[i]\n${rowsDataflow}`,
  }),
];
