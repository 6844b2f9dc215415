/**
 * One Z3 instance in a thread of its own, from the npm package z3-solver.
 *
 * The package's one-call way to run SMT-LIB text frees the text before Z3 reads it,
 * so a satisfiable formula could be answered `unsat`; it is never used. Here the text
 * goes in synchronously (`solver_from_string`), then the error code must be 0 and Z3
 * must hold exactly the printed number of assertions (text it cannot parse leaves
 * none, and nothing is satisfiable), and only then it is asked. Every query has a
 * fresh context and the next one waits for the answer of this one.
 */
import { parentPort } from "node:worker_threads";
import { Z3_error_code, Z3_lbool, init } from "z3-solver";
import type { Z3_context, Z3_solver } from "z3-solver";
import { invariant, present } from "../../ir/prelude.js";
import { parseInteger, unknown } from "./solver.js";
import type { Answer, Query } from "./solver.js";

/** What the other side sends: a query with its resource limit. */
export interface Request {
  readonly query: Query;
  readonly limit: number;
}

/** What the worker sends back: once that it is ready, then one answer per query. */
export type Reply = { readonly kind: "ready"; readonly version: string } | { readonly kind: "answer"; readonly answer: Answer };

/** The text, ASCII and so a byte a character, travels over Z3's stack of 20 MiB. */
const longestText = 4 * 1024 * 1024;

const port = present(parentPort, "a parent thread");
const { Z3 } = await init();
const post = (reply: Reply): void => port.postMessage(reply);

async function answer(query: Query, limit: number): Promise<Answer> {
  if (query.text.length > longestText) return unknown("resource-limit", `text of ${query.text.length} characters`);
  const config = Z3.mk_config();
  const context = Z3.mk_context_rc(config);
  Z3.del_config(config);
  const solver = Z3.mk_solver(context);
  Z3.solver_inc_ref(context, solver);
  try {
    setLimit(context, solver, limit);
    Z3.solver_from_string(context, solver, query.text);
    const corruption = whatWasNotRead(context, solver, query.assertions);
    if (corruption !== undefined) return unknown("corrupt", corruption);
    return await check(context, solver, query);
  } finally {
    Z3.solver_dec_ref(context, solver);
    Z3.del_context(context);
  }
}

function setLimit(context: Z3_context, solver: Z3_solver, limit: number): void {
  const params = Z3.mk_params(context);
  Z3.params_inc_ref(context, params);
  Z3.params_set_uint(context, params, Z3.mk_string_symbol(context, "rlimit"), limit);
  Z3.solver_set_params(context, solver, params);
  Z3.params_dec_ref(context, params);
}

function whatWasNotRead(context: Z3_context, solver: Z3_solver, expected: number): string | undefined {
  const error = Z3.get_error_code(context);
  if (error !== Z3_error_code.Z3_OK) return `error code ${error}: ${Z3.get_error_msg(context, error)}`;
  const held = Z3.solver_get_assertions(context, solver);
  Z3.ast_vector_inc_ref(context, held);
  const count = Z3.ast_vector_size(context, held);
  Z3.ast_vector_dec_ref(context, held);
  return count === expected ? undefined : `${count} assertions read, ${expected} printed`;
}

async function check(context: Z3_context, solver: Z3_solver, query: Query): Promise<Answer> {
  const result = await Z3.solver_check(context, solver);
  const error = Z3.get_error_code(context);
  if (error !== Z3_error_code.Z3_OK) return unknown("solver-error", `error code ${error}: ${Z3.get_error_msg(context, error)}`);
  switch (result) {
    case Z3_lbool.Z3_L_FALSE:
      return { kind: "unsat" };
    case Z3_lbool.Z3_L_TRUE:
      return readModel(context, solver, query.variables);
    case Z3_lbool.Z3_L_UNDEF:
      return reasonUnknown(Z3.solver_get_reason_unknown(context, solver));
  }
}

/** Nobody here interrupts a check, so `canceled` too is the limit. */
function reasonUnknown(reason: string): Answer {
  return unknown(/resource limit|cancell?ed/.test(reason) ? "resource-limit" : "solver-error", reason);
}

/** A variable that no assertion constrains has no interpretation: it is 0. */
function readModel(context: Z3_context, solver: Z3_solver, variables: readonly string[]): Answer {
  const model = Z3.solver_get_model(context, solver);
  Z3.model_inc_ref(context, model);
  const texts = new Map<string, string>();
  for (let k = 0; k < Z3.model_get_num_consts(context, model); k++) {
    const declaration = Z3.model_get_const_decl(context, model, k);
    const value = Z3.model_get_const_interp(context, model, declaration);
    const name = Z3.get_symbol_string(context, Z3.get_decl_name(context, declaration));
    texts.set(name, Z3.get_numeral_string(context, value));
  }
  Z3.model_dec_ref(context, model);
  const values = variables.map((name) => parseInteger(texts.get(name) ?? "0"));
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? { kind: "sat", values: known } : unknown("solver-error", "a model without integer values");
}

function isRequest(message: unknown): message is Request {
  return typeof message === "object" && message !== null && "query" in message && "limit" in message;
}

port.on("message", (message: unknown) => {
  invariant(isRequest(message), "a message that is not a request");
  void answer(message.query, message.limit).then((done) => post({ kind: "answer", answer: done }));
});
post({ kind: "ready", version: Z3.get_full_version() });
