(** * Rules W6 and M1: buffers and the memory plan

    Temps at offsets of arenas, one arena per element type; everything else an object of
    its own. Every index lies within its dimension, and temps that share cells are
    touched in turn.
    Counterpart: bounds.ts, memory.ts; docs/theorem.md section 3. *)

From Coq Require Import List String ZArith Lia.
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

  Definition touches (s : store) (b : name) : Prop := s_buffer s = b \/ In b (map fst (loads (s_value s))).

  (** ** Rules *)

  (** bounds.ts, checkAccess. *)
  Record W6_bounds : Prop := {
    W6_every_index_lies_within_its_dimension : forall s x b d,
      In s (stores P) -> in_domain s x -> In (b, d) (accesses (s, x)) -> within (shape_of b) d;
  }.

  (** memory.ts, checkMemory and checkPair. *)
  Record M1_plan : Prop := {
    M1_only_temps_have_a_place : forall b, plan b <> None -> kind_of P b = Stored /\ ~ In b (map fst (outputs P));
    M1_overlapping_temps_are_live_in_turn : forall a b type offset_a offset_b,
      a <> b -> plan a = Some (type, offset_a) -> plan b = Some (type, offset_b) ->
      (offset_a + size (shape_of a) <= offset_b \/ offset_b + size (shape_of b) <= offset_a)%Z \/
      (forall s w, In s (stores P) -> In w (stores P) -> touches s a -> touches w b -> s_top s < s_top w) \/
      (forall s w, In s (stores P) -> In w (stores P) -> touches s a -> touches w b -> s_top w < s_top s);
  }.
End Plan.
