(** * Rule W8: what iterations that run together may share

    Which elements an instance touches, and what is asked of two instances in different
    iterations of a vector or parallel loop.
    Counterpart: kinds.ts, accessesOf of bounds.ts; docs/theorem.md section 3. *)

From Coq Require Import List.
From Obligato Require Import model.
Import ListNotations.

(** The elements that an instance writes and reads: accessesOf of bounds.ts. *)
Definition accesses (i : instance) : list element :=
  written i :: map (fun l => (fst l, snd l (snd i))) (loads (s_value (fst i))).

(** Rule W8. Stores whose positions agree down to a loop at depth [k] are inside that loop. *)
Record W8_kinds (P : program) : Prop := {
  W8_iterations_share_no_written_element : forall s w k how x y e,
    In s (stores P) -> In w (stores P) ->
    nth_error (s_modes s) k = Some how -> together how = true ->
    firstn (S k) (s_positions s) = firstn (S k) (s_positions w) ->
    in_domain s x -> in_domain w y ->
    firstn k x = firstn k y -> nth_error x k <> nth_error y k ->
    In e (accesses (w, y)) -> written (s, x) <> e;
}.
