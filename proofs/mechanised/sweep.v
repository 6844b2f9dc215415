(** * M1 of one temp after the other is M1 of every pair

    The kernel looks at each temp against those that live when it is first touched: of
    two lives that meet, the later begins within the other. So temps that share cells
    are touched in turn, which is what Lemma 6 needs.
    Counterpart: checkMemory of memory.ts; docs/theorem.md section 3. *)

From Coq Require Import List String ZArith Lia Sorting.Sorted Sorting.Permutation.
From Obligato Require Import model plan.
Import ListNotations.

Section Sweep.
  Variables (P : program) (shape_of : name -> list nat) (plan : name -> option (name * Z)).

  Notation overlap := (overlap shape_of).
  Notation sweep := (sweep shape_of).
  Notation tops := (tops P).
  Notation life := (life P plan).

  Lemma sweep_meets : forall l live, StronglySorted (fun a b => p_first a <= p_first b) l -> sweep live l ->
    (forall a b, In a live -> In b l -> p_first b <= p_last a -> p_type a = p_type b -> ~ overlap b a) /\
    ForallOrdPairs (fun a b => p_first b <= p_last a -> p_type a = p_type b -> ~ overlap b a) l.
  Proof.
    induction l as [| it rest IH]; intros live S H; [split; [intros a b _ [] | constructor] |].
    destruct H as [H1 H2]. inversion_clear S as [| ? ? S' F]. rewrite Forall_forall in F.
    destruct (IH _ S' H2) as [Later Pairs]. split.
    - intros a b Ha [<- | Hb] Meet Type_.
      + apply H1; [apply filter_In; split; [exact Ha | apply Nat.leb_le; exact Meet] | exact Type_].
      + apply Later; auto. apply in_or_app. left. apply filter_In. split; [exact Ha |].
        apply Nat.leb_le. specialize (F b Hb). simpl in F. lia.
    - constructor; [| exact Pairs]. apply Forall_forall. intros b Hb Meet Type_.
      apply Later; auto. apply in_or_app. right. left. reflexivity.
  Qed.

  Lemma tops_in : forall s b, In s (stores P) -> touches s b -> In (s_top s) (tops b).
  Proof.
    intros s b Hs Ht. apply in_map. apply filter_In. split; [exact Hs |]. destruct (touches_dec s b); [reflexivity | contradiction].
  Qed.

  Lemma fold_bounds : forall ts t v, In v (t :: ts) -> fold_right Nat.min t ts <= v <= fold_right Nat.max t ts.
  Proof.
    induction ts as [| u ts IH]; intros t v H; simpl.
    - destruct H as [<- | []]. lia.
    - destruct H as [<- | [<- | H]]; [specialize (IH t t (or_introl eq_refl)) | pose proof (IH t t (or_introl eq_refl)) | specialize (IH t v (or_intror H))]; lia.
  Qed.

  (** A touched temp with a place has a life, and every touch lies in it. *)
  Lemma life_of : forall s b type offset, In s (stores P) -> touches s b -> plan b = Some (type, offset) ->
    exists a, life b = [a] /\ p_buffer a = b /\ p_type a = type /\ p_offset a = offset /\
      forall w, In w (stores P) -> touches w b -> p_first a <= s_top w <= p_last a.
  Proof.
    intros s b type offset Hs Ht Hp. unfold life. rewrite Hp. pose proof (tops_in s b Hs Ht) as Hin.
    destruct (tops b) as [| t ts] eqn:E; [destruct Hin |].
    eexists. split; [reflexivity |]. simpl. repeat split; auto;
      intros; assert (In (s_top w) (t :: ts)) by (rewrite <- E; apply tops_in; assumption);
      destruct (fold_bounds ts t (s_top w)); auto.
  Qed.

  Lemma ordered_pairs : forall (A : Type) (R : A -> A -> Prop) l a b, ForallOrdPairs R l -> In a l -> In b l -> a <> b -> R a b \/ R b a.
  Proof.
    intros A R l a b H. induction H as [| c l F _ IH]; intros Ha Hb N; [destruct Ha |]. rewrite Forall_forall in F.
    destruct Ha as [-> | Ha]; destruct Hb as [-> | Hb]; auto. contradiction.
  Qed.

  Theorem overlapping_temps_are_live_in_turn : M1_plan P shape_of plan -> forall a b type offset_a offset_b,
    a <> b -> plan a = Some (type, offset_a) -> plan b = Some (type, offset_b) ->
    (offset_a + size (shape_of a) <= offset_b \/ offset_b + size (shape_of b) <= offset_a)%Z \/
    (forall s w, In s (stores P) -> In w (stores P) -> touches s a -> touches w b -> s_top s < s_top w) \/
    (forall s w, In s (stores P) -> In w (stores P) -> touches s a -> touches w b -> s_top w < s_top s).
  Proof.
    intros H a b type oa ob N Pa Pb.
    destruct (M1_no_element_is_in_use_when_first_touched P shape_of plan H) as (temps & l & Ht & Perm & Sorted & Sweep).
    destruct (sweep_meets l [] Sorted Sweep) as [_ Pairs].
    destruct (Exists_dec (fun s => touches s a) (stores P) (fun s => touches_dec s a)) as [Ea | Na];
      [| right; left; intros s w Hs _ Ta; exfalso; apply Na; apply Exists_exists; exists s; auto].
    destruct (Exists_dec (fun s => touches s b) (stores P) (fun s => touches_dec s b)) as [Eb | Nb];
      [| right; left; intros s w _ Hw _ Tb; exfalso; apply Nb; apply Exists_exists; exists w; auto].
    apply Exists_exists in Ea. destruct Ea as (s0 & Hs0 & Ts0). apply Exists_exists in Eb. destruct Eb as (w0 & Hw0 & Tw0).
    destruct (life_of s0 a type oa Hs0 Ts0 Pa) as (la & La & Ba & Tya & Oa & Ia).
    destruct (life_of w0 b type ob Hw0 Tw0 Pb) as (lb & Lb & Bb & Tyb & Ob & Ib).
    assert (In_l : forall n x, plan n <> None -> life n = [x] -> In x l).
    { intros n x Hn Hx. apply (Permutation_in _ Perm). apply in_flat_map. exists n. split; [exact (Ht n Hn) | rewrite Hx; left; reflexivity]. }
    assert (Na' : In la l) by (apply (In_l a); [congruence | exact La]).
    assert (Nb' : In lb l) by (apply (In_l b); [congruence | exact Lb]).
    assert (Nab : la <> lb) by congruence.
    destruct (ordered_pairs _ _ _ _ _ Pairs Na' Nb' Nab) as [R | R].
    - destruct (Nat.le_gt_cases (p_first lb) (p_last la)) as [Meet | Before].
      + left. specialize (R Meet (eq_trans Tya (eq_sym Tyb))). unfold overlap in R. rewrite Ba, Bb, Oa, Ob in R. lia.
      + right. left. intros s w Hs Hw Tsa Twb. specialize (Ia s Hs Tsa). specialize (Ib w Hw Twb). lia.
    - destruct (Nat.le_gt_cases (p_first la) (p_last lb)) as [Meet | Before].
      + left. specialize (R Meet (eq_trans Tyb (eq_sym Tya))). unfold overlap in R. rewrite Ba, Bb, Oa, Ob in R. lia.
      + right. right. intros s w Hs Hw Tsa Twb. specialize (Ia s Hs Tsa). specialize (Ib w Hw Twb). lia.
  Qed.
End Sweep.
