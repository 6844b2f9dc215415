/**
 * Trains examples/flight-mlp/flight-mlp.onnx: five advisories from seven quantities
 * of an encounter of two aircraft, learnt from a rule written below. The rule is made
 * up for the example; only the shape of the problem is that of collision avoidance.
 *
 *   node scripts/train-flight-mlp.mjs
 *
 * The same seed gives the same bytes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { writeModel } from "./onnx-writer.mjs";
import { at } from "./support.mjs";
import { accuracy, dense, randomFrom, relu, train } from "./training.mjs";

const target = at("examples", "flight-mlp");
const advisories = ["clear of conflict", "weak left", "weak right", "strong left", "strong right"];

/** The seven inputs with their ranges; the network sees each scaled to [-1, 1]. */
const quantities = [
  { name: "distance", unit: "m", low: 0, high: 20000 },
  { name: "bearing of the intruder", unit: "rad", low: -Math.PI, high: Math.PI },
  { name: "heading of the intruder, relative", unit: "rad", low: -Math.PI, high: Math.PI },
  { name: "own speed", unit: "m/s", low: 50, high: 350 },
  { name: "intruder's speed", unit: "m/s", low: 0, high: 350 },
  { name: "difference of altitude", unit: "m", low: -600, high: 600 },
  { name: "vertical speed, relative", unit: "m/s", low: -15, high: 15 },
];

/**
 * The advisory by rule: straight flight for a minute; the closer and the sooner the
 * closest approach, the stronger the turn, away from the side it passes on.
 */
function advise([distance, bearing, heading, own, intruder, above, climb]) {
  const position = [distance * Math.cos(bearing), distance * Math.sin(bearing)];
  const velocity = [intruder * Math.cos(heading) - own, intruder * Math.sin(heading)];
  const speed2 = velocity[0] ** 2 + velocity[1] ** 2 + 1;
  const closest = Math.min(60, Math.max(0, -(position[0] * velocity[0] + position[1] * velocity[1]) / speed2));
  const miss = Math.hypot(position[0] + closest * velocity[0], position[1] + closest * velocity[1]);
  if (miss > 3000 || Math.abs(above + climb * closest) > 300) return 0;
  const turnLeft = position[0] * velocity[1] - position[1] * velocity[0] > 0 ? 0 : 1;
  return (miss < 1200 && closest < 40 ? 3 : 1) + turnLeft;
}

function encounter(random) {
  const values = quantities.map(({ low, high }) => low + (high - low) * random());
  const input = Float32Array.from(quantities, ({ low, high }, k) => (2 * (values[k] - low)) / (high - low) - 1);
  return { values, input, label: advise(values) };
}

/** As many encounters of each advisory, so that the rare ones are learnt too. */
function encounters(each, random) {
  const found = advisories.map(() => []);
  while (found.some((list) => list.length < each)) {
    const one = encounter(random);
    if (found[one.label].length < each) found[one.label].push(one);
  }
  return found.flat();
}

const random = randomFrom(7);
const parts = [dense(7, 32, random), dense(32, 32, random), dense(32, 32, random), dense(32, 5, random)];
const layers = [parts[0], relu(), parts[1], relu(), parts[2], relu(), parts[3]];
const training = encounters(8000, random);
const heldOut = encounters(1000, random);
train(layers, training, { epochs: 30, rate: 0.03, batch: 32, random });
console.log(`${training.length} trained on, ${heldOut.length} held out, ${(100 * accuracy(layers, heldOut)).toFixed(1)} % of those as the rule`);

const sizes = [7, 32, 32, 32, 5];
const nodes = parts.flatMap((_, k) => {
  const last = k === parts.length - 1;
  const gemm = {
    name: `layer${k + 1}`, op: "Gemm", inputs: [k === 0 ? "encounter" : `hidden${k}`, `layer${k + 1}.weight`, `layer${k + 1}.bias`],
    output: last ? "advisory" : `sum${k + 1}`, attributes: { alpha: { f: 1 }, beta: { f: 1 }, transA: { i: 0 }, transB: { i: 1 } },
  };
  return last ? [gemm] : [gemm, { name: `relu${k + 1}`, op: "Relu", inputs: [`sum${k + 1}`], output: `hidden${k + 1}` }];
});
const bytes = writeModel(`${target}/flight-mlp.onnx`, {
  name: "flight-mlp",
  input: { name: "encounter", shape: [1, 7] },
  output: { name: "advisory", shape: [1, 5] },
  weights: parts.flatMap(({ weight, bias }, k) => [
    { name: `layer${k + 1}.weight`, shape: [sizes[k + 1], sizes[k]], data: weight.value },
    { name: `layer${k + 1}.bias`, shape: [sizes[k + 1]], data: bias.value },
  ]),
  nodes,
});
console.log(`flight-mlp.onnx: ${bytes} bytes`);

mkdirSync(`${target}/samples`, { recursive: true });
const labels = {};
for (const [label, advisory] of advisories.entries()) {
  const { input, values } = heldOut.find((one) => one.label === label);
  const file = `${advisory.replaceAll(" ", "_")}.json`;
  writeFileSync(`${target}/samples/${file}`, `${JSON.stringify({ type: "f32", shape: [1, 7], data: Array.from(input) })}\n`);
  labels[file] = label;
  console.log(`${file}: ${values.map((value, k) => `${value.toFixed(1)} ${quantities[k].unit}`).join(", ")}`);
}
writeFileSync(`${target}/labels.json`, `${JSON.stringify(labels, null, 2)}\n`);
