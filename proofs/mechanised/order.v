(** * The order of execution

    theta, the vector of positions and loop variables, compared lexicographically: a
    strict order on store instances, and what later files need of a program's run.
    That every tree runs in this order is Lemma 1, in trees.v.
    Counterpart: precedes of domain.ts; docs/theorem.md section 1. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model.
Import ListNotations.

(** ** The order on instances *)

(** theta(a, p) < theta(b, q), position and variable in turn: [precedes] of domain.ts. *)
Fixpoint before (ra rb : list nat) (p q : point) : Prop :=
  match ra, rb with
  | r :: ra', r' :: rb' =>
      r < r' \/
      (r = r' /\
       match p, q with
       | x :: p', y :: q' => (x < y)%Z \/ (x = y /\ before ra' rb' p' q')
       | _, _ => False
       end)
  | _, _ => False
  end.

Definition precedes (i j : instance) : Prop :=
  before (s_positions (fst i)) (s_positions (fst j)) (snd i) (snd j).

Lemma before_irreflexive : forall r p, ~ before r r p p.
Proof.
  induction r as [| k r IH]; intros p H; [exact H |].
  destruct H as [H | [_ H]]; [lia |].
  destruct p as [| x p]; [exact H |]. destruct H as [H | [_ H]]; [lia | exact (IH p H)].
Qed.

Lemma before_transitive : forall ra rb rc p q s, before ra rb p q -> before rb rc q s -> before ra rc p s.
Proof.
  induction ra as [| a ra IH]; intros rb rc p q s H1 H2; [destruct H1 |].
  destruct rb as [| b rb]; [destruct H1 |]. destruct rc as [| c rc]; [destruct H2 |].
  destruct H1 as [H1 | [E1 H1]]; destruct H2 as [H2 | [E2 H2]]; try (left; lia).
  right. split; [lia |].
  destruct p as [| x p]; [destruct H1 |]. destruct q as [| y q]; [destruct H1 |].
  destruct s as [| z s]; [destruct H2 |].
  destruct H1 as [H1 | [F1 H1]]; destruct H2 as [H2 | [F2 H2]]; try (left; lia).
  right. split; [lia | exact (IH _ _ _ _ _ H1 H2)].
Qed.

Lemma precedes_irreflexive : forall i, ~ precedes i i.
Proof. intros i. apply before_irreflexive. Qed.

Lemma precedes_transitive : forall i j k, precedes i j -> precedes j k -> precedes i k.
Proof. intros i j k. apply before_transitive. Qed.

(** Below a common prefix the order is that of the rest. *)
Lemma before_prefix : forall pos x ra rb p q,
  List.length pos = List.length x -> before ra rb p q -> before (pos ++ ra) (pos ++ rb) (x ++ p) (x ++ q).
Proof.
  induction pos as [| k pos IH]; intros [| v x] ra rb p q L H; try discriminate; [exact H |].
  injection L as L. simpl. right. split; [reflexivity |]. right. split; [reflexivity | apply IH; assumption].
Qed.

(** What sections 4 and 5 need of a program's run; Lemma 1 gives it for every tree. *)
Record ordered (P : program) : Prop := Ordered {
  run_sorted : StronglySorted precedes (run P);
  run_complete : forall i, In i (run P) <-> domain P i;
  run_tops : StronglySorted (fun i j => s_top (fst i) <= s_top (fst j)) (run P);
}.
