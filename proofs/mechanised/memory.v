(** * Lemma 6: arenas

    With W6 and M1, what is read in arenas is what is read in objects, and W8 holds of
    addresses, so that Lemma 5 holds in arenas too.
    Counterpart: docs/theorem.md section 6. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order cases sources reading actions kinds loops plan sweep.
Import ListNotations.

Section Arenas.
  Variables (P : program) (shape_of : name -> list nat) (plan : name -> option (name * Z)).
  Hypothesis bounds : W6_bounds P shape_of.
  Hypothesis plan_holds : M1_plan P shape_of plan.

  Notation place := (place shape_of plan).

  Lemma accesses_touch : forall s x b d, In (b, d) (accesses (s, x)) -> touches s b.
  Proof.
    intros s x b d [E | H]; [left; unfold written in E; injection E as E _; exact E |].
    right. apply in_map_iff in H. destruct H as ([b' i] & E & H). injection E as <- _.
    apply in_map_iff. exists (b', i). auto.
  Qed.

  (** Two accessed elements with one address are one element, or belong to temps that
      are live in turn. *)
  Lemma one_address : forall s x w y e e',
    domain P (s, x) -> domain P (w, y) -> In e (accesses (s, x)) -> In e' (accesses (w, y)) ->
    place e = place e' -> e = e' \/
      (forall u v, In u (stores P) -> In v (stores P) -> touches u (fst e) -> touches v (fst e') -> s_top u < s_top v) \/
      (forall u v, In u (stores P) -> In v (stores P) -> touches u (fst e) -> touches v (fst e') -> s_top v < s_top u).
  Proof.
    intros s x w y [a d] [b d'] [Ss Dx] [Sw Dy] He He' E. simpl in *.
    pose proof (W6_every_index_lies_within_its_dimension P shape_of bounds s x a d Ss Dx He) as Wd.
    pose proof (W6_every_index_lies_within_its_dimension P shape_of bounds w y b d' Sw Dy He') as Wd'.
    unfold plan.place in E. simpl in E.
    destruct (plan a) as [[ta oa] |] eqn:Pa; destruct (plan b) as [[tb ob] |] eqn:Pb; try discriminate.
    - injection E as <- E. destruct (string_dec a b) as [<- | N].
      + left. f_equal. apply (flatten_injective (shape_of a)); [exact Wd | exact Wd' |].
        rewrite Pa in Pb. injection Pb as <-. lia.
      + right. destruct (overlapping_temps_are_live_in_turn P shape_of plan plan_holds a b ta oa ob N Pa Pb) as [Apart | Turn]; [| exact Turn].
        pose proof (flatten_range _ _ Wd). pose proof (flatten_range _ _ Wd'). lia.
    - injection E as -> ->. left. reflexivity.
  Qed.

  (** W8 for addresses: the iterations of one loop are at one top-level position. *)
  Theorem W8_holds_in_arenas : W8_kinds P -> iterations_apart place (stores P).
  Proof.
    intros kinds s w k how x y e Ss Sw Top Mode Together Prefix Dx Dy Around Differ He E.
    pose proof (W8_iterations_share_no_written_element P kinds s w k how x y e Ss Sw Mode Together Prefix Dx Dy Around Differ He) as N.
    destruct (one_address s x w y (written (s, x)) e) as [F | [Turn | Turn]]; try (split; assumption); auto; [left; reflexivity | |];
      specialize (Turn s w Ss Sw); destruct e as [b d];
      specialize (Turn (or_introl eq_refl) (accesses_touch _ _ _ _ He)); lia.
  Qed.

  (** ** Lemma 6 *)

  Context {V : Type}.
  Variables (I : interpretation V) (D : dataflow) (arena : address -> V).
  Hypothesis rules : established P D.

  (** Buffers as objects: the same contents, each element by itself. *)
  Let objects : memory V := fun e => arena (place e).

  Notation exec_at := (exec_at address_dec I place).

  Lemma exec_at_untouched : forall l m a, (forall w, In w l -> place (written w) <> a) -> exec_at l m a = m a.
  Proof.
    induction l as [| i l IH]; intros m a H; [reflexivity |].
    simpl. rewrite IH by (intros; apply H; right; assumption). unfold step_at.
    destruct (address_dec _ a) as [E |]; [| reflexivity]. exfalso. exact (H i (or_introl eq_refl) E).
  Qed.

  Lemma exec_at_last : forall l1 p l2 m a, place (written p) = a -> (forall w, In w l2 -> place (written w) <> a) ->
    exec_at (l1 ++ p :: l2) m a = eval I (fun e => exec_at l1 m (place e)) (snd p) (s_value (fst p)).
  Proof.
    intros l1 p l2 m a E H. unfold loops.exec_at. rewrite fold_left_app. simpl.
    change (exec_at l2 (step_at address_dec I place (exec_at l1 m) p) a = eval I (fun e => exec_at l1 m (place e)) (snd p) (s_value (fst p))).
    rewrite exec_at_untouched by exact H. unfold step_at. destruct (address_dec _ a); [reflexivity | contradiction].
  Qed.

  Lemma tops_between : forall l1 p l2 w l3 s l4, run P = l1 ++ p :: l2 ++ w :: l3 ++ s :: l4 ->
    s_top (fst p) <= s_top (fst w) <= s_top (fst s).
  Proof.
    intros l1 p l2 w l3 s l4 E. pose proof (run_tops P (e_ordered P D rules)) as T. rewrite E in T.
    destruct (sorted_split _ _ _ _ _ T) as [_ H1]. split; [apply H1; apply in_elt |].
    rewrite app_comm_cons, app_assoc in T. destruct (sorted_split _ _ _ _ _ T) as [_ H2]. apply H2. apply in_elt.
  Qed.

  Theorem lemma6_arenas : forall l s x rest b i, run P = l ++ (s, x) :: rest -> In (b, i) (loads (s_value s)) ->
    exec_at l arena (place (b, i x)) = exec I l objects (b, i x).
  Proof.
    intros l. induction l as [l IH] using (induction_ltof1 _ (@List.length instance)). unfold ltof in IH.
    intros s x rest b i E Hin.
    assert (Hd : domain P (s, x)) by (apply (in_run P D rules); rewrite E; apply in_elt).
    assert (Hacc : In (b, i x) (accesses (s, x))) by (right; apply in_map_iff; exists (b, i); auto).
    destruct (kind_of P b) as [n | t view |] eqn:Hk.
    1,2: rewrite (leaves_kept I P D objects rules l b (i x) (ex_intro _ _ E)) by congruence;
      apply exec_at_untouched; intros [w y] Hw Ew;
      assert (Hn : plan b = None) by (destruct (plan b) eqn:Pb; [| reflexivity];
        destruct (M1_only_temps_have_a_place P shape_of plan plan_holds b) as [K _]; congruence);
      assert (Hwd : domain P (w, y)) by (apply (in_run P D rules); rewrite E; apply in_or_app; left; exact Hw);
      pose proof (W7_inputs_and_weights_are_never_written P (e_W7 P D rules) w (proj1 Hwd)) as K;
      unfold plan.place in Ew; simpl in Ew; rewrite Hn in Ew; destruct (plan (s_buffer w)) as [[]|]; [discriminate | injection Ew as Eb _; congruence].
    apply In_nth_error in Hin. destruct Hin as (j & Hj).
    assert (Hr : reads P s j b i) by (split; [exact (proj1 Hd) | auto]).
    destruct (lemma2_loads I P D objects rules l s x rest j b i E Hr) as [(c & Hc) _].
    destruct (load_last_writer P D rules l s x rest j b i c E Hr Hc) as (p & _ & _ & Hp & Hwritten & Hlast).
    set (q := snd (result c) x) in *. destruct (in_split _ _ Hp) as (l1 & l2 & ->).
    rewrite <- app_assoc in E. simpl in E.
    assert (Hpd : domain P (p, q)) by (apply (in_run P D rules); rewrite E; apply in_elt).
    rewrite (exec_last I l1 (p, q) l2 objects (b, i x) Hwritten).
    - rewrite (exec_at_last l1 (p, q) l2); [| congruence |].
      + unfold value_of. simpl. apply eval_same. intros b' i' Hin'.
        apply (IH l1) with (s := p) (rest := l2 ++ (s, x) :: rest); [rewrite app_length; simpl; lia | exact E | exact Hin'].
      + intros [w y] Hw Ew. destruct (in_split _ _ Hw) as (l3 & l4 & ->).
        rewrite <- app_assoc in E. simpl in E.
        assert (Hwd : domain P (w, y)) by (apply (in_run P D rules); rewrite E; apply in_or_app; right; right; apply in_elt).
        pose proof (tops_between l1 (p, q) l3 (w, y) l4 (s, x) rest E) as Tops. simpl in Tops.
        destruct (one_address w y s x (written (w, y)) (b, i x) Hwd Hd (or_introl eq_refl) Hacc Ew) as [F | [Turn | Turn]].
        * apply (Hlast (w, y)); [apply in_or_app; right; right; apply in_elt | | exact F].
          destruct (run_split P D rules _ _ _ E) as [_ H2]. apply H2. apply in_elt.
        * assert (Hpb : touches p b) by (left; unfold written in Hwritten; simpl in Hwritten; congruence).
          specialize (Turn w p (proj1 Hwd) (proj1 Hpd) (or_introl eq_refl) Hpb). lia.
        * specialize (Turn w s (proj1 Hwd) (proj1 Hd) (or_introl eq_refl) (accesses_touch _ _ _ _ Hacc)). lia.
    - intros w Hw. apply Hlast; [apply in_or_app; right; right; exact Hw |].
      destruct (run_split P D rules _ _ _ E) as [_ H2]. apply H2. apply in_or_app. left. exact Hw.
  Qed.

  (** What has no place, outputs among it, holds at the end what the object holds. *)
  Theorem lemma6_objects : forall b d, plan b = None ->
    exec_at (run P) arena (InObject b d) = exec I (run P) objects (b, d).
  Proof.
    intros b d Hb.
    assert (Prefix : forall l rest, run P = l ++ rest -> exec_at l arena (InObject b d) = exec I l objects (b, d)).
    { intros l. induction l as [| i l IHl] using rev_ind; intros rest E.
      - unfold objects. simpl. unfold plan.place. simpl. rewrite Hb. reflexivity.
      - rewrite <- app_assoc in E. rewrite exec_app. unfold loops.exec_at. rewrite fold_left_app. simpl.
        change (fold_left (step_at address_dec I place) l arena) with (exec_at l arena).
        unfold step_at, step, update. destruct i as [s x].
        assert (Same : place (written (s, x)) = InObject b d <-> written (s, x) = (b, d)).
        { unfold plan.place. destruct (written (s, x)) as [b' d'] eqn:Ew. simpl.
          destruct (plan b') as [[]|] eqn:Pb; (split; [intros F; inversion F; congruence | intros F; inversion F; subst; congruence]). }
        destruct (address_dec (place (written (s, x))) (InObject b d)) as [F | F];
          destruct (element_dec (written (s, x)) (b, d)) as [G | G]; try tauto; [| exact (IHl _ E)].
        unfold value_of. simpl. apply eval_same. intros b' i Hin.
        exact (lemma6_arenas l s x rest b' i E Hin). }
    apply (Prefix (run P) []). rewrite app_nil_r. reflexivity.
  Qed.
End Arenas.
