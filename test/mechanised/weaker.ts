/**
 * Hypotheses of the Coq proof made weaker, each as a kernel could have been wrong:
 * the proof must no longer go through. At least one per rule.
 */
export interface Weaker {
  readonly rule: string;
  readonly what: string;
  /** Without `.v`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const weaker: readonly Weaker[] = [
  {
    rule: "W0", what: "as many outputs, of any shape", file: "refinement",
    from: "map snd (outputs after) = map snd (outputs before);",
    to: "List.length (outputs after) = List.length (outputs before);",
  },
  {
    rule: "W1", what: "an operator of the same arity, whatever it is", file: "refinement",
    from: "| Matches : forall f args args' n,\n      expr_of before n = Some (Op f args')",
    to: "| Matches : forall f g args args' n,\n      expr_of before n = Some (Op g args')",
  },
  {
    rule: "W2", what: "a producer that need not run before its reader", file: "sources",
    from: "        precedes (p, snd (result c) x) (s, x) /\\\n",
    to: "",
  },
  {
    rule: "W2", what: "some case of phi instead of every active one", file: "refinement",
    from: "forall c, active (phi (n_store k)) (n_point k) c -> result c (n_point k) = To wanted",
    to: "exists c, In c (phi (n_store k)) /\\ result c (n_point k) = To wanted",
  },
  {
    rule: "W3", what: "the reader's own statement is not asked", file: "sources",
    from: "In w (stores P) -> s_buffer w = b -> in_domain w y -> s_index w y = i x ->\n      ~ (precedes",
    to: "In w (stores P) -> w <> s -> s_buffer w = b -> in_domain w y -> s_index w y = i x ->\n      ~ (precedes",
  },
  {
    rule: "W3", what: "two instances of different stores only", file: "sources",
    from: "In b (once D) -> In v (stores P) -> In w (stores P) ->",
    to: "In b (once D) -> v <> w -> In v (stores P) -> In w (stores P) ->",
  },
  {
    rule: "W4", what: "the last store's own statement may write again", file: "sources",
    from: "In w (stores P) -> s_buffer w = o -> in_domain w y -> s_index w y = d ->",
    to: "In w (stores P) -> w <> p -> s_buffer w = o -> in_domain w y -> s_index w y = d ->",
  },
  {
    rule: "W5", what: "some producer is named, the cases need not cover", file: "sources",
    from: "covered (producers D (s_name s) j) x;",
    to: "producers D (s_name s) j <> [];",
  },
  {
    rule: "W5", what: "the cases of phi need not cover", file: "refinement",
    from: "covered (phi (s_name s)) x;",
    to: "phi (s_name s) <> [];",
  },
  {
    rule: "W6", what: "the flat index within the buffer, not each dimension", file: "plan",
    from: "In (b, d) (accesses (s, x)) -> within (shape_of b) d;",
    to: "In (b, d) (accesses (s, x)) -> (0 <= flatten (shape_of b) d < size (shape_of b))%Z;",
  },
  {
    rule: "W7", what: "weights may be written", file: "sources",
    from: "forall s, In s (stores P) -> kind_of P (s_buffer s) = Stored;",
    to: "forall s n, In s (stores P) -> kind_of P (s_buffer s) <> Input n;",
  },
  {
    rule: "W8", what: "only writes are compared with writes", file: "kinds",
    from: "In e (accesses (w, y)) -> written (s, x) <> e;",
    to: "e = written (w, y) -> written (s, x) <> e;",
  },
  {
    rule: "M1", what: "a temp that is only read is not live", file: "plan",
    from: "Definition touches (s : store) (b : name) : Prop := s_buffer s = b \\/ In b (map fst (loads (s_value s))).",
    to: "Definition touches (s : store) (b : name) : Prop := s_buffer s = b.",
  },
  {
    rule: "M1", what: "temps share cells only if they begin at one offset", file: "plan",
    from: "(p_offset a < p_offset b + size (shape_of (p_buffer b)) /\\ p_offset b < p_offset a + size (shape_of (p_buffer a)))%Z",
    to: "p_offset a = p_offset b",
  },
];
