(** * Ordered cases

    A witness answers in ordered cases; an unconditional earlier case is not
    subtracted, so that several may be active. This file has what Lemma 3 needs of
    cases that are composed, each entry of an inner list under both conditions.
    Counterpart: active, covered and through in sources.ts; docs/theorem.md section 2. *)

From Coq Require Import List ZArith Bool.
From Obligato Require Import model.
Import ListNotations.

Record case (A : Type) := Case { conds : list (point -> bool); result : A }.
Arguments Case {A}.
Arguments conds {A}.
Arguments result {A}.

Definition holds {A} (c : case A) (x : point) : Prop := forallb (fun f => f x) (conds c) = true.

(** [active(cases, k)]: the case's own condition, and none of an earlier case that has one. *)
Inductive active {A} : list (case A) -> point -> case A -> Prop :=
| Active : forall earlier c later x,
    holds c x ->
    (forall c', In c' earlier -> conds c' <> [] -> ~ holds c' x) ->
    active (earlier ++ c :: later) x c.

(** [covered(cases)]: some condition holds. *)
Definition covered {A} (cs : list (case A)) (x : point) : Prop := exists c, In c cs /\ holds c x.

Definition unconditional {A} (a : A) : case A := Case [] a.

Lemma holds_dec : forall A (c : case A) x, {holds c x} + {~ holds c x}.
Proof. intros. unfold holds. destruct (forallb _ _); [left; reflexivity | right; discriminate]. Qed.

Lemma active_in : forall A (cs : list (case A)) x c, active cs x c -> In c cs /\ holds c x.
Proof. intros A cs x c H. destruct H. split; [apply in_elt | assumption]. Qed.

(** The first element of a list with a decidable property. *)
Lemma first_such : forall A (Q : A -> Prop) (dec : forall a, {Q a} + {~ Q a}) l a, In a l -> Q a ->
  exists l1 b l2, l = l1 ++ b :: l2 /\ Q b /\ forall c, In c l1 -> ~ Q c.
Proof.
  intros A Q dec l. induction l as [| k l IH]; intros a Ha Qa; [destruct Ha |].
  destruct (dec k) as [Qk | Nk].
  - exists [], k, l. split; [reflexivity | split; [exact Qk | intros c []]].
  - destruct Ha as [-> | Ha]; [contradiction |].
    destruct (IH a Ha Qa) as (l1 & b & l2 & -> & Qb & H). exists (k :: l1), b, l2.
    split; [reflexivity | split; [exact Qb |]]. intros c [<- | Hc]; auto.
Qed.

Lemma first_holding : forall A (cs : list (case A)) x, covered cs x ->
  exists l1 c l2, cs = l1 ++ c :: l2 /\ holds c x /\ forall c', In c' l1 -> ~ holds c' x.
Proof.
  intros A cs x (c & Hc & H). apply (first_such _ (fun c => holds c x)) with (a := c); auto.
  intros. apply holds_dec.
Qed.

(** Cases that cover have an active one: the first whose condition holds. *)
Lemma covered_active : forall A (cs : list (case A)) x, covered cs x -> exists c, active cs x c.
Proof.
  intros A cs x H. apply first_holding in H. destruct H as (l1 & c & l2 & -> & H & N).
  exists c. constructor; auto.
Qed.

(** Instead of an active case, an earlier one with a condition may be: the first such. *)
Lemma earlier_active : forall A (cs : list (case A)) x l1 c' c l2,
  cs = l1 ++ c :: l2 -> In c' l1 -> conds c' <> [] -> holds c' x ->
  exists k, In k l1 /\ conds k <> [] /\ active cs x k.
Proof.
  intros A cs x l1 c' c l2 -> Hin Hne Hh.
  assert (dec : forall a : case A, {conds a <> [] /\ holds a x} + {~ (conds a <> [] /\ holds a x)}).
  { intros a. destruct (conds a) eqn:E; [right; intros [H _]; apply H; reflexivity |].
    destruct (holds_dec A a x); [left; split; [discriminate | assumption] | right; tauto]. }
  destruct (first_such _ _ dec l1 c' Hin (conj Hne Hh)) as (a1 & k & a2 & -> & [Kn Kh] & N).
  exists k. split; [apply in_elt | split; [exact Kn |]].
  rewrite <- app_assoc. constructor; [exact Kh |]. intros d Hd Dn Dh. exact (N d Hd (conj Dn Dh)).
Qed.

(** ** Composition: [p] moves the inner case to the point of the outer one *)

Section Composition.
  Context {A B : Type}.
  Variable at_point : A -> point -> point.

  Definition entry (c : case A) (i : case (point -> B)) : case (point -> B) :=
    Case (conds c ++ map (fun f x => f (at_point (result c) x)) (conds i)) (fun x => result i (at_point (result c) x)).

  Definition compose (inner : case A -> list (case (point -> B))) (cs : list (case A)) : list (case (point -> B)) :=
    flat_map (fun c => map (entry c) (inner c)) cs.

  Lemma entry_holds : forall c i x, holds (entry c i) x <-> holds c x /\ holds i (at_point (result c) x).
  Proof.
    intros c i x. unfold holds, entry. simpl. rewrite forallb_app, andb_true_iff.
    assert (E : forall fs : list (point -> bool),
      forallb (fun f => f x) (map (fun f y => f (at_point (result c) y)) fs) = forallb (fun f => f (at_point (result c) x)) fs).
    { induction fs as [| f fs IH]; [reflexivity |]. simpl. rewrite IH. reflexivity. }
    rewrite E. tauto.
  Qed.

  Lemma flat_map_split : forall (T U : Type) (f : T -> list U) l e d r, flat_map f l = e ++ d :: r ->
    exists l1 c l2 a b, l = l1 ++ c :: l2 /\ f c = a ++ d :: b /\ e = flat_map f l1 ++ a.
  Proof.
    intros T U f l. induction l as [| k l IH]; intros e d r H; simpl in H; [destruct e; discriminate |].
    apply app_eq_app in H. destruct H as (m & [[E F] | [E F]]).
    - destruct m as [| d' m]; simpl in F.
      + destruct (IH [] d r (eq_sym F)) as (l1 & c & l2 & a & b & -> & Fc & G).
        exists (k :: l1), c, l2, a, b. split; [reflexivity | split; [exact Fc |]].
        simpl. rewrite <- app_assoc, <- G. rewrite app_nil_r in E. rewrite app_nil_r. symmetry. exact E.
      + injection F as -> F. exists [], k, l, e, m. split; [reflexivity | split; [exact E | reflexivity]].
    - destruct (IH m d r F) as (l1 & c & l2 & a & b & -> & Fc & G).
      exists (k :: l1), c, l2, a, b. split; [reflexivity | split; [exact Fc |]].
      simpl. rewrite <- app_assoc, <- G. exact E.
  Qed.

  Variable inner : case A -> list (case (point -> B)).
  Variable cs : list (case A).
  Variable x : point.
  Hypothesis inner_active : forall c, active cs x c -> exists i, active (inner c) (at_point (result c) x) i.

  (** An active entry of the composed cases is made of two active cases. *)
  Lemma composed_active : forall d, active (compose inner cs) x d ->
    exists c i, active cs x c /\ active (inner c) (at_point (result c) x) i /\ d = entry c i.
  Proof.
    intros d H. inversion H as [earlier d' later x' Hd Hearlier Eq]; subst.
    symmetry in Eq. apply flat_map_split in Eq. destruct Eq as (l1 & c & l2 & a & b & Ecs & Em & ->).
    apply map_eq_app in Em. destruct Em as (i1 & irest & Ei & <- & Em).
    destruct irest as [| i i2]; simpl in Em; [discriminate |]. injection Em as <- <-.
    apply entry_holds in Hd. destruct Hd as [Hc Hi].
    assert (Cactive : active cs x c).
    { rewrite Ecs. constructor; [exact Hc |]. intros c' Hin Hne Hh.
      destruct (earlier_active _ _ _ _ _ _ _ Ecs Hin Hne Hh) as (k & Hk & Kn & Ka).
      destruct (inner_active k Ka) as (j & Ja).
      apply (Hearlier (entry k j)).
      - apply in_or_app. left. apply in_flat_map. exists k. split; [exact Hk |].
        apply in_map. exact (proj1 (active_in _ _ _ _ Ja)).
      - simpl. destruct (conds k); [contradiction | discriminate].
      - apply entry_holds. split; [exact (proj2 (active_in _ _ _ _ Ka)) | exact (proj2 (active_in _ _ _ _ Ja))]. }
    exists c, i. split; [exact Cactive | split; [| reflexivity]].
    rewrite Ei. constructor; [exact Hi |]. intros i' Hin Hne Hh.
    apply (Hearlier (entry c i')).
    - apply in_or_app. right. apply in_map. exact Hin.
    - simpl. destruct (conds i'); [contradiction |]. destruct (conds c); discriminate.
    - apply entry_holds. split; assumption.
  Qed.

  (** Cases that cover, composed with cases that cover, cover. *)
  Lemma composed_covered : covered cs x -> covered (compose inner cs) x.
  Proof.
    intros H. destruct (covered_active _ _ _ H) as (c & Ca). destruct (inner_active c Ca) as (i & Ia).
    apply active_in in Ca. apply active_in in Ia.
    exists (entry c i). split.
    - apply in_flat_map. exists c. split; [tauto |]. apply in_map. tauto.
    - apply entry_holds. tauto.
  Qed.
End Composition.
