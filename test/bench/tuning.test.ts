/** The figures of docs/tuning.md: rank correlation and what the model's favourite costs, on made-up sightings. */
import test from "ava";
import { correlationOf, gainTable, regretOf } from "../../bench/tuning/page.js";

const sightings = (site: string, pairs: readonly (readonly [number, number])[]): readonly { site: string; modelled: number; price: number }[] =>
  pairs.map(([modelled, price]) => ({ site, modelled, price }));

test("rank correlation: 1 for one order, -1 for the opposite, by nest", (t) => {
  t.is(correlationOf(sightings("n0", [[1, 10], [2, 20], [3, 90]])), 1);
  t.is(correlationOf(sightings("n0", [[1, 3], [2, 2], [3, 1]])), -1);
  t.is(correlationOf([...sightings("n0", [[1, 1], [2, 2], [3, 3]]), ...sightings("n1", [[1, 3], [2, 2], [3, 1]])]), 0);
  t.is(correlationOf(sightings("n0", [[1, 1], [1, 2], [1, 3]])), 0, "a model that tells nothing apart");
  t.is(correlationOf([]), 0);
});

test("the model's favourite, by the best that was measured", (t) => {
  t.is(regretOf(sightings("n0", [[1, 1.5], [2, 1]])), 0.5);
  t.is(regretOf([...sightings("n0", [[1, 1.5], [2, 1]]), ...sightings("n1", [[1, 1], [2, 4]])]), 0.25);
  t.is(regretOf([]), 0);
});

test("a row whose bits differ says so", (t) => {
  const row = { name: "x", times: [2, 1, 1], ratios: [0.5, 0.5], modelled: 3, compiled: 2, changed: 1, dropped: { refuted: 1, dearer: 0 }, seconds: 4, sightings: 0, correlation: 0, regret: 0 };
  t.deepEqual(gainTable([{ ...row, sameBits: true }])[1], ["x", "2.00", "1.00", "0.500", "1.00", "0.500", "3", "2", "1", "1 refuted", "4"]);
  t.regex(gainTable([{ ...row, sameBits: false }])[1]?.[0] ?? "", /other bits/);
});
