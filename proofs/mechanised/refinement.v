(** * The rules of a step

    phi sends the operator instances of [after] to those of [before]. The walk of a value
    beside its target, the demands it leaves at loads, and the rules W0, W1, W2, W4 and
    W5 of a step, stated as the kernel makes them.
    Counterpart: refine.ts; docs/theorem.md section 3. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order cases sources.
Import ListNotations.

Inductive target := Dead | To (n : node).

(** phi of a witness: per store of [after] whose value is an operator. *)
Definition mapping := name -> list (case (point -> target)).

Section Rules.
  Variables (before after : program) (Db Da : dataflow) (phi : mapping).

  (** ** Operands of operator instances of [before] *)

  Definition expr_of (P : program) (n : node) : option expr :=
    match lookup P (n_store n) with Some s => value_at (s_value s) (n_path n) | None => None end.

  Definition child (n : node) (j : nat) : node := Node (n_store n) (n_point n) (n_path n ++ [j]).

  (** A node, or the cases of a source with the point they are asked at. *)
  Inductive operand := OperandNode (n : node) | OperandCases (t : table) (y : point).

  Definition table_of (P : program) (D : dataflow) (n : name) (path : list nat) (b : name) (i : point -> point) : table :=
    match lookup P n with
    | Some s => match sources_of P D (rank (s_value s) path) s b i with Some t => t | None => [] end
    | None => []
    end.

  (** operand of class Walk. *)
  Definition operand_of (n : node) (j : nat) : operand :=
    match expr_of before (child n j) with
    | Some (Op _ _) => OperandNode (child n j)
    | Some (Load b i) => OperandCases (table_of before Db (n_store n) (n_path n ++ [j]) b i) (n_point n)
    | Some (Const c) => OperandCases [unconditional (fun _ => Leaf (LeafConst c))] (n_point n)
    | Some (Index z) => OperandCases [unconditional (fun y => Leaf (LeafIndex (z y)))] (n_point n)
    | None => OperandCases [] (n_point n)
    end.

  (** isNode: phi(source) is the node, in whichever case of phi the source falls. *)
  Definition is_node (src : source) (wanted : node) : Prop :=
    match src with
    | Leaf _ => False
    | Inner k => phi (n_store k) <> [] /\
        forall c, active (phi (n_store k)) (n_point k) c -> result c (n_point k) = To wanted
    end.

  (** sameSource: a source of [after], mapped through phi, is the operand of [before]. *)
  Definition same_source (src : source) (o : operand) : Prop :=
    match o with
    | OperandNode n => is_node src n
    | OperandCases t y => t <> [] /\
        forall c, active t y c ->
          match result c y with Inner n => is_node src n | Leaf k => src = Leaf k end
    end.

  (** ** The walk: a value of [after] beside an operator of [before] *)

  Inductive matches (x : point) : expr -> node -> Prop :=
  | Matches : forall f args args' n,
      expr_of before n = Some (Op f args') -> List.length args = List.length args' ->
      (forall j a, nth_error args j = Some a -> argument x a (operand_of n j)) ->
      matches x (Op f args) n
  with argument (x : point) : expr -> operand -> Prop :=
  | ArgumentLoad : forall b i o, argument x (Load b i) o  (* left to the demands *)
  | ArgumentConst : forall c o, same_source (Leaf (LeafConst c)) o -> argument x (Const c) o
  | ArgumentIndex : forall z o, same_source (Leaf (LeafIndex (z x))) o -> argument x (Index z) o
  | ArgumentNode : forall f args n, matches x (Op f args) n -> argument x (Op f args) (OperandNode n)
  | ArgumentCases : forall f args t y, t <> [] ->
      (forall c, active t y c -> exists n, result c y = Inner n /\ matches x (Op f args) n) ->
      argument x (Op f args) (OperandCases t y).

  Definition same_operator (f : name) (args : list expr) (n : node) : Prop :=
    exists args', expr_of before n = Some (Op f args') /\ List.length args = List.length args'.

  (** The demand that the walk leaves at the load at [path]; the conditions under which
      the kernel records it are the active cases on the way. *)
  Inductive demand : expr -> node -> list nat -> operand -> Prop :=
  | DemandHere : forall f args n j b i,
      same_operator f args n -> nth_error args j = Some (Load b i) -> demand (Op f args) n [j] (operand_of n j)
  | DemandNode : forall f args n j a n' path o,
      same_operator f args n -> nth_error args j = Some a -> operand_of n j = OperandNode n' ->
      demand a n' path o -> demand (Op f args) n (j :: path) o
  | DemandCases : forall f args n j a t y c n' path o,
      same_operator f args n -> nth_error args j = Some a ->
      operand_of n j = OperandCases t y -> active t y c -> result c y = Inner n' ->
      demand a n' path o -> demand (Op f args) n (j :: path) o.

  (** ** Rules *)

  Definition operator_instance (s : store) (x : point) : Prop :=
    In s (stores after) /\ in_domain s x /\ exists f args, s_value s = Op f args.

  (** [n] is the target of an active case of phi. *)
  Definition stands_for (s : store) (x : point) (n : node) : Prop :=
    exists c, active (phi (s_name s)) x c /\ result c x = To n.

  (** interface.ts: both programs have the outputs of the model, by position. *)
  Record W0_interface : Prop := {
    W0_outputs_have_the_same_shapes : map snd (outputs after) = map snd (outputs before);
  }.

  (** refine.ts, refineStore. *)
  Record W5_phi : Prop := {
    W5_phi_covers_the_domain : forall s x, operator_instance s x -> covered (phi (s_name s)) x;
  }.

  (** refine.ts, refineStore: targetExists and Walk.match. *)
  Record W1_operators : Prop := {
    W1_target_exists : forall s x n, operator_instance s x -> stands_for s x n ->
      exists t, lookup before (n_store n) = Some t /\ in_domain t (n_point n);
    W1_same_operators : forall s x n, operator_instance s x -> stands_for s x n -> matches x (s_value s) n;
  }.

  (** refine.ts, refineLoad. *)
  Record W2_sources : Prop := {
    W2_operands_have_the_same_source : forall s x n path o b i c,
      operator_instance s x -> stands_for s x n ->
      demand (s_value s) n path o -> value_at (s_value s) path = Some (Load b i) ->
      active (table_of after Da (s_name s) path b i) x c -> same_source (result c x) o;
  }.

  (** refine.ts, refineFinals. *)
  Record W4_sources : Prop := {
    W4_outputs_have_the_same_source : forall k o o' shape shape' t t' d c,
      nth_error (outputs after) k = Some (o, shape) -> nth_error (outputs before) k = Some (o', shape') ->
      finals_of after Da o = Some t -> finals_of before Db o' = Some t' ->
      within shape d -> active t d c -> same_source (result c d) (OperandCases t' d);
  }.

  (** All that is proved of a step beside what is established of each program. *)
  Record refines : Prop := Refines {
    r_W0 : W0_interface;
    r_W5 : W5_phi;
    r_W1 : W1_operators;
    r_W2 : W2_sources;
    r_W4 : W4_sources;
  }.
End Rules.
