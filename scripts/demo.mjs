/**
 * `npm run demo`: from a fresh clone, with Node.js and npm only, to a proved build
 * of the digits example and its answers on ten digits it was not trained on.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { build } from "./build.mjs";
import { ensurePackages } from "./setup.mjs";
import { at, root, runNode } from "./support.mjs";

const obligato = at("bin", "obligato.mjs");
const built = "out/digits";

/** Runs one command line of Obligato, showing it as a person would type it. */
function show(args) {
  console.log(`\n$ npx obligato ${args.join(" ")}\n`);
  const status = runNode(obligato, args);
  if (status !== 0) process.exit(status);
}

/** The logits of one sample, and what computed them. */
function classify(sample) {
  const args = ["run", built, "--input", sample, "--json"];
  const done = spawnSync(process.execPath, [obligato, ...args], { cwd: root, encoding: "utf8" });
  if (done.status !== 0) {
    console.error(`npx obligato ${args.join(" ")}\n${done.stderr}`);
    process.exit(done.status ?? 1);
  }
  const { engine, outputs } = JSON.parse(done.stdout);
  return { engine, logits: outputs[0].data };
}

function indexOfLargest(values) {
  return values.indexOf(Math.max(...values));
}

/** A 28 x 28 image in 14 lines of text: two rows of pixels a line, one column a character. */
function draw(pixels) {
  const shades = " .:-=+*#%@";
  const rows = [];
  for (let row = 0; row < 28; row += 2) {
    const line = Array.from({ length: 28 }, (_, column) => (pixels[row * 28 + column] + pixels[(row + 1) * 28 + column]) / 2);
    rows.push(line.map((light) => shades[Math.min(9, Math.floor(light * 10))]).join(""));
  }
  return rows.join("\n");
}

ensurePackages();
build();
show(["build", "examples/digits/digits.onnx", "-o", built, "--force"]);

const labels = JSON.parse(readFileSync(at("examples/digits/labels.json"), "utf8"));
console.log("\nTen digits the network was not trained on; the last of them:\n");
console.log(draw(JSON.parse(readFileSync(at("examples/digits/samples/digit_9.json"), "utf8")).data));
console.log("\nsample         label  answer  logit");
let right = 0;
let engineUsed = "";
for (const [sample, label] of Object.entries(labels)) {
  const { engine, logits } = classify(`examples/digits/samples/${sample}`);
  const answer = indexOfLargest(logits);
  engineUsed = engine;
  right += answer === label ? 1 : 0;
  console.log(`${sample.padEnd(13)}  ${String(label).padStart(5)}  ${String(answer).padStart(6)}  ${logits[answer].toFixed(3).padStart(6)}`);
}
console.log(`\n${right} of ${Object.keys(labels).length} right.`);
console.log(
  engineUsed === "interpreter"
    ? "There is no C compiler here: Obligato's own interpreter of the model computed this, not the C."
    : "The C in out/digits, compiled here, computed this.",
);
