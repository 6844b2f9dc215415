/** cos and sin of parts of a turn: correctly rounded, exact where they are rational. */
import test from "ava";
import { cosOfTurns, sinOfTurns } from "../../src/onnx/normalise/turns.js";

/** Half the distance between the f32 x and its neighbours, and what a double cosine may be off. */
function halfStep(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 24) * (1 + 1e-6) + 2 ** -50;
}

test("each is the f32 nearest to the double value", (t) => {
  for (let n = 1; n <= 97; n++) {
    for (let m = 0; m < n; m++) {
      for (const [value, exact] of [[cosOfTurns(m, n), Math.cos((2 * Math.PI * m) / n)], [sinOfTurns(m, n), Math.sin((2 * Math.PI * m) / n)]] as const) {
        t.is(Math.fround(value), value);
        t.true(value === 0 ? Math.abs(exact) < 1e-14 : Math.abs(value - exact) <= halfStep(value), `${m}/${n}: ${value} for ${exact}`);
      }
    }
  }
});

test("quarters, sixths and twelfths are exact, and turns repeat", (t) => {
  t.deepEqual([0, 1, 2, 3, 4, 5, 6].map((m) => cosOfTurns(m, 6)), [1, 0.5, -0.5, -1, -0.5, 0.5, 1]);
  t.deepEqual([0, 1, 2, 3].map((m) => sinOfTurns(m, 4)), [0, 1, 0, -1]);
  t.is(sinOfTurns(1, 12), 0.5);
  t.is(cosOfTurns(-3, 7), cosOfTurns(4, 7));
  t.is(cosOfTurns(1, 8), Math.fround(Math.SQRT1_2));
});
