/** What the progress line says of the time left. */
import test from "ava";
import { timeLeft } from "../../src/cli/terminal.js";

test("time left: at the pace so far, once there is a pace and something to wait for", (t) => {
  t.is(timeLeft(1, 10, 100), "");
  t.is(timeLeft(3, 99, 100), "");
  t.is(timeLeft(10, 0, 100), "");
  t.is(timeLeft(10, 50, 100), ", about 10 s left");
  t.is(timeLeft(60, 100, 1000), ", about 9 min left");
});
