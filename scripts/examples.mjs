/**
 * Runs the examples: every command of the `sh` blocks of examples/NAME/README.md, in
 * order, from the repository root. The transcript, with what differs between
 * machines made equal, is examples/NAME/EXPECT.md.
 *
 *   node scripts/examples.mjs --check  [NAME…]   compares; exit 1 and a diff if it differs
 *   node scripts/examples.mjs --update [NAME…]   writes
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { at, fail, root } from "./support.mjs";

const obligato = `"${process.execPath}" "${at("bin", "obligato.mjs")}"`;

/** The commands of a README: lines of its `sh` blocks, comments left out, continued lines joined. */
function commandsOf(readme) {
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1]);
  const lines = blocks.join("").replace(/\\\n\s*/g, "").split("\n");
  return lines.map((line) => line.replace(/^\$ /, "").trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** Paths of this machine, durations, sizes of memory and ends of lines are made equal. */
function normalise(text) {
  return text
    .replaceAll(root, "")
    .replace(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, "<time>")
    .replace(/\b\d+(\.\d+)? ?(MB|MiB|GB|GiB) of memory\b/g, "<memory>")
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
}

/** One command with its exit status, if not 0, and everything it printed. */
function transcriptOf(command) {
  const line = command.replace(/^npx obligato\b/, () => obligato);
  const env = { ...process.env, NO_COLOR: "1", CI: "true" };
  const done = spawnSync("sh", ["-c", `${line} 2>&1`], { cwd: root, encoding: "utf8", env, maxBuffer: 2 ** 26 });
  const status = done.status === 0 ? "" : `\n[exit ${done.status ?? "by signal"}]`;
  return `\`\`\`text\n$ ${command}\n${normalise(done.stdout)}${status}\n\`\`\`\n`;
}

function expectationOf(name) {
  const commands = commandsOf(readFileSync(at("examples", name, "README.md"), "utf8"));
  if (commands.length === 0) fail(`examples/${name}/README.md has no command to run`);
  const head = `# Expected output of examples/${name}\n\nWritten by \`npm run examples:update\`, compared by \`test/examples.test.ts\`.\n`;
  return `${head}\n${commands.map(transcriptOf).join("\n")}`;
}

/** The first line that differs, with what was expected and what came. */
function firstDifference(expected, actual) {
  const want = expected.split("\n");
  const have = actual.split("\n");
  const line = want.findIndex((text, index) => text !== have[index]);
  const index = line === -1 ? want.length : line;
  return `line ${index + 1}\n  expected: ${want[index] ?? "(end)"}\n  actual:   ${have[index] ?? "(end)"}`;
}

function check(name) {
  const file = at("examples", name, "EXPECT.md");
  const actual = expectationOf(name);
  const expected = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (actual === expected) return true;
  console.error(`examples/${name}/EXPECT.md differs at ${firstDifference(expected, actual)}\n\n${actual}`);
  return false;
}

const [mode, ...chosen] = process.argv.slice(2);
const all = readdirSync(at("examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory() && existsSync(at("examples", entry.name, "README.md"))).map((entry) => entry.name);
const names = chosen.length > 0 ? chosen : all.sort();
if (mode === "--update") {
  for (const name of names) writeFileSync(at("examples", name, "EXPECT.md"), expectationOf(name));
} else if (mode === "--check") {
  if (!names.map(check).every(Boolean)) process.exit(1);
} else {
  fail("usage: node scripts/examples.mjs --check|--update [NAME…]");
}
