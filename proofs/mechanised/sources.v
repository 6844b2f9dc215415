(** * Sources and the rules that justify them

    The dataflow of a witness, the table of sources that the kernel computes from it by
    following copies, and the rules W0, W2, W3, W4, W5 and W7 of one program.
    Counterpart: sources.ts, establishFinals of refine.ts, interface.ts;
    docs/theorem.md sections 2 and 3. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order cases.
Import ListNotations.

(** ** Witness and table *)

(** A store by name, and its point as a function of the reader's: [Instance] of witness.ts. *)
Notation claimed := (name * (point -> point))%type.

Record dataflow := Dataflow {
  producers : name -> nat -> list (case claimed);  (** per store, per load in reading order *)
  finals : name -> list (case claimed);  (** per output, over its elements *)
  once : list name;
}.

Inductive leaf :=
| LeafInput (position : nat) (d : point)
| LeafTensor (tensor : name) (d : point)
| LeafConst (text : name)
| LeafIndex (value : Z).

Record node := Node { n_store : name; n_point : point; n_path : list nat }.

Inductive source := Inner (n : node) | Leaf (l : leaf).

(** Sources as functions of the point: what a list of SourceCases says. *)
Definition table := list (case (point -> source)).

Section Resolve.
  Variable P : program.
  Variable D : dataflow.

  (** The source of the value that store [n] stores; [follow] gives that of a copy's load. *)
  Definition stored (follow : store -> name -> (point -> point) -> option table) (n : name) : option table :=
    match lookup P n with
    | None => Some []
    | Some p =>
        match s_value p with
        | Load b i => follow p b i
        | Const c => Some [unconditional (fun _ => Leaf (LeafConst c))]
        | Index z => Some [unconditional (fun y => Leaf (LeafIndex (z y)))]
        | Op _ _ => Some [unconditional (fun y => Inner (Node n y []))]
        end
    end.

  Fixpoint through (follow : store -> name -> (point -> point) -> option table) (cs : list (case claimed)) : option table :=
    match cs with
    | [] => Some []
    | c :: rest =>
        match stored follow (fst (result c)), through follow rest with
        | Some t, Some ts => Some (map (entry snd c) t ++ ts)
        | _, _ => None
        end
    end.

  (** The table for load [j] of [s]; a copy's only load is load 0. [None]: the copies do not end. *)
  Fixpoint resolve (fuel : nat) (j : nat) (s : store) (b : name) (i : point -> point) : option table :=
    match kind_of P b with
    | Input n => Some [unconditional (fun x => Leaf (LeafInput n (i x)))]
    | Weight t view => Some [unconditional (fun x => Leaf (LeafTensor t (view (i x))))]
    | Stored =>
        match fuel with
        | O => None
        | S fuel' => through (resolve fuel' 0) (producers D (s_name s) j)
        end
    end.

  (** A chain of different copies is no longer than the program has stores. *)
  Definition sources_of (j : nat) (s : store) (b : name) (i : point -> point) : option table :=
    resolve (List.length (stores P)) j s b i.

  Definition finals_of (o : name) : option table := through (resolve (List.length (stores P)) 0) (finals D o).

  (** ** Rules *)

  (** interface.ts, problemsOf: the part of W0 that the proof uses of one program. *)
  Record W0_text : Prop := {
    W0_names_are_unique : NoDup (map s_name (stores P));
  }.

  (** interface.ts, checkLeaves. *)
  Record W7_leaves : Prop := {
    W7_inputs_and_weights_are_never_written : forall s, In s (stores P) -> kind_of P (s_buffer s) = Stored;
  }.

  Definition reads (s : store) (j : nat) (b : name) (i : point -> point) : Prop :=
    In s (stores P) /\ nth_error (loads (s_value s)) j = Some (b, i) /\ kind_of P b = Stored.

  (** sources.ts, justify. *)
  Record W5_producers : Prop := {
    W5_producers_cover_the_domain : forall s j b i x,
      reads s j b i -> in_domain s x -> covered (producers D (s_name s) j) x;
  }.

  (** sources.ts: feeds in justify, and resolve. *)
  Record W2_loads : Prop := {
    W2_reads_what_was_stored : forall s j b i x c,
      reads s j b i -> in_domain s x -> active (producers D (s_name s) j) x c ->
      exists p, lookup P (fst (result c)) = Some p /\ s_buffer p = b /\
        in_domain p (snd (result c) x) /\
        precedes (p, snd (result c) x) (s, x) /\
        s_index p (snd (result c) x) = i x;
    W2_copies_end : forall s j b i,
      In s (stores P) -> nth_error (loads (s_value s)) j = Some (b, i) -> sources_of j s b i <> None;
    W2_copies_of_outputs_end : forall o shape, In (o, shape) (outputs P) -> finals_of o <> None;
  }.

  (** sources.ts: clobbers in justify, and writtenOnce. *)
  Record W3_clobbers : Prop := {
    W3_nothing_comes_between : forall s j b i x c p w y,
      reads s j b i -> ~ In b (once D) -> in_domain s x -> active (producers D (s_name s) j) x c ->
      lookup P (fst (result c)) = Some p ->
      In w (stores P) -> s_buffer w = b -> in_domain w y -> s_index w y = i x ->
      ~ (precedes (p, snd (result c) x) (w, y) /\ precedes (w, y) (s, x));
    W3_written_once : forall b v w x y,
      In b (once D) -> In v (stores P) -> In w (stores P) -> s_buffer v = b -> s_buffer w = b ->
      in_domain v x -> in_domain w y -> s_index v x = s_index w y -> (v, x) = (w, y);
  }.

  (** refine.ts, establishFinals. *)
  Record W5_finals : Prop := {
    W5_finals_cover_the_output : forall o shape d, In (o, shape) (outputs P) -> within shape d -> covered (finals D o) d;
  }.

  Record W4_last_stores : Prop := {
    W4_writes_the_element : forall o shape d c,
      In (o, shape) (outputs P) -> within shape d -> active (finals D o) d c ->
      exists p, lookup P (fst (result c)) = Some p /\ s_buffer p = o /\
        in_domain p (snd (result c) d) /\ s_index p (snd (result c) d) = d;
    W4_no_later_store : forall o shape d c p w y,
      In (o, shape) (outputs P) -> ~ In o (once D) -> within shape d -> active (finals D o) d c ->
      lookup P (fst (result c)) = Some p ->
      In w (stores P) -> s_buffer w = o -> in_domain w y -> s_index w y = d ->
      ~ precedes (p, snd (result c) d) (w, y);
  }.

  (** What the kernel has established of one program: Established in sources.ts. *)
  Record established : Prop := Established {
    e_ordered : ordered P;
    e_W0 : W0_text;
    e_W7 : W7_leaves;
    e_W5_producers : W5_producers;
    e_W2 : W2_loads;
    e_W3 : W3_clobbers;
    e_W5_finals : W5_finals;
    e_W4 : W4_last_stores;
  }.
End Resolve.
