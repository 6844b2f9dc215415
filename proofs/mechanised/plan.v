(** * Rules W6 and M1: buffers and the memory plan

    Temps at offsets of arenas, one arena per element type; everything else an object of
    its own. Every index lies within its dimension, and temps that share cells are
    touched in turn.
    Counterpart: bounds.ts, memory.ts; docs/theorem.md section 3. *)

From Coq Require Import List String ZArith Lia Sorting.Sorted Sorting.Permutation.
From Obligato Require Import model kinds.
Import ListNotations.

Inductive address :=
| InObject (b : name) (d : point)
| InArena (type : name) (cell : Z).

Definition address_dec : forall a b : address, {a = b} + {a <> b}.
Proof. repeat decide equality. Qed.

(** ** Flat indices, row by row *)

Fixpoint size (shape : list nat) : Z :=
  match shape with [] => 1 | n :: rest => Z.of_nat n * size rest end.

Fixpoint flatten (shape : list nat) (d : point) : Z :=
  match shape, d with n :: rest, v :: ds => v * size rest + flatten rest ds | _, _ => 0 end.

Lemma flatten_range : forall shape d, within shape d -> (0 <= flatten shape d < size shape)%Z.
Proof.
  intros shape d H. induction H as [| v n ds shape Hv _ IH]; simpl; [lia |]. nia.
Qed.

Lemma flatten_injective : forall shape d d', within shape d -> within shape d' ->
  flatten shape d = flatten shape d' -> d = d'.
Proof.
  intros shape d d' H. revert d'. induction H as [| v n ds shape Hv H IH]; intros d' H' E;
    inversion H' as [| v' n' ds' shape' Hv' Hds']; subst; [reflexivity |].
  simpl in E. pose proof (flatten_range shape ds H) as R. pose proof (flatten_range shape ds' Hds') as R'.
  assert (v = v') by nia. subst v'. f_equal. apply IH; [exact Hds' | lia].
Qed.

(** The store reads or writes the buffer. *)
Definition touches (s : store) (b : name) : Prop := s_buffer s = b \/ In b (map fst (loads (s_value s))).

Definition touches_dec : forall s b, {touches s b} + {~ touches s b}.
Proof.
  intros s b. unfold touches.
  destruct (string_dec (s_buffer s) b), (in_dec string_dec b (map fst (loads (s_value s)))); (left; tauto) || (right; tauto).
Defined.

Section Plan.
  Variables (P : program) (shape_of : name -> list nat).

  (** Element type and offset of a placed temp. *)
  Variable plan : name -> option (name * Z).

  (** Of an element, by the plan. *)
  Definition place (e : element) : address :=
    match plan (fst e) with
    | Some (type, offset) => InArena type (offset + flatten (shape_of (fst e)) (snd e))
    | None => InObject (fst e) (snd e)
    end.

  (** ** Lives of temps: placesOf of memory.ts *)

  Record placed := Placed { p_buffer : name; p_type : name; p_offset : Z; p_first : nat; p_last : nat }.

  Definition tops (b : name) : list nat := map s_top (filter (fun s => if touches_dec s b then true else false) (stores P)).

  (** A temp that no store touches has no life. *)
  Definition life (b : name) : list placed :=
    match plan b, tops b with
    | Some (type, offset), t :: ts => [Placed b type offset (fold_right Nat.min t ts) (fold_right Nat.max t ts)]
    | _, _ => []
    end.

  Definition overlap (a b : placed) : Prop :=
    (p_offset a < p_offset b + size (shape_of (p_buffer b)) /\ p_offset b < p_offset a + size (shape_of (p_buffer a)))%Z.

  (** checkMemory: each against those that live when it begins. *)
  Fixpoint sweep (live l : list placed) : Prop :=
    match l with
    | [] => True
    | it :: rest =>
        let still := filter (fun other => p_first it <=? p_last other) live in
        (forall other, In other still -> p_type other = p_type it -> ~ overlap it other) /\ sweep (still ++ [it]) rest
    end.

  (** ** Rules *)

  (** bounds.ts, checkAccess. *)
  Record W6_bounds : Prop := {
    W6_every_index_lies_within_its_dimension : forall s x b d,
      In s (stores P) -> in_domain s x -> In (b, d) (accesses (s, x)) -> within (shape_of b) d;
  }.

  (** memory.ts, checkMemory and checkPlace. *)
  Record M1_plan : Prop := {
    M1_only_temps_have_a_place : forall b, plan b <> None -> kind_of P b = Stored /\ ~ In b (map fst (outputs P));
    M1_no_element_is_in_use_when_first_touched : exists temps l,
      (forall b, plan b <> None -> In b temps) /\
      Permutation (flat_map life temps) l /\ StronglySorted (fun a b => p_first a <= p_first b) l /\
      sweep [] l;
  }.
End Plan.
